from typing import Any

import pytest

from questionnaires.faults import faults
from tests.questionnaires.rental import AREA, FIND_HOME, FLAVOUR, MOVE_IN, questionnaire

Place = tuple[str | int, ...]


def faults_of(*questions: dict[str, Any], **more: Any) -> list[tuple[Place, str]]:
    return [(fault.path, fault.message) for fault in faults(questionnaire(*questions, **more))]


def choice(id_: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "label": f"label {id_}", **more}


def asks(id_: str, *choices: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": id_, "ask": "?", "choices": list(choices) or [choice("a"), choice("b")], **more}


def text(id_: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "ask": "?", "kind": "text", **more}


def test_a_good_questionnaire_has_none() -> None:
    assert faults(FIND_HOME) == []
    assert faults_of(FLAVOUR) == []


@pytest.mark.parametrize(
    ("only_if", "place", "says"),
    [
        ({"answers": {"nope": "a"}}, ("answers", "nope"), "no question 'nope'"),
        ({"answers": {"later": "a"}}, ("answers", "later"), "not asked before"),
        ({"answers": {"here": "a"}}, ("answers", "here"), "not asked before"),
        ({"answers": {"said": "a"}}, ("answers", "said"), "has no choices"),
        ({"answers": {"first": "c"}}, ("answers", "first"), "no choice 'c'; there are a, b"),
    ],
)
def test_conditions_name_what_is_there(only_if: dict[str, Any], place: Place, says: str) -> None:
    found = faults_of(asks("first"), text("said"), {**asks("here"), "only_if": only_if}, asks("later"))
    assert [path for path, _ in found] == [("questions", 2, "only_if", *place)]
    assert says in found[0][1]


@pytest.mark.parametrize(
    ("questions", "says"),
    [
        (
            [
                asks("one"),
                asks("two", only_if={"answers": {"one": "a"}}),
                text("never", only_if={"answers": {"one": "b", "two": "a"}}),
            ],
            "two different answers to 'one'",
        ),
        (
            [text("never", only_if={"tags": ["vip"], "without_tags": ["vip", "staff"]})],
            "carries and lacks vip",
        ),
        (
            [
                asks("one", choice("a", tags="t"), choice("b")),
                text("never", only_if={"answers": {"one": "a"}, "without_tags": ["t"]}),
            ],
            "sets t",
        ),
        (
            [
                asks("one", tags=["t"]),
                asks("two", only_if={"answers": {"one": ["a", "b"]}}),
                text("never", only_if={"answers": {"two": "a"}, "without_tags": ["t"]}),
            ],
            "sets t",
        ),
    ],
)
def test_a_question_that_is_never_asked_is_named(questions: list[dict[str, Any]], says: str) -> None:
    found = faults_of(*questions)
    assert [path for path, _ in found] == [("questions", len(questions) - 1, "only_if")]
    assert says in found[0][1]


def test_conditions_that_can_hold_are_no_fault() -> None:
    several = {**FLAVOUR, "id": "one"}
    assert (
        faults_of(
            several,
            asks("two", only_if={"answers": {"one": "milk"}}),
            text("three", only_if={"answers": {"one": "pure", "two": "a"}}),
            text("four", only_if={"tags": ["vip"], "without_tags": ["staff"]}),
        )
        == []
    )


@pytest.mark.parametrize(
    ("question", "place", "says"),
    [
        ({"id": "q", "ask": "?"}, ("choices",), "needs choices"),
        (asks("q", kind="date", field="f"), ("choices",), "shows no choices"),
        (text("q", multiple=True), ("multiple",), "several answers"),
        (text("q", pattern="("), ("pattern",), "cannot be read"),
        (text("q", pattern="(a+)+$"), ("pattern",), "for ever"),
        (asks("q", pattern="a"), ("pattern",), "ignores its pattern"),
        ({"id": "q", "ask": "?", "kind": "date"}, ("kind",), "goes nowhere"),
        (asks("q", choice("a", pick="date")), ("choices", 0, "pick"), "goes nowhere"),
        (
            asks("q", choice("a", pick="date"), field="f", multiple=True),
            ("choices", 0, "pick"),
            "several answers",
        ),
        (asks("q", open_hours=True), ("open_hours",), "kind: datetime"),
        (text("q", min="today"), ("min",), "write a number"),
        (text("q", min=5, max=2), ("max",), "before min"),
        ({**MOVE_IN, "min": "soon"}, ("min",), "today, +3d"),
        ({**MOVE_IN, "max": 40}, ("max",), "today, +3d"),
        ({**MOVE_IN, "max": "+9999y"}, ("max",), "today, +3d"),
        ({**MOVE_IN, "min": "2027-03-01T10:00+08:00"}, ("min",), "today, +3d"),
        ({**MOVE_IN, "min": "+1y", "max": "+3d"}, ("max",), "before min"),
        ({"id": "q", "ask": "?", "kind": "time", "field": "f", "min": "25:00"}, ("min",), "write 10:00"),
        (asks("q", min=1), ("min",), "nothing to bound"),
        (asks("q", choice("a", range={}), choice("b")), ("choices", 0, "range"), "needs min, max"),
        (asks("q", choice("a", range={"min": 2, "max": 2})), ("choices", 0, "range"), "below max"),
        (
            asks("q", choice("a", range={"max": 20}), choice("b", range={"min": 10})),
            ("choices", 1, "range"),
            "'a' or 'b'",
        ),
        (asks("q", choice("a"), choice("b", also=["ＬＡＢＥＬ A"])), ("choices", 1, "also", 0), "'a' or 'b'"),
        (
            asks("q", choice("a"), {"id": "b", "label": {"en": "LABEL, A"}}),
            ("choices", 1, "label", "en"),
            "neither",
        ),
        (
            asks("q", choice("a", also=["臺北"]), choice("b", also=["台北"])),
            ("choices", 1, "also", 0),
            "neither",
        ),
        (asks("q", choice("a", also=[" "])), ("choices", 0, "also", 0), "nothing that could be typed"),
    ],
)
def test_each_fault_of_a_question_is_named_at_its_place(
    question: dict[str, Any], place: Place, says: str
) -> None:
    found = faults_of(question)
    assert [path for path, _ in found] == [("questions", 0, *place)]
    assert says in found[0][1]


def test_all_faults_are_reported_at_once() -> None:
    assert len(faults_of({"id": "q", "ask": "?"}, text("r", pattern="("), AREA)) == 2


def test_no_questions_and_a_late_reminder() -> None:
    late = {"after": "2d", "say": "?"}
    assert faults_of(reminder=late) == [
        (("questions",), "there are no questions; write at least one"),
        (("reminder", "after"), "the run has ended by then; remind before the timeout"),
    ]
