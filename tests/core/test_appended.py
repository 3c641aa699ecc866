"""Rows that are only added: what they refer to, their order, and how many statements they take."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import sqlalchemy as sa

from contacts import service as contacts
from contacts.models import Contact
from contacts.timeline import EntryKind, TimelineEntry, note, story
from core.db import Database
from tests.line.queues import NOON, a_channel
from tests.listening import listening


@contextmanager
def inserts(database: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def see(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("INSERT INTO timeline_entries"):
            seen.append(statement)

    with listening(database, "before_cursor_execute", see):
        yield seen


def somebody(database: Database, channel_id: int) -> int:
    with database.write() as session:
        contact = contacts.meet(session, channel_id, "U1", shard=0, sent_at=NOON, now=NOON)
    return contact.id


def test_rows_of_one_flush_take_one_statement_and_keep_their_order(database: Database) -> None:
    contact_id = somebody(database, a_channel(database))
    with inserts(database) as seen, database.write() as session:
        contact = session.get_one(Contact, contact_id)
        for number in range(3):
            note(session, contact, EntryKind.RECEIVED, at=NOON, text=str(number))
    assert len(seen) == 1
    with database.read() as session:
        assert [entry.text for entry in story(session, session.get_one(Contact, contact_id))] == list("012")


def test_a_row_finds_the_id_of_somebody_who_is_new(database: Database) -> None:
    channel_id = a_channel(database)
    with database.write() as session:
        contact = contacts.meet(session, channel_id, "U1", shard=0, sent_at=NOON, now=NOON)
        note(session, contact, EntryKind.FOLLOWED, at=NOON)
    with database.read() as session:
        assert session.scalars(sa.select(TimelineEntry.contact_id)).all() == [contact.id]


def test_a_query_sees_what_was_added_before_it(database: Database) -> None:
    contact_id = somebody(database, a_channel(database))
    with database.write() as session:
        contact = session.get_one(Contact, contact_id)
        note(session, contact, EntryKind.RECEIVED, at=NOON)
        assert len(story(session, contact)) == 1
        note(session, contact, EntryKind.SENT, at=NOON + timedelta(seconds=1))
    with database.read() as session:
        kinds = [entry.kind for entry in story(session, session.get_one(Contact, contact_id))]
    assert kinds == [EntryKind.RECEIVED, EntryKind.SENT]
