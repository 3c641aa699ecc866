"""The rental agency, told from the customer's side."""

from collections.abc import Set as AbstractSet
from datetime import timedelta

import pytest

from contacts.fields import FieldBook, Value
from questionnaires.models import Run, RunStatus
from segmentation.models import ContactTag
from segmentation.tags import TagBook
from simulator.person import Person
from tests.shop import EXAMPLES, Shop

STORY = {
    "zh-TW": (
        "開始找房",
        "台北市",
        "15,000–25,000",
        "兩房以上",
        "越快越好",
        "有",
        "貓",
        "正確",
        "好，請通知我",
    ),
    "ja": ("お部屋探しを始める", "台北市", "15,000～25,000", "2LDK以上", "できるだけ早く", "はい", "猫"),
    "en": ("Find me a home", "Taipei City", "15,000–25,000", "Two bedrooms or more", "As soon as possible"),
}


@pytest.fixture
def rental(shop: Shop) -> Shop:
    shop.publishes(EXAMPLES / "rental")
    return shop


def tags_of(shop: Shop, person: Person) -> AbstractSet[str]:
    with shop.database.read() as session:
        return TagBook(session, shop.contact(person), event_key=None, now=shop.now()).names()


def tag_of(shop: Shop, name: str) -> ContactTag:
    (row,) = shop.rows(ContactTag, ContactTag.tag.has(name=name))
    assert isinstance(row, ContactTag)
    return row


def fields_of(shop: Shop, person: Person) -> dict[str, Value]:
    with shop.database.read() as session:
        return dict(FieldBook(session, shop.contact(person), event_key=None, now=shop.now()).values())


def answers_everything(person: Person) -> None:
    for label in STORY["zh-TW"][:8]:
        person.taps(label)


def test_a_new_friend_answers_by_tapping_and_stands_tagged(rental: Shop) -> None:
    mina = rental.person("王小美", language="zh-TW")
    mina.follows()
    assert mina.sees[-1].startswith("王小美 您好，歡迎加入好窩租屋！回答 5 個小問題（約 1 分鐘）")
    assert mina.buttons == ["開始找房", "先逛逛", "我是房東"]

    mina.taps("開始找房")
    assert mina.sees[-2].startswith("您提供的資料僅用於媒合物件，詳見隱私權政策。")
    assert mina.sees[-1].startswith("想住在哪個縣市呢？")
    mina.taps("台北市")
    assert "area:taipei" in tags_of(rental, mina), "the tag is there as soon as the answer is"
    for label in ("15,000–25,000", "兩房以上", "越快越好", "有", "貓"):
        mina.taps(label)
    assert mina.sees[-1].startswith("請確認您的找房條件")
    assert mina.buttons == ["正確", "修改一項", "重新填寫"]

    mina.taps("正確")
    assert tags_of(rental, mina) >= {
        "area:taipei",
        "budget:mid",
        "type:two_bed",
        "timing:asap",
        "pet:yes",
        "pet:cat",
        "lead:qualified",
        "wants:human",
    }
    assert fields_of(rental, mina) == {"budget_min": 15000, "budget_max": 25000}
    said = "\n".join(mina.sees[-4:])
    assert "電梯兩房" in said
    assert "負責台北市的專員會在服務時間內（每日 10:00–20:00）與您聯絡。" in said
    assert "有符合條件的新物件時，要通知您嗎？" in said

    mina.taps("好，請通知我")
    assert "consent:listings" in tags_of(rental, mina)
    mina.says("停止通知")
    assert "consent:listings" not in tags_of(rental, mina)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_story_is_told_in_the_contacts_language(rental: Shop, language: str) -> None:
    guest = rental.person("Sato", language=language)
    guest.follows()
    for label in STORY[language]:
        guest.taps(label)
    assert {"area:taipei", "budget:mid", "type:two_bed", "timing:asap"} <= set(tags_of(rental, guest))
    assert not any("您" in words for words in guest.sees), "nothing is left in Chinese"


def test_everything_was_a_free_reply(rental: Shop) -> None:
    mina = rental.person("王小美", language="zh-TW")
    mina.follows()
    answers_everything(mina)
    kinds = {entry.endpoint for entry in rental.simulator.line.ledger}
    assert kinds == {"reply"}


def test_typed_answers_count_as_the_choices_they_mean(rental: Shop) -> None:
    mina = rental.person("王小美", language="zh-TW")
    mina.follows()
    mina.says("選單")
    mina.taps("找房")
    for words in ("我想住臺北", "２萬", "兩房", "還不確定", "没有", "確認"):
        mina.says(words)
    assert {"area:taipei", "budget:mid", "type:two_bed", "timing:unsure", "pet:no", "lead:qualified"} <= set(
        tags_of(rental, mina)
    )


def test_a_confirmed_run_replaces_the_one_before(rental: Shop) -> None:
    mina = rental.person("王小美", language="zh-TW")
    mina.follows()
    answers_everything(mina)
    mina.says("選單")
    mina.taps("找房")
    for label in ("其他",):
        mina.taps(label)
    mina.says("新竹市東區")
    for label in ("40,000 以上", "套房", "還不確定", "沒有", "正確"):
        mina.taps(label)
    carried = set(tags_of(rental, mina))
    assert {"area:other", "budget:premium", "type:studio", "timing:unsure", "pet:no"} <= carried
    assert not carried & {"area:taipei", "budget:mid", "type:two_bed", "timing:asap", "pet:yes", "pet:cat"}
    fields = fields_of(rental, mina)
    assert fields == {"area_text": "新竹市東區", "budget_min": 40000}


def test_a_cancelled_run_leaves_the_confirmed_one_standing(rental: Shop) -> None:
    mina = rental.person("王小美", language="zh-TW")
    mina.follows()
    answers_everything(mina)
    before = set(tags_of(rental, mina)) - {"wants:human"}
    mina.says("選單")
    mina.taps("找房")
    mina.taps("桃園市")
    assert "area:taoyuan" in tags_of(rental, mina)
    mina.taps("取消")
    assert set(tags_of(rental, mina)) == before


def test_double_taps_old_buttons_and_forged_data_change_nothing(rental: Shop) -> None:
    mina = rental.person("王小美", language="zh-TW")
    mina.follows()
    mina.taps("開始找房")
    question = mina.messages[-1]
    mina.taps("台北市")
    mina.taps("新北市", on=question)
    assert "這是先前的按鈕，答案已經記下來了。我們繼續目前這一題：" in mina.sees[-1]
    assert "每月租金預算大約多少？" in mina.sees[-1]
    mina.posts_back("1|a|zzzzzzzz|1|area|taipei")
    mina.posts_back("1|b|menu.main|../../etc/passwd|")
    mina.posts_back("\x00' OR 1=1 --")
    carried = set(tags_of(rental, mina))
    assert "area:taipei" in carried
    assert "area:new_taipei" not in carried


def test_another_persons_button_does_not_answer_for_them(rental: Shop) -> None:
    mina, thief = rental.person("王小美", language="zh-TW"), rental.person("Thief", language="en")
    mina.follows()
    thief.follows()
    mina.taps("開始找房")
    run = rental.rows(Run)[0]
    thief.posts_back(f"1|a|{run.public_id}|1|area|taipei")
    assert "area:taipei" not in tags_of(rental, mina)
    assert "area:taipei" not in tags_of(rental, thief)


def test_a_returning_friend_can_use_the_answers_of_last_time(rental: Shop) -> None:
    mina = rental.person("王小美", language="zh-TW")
    mina.follows()
    answers_everything(mina)
    mina.unfollows()
    rental.waits(days=2)
    mina.follows()
    assert mina.sees[-1].startswith("王小美，歡迎回來！您上次想找：台北市・15,000–25,000・兩房以上")
    mina.taps("沿用上次條件")
    assert mina.sees[-1].startswith("請確認您的找房條件")
    mina.taps("正確")
    assert [run.status for run in rental.rows(Run)] == [RunStatus.CONFIRMED] * 2


@pytest.mark.parametrize("again", ["answers anew", "uses the answers of last time"])
def test_who_confirms_again_is_a_lead_for_ninety_days_from_then_on(rental: Shop, again: str) -> None:
    mina = rental.person("王小美", language="zh-TW")
    mina.follows()
    answers_everything(mina)
    first = tag_of(rental, "lead:qualified")
    rental.waits(days=60)
    mina.unfollows()
    mina.follows()
    if again == "answers anew":
        mina.taps("開始找房")
        answers_everything(mina)
    else:
        mina.taps("沿用上次條件")
        mina.taps("正確")
    second = tag_of(rental, "lead:qualified")
    assert second.expires_at is not None
    assert second.expires_at - second.set_at == timedelta(days=90)
    assert second.set_at - first.set_at >= timedelta(days=60)
    assert second.event_key != first.event_key
    assert tag_of(rental, "area:taipei").set_at - first.set_at >= timedelta(days=59)
    rental.waits(days=40)
    assert "lead:qualified" in tags_of(rental, mina)


def test_silence_ends_a_run_and_a_later_tap_gets_a_kind_answer(rental: Shop) -> None:
    mina = rental.person("王小美", language="zh-TW")
    mina.follows()
    mina.taps("開始找房")
    rental.waits(hours=25)
    assert [run.status for run in rental.rows(Run)] == [RunStatus.EXPIRED]
    mina.taps("台北市")
    assert "隔得比較久" in mina.sees[-1]
    mina.taps("重新開始")
    assert mina.sees[-1].startswith("想住在哪個縣市呢？")


def test_a_person_with_the_floor_silences_free_text_only(rental: Shop) -> None:
    mina = rental.person("王小美", language="zh-TW")
    mina.follows()
    mina.says("專人")
    heard = len(mina.sees)
    mina.says("租金多少錢？")
    assert len(mina.sees) == heard, "the bot is silent"
    mina.says("選單")
    assert mina.buttons == ["找房", "預約看房", "報修", "專人服務"], "menus keep working"
    mina.says("回到小幫手")
    mina.says("押金要多少？")
    assert "押金為兩個月租金" in mina.sees[-1]


def test_the_bot_comes_back_after_twelve_hours(rental: Shop) -> None:
    mina = rental.person("王小美", language="zh-TW")
    mina.follows()
    mina.says("專人")
    rental.waits(hours=13)
    mina.says("押金要多少？")
    assert "押金為兩個月租金" in mina.sees[-1]
    assert "wants:human" not in tags_of(rental, mina)


def test_tags_end_by_themselves(rental: Shop) -> None:
    mina = rental.person("王小美", language="zh-TW")
    mina.follows()
    answers_everything(mina)
    rental.waits(days=91)
    carried = set(tags_of(rental, mina))
    assert "lead:qualified" not in carried
    assert "area:taipei" in carried


def test_a_profile_is_asked_for_once(rental: Shop) -> None:
    mina = rental.person("王小美", language="zh-TW")
    mina.follows()
    mina.taps("開始找房")
    calls = [logged.title for logged in rental.simulator.line.log if "profile" in logged.title]
    assert len(calls) == 1
