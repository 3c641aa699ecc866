from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from questionnaires.state import Action, Completed, NotUnderstood
from questionnaires.wording import action_typed
from tests.questionnaires.journeys import Journey
from tests.questionnaires.rental import (
    AREA,
    BUDGET,
    FACTS,
    FLAVOUR,
    MOVE_IN,
    PET,
    PET_KIND,
    TYPE,
    questionnaire,
)

KIND_OF_PET = {key: value for key, value in PET_KIND.items() if key != "only_if"}
BROKEN = {
    "id": "what",
    "ask": "?",
    "choices": [
        {"id": "aircon", "label": {"zh-TW": "冷氣", "ja": "エアコン"}},
        {"id": "door", "label": {"zh-TW": "門鎖"}, "also": ["門"]},
    ],
}
VIEWING = {
    "id": "at",
    "ask": "?",
    "kind": "datetime",
    "field": "at",
    "min": "today",
    "max": "+1m",
    "open_hours": True,
}


def choice_for(question: dict[str, Any], typed: str) -> str | None:
    """Return the choice that a typed text answers with."""
    outcome = Journey(questionnaire(question)).types(typed)
    if isinstance(outcome, NotUnderstood):
        return None
    assert isinstance(outcome, Completed), outcome
    return outcome.answers[question["id"]].choices[0]


def value_for(question: dict[str, Any], typed: str) -> object:
    """Return the value a typed text answers with, or the kind of hint it gets."""
    journey = Journey(questionnaire({"id": "q", "ask": "?", **question}))
    outcome = journey.types(typed)
    if isinstance(outcome, Completed):
        return next(iter(outcome.answers.values())).value
    return f"hint:{journey.hint}"


@pytest.mark.parametrize(
    ("question", "typed", "choice"),
    [
        (AREA, "台北市", "taipei"),
        (AREA, "臺北市", "taipei"),
        (AREA, "臺北", "taipei"),
        (AREA, "北市", "taipei"),
        (AREA, "竹北市", "other"),
        (AREA, "新竹縣竹北市", "other"),
        (AREA, "台北縣", "new_taipei"),
        (AREA, "臺北縣板橋市", "new_taipei"),
        (AREA, "ＴＡＩＰＥＩ", "taipei"),
        (AREA, "taipei city", "taipei"),
        (AREA, "Somewhere else!", "other"),
        (AREA, "その他", "other"),
        (AREA, "我想住台北市", "taipei"),
        (AREA, "新北市板橋", "new_taipei"),
        (AREA, "I live in New Taipei now", "new_taipei"),
        (AREA, "台北市或新北市", None),
        (AREA, "不要台北市", None),
        (AREA, "台北以外", None),
        (AREA, "台北不行", None),
        (AREA, "我不想住台北", None),
        (AREA, "台北ではない", None),
        (AREA, "台北、離公司不遠", "taipei"),
        (AREA, "anything except taipei", None),
        (AREA, "台北市有哪些區？", None),
        (AREA, "台北市好住嗎", None),
        (AREA, "taipeitower", None),
        (AREA, "2", "new_taipei"),
        (AREA, "２", "new_taipei"),
        (AREA, "②", "new_taipei"),
        (AREA, "二", "new_taipei"),
        (AREA, "第二個", "new_taipei"),
        (AREA, "第 3 項", "taoyuan"),
        (AREA, "2番", "new_taipei"),
        (AREA, "2번", "new_taipei"),
        (AREA, "no. 4", "other"),
        (AREA, "#1", "taipei"),
        (AREA, "0", None),
        (AREA, "5", None),
        (AREA, "22", None),
        (AREA, "1 2", None),
        (AREA, "😀", None),
        (AREA, "", None),
        (AREA, "台北" * 3000, None),
        (AREA, "台北，" + "很長的故事" * 20, None),
        (BUDGET, "20000", "mid"),
        (BUDGET, "２００００", "mid"),
        (BUDGET, "2萬", "mid"),
        (BUDGET, "2萬5", "high"),
        (BUDGET, "兩萬左右", "mid"),
        (BUDGET, "15000", "mid"),
        (BUDGET, "15000以下", "low"),
        (BUDGET, "1.5萬以內", "low"),
        (BUDGET, "25000円まで", "mid"),
        (BUDGET, "40000以上", "premium"),
        (BUDGET, "10萬", "premium"),
        (BUDGET, "15000-25000", "mid"),
        (BUDGET, "1.5-2.5萬", "mid"),
        (BUDGET, "16000~20000", "mid"),
        (BUDGET, "10000-30000", None),
        (BUDGET, "15,000–25,000", "mid"),
        (BUDGET, "Up to 15,000", "low"),
        (BUDGET, "2", None),
        (BUDGET, "第二個", None),
        (BUDGET, "兩三萬", None),
        (BUDGET, "0", "low"),
        (TYPE, "兩房", "two_bed"),
        (TYPE, "想找2房", "two_bed"),
        (TYPE, "套 房", "studio"),
        (TYPE, "2", None),
        (TYPE, "第2個", "studio"),
        (PET, "有", "yes"),
        (PET, "沒有", "no"),
        (PET, "没有", "no"),
        (PET, "没有宠物", "no"),
        (PET, "有養", "yes"),
        (PET, "NO", "no"),
        (PET, "I know", None),
        (PET, "有寵物", "yes"),
        (PET, "沒有寵物", "no"),
        (PET, "沒有養寵物", "no"),
        (PET, "家裡沒有養", "no"),
        (PET, "沒 有 養", "no"),
        (PET, "没有养宠物", "no"),
        (PET, "不會有", "no"),
        (PET, "不會有寵物喔", "no"),
        (PET, "未養", None),
        (PET, "有沒有", None),
        (PET, "有，沒有養狗", None),
        (PET, "います", "yes"),
        (PET, "ペットはいない", "no"),
        (PET, "飼っていません", "no"),
        (PET, "飼っていないです", "no"),
        (PET, "ありません", "no"),
        (PET, "We have pets", "yes"),
        (PET, "no pets", "no"),
        (PET, "I don't have a pet", "no"),
        (PET, "we do not have pets", "no"),
        (KIND_OF_PET, "我有一隻貓", "cat"),
        (KIND_OF_PET, "貓狗都有", "both"),
        (KIND_OF_PET, "猫", "cat"),
        (KIND_OF_PET, "貓和狗", None),
        (KIND_OF_PET, "沒有貓", None),
        (BROKEN, "門打不開", "door"),
        (BROKEN, "冷氣都不冷了", "aircon"),
        (BROKEN, "エアコンが動きません", "aircon"),
        (BROKEN, "冷氣沒壞，是門", None),
        (MOVE_IN, "馬上", "asap"),
        (MOVE_IN, "還不確定", "unsure"),
        (MOVE_IN, "還不確定耶", "unsure"),
    ],
)
def test_a_typed_text_means_a_choice_or_none(
    question: dict[str, Any], typed: str, choice: str | None
) -> None:
    assert choice_for(question, typed) == choice


@given(
    word=st.text("有養會要帶寵物貓狗", min_size=1, max_size=4),
    reach=st.integers(0, 4),
    negation=st.sampled_from("不沒没未無无"),
    around=st.tuples(st.sampled_from(["", "我", "應該"]), st.sampled_from(["", "喔", "了"])),
)
def test_a_word_yields_to_the_one_that_negates_it_however_long_it_is(
    word: str, reach: int, negation: str, around: tuple[str, str]
) -> None:
    question = {
        "id": "q",
        "ask": "?",
        "choices": [
            {"id": "yes", "label": word},
            {"id": "no", "label": negation + word[:reach]},
        ],
    }
    assert choice_for(question, word.join(around)) == "yes"
    negated = (negation + word).join(around)
    assume(action_typed(negated, tuple(Action), {}) is None)  # 不要了 leaves the questionnaire
    assert choice_for(question, negated) == "no"


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("3/1", "2027-03-01"),
        ("2027/3/1", "2027-03-01"),
        ("３月１日", "2027-03-01"),
        ("明天", "2026-11-22"),
        ("今天", "2026-11-21"),
        ("下週一", "2026-11-23"),
        ("tomorrow", "2026-11-22"),
        ("来週月曜", "2026-11-23"),
        ("11/21", "2026-11-21"),
        ("2026/11/20", "hint:invalid_date_range"),
        ("2027/11/21", "2027-11-21"),
        ("2027/11/22", "hint:invalid_date_range"),
        ("2/30", "hint:choose_hint"),
        ("選擇日期", "hint:invalid_date"),
        ("改天", "hint:choose_hint"),
    ],
)
def test_a_typed_date_goes_where_the_picker_would_have_put_it(typed: str, value: str) -> None:
    assert value_for(MOVE_IN, typed) == value


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("明天下午兩點", "2026-11-22T14:00"),
        ("明天2點", "2026-11-22T14:00"),
        ("11/23 14:30", "2026-11-23T14:30"),
        ("tomorrow 2pm", "2026-11-22T14:00"),
        ("来週月曜の午後3時", "2026-11-23T15:00"),
        ("내일 오후 2시", "2026-11-22T14:00"),
        ("今天11點", "2026-11-21T11:00"),
        ("今天10點", "hint:invalid_datetime_range"),
        ("明天 20:00", "hint:invalid_time_range"),
        ("明天 09:59", "hint:invalid_time_range"),
        ("明天早上9點", "hint:invalid_time_range"),
        ("12/22 14:00", "hint:invalid_datetime_range"),
        ("明天", "hint:invalid_datetime"),
        ("下午兩點", "hint:invalid_datetime"),
        ("隨時", "hint:invalid_datetime"),
    ],
)
def test_a_viewing_lies_in_the_future_and_in_business_hours(typed: str, value: str) -> None:
    assert value_for(VIEWING, typed) == value


@pytest.mark.parametrize(
    ("picked", "value"),
    [
        ("2026-11-23T14:30", "2026-11-23T14:30"),
        ("2026-11-23t14:30", "2026-11-23T14:30"),
        ("2026-11-21T10:59", "hint:invalid_datetime_range"),
        ("2026-12-21T10:00", "2026-12-21T10:00"),
        ("2026-12-22T10:00", "hint:invalid_datetime_range"),
        ("2026-11-23T23:30", "hint:invalid_time_range"),
        ("2026-11-23T24:30", "hint:invalid_datetime"),
    ],
)
def test_a_picked_moment_is_held_to_the_same(picked: str, value: str) -> None:
    journey = Journey(questionnaire(VIEWING))
    outcome = journey.picks(picked)
    got = outcome.answers["at"].value if isinstance(outcome, Completed) else f"hint:{journey.hint}"
    assert got == value


def test_today_is_today_on_the_account_s_own_clock() -> None:
    # 16:30 UTC on 31 December is New Year's morning in Taipei.
    facts = replace(FACTS, now=datetime(2026, 12, 31, 16, 30, tzinfo=UTC))
    journey = Journey(questionnaire(MOVE_IN), facts=facts)
    outcome = journey.types("今天")
    assert isinstance(outcome, Completed)
    assert outcome.answers["move_in"].value == "2027-01-01"


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("0912345678", "+886912345678"),
        ("0912-345-678", "+886912345678"),
        ("０９１２ ３４５ ６７８", "+886912345678"),
        ("(02) 2345-6789", "+886223456789"),
        ("電話：0912345678", "+886912345678"),
        ("+886 912 345 678", "+886912345678"),
        ("886912345678", "+886912345678"),
        ("+81 90-1234-5678", "+819012345678"),
        ("12345", "hint:invalid_phone"),
        ("091234567", "hint:invalid_phone"),
        ("沒有", "hint:invalid_phone"),
        ("📞", "hint:invalid_phone"),
        ("0912345678" * 20, "hint:invalid_phone"),
    ],
)
def test_phones_are_kept_in_one_form(typed: str, value: str) -> None:
    assert value_for({"kind": "phone"}, typed) == value


def test_a_phone_belongs_to_the_account_s_region() -> None:
    journey = Journey(
        questionnaire({"id": "q", "ask": "?", "kind": "phone"}), facts=replace(FACTS, region="JP")
    )
    outcome = journey.types("090-1234-5678")
    assert isinstance(outcome, Completed)
    assert outcome.answers["q"].value == "+819012345678"


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("Mina@Example.COM", "Mina@example.com"),
        ("ｍｉｎａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "mina@example.com"),
        (" mina@example.com ", "mina@example.com"),
        ("mina@", "hint:invalid_email"),
        ("mina at example.com", "hint:invalid_email"),
        ("a@b@example.com", "hint:invalid_email"),
        ("x" * 300 + "@example.com", "hint:invalid_email"),
    ],
)
def test_mail_addresses(typed: str, value: str) -> None:
    assert value_for({"kind": "email"}, typed) == value


@pytest.mark.parametrize(
    ("bounds", "typed", "value"),
    [
        ({}, "3", 3),
        ({}, "３", 3),
        ({}, "三", 3),
        ({}, "2.5", 2.5),
        ({}, "1萬", 10000),
        ({}, "-5", -5),
        ({"min": 0}, "-5", "hint:invalid_number"),
        ({"min": 1, "max": 6}, "6人", 6),
        ({"min": 1, "max": 6}, "7", "hint:invalid_number"),
        ({}, "很多", "hint:invalid_number"),
        ({}, "2到3", "hint:invalid_number"),
        ({}, "1e400", "hint:invalid_number"),
        ({}, "NaN", "hint:invalid_number"),
    ],
)
def test_numbers(bounds: dict[str, Any], typed: str, value: object) -> None:
    assert value_for({"kind": "number", **bounds}, typed) == value


@pytest.mark.parametrize(
    ("bounds", "typed", "value"),
    [
        ({}, "  新竹市東區 ", "新竹市東區"),
        ({}, "a\r\nb", "a\nb"),
        ({}, "a\x00b\x07c\ud800", "abc"),
        ({}, "\u202e反\u200b轉", "反轉"),
        ({}, "e\u0301", "é"),
        ({}, "{{ name }}", "{{ name }}"),
        ({}, "😀😀", "hint:invalid_text"),
        ({}, "？！", "hint:invalid_text"),
        ({}, "", "hint:invalid_text"),
        ({}, "字" * 5001, "hint:invalid_text_long"),
        ({"min": 2}, "東", "hint:invalid_text_short"),
        ({"max": 3}, "a👨‍👩‍👧b", "a👨‍👩‍👧b"),
        ({"max": 2}, "a👨‍👩‍👧b", "hint:invalid_text_long"),
        ({"pattern": r"[A-Z]\d{9}"}, "a123456789", "a123456789"),
        ({"pattern": r"[A-Z]\d{9}"}, "Ａ１２３４５６７８９", "Ａ１２３４５６７８９"),
        ({"pattern": r"[A-Z]\d{9}"}, "A12345678", "hint:invalid_pattern"),
        ({"pattern": r"(a+)+"}, "a" * 3000 + "!", "hint:invalid_pattern"),
    ],
)
def test_texts(bounds: dict[str, Any], typed: str, value: object) -> None:
    assert value_for({"kind": "text", **bounds}, typed) == value


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("14:30", "14:30"),
        ("下午兩點半", "14:30"),
        ("8:00", "hint:invalid_datetime_range"),
        ("whenever", "hint:invalid_time"),
    ],
)
def test_times(typed: str, value: str) -> None:
    assert value_for({"kind": "time", "min": "09:00", "max": "21:00"}, typed) == value


def test_a_hint_carries_the_question_s_own_sentence_and_its_bounds() -> None:
    said = {"zh-TW": "看房時段為每日 10:00–20:00，麻煩再選一次。"}
    journey = Journey(questionnaire({**VIEWING, "invalid": said}))
    outcome = journey.types("明天 21:00")
    assert isinstance(outcome, NotUnderstood)
    assert outcome.hint.said == said
    assert (outcome.hint.minimum, outcome.hint.maximum) == ("2026-11-21T11:00", "2026-12-21T23:59")


@pytest.mark.parametrize("typed", ["不要黑糖", "黑糖嗎", "9", "呃"])
def test_a_multiple_choice_does_not_guess_either(typed: str) -> None:
    assert isinstance(Journey(questionnaire(FLAVOUR)).types(typed), NotUnderstood)
