"""Segments and scores that name each other level after level: what is not refused, both databases can read."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot import tables  # noqa: F401 - so that every table that another refers to is known
from bot.segmenting import SEGMENTS
from core.db import Database
from segmentation import whom
from segmentation.references import Resolving
from segmentation.rules import FaultyRule, Rule
from tests.line.queues import NOON, a_channel

AT: Any = {"now": NOON, "zone": ZoneInfo("Asia/Taipei")}
LATELY = {"seen": {"within": "3d"}}
BOUGHT = {"orders": {"average": {"at_least": 10}, "within": "90d", "store": "Yongkang"}}
MOSTLY = {"event": {"name": "tap", "where": {"tags": "offer"}, "share_at_least": 0.7, "at_least": 3}}

Others = dict[str, Mapping[str, Any]]


def segments(others: Others, number: int, inner: dict[str, Any]) -> dict[str, Any]:
    others[f"s{number}"] = inner
    return {"any": [LATELY, {"all": [{"entry": "x"}, {"segment": f"s{number}"}]}]}


def bare(others: Others, number: int, inner: dict[str, Any]) -> dict[str, Any]:
    others[f"s{number}"] = inner
    return {"segment": f"s{number}"}


def opposites(others: Others, number: int, inner: dict[str, Any]) -> dict[str, Any]:
    others[f"s{number}"] = inner
    return {"not": {"any": [LATELY, {"segment": f"s{number}"}]}}


def scores(others: Others, number: int, inner: dict[str, Any]) -> dict[str, Any]:
    others[f"score:s{number}"] = {"conditions": [{"points": 1, "when": inner}]}
    return {"field": {"name": f"score:s{number}", "between": [1, 3]}}


def scores_of_groups(others: Others, number: int, inner: dict[str, Any]) -> dict[str, Any]:
    several = [{"tag": "x"}, {"not": {"any": [LATELY, inner]}}, {"tag": "y"}]
    others[f"score:s{number}"] = {"conditions": [{"points": 1, "when": one} for one in several]}
    return {"field": {"name": f"score:s{number}", "is_not": 2}}


@pytest.mark.parametrize("leaf", [{"tag": "x"}, BOUGHT, MOSTLY], ids=["tag", "orders", "event"])
@pytest.mark.parametrize("level", [segments, bare, opposites, scores, scores_of_groups])
def test_the_deepest_that_is_not_refused_can_be_asked(
    database: Database, level: Any, leaf: dict[str, Any]
) -> None:
    others: Others = {}
    rule, deepest, levels = dict(leaf), SEGMENTS.parse(leaf), 0
    while not (found := resolved(rule := level(others, levels, rule), others))[1]:
        deepest, levels = found[0], levels + 1
        assert levels < 100
    assert levels >= 4
    channel_id = a_channel(database)
    with database.read() as session:
        assert not whom.fulfilling(session, channel_id, SEGMENTS.meant(deepest, **AT))


@pytest.mark.parametrize("leaf", [BOUGHT, MOSTLY, {"not": MOSTLY}], ids=["orders", "event", "no event"])
@pytest.mark.parametrize("kinds", [("any", "all"), ("all", "any")])
def test_the_deepest_rule_can_be_asked(
    database: Database, kinds: tuple[str, str], leaf: dict[str, Any]
) -> None:
    rule, levels = dict(leaf), 0
    while levels < 100:
        wider = {kinds[levels % 2]: [LATELY, {"tag": "y"}, rule]}
        try:
            SEGMENTS.parse(wider)
        except FaultyRule:
            break
        rule, levels = wider, levels + 1
    assert 16 <= levels < 100
    deepest, is_too_large = resolved(rule, {})
    assert not is_too_large
    channel_id = a_channel(database)
    with database.read() as session:
        assert not whom.fulfilling(session, channel_id, SEGMENTS.meant(deepest, **AT))


def resolved(rule: dict[str, Any], others: Others) -> tuple[Rule, bool]:
    """Return a rule with nothing left to look up, and whether it was too large for that."""
    parsed = SEGMENTS.parse(rule)
    resolving: Resolving = SEGMENTS.resolving(parsed, others)
    return resolving.resolve(parsed), resolving.is_too_large
