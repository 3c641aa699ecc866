"""Typed words at 好窩租屋: what people ask, what nobody understands, and who answers at night."""

from datetime import datetime, timedelta

import pytest

from segmentation.tags import TagBook
from tests.shop import EXAMPLES, TAIPEI, Shop
from tests.stories.customer import Customer
from tickets.models import Ticket, TicketState

MISS = "不好意思，我沒看懂這句話。您可以點選下面的項目，或輸入「專人」。"
OFFER = "要請專員直接協助您嗎？"
OLD_BUTTON = "這是先前的按鈕，答案已經記下來了。我們繼續目前這一題："
STOPPED = "好的，已停止新物件通知。"
SEARCH = ("開始找房", "台北市", "15,000 以下", "套房", "還不確定", "沒有")
DEPOSIT = "押金為兩個月租金（法定上限），退租點交無誤後退還。"


def test_what_people_ask_is_answered(mina: Customer) -> None:
    for said, answer in (
        ("租金", "目前每月租金大約是："),
        ("請問一個月多少錢？", "目前每月租金大約是："),
        ("租　金", "目前每月租金大約是："),
        ("押金", DEPOSIT),
        ("押金要幾個月啊", DEPOSIT),
        ("仲介費", "看房與諮詢都不收費。"),
        ("服務費怎麼算", "看房與諮詢都不收費。"),
        ("寵物", "部分物件可以養寵物"),
        ("可以养宠物吗", "部分物件可以養寵物"),
        ("租補", "租金補貼由內政部國土管理署受理"),
        ("可以申請租金補貼嗎", "租金補貼由內政部國土管理署受理"),
        ("营业时间", "服務時間為每日 10:00–20:00。現在是服務時間"),
        ("你們的營業時間？", "服務時間為每日 10:00–20:00。現在是服務時間"),
        ("ＳＴＯＰ", STOPPED),
        ("敷金はいくらですか", DEPOSIT),
    ):
        assert mina.says(said)[0].startswith(answer), said


def test_a_reply_leads_on(mina: Customer) -> None:
    mina.says("可以養寵物嗎")
    assert mina.buttons == ["看可養寵物的物件", "找房"]
    assert "中山國小站 電梯兩房" in mina.taps("看可養寵物的物件")[0]
    mina.says("押金")
    assert mina.taps("找房")[-1] == "想住在哪個縣市呢？"


def test_at_night_the_first_text_is_answered_for_the_agency(agency: Shop, mina: Customer) -> None:
    now = agency.clock.now().astimezone(TAIPEI)
    agency.clock.set(now.replace(hour=22, minute=30))
    tomorrow = "現在是非服務時間，您的訊息我們收到了！專員會在 明天 10:00 上班後依序回覆。"
    assert mina.says("我的包裹到了嗎") == [tomorrow]
    assert mina.says("有人在嗎") == [MISS], "once in twelve hours is enough"
    assert mina.says("押金怎麼算") == [DEPOSIT], "what the bot knows it answers at night, too"
    agency.clock.advance(timedelta(hours=2))
    assert mina.says("請問還有人嗎") == [MISS]
    other = Customer(agency)
    assert other.says("我的包裹到了嗎") == [tomorrow.replace("明天", "今天")], "it is half past midnight"
    agency.clock.set((now + timedelta(days=1)).replace(hour=20, minute=0))
    assert mina.says("我的包裹到了嗎") == [tomorrow], "the evening after"
    assert mina.says("專人")[0].startswith("已經為您轉給專員。現在是非服務時間，專員會在 明天 10:00")


def test_what_is_promised_at_night_waits_for_staff_in_the_morning(agency: Shop, mina: Customer) -> None:
    agency.clock.set(agency.clock.now().astimezone(TAIPEI).replace(hour=22, minute=30))
    mina.says("我的包裹到了嗎")
    (ticket,) = agency.rows(Ticket, Ticket.contact_id == agency.contact(mina.person).id)
    assert (ticket.state, ticket.reason) == (TicketState.OPEN, "handoff:auto_reply/closed")
    assert agency.contact(mina.person).human_wanted_at is None, "the bot goes on answering"
    agency.clock.advance(timedelta(hours=13))
    mina.says("早安")
    assert len(agency.rows(Ticket, Ticket.contact_id == ticket.contact_id)) == 1


def test_the_minute_of_opening_is_open_and_of_closing_closed(agency: Shop) -> None:
    tomorrow = agency.clock.now().astimezone(TAIPEI) + timedelta(days=1)
    for hour, minute, is_open in ((9, 59, False), (10, 0, True), (19, 59, True), (20, 0, False)):
        agency.clock.set(tomorrow.replace(hour=hour, minute=minute, second=0))
        answer = Customer(agency).says("我的包裹到了嗎")
        assert (answer == [MISS]) is is_open, (hour, minute)


def test_two_misses_in_a_row_offer_a_person(mina: Customer) -> None:
    assert mina.says("今天天氣真好") == [MISS]
    assert mina.buttons == ["找房", "預約看房", "報修", "專人"]
    assert mina.says("🤔🤔🤔") == [OFFER]
    assert mina.buttons == ["請專員協助", "先不用"]
    assert mina.taps("先不用") == ["好的，有需要時輸入「專人」就可以了。"]
    assert mina.taps("請專員協助")[0].startswith("接下來由專員在這裡為您服務。")
    assert "wants:human" in mina.tags


def test_an_understood_text_in_between_starts_the_count_anew(mina: Customer) -> None:
    assert mina.says("今天天氣真好") == [MISS]
    mina.says("押金")
    assert mina.says("今天天氣真好") == [MISS]
    mina.says("選單")
    mina.taps("找房", "取消")
    assert mina.says("今天天氣真好") == [MISS], "tapping is understood as well"


def test_a_person_with_the_floor_is_left_alone_until_the_bot_is_taken_back(mina: Customer) -> None:
    mina.follows()
    assert mina.says("真人")[0].startswith("接下來由專員在這裡為您服務。")
    assert mina.buttons == ["回到小幫手"]
    for said in ("租金多少", "押金", "亂打一通", "你好"):
        assert mina.says(said) == []
    assert mina.does(lambda person: person.sends_sticker()) == []
    mina.says("選單")
    assert mina.taps("專人服務")[0].startswith("接下來由專員在這裡為您服務。"), "menus keep working"
    assert mina.taps("回到小幫手") == ["小幫手回來了！需要什麼服務，請從選單選擇，或直接輸入問題。"]
    assert "wants:human" not in mina.tags
    assert mina.says("押金") == [DEPOSIT]


def test_starting_a_questionnaire_takes_the_bot_back(mina: Customer) -> None:
    mina.says("專人")
    mina.says("menu")
    assert mina.taps("報修")[-1] == "請問是哪裡需要報修？"
    assert "wants:human" not in mina.tags
    assert mina.says("冷氣不冷")[-1].startswith("請輸入需要維修的地址")


def test_after_twelve_hours_without_a_person_the_bot_answers_again(agency: Shop, mina: Customer) -> None:
    mina.says("專人")
    agency.clock.advance(timedelta(hours=11, minutes=59))
    assert mina.says("押金") == []
    agency.clock.advance(timedelta(minutes=2))
    assert mina.says("押金") == [DEPOSIT]


@pytest.mark.parametrize(
    ("before", "word", "open_question"),
    [
        ([], "停止通知", None),
        (["開始找房"], "配信停止", "台北市"),
        (["開始找房", "其他"], "stop", None),
        ([*SEARCH], "停止通知", "正確"),
        ([*SEARCH, "修改一項"], "Stop", "縣市"),
        ([*SEARCH, "正確"], "配信停止", None),
    ],
    ids=["idle", "at a question", "where words are asked for", "at the summary", "changing", "handed over"],
)
def test_stop_withdraws_the_consent_at_once_in_every_state(
    agency: Shop, mina: Customer, before: list[str], word: str, open_question: str | None
) -> None:
    mina.follows()
    with agency.database.write() as session:
        book = TagBook(session, agency.contact(mina.person), event_key=None, now=agency.now())
        book.set("consent:listings", source="import:old.csv")
    mina.taps(*before)
    others, fields = mina.tags - {"consent:listings"}, mina.fields
    assert mina.says(word)[0].startswith(STOPPED)
    assert mina.tags == others
    assert mina.fields == fields, "the word was no answer"
    if open_question is not None:
        assert mina.taps(open_question)[-1] not in {MISS, OFFER}


def test_stop_is_heard_at_night_and_from_somebody_never_seen(agency: Shop, mina: Customer) -> None:
    agency.clock.set(agency.clock.now().astimezone(TAIPEI).replace(hour=23))
    assert mina.says("Stop")[0].startswith(STOPPED)


def test_an_old_button_is_answered_kindly_and_changes_nothing(mina: Customer) -> None:
    mina.says("找房")
    first = mina.last
    mina.taps("台北市")
    assert mina.taps("新北市", on=first) == [f"{OLD_BUTTON}\n每月租金預算大約多少？（元）"]
    assert mina.taps("台北市", on=first) == [f"{OLD_BUTTON}\n每月租金預算大約多少？（元）"], (
        "a double tap, too"
    )
    assert mina.tags == {"area:taipei"}
    mina.taps("15,000 以下", "套房", "還不確定", "沒有")
    summary = mina.last
    mina.taps("正確")
    tags, runs = mina.tags, mina.runs
    for label in ("正確", "修改一項", "重新填寫"):
        (answer,) = mina.taps(label, on=summary)
        assert answer == "這份內容已經送出，不能再修改。需要更改時，請重新填寫或聯絡專員。"
        assert mina.buttons == ["重新開始"]
    mina.taps("新北市", on=first)
    assert (mina.tags, mina.runs) == (tags, runs)


def test_a_button_of_a_cancelled_questionnaire_says_so(mina: Customer) -> None:
    mina.says("找房")
    first = mina.last
    assert mina.taps("取消") == ["好的，已經取消，剛才的內容不會留下。想繼續時，隨時可以再開始。"]
    assert mina.taps("台北市", on=first) == ["這是先前的按鈕，已經不能用了。需要什麼服務，請從選單選擇。"]
    assert mina.tags == set()
    assert mina.taps("重新開始")[-1] == "想住在哪個縣市呢？"


def test_silence_ends_a_questionnaire_without_a_paid_message(shop: Shop) -> None:
    shop.clock.set(datetime(2027, 2, 22, 14, tzinfo=TAIPEI))
    shop.publishes(EXAMPLES / "rental")
    mina = Customer(shop)
    mina.says("找房")
    mina.taps("台北市")
    shop.waits(hours=23)
    assert mina.runs == [("find_home", "running")]
    shop.waits(hours=2)
    assert mina.runs == [("find_home", "expired")]
    assert {entry.endpoint for entry in shop.simulator.line.ledger} == {"reply"}
    assert mina.taps("15,000–25,000") == ["剛才的填寫隔得比較久，已經先結束了。想繼續的話，請重新開始。"]
    assert mina.taps("重新開始")[-1] == "想住在哪個縣市呢？"
