"""Work by the clock on old rows: all of it is done, and looking for it keeps nobody from writing."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot import jobs
from bot.jobs import cut_old_bodies, keep_statistics, refresh_profiles
from contacts import service as contacts
from contacts.models import Contact
from core.db import Database
from line.inbox import EventStatus, WebhookEvent
from line.outbox import Outgoing, SendStatus, push
from tests.line.queues import NOON, a_channel, an_event, tell

LATER = NOON + timedelta(days=8)


def sends(database: Database, channel_id: int, *settled_at: datetime | None) -> None:
    with database.write() as session:
        for number, at in enumerate(settled_at):
            row = push(
                channel_id=channel_id, user_id="U1", shard=1, messages=[], because=str(number), now=NOON
            )
            row.settled_at, row.status = at, SendStatus.SENT if at else SendStatus.QUEUED
            session.add(row)


def bodies_left(database: Database, table: type[WebhookEvent | Outgoing]) -> list[int]:
    with database.read() as session:
        return list(session.scalars(sa.select(table.id).where(table.body.is_not(None)).order_by(table.id)))


def test_old_bodies_are_cut_in_pages(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "PAGE", 2)
    channel_id = a_channel(database)
    tell(database, channel_id, *(an_event() for _ in range(7)))
    with database.write() as session:
        ids = list(session.scalars(sa.select(WebhookEvent.id).order_by(WebhookEvent.id)))
        handled = {"status": EventStatus.HANDLED, "handled_at": NOON}
        session.execute(sa.update(WebhookEvent).where(WebhookEvent.id.in_(ids[:5])).values(handled))
        session.execute(
            sa.update(WebhookEvent).where(WebhookEvent.id == ids[5]).values(status=EventStatus.PARKED)
        )
    sends(database, channel_id, NOON, NOON, NOON, LATER, None)
    assert cut_old_bodies(database, LATER) == 5 + 3
    assert bodies_left(database, WebhookEvent) == ids[5:]
    assert len(bodies_left(database, Outgoing)) == 2
    assert cut_old_bodies(database, LATER) == 0


def a_contact(database: Database, user_id: str, *, fetched_at: datetime) -> int:
    channel_id = a_channel(database)
    with database.write() as session:
        contact = contacts.meet(session, channel_id, user_id, shard=1, sent_at=NOON, now=NOON)
        contact.profile_due_at, contact.profile_fetched_at = None, fetched_at
        session.flush()  # for its id
        return contact.id


def test_old_profiles_are_wanted_anew(database: Database) -> None:
    old = a_contact(database, "U1", fetched_at=NOON)
    a_contact(database, "U2", fetched_at=LATER)
    assert refresh_profiles(database, LATER) == 1
    with database.read() as session:
        assert session.scalars(sa.select(Contact.id).where(Contact.profile_due_at == LATER)).all() == [old]


def test_what_changed_after_it_was_found_is_left_alone(database: Database) -> None:
    fresh = a_contact(database, "U2", fetched_at=LATER)
    with database.write() as session:
        assert contacts.want_profiles(session, [fresh], now=LATER) == 0


def test_looking_waits_for_no_writer(database: Database) -> None:
    a_contact(database, "U2", fetched_at=LATER)
    with database.write() as session:
        session.execute(sa.update(Contact).values(misses=1))
        assert refresh_profiles(database, LATER) == 0


def test_sqlite_is_told_how_its_tables_are_filled(database: Database) -> None:
    channel_id = a_channel(database)
    tell(database, channel_id, *(an_event(f"U{number}") for number in range(20)))
    looked_at = keep_statistics(database, NOON)
    if not database.is_sqlite:
        assert looked_at == 0
        return
    with database.read() as session:
        known = set(session.scalars(sa.text("SELECT DISTINCT tbl FROM sqlite_stat1")))
        everything = set(sa.inspect(database.engine).get_table_names())
    assert {"lanes", "webhook_events", "channels"} <= known
    assert looked_at == len(everything)
