from dataclasses import replace

import pytest

from questionnaires.answers import Answer
from questionnaires.flow import shown
from questionnaires.state import (
    Action,
    Ask,
    Cancelled,
    ChooseWhatToChange,
    Completed,
    Hint,
    HintKind,
    NotUnderstood,
    Picked,
    Pressed,
    Review,
    SentLocation,
    SentPhoto,
    Stale,
    Tapped,
    Typed,
)
from tests.questionnaires.journeys import Journey
from tests.questionnaires.rental import FACTS, FIND_HOME, FLAVOUR, questionnaire

CITY = {"id": "city", "ask": "?", "choices": [{"id": "a", "label": "甲"}, {"id": "b", "label": "乙"}]}
NAME = {"id": "name", "ask": "?", "kind": "text"}


def at_summary() -> Journey:
    journey = Journey(FIND_HOME)
    journey.taps("taipei", "mid", "studio", "asap", "yes", "cat")
    assert isinstance(journey.step.outcome, Review)
    return journey


def test_the_whole_way_by_taps() -> None:
    journey = Journey(FIND_HOME)
    asked = [journey.asked]
    for choice in ("taipei", "mid", "studio"):
        journey.taps(choice)
        asked.append(journey.asked)
    journey.picks("2027-03-01")
    journey.taps("yes", "cat")
    assert asked == ["area", "budget", "type", "move_in"]
    assert isinstance(journey.step.outcome, Review)
    assert journey.presses("confirm") == Completed(
        {
            "area": Answer(("taipei",)),
            "budget": Answer(("mid",)),
            "type": Answer(("studio",)),
            "move_in": Answer(("date",), "2027-03-01"),
            "pet": Answer(("yes",)),
            "pet_kind": Answer(("cat",)),
        }
    )
    assert journey.mode == "done"


def test_the_whole_way_by_typing() -> None:
    journey = Journey(FIND_HOME)
    journey.types("我想住臺北", "2萬", "套房", "3/1", "沒有")
    assert isinstance(journey.types("正確"), Completed)
    assert journey.answers["budget"] == Answer(("mid",))
    assert journey.answers["move_in"] == Answer(("date",), "2027-03-01")


@pytest.mark.parametrize(
    "texts",
    [
        ("Taipei City", "20k", "studio", "tomorrow", "no", "yes"),
        ("台北市", "2万円", "ワンルーム", "来週月曜", "いいえ", "はい"),
    ],
)
def test_the_whole_way_in_other_languages(texts: tuple[str, ...]) -> None:
    journey = Journey(FIND_HOME)
    assert isinstance(journey.types(*texts), Completed)


def test_a_branch_is_taken_only_when_its_answer_was_given() -> None:
    journey = Journey(FIND_HOME)
    journey.taps("other")
    assert journey.asked == "area_text"
    journey.types("新竹市東區", "2萬", "雅房", "越快越好", "沒有")
    assert isinstance(journey.step.outcome, Review)


def test_back_keeps_the_answer_as_a_suggestion() -> None:
    journey = Journey(FIND_HOME)
    journey.taps("taipei", "mid")
    ask = journey.presses("back")
    assert isinstance(ask, Ask)
    assert ask.question.id == "budget"
    assert ask.suggestion == Answer(("mid",))
    journey.presses("back")
    assert journey.asked == "area"
    journey.taps("taoyuan")
    assert journey.asked == "budget", "gone over twice, so it is asked again"
    journey.taps("high")
    assert journey.asked == "type"


def test_back_on_the_first_question_asks_it_again() -> None:
    journey = Journey(FIND_HOME)
    ask = journey.presses("back")
    assert isinstance(ask, Ask)
    assert ask.question.id == "area"


def test_back_from_the_summary_asks_the_last_question() -> None:
    journey = at_summary()
    journey.presses("back")
    assert journey.asked == "pet_kind"
    journey.taps("dog")
    assert isinstance(journey.step.outcome, Review)
    assert journey.answers["pet_kind"] == Answer(("dog",))


def test_a_second_tap_on_back_does_not_go_back_twice() -> None:
    journey = Journey(FIND_HOME)
    journey.taps("taipei", "mid")
    journey.presses("back", "type")
    assert journey.asked == "budget"
    journey.presses("back", "type")
    assert journey.stale == "passed"
    assert journey.asked == "budget"


def test_changing_one_item_returns_to_the_summary() -> None:
    journey = at_summary()
    choose = journey.presses("change")
    assert isinstance(choose, ChooseWhatToChange)
    assert [question.id for question in choose.questions] == [
        "area", "budget", "type", "move_in", "pet", "pet_kind",
    ]  # fmt: skip
    ask = journey.presses("change_item", "budget")
    assert isinstance(ask, Ask)
    assert ask.suggestion == Answer(("mid",))
    assert isinstance(journey.taps("premium"), Review)
    assert journey.answers["budget"] == Answer(("premium",))
    assert journey.mode == "reviewing"


def test_changing_an_answer_asks_what_became_due_before_the_summary() -> None:
    journey = at_summary()
    journey.presses("change_item", "area")
    journey.taps("other")
    assert journey.asked == "area_text"
    assert isinstance(journey.types("新竹市"), Review)


def test_answers_left_behind_count_for_nothing_and_come_back_with_their_branch() -> None:
    journey = at_summary()
    journey.presses("change_item", "pet")
    journey.taps("no")
    assert isinstance(journey.step.outcome, Review)
    confirmed = Journey(FIND_HOME)
    confirmed.step = journey.step
    completed = confirmed.presses("confirm")
    assert isinstance(completed, Completed)
    assert "pet_kind" not in completed.answers
    journey.presses("change_item", "pet")
    assert isinstance(journey.taps("yes"), Review), "the kind of pet is known already"


def test_back_while_changing_returns_to_the_summary_unchanged() -> None:
    journey = at_summary()
    before = journey.step.state
    journey.presses("change")
    journey.presses("change_item", "budget")
    assert isinstance(journey.presses("back"), Review)
    assert journey.step.state == before


def test_back_from_a_question_that_became_due_goes_to_the_one_before() -> None:
    journey = at_summary()
    journey.presses("change_item", "area")
    journey.taps("other")
    journey.presses("back")
    assert journey.asked == "area"
    assert isinstance(journey.taps("taoyuan"), Review)


def test_what_to_change_can_be_typed() -> None:
    journey = at_summary()
    journey.types("修改", "預算")
    assert journey.asked == "budget"
    journey.types("返回", "我想改寵物種類")
    assert journey.asked == "pet_kind"
    journey.types("返回", "change the city")
    assert journey.asked == "area"


def test_only_what_was_asked_can_be_changed() -> None:
    journey = at_summary()
    journey.presses("change_item", "area_text")
    assert journey.stale == "unknown"
    journey.presses("change_item", "nonsense")
    assert journey.stale == "unknown"


def test_starting_over_asks_everything_anew() -> None:
    journey = at_summary()
    journey.presses("restart")
    assert journey.asked == "area"
    assert journey.answers == {}


def test_a_restart_button_of_an_old_summary_loses_nothing() -> None:
    journey = at_summary()
    journey.presses("restart")
    journey.taps("taipei")
    journey.presses("restart")
    assert journey.stale == "passed"
    assert journey.answers == {"area": Answer(("taipei",))}
    journey.types("重新填寫")
    assert journey.answers == {}


@pytest.mark.parametrize("word", ["取消", "cancel", "キャンセル", "취소", "ＣＡＮＣＥＬ"])
def test_cancelling_by_word(word: str) -> None:
    journey = Journey(FIND_HOME)
    journey.taps("taipei")
    assert isinstance(journey.types(word), Cancelled)
    journey.taps("mid")
    assert journey.stale == "ended"


def test_without_a_summary_the_last_answer_completes() -> None:
    journey = Journey(questionnaire(CITY, NAME))
    journey.taps("a")
    assert journey.types("小明") == Completed({"city": Answer(("a",)), "name": Answer(value="小明")})


def test_a_double_tap_is_told_from_a_tap_on_an_old_question() -> None:
    journey = Journey(FIND_HOME)
    journey.taps("taipei", "mid")
    before = journey.step.state
    journey.gives(Tapped("budget", "mid"))
    assert journey.stale == "duplicate"
    journey.gives(Tapped("budget", "high"))
    assert journey.stale == "passed"
    journey.gives(Tapped("area", "taipei"))
    assert journey.stale == "passed"
    journey.gives(Tapped("type", "castle"))
    assert journey.stale == "unknown"
    journey.gives(Tapped("nonsense", "x"))
    assert journey.stale == "unknown"
    assert journey.step.state == before
    assert isinstance(journey.step.outcome, Stale)
    assert isinstance(journey.step.outcome.again, Ask)
    assert journey.step.outcome.again.question.id == "type"


def test_a_double_tap_on_the_last_question_shows_the_summary_again() -> None:
    journey = at_summary()
    journey.gives(Tapped("pet_kind", "cat"))
    assert journey.step.outcome == Stale(journey.step.outcome.kind, Review())  # type: ignore[union-attr]
    assert journey.stale == "duplicate"


def test_two_confirmations_complete_once() -> None:
    journey = at_summary()
    assert isinstance(journey.presses("confirm"), Completed)
    journey.presses("confirm")
    assert journey.stale == "ended"


@pytest.mark.parametrize("action", ["confirm", "change", "change_item", "restart", "done"])
def test_buttons_of_other_places_are_stale(action: str) -> None:
    journey = Journey(FIND_HOME)
    before = journey.step.state
    journey.presses(action)
    assert journey.stale == "passed"
    assert journey.step.state == before


def test_misses_are_counted_until_something_is_understood() -> None:
    journey = Journey(FIND_HOME)
    first = journey.types("呃")
    assert isinstance(first, NotUnderstood)
    assert (first.count, first.hint) == (1, Hint(HintKind.CHOOSE))
    second = journey.types("什麼")
    assert isinstance(second, NotUnderstood)
    assert second.count == 2
    journey.gives(Tapped("nonsense", "x"))
    assert journey.step.state.misses == 2, "a stale tap is no miss"
    journey.types("台北")
    assert journey.step.state.misses == 0


def test_the_summary_understands_yes_and_says_what_it_wants_otherwise() -> None:
    journey = at_summary()
    assert journey.types("呃什麼") == NotUnderstood(1, Hint(HintKind.CONFIRM), Review())
    assert isinstance(journey.types("ＯＫ！"), Completed)


def test_multiple_choice_by_taps() -> None:
    journey = Journey(questionnaire(FLAVOUR))
    journey.presses("done")
    assert journey.hint == "choose_at_least_one"
    ask = journey.taps("milk")
    assert isinstance(ask, Ask)
    assert ask.chosen == ("milk",)
    journey.taps("brown_sugar")
    assert journey.step.state.chosen == ("brown_sugar", "milk"), "in the order of the question"
    assert [words[""] for words in journey.step.said] == ["黑糖控！"]
    journey.taps("milk")
    assert journey.hint == "removed_from_chosen"
    assert journey.presses("done") == Completed({"flavour": Answer(("brown_sugar",))})
    assert not journey.step.said, "said when it was chosen"


def test_taps_that_say_what_they_want_are_the_same_twice() -> None:
    journey = Journey(questionnaire(FLAVOUR))
    journey.gives(Tapped("flavour", "milk", wanted=True))
    once = journey.step.state
    journey.gives(Tapped("flavour", "milk", wanted=True))
    assert journey.stale == "duplicate"
    assert journey.step.state == once
    journey.gives(Tapped("flavour", "milk", wanted=False))
    journey.gives(Tapped("flavour", "milk", wanted=False))
    assert journey.stale == "duplicate"
    assert journey.step.state.chosen == ()


@pytest.mark.parametrize(
    ("typed", "chosen"),
    [
        ("黑糖 鮮奶茶", ("brown_sugar", "milk")),
        ("我要奶茶跟水果茶", ("milk", "fruit")),
        ("1、3", ("brown_sugar", "pure")),
        ("１ ４", ("brown_sugar", "fruit")),
        ("純茶", ("pure",)),
    ],
)
def test_multiple_choice_by_typing(typed: str, chosen: tuple[str, ...]) -> None:
    journey = Journey(questionnaire(FLAVOUR))
    journey.types(typed)
    assert journey.step.state.chosen == chosen
    assert journey.types("選好了") == Completed({"flavour": Answer(chosen)})


def test_typing_a_chosen_one_again_keeps_it() -> None:
    journey = Journey(questionnaire(FLAVOUR))
    journey.types("黑糖", "黑糖、純茶")
    assert journey.step.state.chosen == ("brown_sugar", "pure")


def test_going_back_to_a_multiple_choice_shows_what_was_chosen() -> None:
    journey = Journey(questionnaire(FLAVOUR, NAME))
    journey.types("黑糖", "done")
    ask = journey.presses("back")
    assert isinstance(ask, Ask)
    assert ask.chosen == ("brown_sugar",)
    journey.taps("milk")
    journey.presses("done")
    assert journey.answers["flavour"] == Answer(("brown_sugar", "milk"))


def test_an_optional_multiple_choice_may_be_ended_empty() -> None:
    journey = Journey(questionnaire({**FLAVOUR, "optional": True}))
    assert journey.presses("done") == Completed({"flavour": Answer()})


def test_skipping_is_for_optional_questions() -> None:
    journey = Journey(questionnaire({**NAME, "optional": True}, CITY))
    journey.types("略過")
    assert journey.answers == {"name": Answer()}
    journey.presses("skip")
    assert isinstance(journey.step.outcome, Ask)
    assert journey.hint == "choose_hint"
    assert journey.asked == "city"


def test_a_text_question_takes_skip_words_as_text_when_it_cannot_be_skipped() -> None:
    journey = Journey(questionnaire(NAME))
    assert journey.types("略過") == Completed({"name": Answer(value="略過")})


def test_a_choice_called_like_an_action_is_chosen() -> None:
    asked = {"id": "q", "ask": "?", "choices": [{"id": "x", "label": "取消"}, {"id": "y", "label": "好了"}]}
    assert Journey(questionnaire(asked)).types("取消") == Completed({"q": Answer(("x",))})


def test_choices_speak_at_once() -> None:
    asked = {
        **CITY,
        "choices": [{"id": "water", "label": "漏水", "say": "請先關閉水源。"}, {"id": "b", "label": "乙"}],
    }
    journey = Journey(questionnaire(asked, NAME))
    journey.taps("water")
    assert journey.step.said == ({"": "請先關閉水源。"},)
    assert journey.step.answered == "city"
    assert journey.asked == "name"


def test_photos() -> None:
    photo = {"id": "photo", "ask": "?", "kind": "photo", "optional": True}
    journey = Journey(questionnaire(photo, NAME))
    journey.types("沒有照片耶")
    assert journey.hint == "invalid_photo"
    journey.gives(SentPhoto("123"))
    assert journey.answers["photo"] == Answer(value="123")
    journey.gives(SentPhoto("124"))
    assert journey.stale == "duplicate", "the second of several pictures sent together"
    journey = Journey(questionnaire(photo, NAME))
    journey.types("跳過")
    assert journey.asked == "name"
    assert isinstance(journey.gives(SentPhoto("123")), NotUnderstood), "the question was skipped"


def test_a_photo_that_nobody_asked_for_is_not_understood() -> None:
    journey = Journey(FIND_HOME)
    assert isinstance(journey.gives(SentPhoto("1")), NotUnderstood)
    summary = at_summary()
    assert summary.gives(SentPhoto("1")) == NotUnderstood(1, Hint(HintKind.CONFIRM), Review())


def test_locations() -> None:
    place = SentLocation(25.033964, 121.564468, "台北101", "台北市信義區信義路五段7號")
    asked = {"id": "where", "ask": "?", "kind": "location"}
    assert Journey(questionnaire(asked)).gives(place) == Completed(
        {"where": Answer(value="25.033964,121.564468", shown="台北101, 台北市信義區信義路五段7號")}
    )
    assert Journey(questionnaire(NAME)).gives(place) == Completed(
        {"name": Answer(value="台北市信義區信義路五段7號")}
    )
    assert isinstance(Journey(questionnaire(CITY)).gives(place), NotUnderstood)


def test_a_picker_of_another_question_or_kind_is_stale() -> None:
    journey = Journey(FIND_HOME)
    journey.gives(Picked("move_in", "2027-03-01"))
    assert journey.stale == "passed"
    journey.taps("taipei", "mid", "studio")
    for forged in ("2027-03-01T10:00", "10:00", "soon", "2027-3-1", "2027-03-01; DROP", ""):
        journey.gives(Picked("move_in", forged))
        assert journey.stale == "unknown"
    journey.gives(Picked("move_in", "2027-03-01", "asap"))
    assert journey.stale == "unknown"
    journey.gives(Picked("nothing", "2027-03-01"))
    assert journey.stale == "unknown"
    journey.picks("2027-02-30")
    assert journey.hint == "invalid_date"
    journey.gives(Tapped("move_in", "date"))
    assert journey.hint == "invalid_date"
    journey.gives(Picked("move_in", "2027-03-01", "date"))
    journey.gives(Picked("move_in", "2027-03-01", "date"))
    assert journey.stale == "duplicate"


def test_answers_given_beforehand_are_not_asked() -> None:
    journey = Journey(
        FIND_HOME, preset={"area": "taoyuan", "budget": "nonsense", "x": "y", "move_in": "date"}
    )
    assert journey.asked == "budget"
    journey.taps("mid", "studio")
    assert journey.asked == "move_in", "a picker cannot be answered beforehand"


def test_everything_given_beforehand_completes_or_goes_to_the_summary() -> None:
    assert isinstance(Journey(questionnaire(CITY), preset={"city": "a"}).step.outcome, Completed)
    summed = questionnaire(CITY, summary="OK?")
    assert isinstance(Journey(summed, preset={"city": "a"}).step.outcome, Review)


def test_the_answers_of_last_time_lead_to_the_summary() -> None:
    reuse = at_summary().answers
    journey = Journey(FIND_HOME, reuse=reuse)
    assert isinstance(journey.step.outcome, Review)
    assert journey.answers == reuse


def test_an_answer_of_last_time_that_no_longer_fits_is_asked_again() -> None:
    reuse = at_summary().answers | {
        "move_in": Answer(("date",), "2026-11-20"),
        "type": Answer(("castle",)),
        "budget": Answer(("low", "mid")),
        "area": Answer(value="text"),
        "pet": Answer(),
    }
    journey = Journey(FIND_HOME, reuse=reuse)
    asked = []
    for choice in ("taipei", "mid", "studio", "asap", "no"):
        asked.append(journey.asked)
        journey.taps(choice)
    assert asked == ["area", "budget", "type", "move_in", "pet"]
    assert isinstance(journey.step.outcome, Review)


def test_conditions_on_tags_see_the_start_and_earlier_answers_but_not_their_own() -> None:
    consent = {
        "id": "consent",
        "ask": "?",
        "only_if": {"without_tags": ["consent:listings"]},
        "choices": [
            {"id": "yes", "label": "好", "tags": "consent:listings"},
            {"id": "no", "label": "先不用"},
        ],
    }
    thanks = {"id": "thanks", "ask": "?", "kind": "text", "only_if": {"tags": ["consent:listings"]}}
    definition = questionnaire(consent, thanks)
    journey = Journey(definition)
    journey.taps("yes")
    assert journey.asked == "thanks"
    assert journey.answers == {"consent": Answer(("yes",))}, "its own tag does not take the question away"
    already = Journey(definition, facts=replace(FACTS, tags=frozenset({"consent:listings"})))
    assert already.asked == "thanks"
    already.facts = FACTS
    assert isinstance(already.types("ok"), Completed), "the start counts, whatever the contact carries by now"


def test_nothing_due_completes_at_once() -> None:
    never = {**NAME, "only_if": {"tags": ["vip"]}}
    assert Journey(questionnaire(never, summary="OK?")).step.outcome == Completed({})


def test_further_words_of_the_playbook_are_actions_too() -> None:
    journey = Journey(FIND_HOME, facts=replace(FACTS, keywords={"cancel": ("掰掰",)}))
    assert isinstance(journey.gives(Typed("掰掰！")), Cancelled)


def test_what_is_shown_can_be_asked_for() -> None:
    journey = Journey(FIND_HOME)
    asked = shown(FIND_HOME, journey.step.state)
    assert isinstance(asked, Ask)
    assert asked.question.id == "area"
    summary = at_summary()
    assert shown(FIND_HOME, summary.step.state) == Review()
    summary.presses("change")
    assert isinstance(shown(FIND_HOME, summary.step.state), ChooseWhatToChange)


def test_buttons_are_read_from_what_they_carry() -> None:
    assert Pressed.read("back", "area") == Pressed(Action.BACK, "area")
    assert Pressed.read("change_item:budget") == Pressed(Action.CHANGE_ITEM, "budget")
    assert Pressed.read("change_item", "budget") == Pressed(Action.CHANGE_ITEM, "budget")
    assert Pressed.read("change", "budget") == Pressed(Action.CHANGE_ITEM, "budget")
    assert Pressed.read("change") == Pressed(Action.CHANGE)
    assert Pressed.read("explode") is None
