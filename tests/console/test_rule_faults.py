"""What is wrong with a rule is said in the language of whoever builds it, whatever it is."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.segmenting import SEGMENTS
from console.refusals import SENTENCES
from console.rule_faults import of_refusal, of_sense
from segmentation.rules import FaultyRule
from tests.console.people import Hands, a_console
from tests.shop import Shop

ROOT = Path(__file__).parents[2]
HAN_OR_KANA = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
PLACE = re.compile(r"%\\\(\w+\\\)s")
OF_PROGRAMS = {"the rule names x: pass the rules of the other segments"}
"""Of whom nobody who builds a rule ever hears."""


def deep(levels: int) -> dict[str, Any]:
    rule: dict[str, Any] = {"tag": "vip"}
    for _ in range(levels):
        rule = {"not": rule}
    return rule


FAULTY: list[Any] = [
    [1, 2],
    {"nonsense": 1},
    {"tag": "a", "following": True},
    {"all": {"tag": "a"}},
    deep(200),
    {"any": [{"following": True}] * 300},
    {"tag": 5},
    {"tag": ""},
    {"tag": "a\x00b"},
    {"tag": "x" * 81},
    {"tag": {"set_within": "30d"}},
    {"tag": {"name": "vip", "set_within": "30"}},
    {"tag": {"name": "vip", "set_within": "0d"}},
    {"tag": {"name": "vip", "set_within": "9999999999999999d"}},
    {"tag": {"name": "vip", "since": "30d"}},
    {"following": "yes"},
    {"seen": {}},
    {"seen": {"within": "soon"}},
    {"seen": {"within": "1d", "not_within": "1d"}},
    {"seen": "30d"},
    {"field": {"name": "age"}},
    {"field": {"name": "age", "is": 1, "known": True}},
    {"field": {"name": "age", "is": {"$ne": 1}}},
    {"field": {"name": "age", "is": float("nan")}},
    {"field": {"name": "age", "is": "x" * 501}},
    {"field": {"name": "age", "at_least": "many"}},
    {"field": {"name": "age", "at_least": "14:30"}},
    {"field": {"name": "born", "less_than": "2027-02-30"}},
    {"field": {"name": "age", "between": [1, "today"]}},
    {"field": {"name": "age", "between": [1]}},
    {"field": {"name": "age", "between": [2, 1]}},
    {"field": {"name": "age", "one_of": []}},
    {"field": {"name": "age", "one_of": [str(n) for n in range(10_001)]}},
    {"field": {"name": "age", "known": "yes"}},
    {"field": {"name": "age", "contains": ""}},
    {"field": {"name": "age", "matches": "(a+)+$"}},
    {"field": {"name": "score:heat", "is": "hot"}},
    {"event": {"name": "Tap it"}},
    {"event": {"name": []}},
    {"event": {"name": "tap", "where": []}},
    {"event": {"name": "tap", "where": {"tags": []}}},
    {"event": {"name": "tap", "where": {"tags": None}}},
    {"event": {"name": "tap", "where": {"a b": 1}}},
    {"event": {"name": "tap", "at_least": 1.5}},
    {"event": {"name": "tap", "at_least": -1}},
    {"event": {"name": "tap", "at_least": 10**6}},
    {"event": {"name": "tap", "at_least": 3, "at_most": 2}},
    {"event": {"name": "tap", "at_least": 3, "exactly": 2}},
    {"event": {"name": "tap", "share_at_least": 0.5}},
    {"event": {"name": "tap", "share_at_least": 1.5, "where": {"a": 1}}},
    {"event": {"name": "tap", "share_at_least": "half", "where": {"a": 1}}},
    {"event": {"name": "tap", "within": 30}},
    {"orders": []},
    {"orders": {"sum": {}}},
    {"orders": {"sum": {"at_least": "many"}}},
    {"orders": {"sum": {"at_least": 10**13}}},
    {"orders": {"last": "30d"}},
    {"orders": {"store": ["x" * 161]}},
    {"active": {}},
    {"active": {"within": "12h"}},
    {"active": {"within": "30d", "hours": [24]}},
    {"active": {"within": "30d", "hours": ["8"]}},
    {"active": {"within": "30d", "hours": 8}},
    {"active": {"within": "30d", "share_at_least": 0.5}},
    {"birthday": {}},
    {"birthday": {"month": 13}},
    {"birthday": {"within": ["soon", "+7d"]}},
    {"birthday": {"within": ["+7d", "-3d"]}},
    {"anniversary": {"field": "x", "within": ["today"]}},
    {"region": {}},
    {"rfm": {}},
    {"rfm": {"recency": {"at_least": 5, "less_than": 5}}},
    {"random": {}},
    {"random": {"share": 0}},
    {"ticket": {}},
    {"ticket": "shut"},
    {"campaign": {"did": "opened"}},
    {"campaign": {"id": [str(n) for n in range(101)]}},
    {"language": []},
    {"segment": ["a"]},
    {"answer": {"questionnaire": "x", "choice": "a"}},
]


@pytest.mark.parametrize("language", ["zh-TW", "ja"])
def test_every_fault_is_told_in_the_language_of_the_page(shop: Shop, language: str) -> None:
    app = a_console(shop.database, Hands())
    english = []
    with app.test_request_context("/console/", headers={"Accept-Language": language}):
        app.preprocess_request()
        for raw in FAULTY:
            try:
                faults = list(of_sense(SEGMENTS, SEGMENTS.parse(raw)))
            except FaultyRule as refused:
                faults = list(of_refusal(refused))
            assert faults, raw
            english += [(raw, one.words) for one in faults if HAN_OR_KANA.search(one.words) is None]
    assert english == []


def test_every_refusal_that_the_rule_language_knows_is_listed_for_translation() -> None:
    known = [re.compile(PLACE.sub(".+?", re.escape(one))) for one in SENTENCES]
    said = {sentence for path in _files() for sentence in _refusals(ast.parse(path.read_text()))}
    assert len(said) > 15
    missing = [one for one in said if not any(pattern.fullmatch(one) for pattern in known)]
    assert sorted(set(missing) - OF_PROGRAMS) == []


def _files() -> Iterator[Path]:
    yield from (ROOT / "segmentation").rglob("*.py")
    yield from (ROOT / name for name in ("content/comparing.py", "campaigns/leaves.py", "tickets/leaves.py"))


def _refusals(tree: ast.Module) -> Iterator[str]:
    """Yield what each `raise ValueError` says, with `x` wherever something is filled in."""
    for node in ast.walk(tree):
        match node:
            case ast.Raise(exc=ast.Call(func=ast.Name("ValueError"), args=[said])):
                parts = said.values if isinstance(said, ast.JoinedStr) else [said]
                words = (str(one.value) if isinstance(one, ast.Constant) else "x" for one in parts)
                # A leaf says of itself what is compared.
                yield "".join(words).replace("x is compared in", "a field is compared in")


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (
            {"field": {"name": "city", "is": ["a", "b"]}},
            "`is` must be one text, one number, or true or false",
        ),
        ({"field": {"name": "age", "at_least": ["a"]}}, "`at_least` must be a number or a text"),
        ({"not": {"orders": {"sum": {"at_least": "many"}}}}, "`at_least` must be a number"),
    ],
)
def test_a_value_that_might_have_had_several_types_is_one_fault(raw: dict[str, Any], fault: str) -> None:
    with pytest.raises(FaultyRule) as refused:
        SEGMENTS.parse(raw)
    assert [one.what for one in refused.value.faults] == [fault]
