"""Rules that mean harm, or no good: typed, bounded, never SQL, and empty never means everybody (faults, case 36)."""

from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from sqlalchemy.orm import Session

from bot import tables  # noqa: F401 - so that every table that another refers to is known
from bot.segmenting import SEGMENTS
from contacts.models import Contact
from content.comparing import LIST_LIMIT
from core.db import Database
from segmentation import people, whom
from segmentation.models import Tag
from segmentation.rules import NOBODY, FaultyRule
from tests.console.queries import statements
from tests.line.queues import NOON, a_channel
from tests.segmentation.rulebook import TAGS, Someone, store

AT: Any = {"now": NOON, "zone": ZoneInfo("Asia/Taipei")}
QUOTES = "x' OR 1=1 --"
INJECTIONS: list[dict[str, Any]] = [
    {"tag": QUOTES},
    {"tag": {"name": "vip", "set_by": "%' OR '1'='1"}},
    {"field": {"name": QUOTES, "is": QUOTES}},
    {"field": {"name": "city", "contains": QUOTES}},
    {"field": {"name": "city", "one_of": [QUOTES] * 2 + [f"{QUOTES}{n}" for n in range(30)]}},
    {"event": {"name": "tap", "where": {"tags": QUOTES}}},
    {"answer": {"questionnaire": QUOTES, "question": QUOTES, "choice": QUOTES}},
    {"orders": {"store": QUOTES, "coupon": [QUOTES]}},
    {"language": QUOTES},
    {"entry": QUOTES},
    {"device": QUOTES},
    {"region": {"city": QUOTES}},
    {"consent": QUOTES},
    {"segment": "'; DROP TABLE contacts; --"},
    {"rfm": QUOTES},
    {"random": {"share": 0.000001, "salt": QUOTES}},
    {"ticket": {"state": "open", "queue": QUOTES}},
    {"campaign": {"id": QUOTES}},
    {"anniversary": {"field": QUOTES, "within": ["-1d", "+1d"]}},
]


@pytest.fixture
def ids(database: Database) -> list[int]:
    channel_id = a_channel(database)
    with database.write() as session:
        session.add_all(Tag(channel_id=channel_id, name=name, labels={}) for name in TAGS)
        mina = Someone(tags={"vip": None}, fields={"city": ("text", "新竹", None)}, language="ja")
        return store(session, channel_id, [mina, Someone()], now=NOON)


def channel_of(session: Session, ids: list[int]) -> int:
    channel_id: int = session.get_one(Contact, ids[0]).channel_id
    return channel_id


def found(database: Database, raw: dict[str, Any], ids: list[int]) -> set[int]:
    """Return whom a rule means, after making sure that the predicate says the same."""
    others = {raw["segment"]: None} if "segment" in raw else {}
    rule = SEGMENTS.resolve(SEGMENTS.parse(raw), others)
    with database.read() as session:
        meant = set(whom.fulfilling(session, channel_of(session, ids), SEGMENTS.meant(rule, **AT)))
        known = people.load(session, ids, now=NOON, needs=SEGMENTS.needs([rule]))
    assert meant == {id_ for id_ in ids if SEGMENTS.holds(rule, known[id_], **AT)}
    return meant


def test_what_somebody_writes_is_never_read_as_sql(database: Database, ids: list[int]) -> None:
    assert {next(iter(raw)) for raw in INJECTIONS} >= set(SEGMENTS.keys) - {
        "all",
        "any",
        "not",
        "following",
        "blocked",
        "returning",
        "followed",
        "seen",
        "message",
        "active",
        "birthday",
    }  # fmt: skip - those take no text of their own
    with statements(database) as written:
        for raw in INJECTIONS:
            assert found(database, raw, ids) == set(), raw
    assert not any("OR 1=1" in one or "DROP" in one for one in written)


@pytest.mark.parametrize(
    "raw",
    [
        {QUOTES: "vip"},
        {"all": [{"tag'; --": "vip"}]},
        {"field": {"name": "city", "= 1 OR 1": 1}},
        {"field": {"name": "city", "matches": "(a+)+$"}},
        {"field": {"name": "city", "regex": "(a+)+$"}},
        {"field": {"name": "city", "is": {"$ne": 1}}},
        {"event": {"name": "tap'; --"}},
        {"event": {"name": "tap", "where": {'a") OR 1=1 --': 1}}},
        {"event": {"name": "tap", "where": {"$.a": 1}}},
        {"orders": {"count": {"at_least": "3 OR 1=1"}}},
        {"active": {"within": "30d", "hours": ["8; --"]}},
        {"random": {"share": "1 OR 1=1"}},
        {"birthday": {"month": "2 OR 1=1"}},
        {"ticket": "open' OR '1'='1"},
        {"tag": "a\x00b"},
        {"tag": "a\ud800b"},
    ],
)
def test_keys_and_operators_are_a_closed_list(raw: dict[str, Any]) -> None:
    with pytest.raises(FaultyRule):
        SEGMENTS.parse(raw)


@pytest.mark.parametrize(
    "raw",
    [
        {"tag": 5},
        {"field": {"name": "age", "at_least": "many"}},
        {"field": {"name": "age", "between": [1, "today"]}},
        {"field": {"name": "born", "less_than": "2027-02-30"}},
        {"field": {"name": "age", "is": float("nan")}},
        {"field": {"name": "age", "is": float("inf")}},
        {"field": {"name": "age", "is": 10**400}},
        {"event": {"name": "tap", "at_least": 1.5}},
        {"event": {"name": "tap", "at_least": True}},
        {"event": {"name": "tap", "within": "a while"}},
        {"event": {"name": "tap", "within": 30}},
        {"event": {"name": "tap", "within": "P30D"}},
        {"seen": {"within": "30"}},
        {"event": {"name": "tap", "share_at_least": 1.5, "where": {"a": 1}}},
        {"orders": {"sum": {"at_least": float("nan")}}},
        {"orders": {"sum": {}}},
        {"orders": {"last": {"within": "1d", "not_within": "1d"}}},
        {"orders": []},
        {"active": {"within": "30d", "hours": [24]}},
        {"following": "yes"},
        {"random": {"share": 0}},
        {"random": {"share": float("nan")}},
        {"birthday": {"within": ["+7d", "-3d"]}},
        {"birthday": {"month": 13}},
        {"rfm": {}},
        {"region": {}},
        {"segment": ["a"]},
    ],
)
def test_a_value_of_the_wrong_type_is_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(FaultyRule):
        SEGMENTS.parse(raw)


@pytest.mark.parametrize(
    "raw",
    [
        {"field": {"name": "city", "one_of": []}},
        {"event": {"name": []}},
        {"event": {"name": "tap", "where": {"tags": []}}},
        {"language": []},
        {"orders": {"store": []}},
        {"rfm": {"group": []}},
    ],
)
def test_a_list_of_nothing_is_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(FaultyRule):
        SEGMENTS.parse(raw)


def test_an_empty_rule_is_nobody_whatever_stands_around_it(database: Database, ids: list[int]) -> None:
    unfinished: tuple[dict[str, Any], ...] = (
        {},
        {"all": []},
        {"not": {}},
        {"not": {"not": {"any": []}}},
        {"any": [{"not": {"all": [{}]}}]},
    )
    for raw in unfinished:
        assert found(database, raw, ids) == set()


def test_not_of_not_is_what_it_was(database: Database, ids: list[int]) -> None:
    vip = found(database, {"tag": "vip"}, ids)
    assert vip == {ids[0]}
    assert found(database, {"not": {"tag": "vip"}}, ids) == {ids[1]}
    assert found(database, {"not": {"not": {"tag": "vip"}}}, ids) == vip


@pytest.mark.parametrize("levels", [21, 200, 1000])
def test_a_deep_rule_is_refused_in_words(levels: int) -> None:
    raw: dict[str, Any] = {"tag": "vip"}
    for _ in range(levels):
        raw = {"not": raw}
    with pytest.raises(FaultyRule, match="levels deep"):
        SEGMENTS.parse(raw)
    groups: dict[str, Any] = {"tag": "vip"}
    for _ in range(levels):
        groups = {"any": [groups, {"tag": "other"}]}
    with pytest.raises(FaultyRule, match="levels deep"):
        SEGMENTS.parse(groups)


def test_a_rule_so_deep_that_json_gives_up_is_refused_there() -> None:
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(b'{"not":' * 100_000 + b"{}" + b"}" * 100_000)


def test_a_list_of_ten_thousand_values_is_one_parameter(database: Database, ids: list[int]) -> None:
    cities = [f"city {n}" for n in range(LIST_LIMIT - 1)]
    assert found(database, {"field": {"name": "city", "one_of": [*cities, "新竹"]}}, ids) == {ids[0]}
    assert found(database, {"language": [*cities[:30], "ja"]}, ids) == {ids[0]}
    assert found(database, {"any": [{"entry": cities}] * 20}, ids) == set()
    with pytest.raises(FaultyRule, match="at most 10000 items"):
        SEGMENTS.parse({"field": {"name": "city", "one_of": [*cities, "a", "b"]}})


@pytest.mark.parametrize(
    "rule",
    [
        {"language": ["ja"] * 101},
        {"rfm": {"group": ["lost"] * 101}},
        {"ticket": {"queue": ["taipei"] * 101}},
        {"campaign": {"id": ["autumn"] * 101}},
        {"answer": {"questionnaire": "find_home", "question": "area", "choice": ["taipei"] * 101}},
    ],
)
def test_what_costs_a_condition_for_each_name_has_few_names(rule: dict[str, Any]) -> None:
    with pytest.raises(FaultyRule, match="at most 100 items"):
        SEGMENTS.parse(rule)


def test_a_circle_that_got_in_all_the_same_is_nobody(database: Database, ids: list[int]) -> None:
    others: dict[str, Any] = {
        "a": {"not": {"segment": "b"}},
        "b": {"not": {"segment": "a"}},
        "gone": {"segment": "nowhere"},
    }
    for key in others:
        rule = SEGMENTS.read({"not": {"segment": key}}, others)
        with database.read() as session:
            assert not whom.fulfilling(session, channel_of(session, ids), SEGMENTS.meant(rule, **AT))
    doubling = {f"s{n}": {"any": [{"segment": f"s{n - 1}"}] * 2} for n in range(1, 40)} | {
        "s0": {"tag": "vip"}
    }
    assert SEGMENTS.read({"segment": "s39"}, doubling) == NOBODY


def test_a_rule_that_names_segments_is_not_read_without_them() -> None:
    with pytest.raises(ValueError, match="vips"):
        SEGMENTS.read({"not": {"segment": "vips"}})
