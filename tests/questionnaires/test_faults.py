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
        ({"answers": {"said": "a"}}, ("answers", "said"), "has no choices: it asks for words"),
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


COMPARED: dict[str, dict[str, Any]] = {
    "guests": {"id": "guests", "ask": "?", "kind": "number"},
    "day": {"id": "day", "ask": "?", "kind": "date", "field": "day"},
    "hour": {"id": "hour", "ask": "?", "kind": "time", "field": "hour"},
    "at": {"id": "at", "ask": "?", "kind": "datetime", "field": "at"},
    "wish": text("wish", optional=True),
    "photo": {"id": "photo", "ask": "?", "kind": "photo", "optional": True},
    "one": asks("one"),
    "several": {**FLAVOUR, "id": "several"},
    "move_in": {**MOVE_IN, "id": "move_in"},
    "card": {"id": "card", "ask": "?", "cards": True},
}


@pytest.mark.parametrize(
    ("on", "wanted", "below", "says"),
    [
        ("guests", ["two"], (), "'guests' has no choices: it asks for a number; compare it, with `at_least: 3`"),
        ("guests", {"contains": "2"}, ("contains",), "'guests' asks for a number, which `contains` does not compare"),
        ("guests", {"at_least": "today"}, ("at_least",), "'guests' asks for a number, and 'today' is none"),
        ("guests", {"is": True}, ("is",), "'guests' asks for a number, and True is none"),
        ("guests", {"between": [3, 1]}, ("between",), "the second of `between` comes before the first"),
        ("day", {"at_most": 3}, ("at_most",), "'day' asks for a date, and 3 is none; write `at_most: +14d`"),
        ("day", {"one_of": ["2027-03-01"]}, ("one_of",), "'day' asks for a date, which `one_of` does not compare"),
        ("day", {"less_than": "12:00"}, ("less_than",), "'day' asks for a date, and '12:00' is none"),
        ("hour", {"less_than": "today"}, ("less_than",), "'hour' asks for a time, and 'today' is none"),
        ("hour", {"between": ["12:00", "10:00"]}, ("between",), "comes before the first"),
        ("at", {"contains": "2027"}, ("contains",), "'at' asks for a date and time, which `contains` does not"),
        ("wish", {"more_than": 3}, ("more_than",), "'wish' asks for words, which `more_than` does not compare"),
        ("wish", "parking", (), "'wish' has no choices: it asks for words; compare it, with `contains: 車位`"),
        ("photo", {"is": "123"}, ("is",), "'photo' asks for a photo, which `is` does not compare; write `known: true`"),
        ("one", {"more_than": 3}, ("more_than",), "'one' has choices, which `more_than` does not compare; name those that count: [a, b]"),
        ("one", {"contains": "a"}, ("contains",), "'one' has choices, which `contains` does not compare"),
        ("one", {"is": "c"}, ("is",), "'one' has no choice 'c'; there are a, b"),
        ("one", {"one_of": ["a", "c"]}, ("one_of",), "'one' has no choice 'c'"),
        ("one", 3, ("is",), "'one' has no choice 3"),
        ("several", {"contains": "salt"}, ("contains",), "'several' has no choice 'salt'"),
        ("move_in", {"is": "soon"}, ("is",), "'move_in' asks for a date, and 'soon' is none"),
        ("move_in", "soon", (), "'move_in' has no choice 'soon'; there are date, asap, unsure"),
        ("card", {"at_least": 3}, ("at_least",), "'card' has choices"),
        ("later", {"known": True}, (), "'later' is not asked before this question"),
        ("latr", {"known": True}, (), "there is no question 'latr'"),
        ("guests", {"known": False}, None, "'guests' is always asked and cannot be skipped"),
    ],
)  # fmt: skip
def test_what_an_answer_cannot_be_compared_with_is_said_in_the_authors_words(
    on: str, wanted: Any, below: Place | None, says: str
) -> None:
    here = text("here", only_if={"answers": {on: wanted}})
    found = faults_of(*COMPARED.values(), here, text("later"))
    place = ("questions", len(COMPARED), "only_if")
    assert [path for path, _ in found] == [place if below is None else (*place, "answers", on, *below)]
    assert says in found[0][1]


@pytest.mark.parametrize(
    ("on", "wanted"),
    [
        ("guests", {"one_of": [2, 3]}),
        ("guests", 2),
        ("day", {"between": ["today", "2027-03-01"]}),
        ("day", {"is_not": "+1d"}),
        ("hour", {"one_of": ["10:00"]}),
        ("at", {"at_least": "17:00"}),
        ("at", {"less_than": "+2d"}),
        ("wish", {"contains": "parking"}),
        ("wish", {"known": False}),
        ("photo", {"known": True}),
        ("one", {"is_not": "a"}),
        ("several", {"contains": "milk"}),
        ("move_in", {"at_most": "+14d"}),
        ("move_in", {"one_of": ["asap", "unsure"]}),
        ("card", {"is": "home1"}),
    ],
)
def test_every_kind_of_answer_may_lead_somewhere(on: str, wanted: Any) -> None:
    assert faults_of(*COMPARED.values(), text("here", only_if={"answers": {on: wanted}})) == []


@pytest.mark.parametrize(
    ("on", "first", "second"),
    [
        ("guests", {"at_least": 5}, {"at_most": 4}),
        ("guests", {"more_than": 4}, {"between": [1, 4]}),
        ("guests", 3, {"is_not": 3}),
        ("guests", {"one_of": [1, 2]}, {"one_of": [3, 4]}),
        ("day", {"at_most": "+3d"}, {"more_than": "+3d"}),
        ("day", {"is": "2027-03-01"}, {"at_least": "2027-03-02"}),
        ("day", {"at_least": "+32d"}, {"at_most": "+1m"}),
        ("hour", {"less_than": "12:00"}, {"at_least": "12:00"}),
        ("at", {"at_least": "17:00"}, {"at_most": "10:00"}),
        ("at", {"at_most": "+2d"}, {"at_least": "+1w"}),
        ("wish", {"is": "parking"}, {"is": "balcony"}),
        ("wish", {"known": False}, {"contains": "parking"}),
        ("photo", {"known": True}, {"known": False}),
        ("move_in", {"at_most": "+14d"}, {"one_of": ["asap", "unsure"]}),
        ("move_in", {"at_most": "+14d"}, {"at_least": "+1m"}),
    ],
)
def test_limits_that_no_answer_meets_are_seen_across_questions(on: str, first: Any, second: Any) -> None:
    two = text("two", only_if={"answers": {on: first}})
    never = text("never", only_if={"answers": {on: second, "two": {"known": True}}})
    found = faults_of(*COMPARED.values(), two, never)
    assert [path for path, _ in found] == [("questions", len(COMPARED) + 1, "only_if")]
    assert found[0][1] == f"question 'never' is never asked: no answer to {on!r} is all that it needs"


@pytest.mark.parametrize(
    ("on", "first", "second"),
    [
        ("guests", {"at_least": 4}, {"at_most": 4}),
        ("guests", {"more_than": 4}, {"less_than": 5}),
        ("guests", {"at_least": 2}, {"is_not": 2}),
        ("day", {"at_most": "+3d"}, {"at_least": "today"}),
        ("day", {"at_least": "+31d"}, {"at_most": "+1m"}),
        ("day", {"at_most": "+3d"}, {"more_than": "2027-03-01"}),
        ("day", {"at_most": "9999-12-31"}, {"at_least": "0001-01-01"}),
        ("hour", {"more_than": "12:00"}, {"less_than": "12:02"}),
        ("at", {"at_least": "17:00"}, {"at_most": "+2d"}),
        ("wish", {"contains": "parking"}, {"contains": "balcony"}),
        ("wish", {"contains": "parking"}, {"is_not": "parking"}),
        ("several", {"contains": "milk"}, {"contains": "pure"}),
        ("move_in", {"at_most": "+14d"}, {"at_least": "today"}),
        ("move_in", {"is_not": "asap"}, {"known": True}),
        ("card", {"is": "home1"}, {"is_not": "home2"}),
    ],
)
def test_limits_that_some_answer_meets_are_none(on: str, first: Any, second: Any) -> None:
    two = text("two", only_if={"answers": {on: first}})
    then = text("then", only_if={"answers": {on: second, "two": {"known": True}}})
    assert faults_of(*COMPARED.values(), two, then) == []


def test_a_limit_that_the_question_itself_refuses_is_seen() -> None:
    guests = {**COMPARED["guests"], "min": 1, "max": 8}
    found = faults_of(guests, text("many", only_if={"answers": {"guests": {"more_than": 8}}}))
    assert [what for _, what in found] == [
        "question 'many' is never asked: no answer to 'guests' is all that it needs"
    ]
    assert faults_of(guests, text("many", only_if={"answers": {"guests": {"more_than": 7}}})) == []


def test_comparisons_of_choices_that_exclude_each_other_are_seen() -> None:
    second = asks("two", only_if={"answers": {"one": {"is_not": "a"}}})
    third = text("never", only_if={"answers": {"one": {"is": "a"}, "two": "a"}})
    found = faults_of(asks("one"), second, third)
    assert found == [(("questions", 2, "only_if"), "question 'never' is never asked: it needs two different answers to 'one' at once")]  # fmt: skip


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
