"""Something comes between a question and its answer: another question, another wish, an old button."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from simulator.person import Person
from simulator.persons import Entry
from simulator.seen import tappables
from tests.shop import TAIPEI, Shop
from tests.stories.customer import Customer


def test_a_second_questionnaire_pauses_the_first_which_can_be_taken_up(searcher: Customer) -> None:
    searcher.taps("台北市")
    assert searcher.says("選單") == ["需要什麼服務呢？"]
    assert searcher.taps("報修")[-1].startswith("請問是哪裡需要報修？")
    assert searcher.runs == [("find_home", "paused"), ("repair", "running")]
    searcher.taps("冷氣")
    searcher.says("選單")
    assert searcher.taps("找房") == ["「找房」還沒填完，要繼續嗎？"]
    assert searcher.buttons == ["繼續填寫", "重新開始"]
    resumed = searcher.taps("繼續填寫")
    assert resumed == ["剛才的問題還沒填完，我們從這裡繼續：", "每月租金預算大約多少？（元）"]
    assert searcher.runs == [("find_home", "running"), ("repair", "paused")]
    searcher.taps("15,000–25,000", "兩房以上", "越快越好", "沒有", "正確")
    assert searcher.tags >= {"area:taipei", "repair:aircon", "lead:qualified"}
    assert searcher.runs == [("find_home", "confirmed"), ("repair", "paused")]


def test_beginning_again_forgets_what_was_unfinished(searcher: Customer) -> None:
    searcher.taps("台北市")
    searcher.says("找房")
    assert searcher.taps("重新開始")[-1].startswith("想住在哪個縣市呢？")
    assert searcher.tags == set()
    assert searcher.runs == [("find_home", "cancelled"), ("find_home", "running")]


def test_beginning_twice_before_the_first_answer_is_one_beginning(searcher: Customer) -> None:
    before = searcher.says("找房")
    assert before[-1].startswith("想住在哪個縣市呢？")
    assert searcher.taps("開始找房") == before, "whoever taps twice is answered twice"
    assert searcher.runs == [("find_home", "running")]
    searcher.says("報修")
    assert searcher.says("找房") == before
    assert searcher.runs == [("find_home", "running"), ("repair", "paused")]
    assert searcher.taps("台北市") == ["每月租金預算大約多少？（元）"]


def test_a_cards_button_tapped_twice_books_one_viewing(mina: Customer) -> None:
    mina.follows()
    mina.taps("先逛逛")
    cards = mina.person.messages[-2]
    before = mina.taps("預約看房", on=cards)
    first = mina.last
    assert mina.taps("預約看房", on=cards) == before
    assert mina.runs == [("viewing", "running")]
    tomorrow = (mina.shop.clock.now() + timedelta(days=1)).astimezone(TAIPEI).replace(hour=15, minute=0)
    picked = {"datetime": f"{tomorrow:%Y-%m-%dT%H:%M}"}
    assert mina.posts_back(pickers_of(first)[0]["data"], params=picked) == ["請留下聯絡電話。"]
    mina.taps("預約看房", on=cards)
    assert mina.runs == [("viewing", "cancelled"), ("viewing", "running")], "an answer was given meanwhile"


def test_the_answers_of_last_time_are_taken_over_once(searcher: Customer) -> None:
    searcher.taps("台北市", "15,000–25,000", "套房", "越快越好", "沒有", "正確")
    searcher.unfollows()
    searcher.follows()
    greeting = searcher.last
    summary = searcher.taps("沿用上次條件")
    assert searcher.taps("沿用上次條件", on=greeting) == summary
    assert searcher.runs == [("find_home", "confirmed"), ("find_home", "running")]
    searcher.taps("正確")
    assert searcher.runs[-1] == ("find_home", "confirmed")


def pickers_of(entry: Entry) -> list[dict[str, Any]]:
    return [found.action for found in tappables(entry.body) if found.action["type"] == "datetimepicker"]


def test_a_question_in_between_is_answered_and_ours_comes_again(searcher: Customer) -> None:
    searcher.taps("台北市")
    for words, answer in (
        ("押金怎麼算", "押金為兩個月租金（法定上限），退租點交無誤後退還。"),
        ("請問營業時間", "服務時間為每日 10:00–20:00。"),
        ("可以養寵物嗎？", "部分物件可以養寵物"),
    ):
        aside, again = searcher.says(words)
        assert aside.startswith(answer)
        assert again == "剛才的問題還沒填完，我們從這裡繼續：\n每月租金預算大約多少？（元）"
    searcher.taps("15,000–25,000")
    assert "budget:mid" in searcher.tags


def test_the_menu_in_between_leaves_the_question_open(searcher: Customer) -> None:
    searcher.taps("台北市")
    assert searcher.says("メニュー") == ["需要什麼服務呢？"]
    assert searcher.says("2萬")[-1].startswith("想找哪種房型？")


BUDGET = "每月租金預算大約多少？（元）"
CHOOSE = "請從下面的選項選一個，或直接輸入選項的文字："
OFFER = "要請專員直接協助您嗎？"


@pytest.mark.parametrize(
    "sends",
    [
        lambda person: person.sends_photo(),
        lambda person: person.sends_sticker(),
        lambda person: person.sends_audio(),
        lambda person: person.sends_video(),
        lambda person: person.sends_file("rent.xlsx", b"PK"),
        lambda person: person.sends_location(),
    ],
    ids=["photo", "sticker", "voice", "film", "file", "place"],
)
def test_what_can_be_no_answer_gets_the_question_again(
    agency: Shop, searcher: Customer, sends: Callable[[Person], object]
) -> None:
    searcher.taps("台北市")
    (again,) = searcher.does(sends)
    assert again.startswith(CHOOSE)
    assert BUDGET in again
    assert searcher.taps("15,000–25,000")[-1].startswith("想找哪種房型？")


def test_several_stickers_at_once_are_one_misunderstanding(agency: Shop, searcher: Customer) -> None:
    searcher.taps("台北市")
    said = [searcher.does(lambda person: person.sends_sticker()) for _ in range(5)]
    assert [len(answers) for answers in said] == [1, 0, 0, 0, 0]
    assert searcher.does(lambda person: person.sends_photos(4)) == []
    agency.waits(seconds=30)
    offered, again = searcher.does(lambda person: person.sends_audio())
    assert offered.startswith(OFFER), "the second thing in a row that is no answer"
    assert BUDGET in again
    assert searcher.taps("15,000–25,000")[-1].startswith("想找哪種房型？")
    assert len(searcher.does(lambda person: person.sends_sticker())) == 1, (
        "another question, and no second miss"
    )


def test_an_album_where_words_are_asked_for_is_told_once_that_it_is_none(searcher: Customer) -> None:
    searcher.taps("其他")
    answers = searcher.does(lambda person: person.sends_photos(5))
    assert len(answers) == 1
    assert answers[0].endswith("請輸入縣市或行政區，例如：新竹市東區")
    assert searcher.does(lambda person: person.sends_location())[-1].startswith(BUDGET), (
        "its address is an answer"
    )


def test_a_sticker_at_the_summary_shows_it_again(searcher: Customer) -> None:
    searcher.taps("台北市", "15,000–25,000", "套房", "越快越好", "沒有")
    (again,) = searcher.does(lambda person: person.sends_sticker())
    assert "請確認您的找房條件" in again
    assert searcher.runs == [("find_home", "running")]


def test_who_talks_with_a_person_sends_what_they_like(searcher: Customer) -> None:
    searcher.taps("台北市")
    searcher.says("專人")
    assert searcher.does(lambda person: person.sends_sticker()) == []


def test_a_keyword_where_words_are_asked_for_is_no_answer(searcher: Customer) -> None:
    again = "剛才的問題還沒填完，我們從這裡繼續：\n請輸入縣市或行政區，例如：新竹市東區"
    searcher.taps("其他")
    for word, answer in (("押金", "押金為兩個月租金"), ("ｓｔｏｐ", "好的，已停止新物件通知。")):
        assert searcher.says(word)[0].startswith(answer)
        assert "area_text" not in searcher.fields
    assert searcher.says("營業時間")[-1] == again
    assert searcher.says("新竹市東區，押金能談的") == ["每月租金預算大約多少？（元）"], (
        "a sentence is an answer"
    )


TAKEN_OVER = "接下來由專員在這裡為您服務。"


@pytest.mark.parametrize(
    "wish", ["我想找真人", "請幫我轉真人客服", "可以請專員跟我聯絡嗎？謝謝", "I want to talk to a human"]
)
def test_who_wishes_for_a_person_where_words_are_asked_for_gets_one(searcher: Customer, wish: str) -> None:
    searcher.taps("其他")
    (answer,) = searcher.says(wish)
    assert answer.startswith(TAKEN_OVER)
    assert "wants:human" in searcher.tags
    assert "area_text" not in searcher.fields
    assert searcher.taps("回到小幫手")[-1].endswith("請輸入縣市或行政區，例如：新竹市東區")


@pytest.mark.parametrize(
    "words", ["我在竹北當客服，想住附近", "有專人收包裹的社區，新竹東區", "不用找專人，新竹市東區就好"]
)
def test_a_text_that_mentions_a_person_is_the_answer(searcher: Customer, words: str) -> None:
    searcher.taps("其他")
    assert searcher.says(words)[-1].startswith(BUDGET)
    assert searcher.fields["area_text"] == words
    assert "wants:human" not in searcher.tags


def test_who_wishes_for_a_person_where_buttons_are_asked_for_is_not_asked_on(searcher: Customer) -> None:
    (answer,) = searcher.says("請幫我轉真人客服")
    assert answer.startswith(TAKEN_OVER)


def test_another_wish_where_words_are_asked_for_pauses_the_question(searcher: Customer) -> None:
    searcher.taps("其他")
    assert searcher.says("報修")[-1] == "請問是哪裡需要報修？"
    assert searcher.runs == [("find_home", "paused"), ("repair", "running")]


def test_the_open_question_comes_again_with_the_bot(searcher: Customer) -> None:
    searcher.taps("台北市")
    searcher.says("專人")
    assert searcher.taps("回到小幫手") == [
        "小幫手回來了！需要什麼服務，請從選單選擇，或直接輸入問題。",
        "剛才的問題還沒填完，我們從這裡繼續：\n每月租金預算大約多少？（元）",
    ]
    searcher.says("專人")
    assert searcher.says("小幫手")[-1].endswith("每月租金預算大約多少？（元）")
    assert searcher.says("2萬") == ["想找哪種房型？"]


def test_an_old_button_of_a_paused_questionnaire_does_not_take_it_up(searcher: Customer) -> None:
    passed = searcher.last
    searcher.taps("台北市")
    open_one = searcher.last
    searcher.says("選單")
    searcher.taps("報修", "冷氣")
    (answer,) = searcher.taps("新北市", on=passed)
    assert answer.startswith("這是先前的按鈕，答案已經記下來了。我們繼續目前這一題：\n請輸入需要維修的地址")
    assert searcher.runs == [("find_home", "paused"), ("repair", "running")]
    assert searcher.taps("15,000–25,000", on=open_one) == ["想找哪種房型？"], "but its open question does"
    assert searcher.runs == [("find_home", "running"), ("repair", "paused")]


def test_an_old_start_again_does_not_wipe_out_what_was_begun_since(searcher: Customer) -> None:
    searcher.taps("取消")
    searcher.taps("台北市")
    again = searcher.last
    searcher.taps("重新開始", on=again)
    searcher.taps("新北市")
    assert searcher.taps("重新開始", on=again) == ["「找房」還沒填完，要繼續嗎？"]
    assert searcher.taps("繼續填寫")[-1] == "每月租金預算大約多少？（元）"
    assert searcher.tags == {"area:new_taipei"}


def test_an_old_button_does_not_take_the_floor_from_a_person(searcher: Customer) -> None:
    first = searcher.last
    searcher.taps("台北市")
    searcher.says("專人")
    assert searcher.taps("新北市", on=first) == ["這是先前的按鈕，已經不能用了。需要什麼服務，請從選單選擇。"]
    assert "wants:human" in searcher.tags
    assert searcher.says("押金") == []
