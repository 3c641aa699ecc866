"""What a branch may be made to depend on, and that it stays what it was."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questionnaires.answers import Answer
from questionnaires.branches import fits
from questionnaires.definition import Condition, Question
from questionnaires.effects import effects
from questionnaires.flow import advance, begin
from questionnaires.path import due_questions, effective_answers
from questionnaires.state import Action, Facts, Picked, Pressed, Review, RunState, Step, Tapped, Typed
from tests.questionnaires.rental import FACTS, FLAVOUR, MOVE_IN, questionnaire

ON = "2026-11-21"
NUMBER = {"id": "q", "ask": "?", "kind": "number"}
DATE = {"id": "q", "ask": "?", "kind": "date", "field": "q"}
TIME = {"id": "q", "ask": "?", "kind": "time", "field": "q"}
DATETIME = {"id": "q", "ask": "?", "kind": "datetime", "field": "q"}
TEXT = {"id": "q", "ask": "?", "kind": "text", "optional": True}
PHOTO = {"id": "q", "ask": "?", "kind": "photo", "optional": True}
THREE, SKIPPED = Answer(value=3), Answer()
SOON, LATE = Answer(value="2026-11-24", on=ON), Answer(value="2027-03-01", on=ON)
EVENING = Answer(value="2026-11-24T19:30", on=ON)
PICKED, ASAP = Answer(("date",), "2026-11-24", on=ON), Answer(("asap",))
MILK = Answer(("brown_sugar", "milk"))
WORDS = Answer(value="要有 臺北 的ＰＡＲＫＩＮＧ")


@pytest.mark.parametrize(
    ("question", "answer", "fitting", "others"),
    [
        (NUMBER, THREE, [3, [2, 3], {"is": 3}, {"is_not": 4}, {"at_least": 3}, {"between": [1, 3]}, {"one_of": [3.0, 9]}],
         [4, [4, 5], {"is_not": 3}, {"more_than": 3}, {"less_than": 3}, {"between": [4, 9]}, {"known": False}]),
        (NUMBER, Answer(value=1), [{"is": 1}], [{"is": True}, {"at_most": "today"}]),
        (DATE, SOON, [{"at_most": "+3d"}, {"more_than": "today"}, {"is": "2026-11-24"}, {"is": "+3d"},
                      {"between": ["today", "+1w"]}, {"is_not": "today"}, {"less_than": "2026-11-25"}],
         [{"at_most": "+2d"}, {"less_than": "2026-11-24"}, {"is": "today"}, {"between": ["+4d", "+1w"]}]),
        (DATE, LATE, [{"at_least": "+3m"}, {"known": True}], [{"at_least": "+4m"}]),
        (DATETIME, EVENING, [{"is": "+3d"}, {"at_least": "17:00"}, {"between": ["19:30", "20:00"]}, {"at_most": "+3d"}],
         [{"less_than": "17:00"}, {"more_than": "19:30"}, {"less_than": "+3d"}]),
        (TIME, Answer(value="09:30"), [{"less_than": "12:00"}, {"is": "09:30"}, {"one_of": ["09:30", "10:00"]}],
         [{"at_least": "12:00"}, {"is_not": "09:30"}]),
        (MOVE_IN, PICKED, [{"at_most": "+3d"}, "date", {"is": "date"}, {"known": True}], ["asap", {"more_than": "+3d"}]),
        (MOVE_IN, ASAP, ["asap", {"is": "asap"}, {"one_of": ["asap", "unsure"]}, {"is_not": "2026-11-24"}],
         [{"at_most": "+3d"}, {"is_not": "asap"}]),
        (FLAVOUR, MILK, ["milk", ["milk", "pure"], {"contains": "milk"}, {"is_not": "pure"}, {"one_of": ["pure", "milk"]}],
         ["pure", {"contains": "pure"}, {"is_not": "milk"}]),
        (TEXT, WORDS, [{"contains": "台北"}, {"contains": "parking"}, {"is": "要有台北的 parking"},
                       {"one_of": ["x", "要有台北的Parking"]}, {"is_not": "parking"}, {"known": True}],
         [{"contains": "park"}, {"contains": "新北"}, {"is": "parking"}, {"known": False}]),
        (TEXT, SKIPPED, [{"known": False}], [{"known": True}, {"is_not": "x"}, {"contains": "x"}]),
        (PHOTO, Answer(value="123"), [{"known": True}], [{"known": False}]),
        (PHOTO, SKIPPED, [{"known": False}], [{"known": True}]),
        (PHOTO, None, [{"known": False}], [{"known": True}, {"is_not": "x"}]),
    ],
)  # fmt: skip
def test_an_answer_fits_or_does_not(
    question: dict[str, Any], answer: Answer | None, fitting: list[Any], others: list[Any]
) -> None:
    asked = Question.model_validate(question)
    for expected, several in ((True, fitting), (False, others)):
        for one in several:
            wanted = Condition.model_validate({"answers": {"q": one}}).answers["q"]
            assert fits(asked, answer, wanted) is expected, one


MOVING = questionnaire(
    MOVE_IN,
    {"id": "hurry", "ask": "?", "kind": "text", "only_if": {"answers": {"move_in": {"at_most": "+3d"}}}},
    {"id": "people", "ask": "?", "kind": "number"},
    {"id": "crowd", "ask": "?", "kind": "text", "only_if": {"answers": {"people": {"more_than": 4}}}, "field": "crowd"},
    summary="OK?",
)  # fmt: skip


def after(step: Step, *inputs: Any, facts: Facts = FACTS) -> Step:
    for one in inputs:
        step = advance(MOVING, RunState.from_json(step.state.to_json()), one, facts)
    return step


def later(**duration: float) -> Facts:
    return replace(FACTS, now=FACTS.now + timedelta(**duration))


def ids(state: RunState) -> list[str]:
    return [question.id for question in due_questions(MOVING, state.answers, state.tags)]


def test_a_day_counts_from_the_day_on_which_it_was_said_also_days_later() -> None:
    step = after(begin(MOVING, FACTS), Picked("move_in", "2026-11-25", "date"), facts=later(hours=1))
    assert step.state.question == "people", "in four days"
    step = after(step, Typed("2"), facts=later(days=3))
    assert isinstance(step.outcome, Review), "tomorrow by now, and still nobody asks whether it is in a hurry"
    assert ids(step.state) == ["move_in", "people"]


def test_the_day_is_that_of_the_accounts_zone() -> None:
    nine_at_night_in_utc = later(hours=10, minutes=30)
    step = after(begin(MOVING, FACTS), Picked("move_in", "2026-11-24", "date"), facts=nine_at_night_in_utc)
    assert step.state.question == "hurry"
    half_past_midnight_in_taipei = later(hours=13, minutes=30)
    step = after(
        begin(MOVING, FACTS), Picked("move_in", "2026-11-25", "date"), facts=half_past_midnight_in_taipei
    )
    assert step.state.question == "hurry", "three days from the 22nd"


def test_changing_an_item_asks_what_depends_on_it_and_leaves_the_rest_alone() -> None:
    step = after(
        begin(MOVING, FACTS),
        Picked("move_in", "2026-11-24", "date"),
        Typed("a new job"),
        Typed("6"),
        Typed("a family"),
    )
    assert isinstance(step.outcome, Review)
    step = after(
        step, Pressed(Action.CHANGE), Pressed(Action.CHANGE_ITEM, "people"), Typed("2"), facts=later(days=2)
    )
    assert isinstance(step.outcome, Review)
    assert list(effective_answers(MOVING, step.state.answers, ())) == ["move_in", "hurry", "people"]
    assert "crowd" not in effects(MOVING, step.state.answers, ()).fields
    step = after(
        step,
        Pressed(Action.CHANGE),
        Pressed(Action.CHANGE_ITEM, "move_in"),
        Tapped("move_in", "asap"),
        facts=later(days=2),
    )
    assert list(effective_answers(MOVING, step.state.answers, ())) == ["move_in", "people"]


def test_answers_taken_over_are_said_anew() -> None:
    done = after(
        begin(MOVING, FACTS), Picked("move_in", "2026-12-01", "date"), Typed("2"), Pressed(Action.CONFIRM)
    )
    again = begin(MOVING, later(days=8), reuse=done.state.answers)
    assert again.state.question == "hurry", "the day that was far off is near by now"


@pytest.mark.parametrize("day", ["2026-11-24", "2026-12-20"])
def test_answers_kept_before_days_were_compared_are_said_anew_too(day: str) -> None:
    old = {"move_in": Answer(("date",), day), "people": Answer(value=2)}
    again = begin(MOVING, FACTS, reuse=old)
    assert again.state.question == ("hurry" if day == "2026-11-24" else None)
    assert again.state.answers["move_in"].on == "2026-11-21"


ANSWERS: dict[str, st.SearchStrategy[Answer]] = {
    "number": st.integers(0, 9).map(lambda value: Answer(value=value)),
    "date": st.builds(
        lambda day, on: Answer(value=f"2026-11-{day}", on=f"2026-11-{on}"),
        st.integers(10, 28),
        st.integers(10, 28),
    ),
    "text": st.sampled_from(["台北", "ＴＡＩＰＥＩ", "臺北 101", "x"]).map(lambda value: Answer(value=value)),
    "choice": st.sampled_from(["a", "b", "c"]).map(lambda choice: Answer((choice,))),
    "multiple": st.sets(st.sampled_from(["a", "b", "c"]), min_size=1).map(
        lambda ids: Answer(tuple(sorted(ids)))
    ),
    "photo": st.just(Answer(value="123")),
}
CHOICES = [{"id": one, "label": f"choice {one}", "tags": f"{one}{{place}}"} for one in "abc"]
limits = st.sampled_from(["less_than", "at_most", "more_than", "at_least"])
WANTED: dict[str, st.SearchStrategy[Any]] = {
    "number": st.integers(0, 9) | st.builds(lambda way, value: {way: value}, limits, st.integers(0, 9)),
    "date": st.builds(
        lambda way, value: {way: value}, limits, st.sampled_from(["today", "+2d", "-3d", "2026-11-20", "+1m"])
    ),
    "text": st.builds(
        lambda way, value: {way: value},
        st.sampled_from(["is", "is_not", "contains"]),
        st.sampled_from(["台北", "taipei"]),
    ),
    "choice": st.sampled_from(["a", "b"]) | st.sampled_from([{"is_not": "a"}, {"one_of": ["b", "c"]}]),
    "multiple": st.sampled_from(["a", ["b", "c"], {"contains": "c"}, {"is_not": "b"}]),
    "photo": st.nothing(),
}
known = st.sampled_from([{"known": True}, {"known": False}])


@st.composite
def flows(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Answer]]]:
    """Questions of every kind, each depending on some of those before; and two ways to answer them all."""
    questions: list[dict[str, Any]] = []
    kinds = draw(st.lists(st.sampled_from(sorted(ANSWERS)), min_size=2, max_size=7))
    for place, kind in enumerate(kinds):
        question: dict[str, Any] = {
            "id": f"q{place}",
            "ask": "?",
            "optional": True,
            "tags": f"t{place}",
            "field": f"f{place}",
        }
        if kind in {"choice", "multiple"}:
            question |= {"multiple": kind == "multiple"}
            question["choices"] = [
                {**choice, "tags": choice["tags"].format(place=place)} for choice in CHOICES
            ]
        else:
            question["kind"] = kind
        on = draw(st.sets(st.integers(0, place - 1), max_size=2)) if place else set()
        if on:
            question["only_if"] = {
                "answers": {f"q{one}": draw(WANTED[kinds[one]] | known) for one in sorted(on)}
            }
        questions.append(question)
    answered = [
        {f"q{place}": draw(ANSWERS[kind] | st.just(SKIPPED)) for place, kind in enumerate(kinds)}
        for _ in range(2)
    ]
    return questions, answered


@given(flows(), st.integers(0, 6))
def test_whatever_branches_depend_on_only_the_way_taken_counts(
    flow: tuple[list[dict[str, Any]], list[dict[str, Answer]]], changed: int
) -> None:
    questions, (answers, others) = flow
    definition = questionnaire(*questions)
    place = f"q{changed % len(questions)}"
    for given_answers in (answers, {**answers, place: others[place]}):
        counting: list[str] = []
        for question in definition.questions:
            wanted = {} if question.only_if is None else question.only_if.answers
            earlier = {one.id: one for one in definition.questions}
            if all(
                fits(earlier[id_], given_answers[id_] if id_ in counting else None, one)
                for id_, one in wanted.items()
            ):
                counting.append(question.id)
        assert list(effective_answers(definition, given_answers, ())) == counting
        stands = effects(definition, given_answers, ())
        assert set(stands.tags.values()) <= set(counting)
        assert {question for _value, question in stands.fields.values()} <= set(counting)
        stored = {id_: Answer.from_json(answer.to_json()) for id_, answer in given_answers.items()}
        assert effects(definition, stored, ()) == stands, "also after a restart"
