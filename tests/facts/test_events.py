"""What contacts did: once each, by name, with properties of a known shape."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from contacts import service as contacts
from contacts.models import Contact
from core.db import Database, begin_write
from core.errors import InvalidInput
from facts import event_types, events
from facts.events import Tracked
from facts.models import ContactEvent, EventType
from tests.facts.books import somebody
from tests.line.queues import NOON, a_channel


def stored(database: Database) -> list[tuple[str, str, object]]:
    with database.read() as session:
        rows = session.execute(
            sa.select(EventType.name, ContactEvent.key, ContactEvent.properties)
            .join(EventType, EventType.id == ContactEvent.type_id)
            .order_by(ContactEvent.id)
        )
        return [(row.name, row.key, row.properties) for row in rows]


def test_a_turn_records_each_name_once(database: Database) -> None:
    contact_id = somebody(database, a_channel(database))
    for key in ("e1", "e2"):
        with database.decide() as session:
            contact = session.get_one(Contact, contact_id)
            for kind in ("text", "sticker"):
                events.occurred(
                    session, contact, "message", at=NOON, event_key=key, properties={"kind": kind}
                )
            events.occurred(session, contact, "follow", at=NOON, event_key=key)
            begin_write(session)
            session.commit()
    assert stored(database) == [
        (name, f"{key}/{name}", properties)
        for key in ("e1", "e2")
        for name, properties in (("message", {"kind": "text"}), ("follow", None))
    ]


def test_somebody_new_can_do_something(database: Database) -> None:
    channel_id = a_channel(database)
    with database.decide() as session:
        contact = contacts.meet(session, channel_id, "U1", shard=0, sent_at=NOON, now=NOON)
        events.occurred(session, contact, "follow", at=NOON, event_key="e1")
        begin_write(session)
        session.commit()
    assert stored(database) == [("follow", "e1/follow", None)]


def test_a_kind_that_was_rolled_back_is_declared_again(database: Database) -> None:
    channel_id = a_channel(database)
    contact_id = somebody(database, channel_id)
    with database.decide() as session:
        begin_write(session)
        ids = {events.type_id(session, channel_id, "bought", now=NOON) for _ in range(2)}
        assert len(ids) == 1
        session.rollback()
    for minute in (1, 2, 3):
        now = NOON + timedelta(minutes=minute)
        with database.write() as session:
            row = Tracked(contact_id, "bought", NOON, None, key=f"k{minute}")
            assert events.track(session, channel_id, [row], source="test", now=now) == 1
    assert len(stored(database)) == 3


def test_what_comes_again_with_its_key_is_left_out(database: Database) -> None:
    channel_id = a_channel(database)
    contact_id = somebody(database, channel_id)
    rows = [Tracked(contact_id, "bought", NOON, {"sku": f"{n}"}, key=f"k{n}") for n in range(3)]
    with database.write() as session:
        assert events.track(session, channel_id, rows[:2], source="api:pos", now=NOON) == 2
    with database.write() as session:
        again = [Tracked(contact_id, "bought", NOON, {"sku": "other"}, key="k1"), rows[2], rows[2]]
        assert events.track(session, channel_id, again, source="api:pos", now=NOON) == 1
        assert events.track(session, channel_id, [], source="api:pos", now=NOON) == 0
    assert stored(database) == [("bought", f"k{n}", {"sku": f"{n}"}) for n in range(3)]


def test_a_channel_has_no_more_kinds_than_it_may(database: Database) -> None:
    channel_id = a_channel(database)
    contact_id = somebody(database, channel_id)
    rows = [
        Tracked(contact_id, f"kind_{n}", NOON, None, key=f"k{n}") for n in range(event_types.MOST_TYPES + 1)
    ]
    with database.write() as session:
        events.track(session, channel_id, rows[:-1], source="test", now=NOON)
    with pytest.raises(InvalidInput), database.write() as session:
        events.track(session, channel_id, rows[-1:], source="test", now=NOON)
    assert len(stored(database)) == event_types.MOST_TYPES


@pytest.mark.parametrize("name", ["", "Bought", "1st", "a" * 61, "買", "bought\n", "tap", "message"])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(InvalidInput):
        events.check_name(name)


def test_names_that_are_some() -> None:
    assert [events.check_name(name) for name in ("bought", "a" * 60, "x_1")] == ["bought", "a" * 60, "x_1"]


def test_properties_are_flat() -> None:
    given = {"sku": "黑糖", "price": 65, "share": 0.5, "gift": True, "tags": ["a", "b"], "note": None}
    assert events.check_properties(given) == {k: v for k, v in given.items() if v is not None}


def test_properties_hold_what_people_write() -> None:
    given = {"store": "渋谷　本店", "said": "一家 👨\u200d👩\u200d👧", "price": "1\u00a0200"}
    assert events.check_properties(given) == given


@pytest.mark.parametrize(
    "given",
    [
        {"a": {"b": 1}},
        {"a": [1]},
        {"a": ["x"] * 21},
        {"a": float("nan")},
        {"a": float("inf")},
        {"a": 2**60},
        {"a": "x" * 201},
        {"a": "nul\0"},
        {"a": ["nul\0"]},
        {"A b": 1},
        {f"p{n}": 1 for n in range(21)},
    ],
)
def test_properties_that_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        events.check_properties(given)
