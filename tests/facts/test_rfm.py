"""Scores in fifths that are fair to equals, and groups by thresholds that staff can change."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.jobs import score_customers
from core.db import Database
from core.errors import InvalidInput
from core.ids import new_public_id
from facts import rfm
from facts.models import OrderTotals, RfmScore
from facts.rfm import Thresholds
from segmentation.models import Segment
from tests.facts.books import somebody
from tests.line.queues import NOON, a_channel

ORDERED = st.tuples(st.integers(1, 6), st.integers(0, 4), st.integers(0, 150))
"""How many orders, of how many thousands each, the last how many days ago."""


def they_ordered(database: Database, channel_id: int, told: list[tuple[int, int, int]]) -> list[int]:
    """Make a customer of each, and return their contacts."""
    ids = [somebody(database, channel_id, new_public_id()) for _ in told]
    with database.write() as session:
        for contact_id, (count, thousands, days) in zip(ids, told, strict=True):
            at = NOON - timedelta(days=days)
            session.add(
                OrderTotals(
                    contact_id=contact_id,
                    orders=count,
                    net_cents=count * thousands * 100_000,
                    first_at=at,
                    last_at=at,
                )
            )
    return ids


def score(database: Database) -> int:
    """Score everybody as the clock does; return how many changed."""
    return score_customers(database, NOON)


def scores(database: Database) -> dict[int, tuple[int, int, int]]:
    with database.read() as session:
        return {
            one.contact_id: (one.recency, one.frequency, one.monetary)
            for one in session.scalars(sa.select(RfmScore))
        }


def groups(database: Database) -> dict[int, str | None]:
    with database.read() as session:
        return {one.contact_id: one.group_key for one in session.scalars(sa.select(RfmScore))}


def fifth(value: Any, everybody: list[Any]) -> int:
    """Work a score out the slow way: the fifth in which the middle of the equals stands."""
    below, equal = sum(other < value for other in everybody), everybody.count(value)
    middle = (below + equal / 2) / len(everybody)
    return 1 + int(5 * middle + 1e-9)


def test_five_customers_who_differ_stand_in_five_fifths(database: Database) -> None:
    channel_id = a_channel(database)
    ids = they_ordered(database, channel_id, [(n, n, 100 - n) for n in range(1, 6)])
    assert score(database) == 5
    assert scores(database) == {id_: (n, n, n) for n, id_ in enumerate(ids, 1)}
    assert score(database) == 0, "what is the same is not written again"


def test_where_everybody_is_equal_nobody_is_the_best(database: Database) -> None:
    channel_id = a_channel(database)
    ids = they_ordered(database, channel_id, [(1, 1, 1)] * 7)
    score(database)
    assert scores(database) == dict.fromkeys(ids, (3, 3, 3))


def test_many_who_came_once_are_not_called_frequent(database: Database) -> None:
    channel_id = a_channel(database)
    *once, often = they_ordered(database, channel_id, [(1, 1, 1)] * 9 + [(4, 1, 1)])
    score(database)
    frequency = {id_: told[1] for id_, told in scores(database).items()}
    assert {frequency[id_] for id_ in once} == {3}
    assert frequency[often] == 5


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(ORDERED, min_size=1, max_size=12))
def test_equal_customers_get_equal_scores_and_each_the_fifth_of_its_middle(
    database: Database, told: list[tuple[int, int, int]]
) -> None:
    channel_id = a_channel(database)
    with database.write() as session:
        session.execute(sa.delete(RfmScore))
        session.execute(sa.delete(OrderTotals))
    ids = they_ordered(database, channel_id, told)
    score(database)
    found = scores(database)
    for id_, (count, thousands, days) in zip(ids, told, strict=True):
        assert found[id_] == (
            fifth(-days, [-other[2] for other in told]),
            fifth(count, [other[0] for other in told]),
            fifth(count * thousands, [other[0] * other[1] for other in told]),
        )


def test_the_first_group_that_fits_counts(database: Database) -> None:
    channel_id = a_channel(database)
    told = {
        "high_value": (3, 5, 30),
        "loyal": (3, 4, 30),
        "new": (2, 9, 30),
        "slipping": (3, 9, 31),
        "sleeping": (3, 9, 91),
    }
    ids = they_ordered(database, channel_id, list(told.values()))
    score(database)
    assert groups(database) == dict(zip(ids, told, strict=True))


def test_thresholds_are_changed_and_the_next_scoring_follows_them(database: Database) -> None:
    channel_id = a_channel(database)
    (mina,) = they_ordered(database, channel_id, [(3, 4, 30)])
    score(database)
    assert groups(database) == {mina: "loyal"}
    with database.write() as session:
        rfm.change_group(
            session,
            channel_id,
            "high_value",
            Thresholds(orders_at_least=3, average_at_least_cents=400_000),
            now=NOON,
        )
    assert score(database) == 1
    assert groups(database) == {mina: "high_value"}
    with database.read() as session:
        kept = rfm.groups(session, channel_id)
    assert [group.key for group in kept] == [group.key for group in rfm.FIRST_GROUPS]
    assert kept[0].labels == rfm.FIRST_GROUPS[0].labels


@pytest.mark.parametrize(
    ("key", "thresholds", "field"),
    [
        ("high_value", Thresholds(), "thresholds"),
        ("high_value", Thresholds(orders_at_least=0), "orders_at_least"),
        ("sleeping", Thresholds(silent_for_days=4000), "silent_for_days"),
        ("nobody", Thresholds(orders_at_least=1), "key"),
    ],
)
def test_thresholds_that_are_none_are_refused(
    database: Database, key: str, thresholds: Thresholds, field: str
) -> None:
    channel_id = a_channel(database)
    with database.write() as session, pytest.raises(InvalidInput) as refused:
        rfm.change_group(session, channel_id, key, thresholds, now=NOON)
    assert field in refused.value.fields


def test_whoever_has_no_order_left_has_no_score_left(database: Database) -> None:
    channel_id = a_channel(database)
    they_ordered(database, channel_id, [(1, 1, 1), (2, 1, 1)])
    score(database)
    score(database)
    with database.write() as session:
        session.execute(sa.delete(OrderTotals))
    assert score(database) == 2
    assert scores(database) == {}


def test_segments_that_ask_for_scores_look_again(database: Database) -> None:
    channel_id = a_channel(database)
    they_ordered(database, channel_id, [(3, 4, 30)])
    with database.write() as session:
        for key, rule in (("value", {"rfm": {"group": "loyal"}}), ("other", {"tag": "vip"})):
            given = {"created_at": NOON, "changed_at": NOON, "swept_at": NOON}
            session.add(Segment(public_id=key, channel_id=channel_id, key=key, labels={}, rule=rule, **given))
    for _ in ("what has changed", "what a scoring that died has changed"):
        score(database)
        with database.write() as session:
            rows = session.scalars(sa.select(Segment)).all()
            assert {one.key: (one.sweep_due_at, one.sweep_because) for one in rows} == {
                "value": (NOON, "rfm"),
                "other": (None, None),
            }
            session.execute(sa.update(Segment).values(sweep_due_at=None, sweep_because=None))
