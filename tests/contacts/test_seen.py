"""When somebody was last seen: written by each turn, and never earlier than it was."""

from datetime import timedelta

from contacts import service as contacts
from contacts.seen import see
from core.db import Database
from tests.line.queues import NOON, a_channel


def test_who_did_something_was_seen_then_and_an_event_that_comes_late_changes_nothing(
    database: Database,
) -> None:
    channel_id = a_channel(database)
    with database.write() as session:
        mina = contacts.meet(session, channel_id, "U1", shard=1, sent_at=NOON, now=NOON)
        wrote_first = see(mina, at=NOON)
        session.flush()
        wrote_first(session)
    for minutes, last in ((5, 5), (3, 5)):
        with database.write() as session:
            mina = contacts.get(session, channel_id, "U1")
            write = see(mina, at=NOON + timedelta(minutes=minutes))
            assert mina.last_seen_at == NOON + timedelta(minutes=last)
            assert mina not in session.dirty
            write(session)
        with database.read() as session:
            assert contacts.get(session, channel_id, "U1").last_seen_at == NOON + timedelta(minutes=last)
