"""The inbox: each event stored once, whoever brings it and how often."""

import threading
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from core.db import Database
from core.ids import shard_of
from core.leases import Owner
from line import lanes
from line.inbox import (
    EventStatus,
    Lane,
    WebhookEvent,
    arrivals,
    changed_duplicates,
    lane_key,
    record,
)
from tests.line.queues import NOON, a_channel, a_lane, after, an_event, ms, stored, tell


@pytest.fixture
def channel_id(database: Database) -> int:
    return a_channel(database)


def test_an_event_is_kept_as_it_came(database: Database, channel_id: int) -> None:
    event = an_event("U1", sent_at=after(seconds=-2))
    assert tell(database, channel_id, event) == 1
    (row,) = stored(database)
    assert orjson.loads(row.body or b"") == event
    assert (row.event_key, row.lane_key, row.shard) == (event["webhookEventId"], "U1", shard_of("U1"))
    assert (row.order_ms, row.received_at, row.status) == (ms(NOON) - 2000, NOON, EventStatus.PENDING)
    lane = a_lane(database)
    assert (lane.key, lane.due_at, lane.owner, lane.shard) == ("U1", NOON, None, shard_of("U1"))


def test_the_same_event_again_is_known_already(database: Database, channel_id: int) -> None:
    event = an_event()
    tell(database, channel_id, event)
    again = event | {"deliveryContext": {"isRedelivery": True}}
    assert tell(database, channel_id, again, at=after(days=7)) == 0
    assert tell(database, channel_id, event, event) == 0
    (row,) = stored(database)
    assert row.received_at == NOON


def test_twice_in_one_body_is_once(database: Database, channel_id: int) -> None:
    first, second = an_event(), an_event()
    assert tell(database, channel_id, first, second, first) == 2


def test_of_two_contents_with_one_id_the_first_wins_and_the_other_is_named(
    database: Database, channel_id: int
) -> None:
    first = an_event(key="same")
    other = an_event(key="same", sent_at=after(seconds=-9))
    tell(database, channel_id, first)
    again = first | {"deliveryContext": {"isRedelivery": True}}
    with database.engine.begin() as connection:
        assert changed_duplicates(connection, arrivals([again], channel_id, NOON)) == []
        assert record(connection, arrivals([other], channel_id, NOON)) == 0
        assert changed_duplicates(connection, arrivals([other], channel_id, NOON)) == ["same"]
    (row,) = stored(database)
    assert orjson.loads(row.body or b"") == first


@pytest.mark.parametrize("key", [None, "", 7, "ä", "a\nb", "x" * 65, ["01"]])
def test_an_event_without_a_usable_id_is_known_by_its_content(key: Any) -> None:
    event = an_event() | {"webhookEventId": key}
    again = event | {"deliveryContext": {"isRedelivery": True}}
    other = event | {"timestamp": 5}
    keys = [arrival.event_key for arrival in arrivals([event, again, other], 1, NOON)]
    assert keys[0] == keys[1] != keys[2]
    assert keys[0].startswith("sha256:")


@pytest.mark.parametrize(
    ("timestamp", "order_ms"),
    [
        (ms(NOON) - 1, ms(NOON) - 1),
        (ms(NOON) + 1, ms(NOON)),
        (2**63, ms(NOON)),
        (0, 0),
        (-1, ms(NOON)),
        (True, ms(NOON)),
        (1.5, ms(NOON)),
        ("1", ms(NOON)),
        (None, ms(NOON)),
    ],
)
def test_a_strange_timestamp_counts_as_the_moment_of_arrival(timestamp: Any, order_ms: int) -> None:
    (arrival,) = arrivals([an_event() | {"timestamp": timestamp}], 1, NOON)
    assert (type(arrival.order_ms), arrival.order_ms) == (int, order_ms)


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ({"type": "user", "userId": "U1"}, "U1"),
        ({"type": "group", "groupId": "C1", "userId": "U1"}, "group:C1"),
        ({"type": "room", "roomId": "R1", "userId": "U1"}, "room:R1"),
        ({"type": "group", "userId": "U1"}, "-"),
        ({"type": "group", "groupId": "ü"}, "-"),
        ({"type": "group", "groupId": "C" * 500}, ("group:" + "C" * 500)[:110]),
        ({"type": "user"}, "-"),
        ({"type": "user", "userId": ""}, "-"),
        ({"type": "user", "userId": "U" * 101}, "-"),
        ({"type": "user", "userId": "U\x7f"}, "-"),
        ({"type": "user", "userId": ["U1"]}, "-"),
        ({"type": "planet", "userId": "U1"}, "U1"),
        ("U1", "-"),
        (None, "-"),
    ],
)
def test_each_chat_has_a_lane_of_its_own(source: Any, key: str) -> None:
    assert lane_key(an_event() | {"source": source}) == key


def test_one_body_wakes_each_of_its_lanes_once(database: Database, channel_id: int) -> None:
    tell(database, channel_id, an_event("U2"), an_event("U1"), an_event("U2"))
    with database.read() as session:
        woken = session.execute(sa.select(Lane.key, Lane.wakes).order_by(Lane.key)).all()
    assert [tuple(row) for row in woken] == [("U1", 1), ("U2", 1)]


def test_channels_do_not_share_ids_or_lanes(database: Database, channel_id: int) -> None:
    with database.write() as session:
        from line.channels import ensure_channel

        other = ensure_channel(session, "other", now=NOON).id
    event = an_event()
    assert tell(database, channel_id, event) == 1
    assert tell(database, other, event) == 1
    with database.write() as session:
        (first, second) = lanes.claim(session, Owner("anna"), limit=5, now=NOON)
    assert {first.channel_id, second.channel_id} == {channel_id, other}


def test_the_same_events_from_many_sides_at_once_are_stored_once(database: Database, channel_id: int) -> None:
    """Web processes that meet in the same events, in any order, must not stop each other."""
    events = [an_event(f"U{number % 5}", key=f"key {number}") for number in range(20)]
    start = threading.Barrier(8)

    def delivers(seed: int) -> int:
        mixed = Random(seed).sample(events, len(events))
        start.wait()
        return sum(tell(database, channel_id, *mixed[at : at + 10]) for at in (0, 10))

    with ThreadPoolExecutor(8) as pool:
        new = sum(pool.map(delivers, range(8)))
    assert new == 20
    assert len(stored(database)) == 20


def test_the_head_of_a_lane_is_found_without_reading_what_lies_behind(
    database: Database, channel_id: int
) -> None:
    query = (
        sa.select(WebhookEvent.id)
        .where(
            WebhookEvent.channel_id == channel_id,
            WebhookEvent.lane_key == "U1",
            WebhookEvent.status == sa.literal_column("'pending'"),
        )
        .order_by(WebhookEvent.order_ms, WebhookEvent.id)
        .limit(1)
    )
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql("SET enable_seqscan = off")  # a table this small is read whole
        compiled = query.compile(connection, compile_kwargs={"literal_binds": True})
        plan = str(connection.exec_driver_sql(explain + str(compiled)).all())
    assert "ix__webhook_events__pending" in plan
