"""Fields of many at once mean what they mean one by one, except that what is the same stays as it is."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from contacts.bulk_fields import FieldValue, set_many
from contacts.fields import FieldBook
from contacts.models import Contact, ContactField, FieldKind
from contacts.timeline import TimelineEntry
from core.db import Database
from tests.facts.books import somebody
from tests.line.queues import NOON, a_channel

VALUES: Mapping[str, tuple[Any, FieldKind]] = {
    "visits": (3, FieldKind.NUMBER),
    "spent": (2.5, FieldKind.NUMBER),
    "city": ("台北'市", FieldKind.TEXT),
    "born": ("1990-04-12", FieldKind.DATE),
    "is_member": (True, FieldKind.FLAG),
}


def stored(database: Database, contact_id: int) -> list[tuple[Any, ...]]:
    columns = (
        ContactField.name,
        ContactField.kind,
        ContactField.text,
        ContactField.number,
        ContactField.source,
    )
    with database.read() as session:
        rows = session.execute(sa.select(*columns).where(ContactField.contact_id == contact_id))
        return sorted(map(tuple, rows))


def lines(database: Database, contact_id: int) -> list[tuple[Any, ...]]:
    columns = (TimelineEntry.kind, TimelineEntry.about, TimelineEntry.text)
    with database.read() as session:
        mine = sa.select(*columns).where(TimelineEntry.contact_id == contact_id).order_by(TimelineEntry.id)
        return list(map(tuple, session.execute(mine)))


def test_many_are_set_as_one_is(database: Database) -> None:
    channel_id = a_channel(database)
    one, other = somebody(database, channel_id, "U1"), somebody(database, channel_id, "U2")
    with database.write() as session:
        book = FieldBook(session, session.get_one(Contact, one), event_key=None, now=NOON)
        for name, (value, kind) in VALUES.items():
            book.set(name, value, kind=kind, source="import:a.csv")
    with database.write() as session:
        told = {(other, name): FieldValue(*value) for name, value in VALUES.items()}
        changed = set_many(session, channel_id, told, source="import:a.csv", now=NOON)
    assert set(changed) == {(other, name) for name in VALUES}
    assert stored(database, other) == stored(database, one)
    assert lines(database, other) == lines(database, one)


def test_what_is_the_same_is_left_to_who_said_it(database: Database) -> None:
    channel_id = a_channel(database)
    mina = somebody(database, channel_id)
    with database.write() as session:
        book = FieldBook(session, session.get_one(Contact, mina), event_key=None, now=NOON)
        book.set("city", "台北", kind=FieldKind.TEXT, source="question:find/area")
        book.set("visits", 3, kind=FieldKind.NUMBER, source="staff:mina")
    told = {
        (mina, "city"): FieldValue("台北", FieldKind.TEXT),
        (mina, "visits"): FieldValue(4, FieldKind.NUMBER),
    }
    for expected in ([(mina, "visits")], []):
        with database.write() as session:
            later = NOON + timedelta(days=1)
            assert list(set_many(session, channel_id, told, source="import:a.csv", now=later)) == expected
    assert [(row[0], row[2], row[4]) for row in stored(database, mina)] == [
        ("city", "台北", "question:find/area"),
        ("visits", "4", "import:a.csv"),
    ]
    with database.write() as session:
        assert list(set_many(session, channel_id, {}, source="import:a.csv", now=NOON)) == []
