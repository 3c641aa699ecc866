"""Typed facts: one value a name, seen at once, taken away only by who set it."""

import pytest
import sqlalchemy as sa

from contacts.fields import FieldBook, Value, kind_of
from contacts.models import Contact, ContactField, FieldKind, Following
from contacts.timeline import EntryKind, TimelineEntry
from core.db import Database, begin_write
from tests.line.queues import NOON, a_channel, after


@pytest.fixture
def contact(database: Database) -> Contact:
    channel_id = a_channel(database)
    with database.write() as session:
        contact = Contact(
            public_id="p",
            channel_id=channel_id,
            line_user_id="U1",
            shard=1,
            following=Following.FOLLOWING,
            first_seen_at=NOON,
            last_seen_at=NOON,
        )
        session.add(contact)
    return contact


def set_value(
    database: Database, contact: Contact, value: Value, *, source: str = "a", name: str = "rent"
) -> None:
    with database.write() as session:
        fields = FieldBook(
            session, session.get_one(Contact, contact.id), event_key="event", now=after(hours=1)
        )
        fields.set(name, value, kind=kind_of(value), source=source)


def values(database: Database, contact: Contact) -> dict[str, Value]:
    with database.read() as session:
        return dict(
            FieldBook(session, session.get_one(Contact, contact.id), event_key=None, now=NOON).values()
        )


@pytest.mark.parametrize(
    "value", [22000, 0, -1, 2.5, True, False, "新竹市東區", "", "2027-03-01", "1e5", "true"]
)
def test_a_value_comes_back_in_its_own_type(database: Database, contact: Contact, value: Value) -> None:
    set_value(database, contact, value)
    found = values(database, contact)["rent"]
    assert (type(found), found) == (type(value), value)


def test_a_new_value_takes_the_place_of_the_old_with_who_and_when(
    database: Database, contact: Contact
) -> None:
    set_value(database, contact, 1)
    set_value(database, contact, "two", source="b")
    with database.read() as session:
        row = session.scalars(sa.select(ContactField)).one()
    assert (row.kind, row.text, row.number) == (FieldKind.TEXT, "two", None)
    assert (row.source, row.set_at, row.event_key) == ("b", after(hours=1), "event")


def test_the_same_value_again_is_no_news(database: Database, contact: Contact) -> None:
    for _ in range(2):
        set_value(database, contact, 1)
    with database.read() as session:
        told = session.scalars(sa.select(TimelineEntry.kind)).all()
    assert told == [EntryKind.FIELD_SET]


def test_only_who_set_a_value_can_take_it_back(database: Database, contact: Contact) -> None:
    set_value(database, contact, 1, source="question:find/rent")
    for source, left in (("staff:mina", {"rent": 1}), ("question:find/rent", {})):
        with database.write() as session:
            fields = FieldBook(session, session.get_one(Contact, contact.id), event_key=None, now=NOON)
            fields.withdraw("rent", source=source)
            fields.withdraw("nothing", source=source)
        assert values(database, contact) == left


def test_what_a_turn_sets_it_sees_at_once_and_may_take_back(database: Database, contact: Contact) -> None:
    set_value(database, contact, 1)
    with database.decide() as session:
        fields = FieldBook(session, session.get_one(Contact, contact.id), event_key=None, now=NOON)
        fields.withdraw("rent", source="a")
        assert fields.values() == {}
        fields.set("rent", 2, kind=FieldKind.NUMBER, source="b")
        fields.set("other", 3, kind=FieldKind.NUMBER, source="b")
        assert fields.set_by("b") == {"rent": "b", "other": "b"}
        fields.withdraw("other", source="b")
        assert fields.values() == {"rent": 2}
        begin_write(session)
        session.commit()
    assert values(database, contact) == {"rent": 2}


def test_outside_a_turn_too_a_value_is_taken_back_and_set_again(database: Database, contact: Contact) -> None:
    set_value(database, contact, 1)
    with database.write() as session:
        fields = FieldBook(session, session.get_one(Contact, contact.id), event_key=None, now=NOON)
        fields.withdraw("rent", source="a")
        session.flush()
        fields.set("rent", 2, kind=FieldKind.NUMBER, source="b")
    assert values(database, contact) == {"rent": 2}


def test_somebody_seen_for_the_first_time_has_no_values_yet(database: Database) -> None:
    channel_id = a_channel(database)
    with database.decide() as session:
        fresh = Contact(
            public_id="q",
            channel_id=channel_id,
            line_user_id="U2",
            shard=1,
            following=Following.UNKNOWN,
            first_seen_at=NOON,
            last_seen_at=NOON,
        )
        session.add(fresh)
        fields = FieldBook(session, fresh, event_key=None, now=NOON)
        fields.set("rent", 5, kind=FieldKind.NUMBER, source="a")
        begin_write(session)
        session.commit()
    assert values(database, fresh) == {"rent": 5}
