"""Everything that happens by the clock: one table, each job a function of the database and the moment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from bot.menu_hours import follow_hours
from bot.schedules import forget_old_ticks
from bot.segmenting import SEGMENTS
from bot.sender import resume
from campaigns import privacy as of_campaigns
from contacts import service as contacts
from core.db import Database, changed
from facts import rfm
from handlers.due import run_due_event
from line import reply_tokens
from line.channels import Channel
from line.inbox import Arrival, EventStatus, WebhookEvent, record
from line.outbox import OPEN, Outgoing
from questionnaires.service import due_runs
from segmentation import tags
from segmentation.memberships import NIGHT
from segmentation.touches import EVERY_SEGMENT, want_sweep
from tickets.assigning import mend

log = structlog.get_logger()

RFM = "rfm"
"""What segments read that ask for scores, and why those enter and leave whom it concerns."""
PAGE = 500
"""Rows changed in one transaction: SQLite's write lock is held for some ten milliseconds."""
BODIES_KEPT = timedelta(days=7)
ROWS_LOOKED_AT = 1000
"""Of each index, for statistics; more than SQLite advises, and still a few milliseconds."""
TICKS_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Job:
    cron: str
    work: Callable[[Database, datetime], int]
    """Returns how many things it did."""


def end_tags(database: Database, now: datetime) -> int:
    """Take off the tags whose time is over."""
    return _in_pages(database, lambda session: tags.end_expired(session, limit=PAGE, now=now))


def wake_silent_runs(database: Database, now: datetime) -> int:
    """Give each questionnaire that silence has made due a turn in its contact's lane.

    The turn reminds or ends it: so it cannot happen while the contact is answering.
    """
    with database.read() as session:
        due = due_runs(session, limit=PAGE * 4, now=now)
    for page in (due[start : start + PAGE] for start in range(0, len(due), PAGE)):
        with database.engine.begin() as connection:
            record(
                connection,
                [
                    Arrival(
                        channel_id=run.channel_id,
                        event_key=f"run:{run.public_id}:{run.due_at.timestamp():.0f}",
                        lane_key=run.line_user_id,
                        order_ms=int(now.timestamp() * 1000),
                        received_at=now,
                        body=run_due_event(run.public_id, run.line_user_id, now),
                    )
                    for run in page
                ],
            )
    return len(due)


def refresh_profiles(database: Database, now: datetime) -> int:
    """Mark profiles a week old for fetching by the workers."""
    with database.read() as session:
        stale = contacts.stale_profiles(session, limit=PAGE, now=now)
    if not stale:
        return 0
    with database.write() as session:
        return contacts.want_profiles(session, stale, now=now)


def try_channels_again(database: Database, now: datetime) -> int:
    """Let channels whose token was refused a minute ago try once more."""
    with database.write() as session:
        stopped = session.scalars(
            sa.select(Channel.id).where(Channel.sending_stopped_at < now - timedelta(seconds=50))
        ).all()
        return sum(resume(session, channel_id) for channel_id in stopped)


def give_out_tickets(database: Database, now: datetime) -> int:
    """Give out what waits although somebody is free: a net below what every change does at once.

    What it finds should be nothing, and is logged.
    """
    with database.read() as session:
        channels = session.scalars(sa.select(Channel.id)).all()
    found = 0
    for channel_id in channels:
        with database.write() as session:
            reply_tokens.forget_old(session, now=now)
            found += mend(session, channel_id, now=now)
    if found:
        log.warning("tickets.found_waiting", count=found)
    return found


def cut_old_bodies(database: Database, now: datetime) -> int:
    """Cut events and requests to their ids seven days after they were settled."""
    before = now - BODIES_KEPT
    with database.write() as session:
        forget_old_ticks(session, before=now - TICKS_KEPT)
    old_event = sa.and_(
        WebhookEvent.body.is_not(None),
        WebhookEvent.received_at < before,
        WebhookEvent.handled_at < before,
        WebhookEvent.status != EventStatus.PARKED,
    )
    old_send = sa.and_(Outgoing.body.is_not(None), Outgoing.settled_at < before, Outgoing.status.not_in(OPEN))
    return _cut(database, WebhookEvent, old_event) + _cut(database, Outgoing, old_send)


def ask_everybody(database: Database, now: datetime) -> int:
    """Have all segments ask everybody: a net below what every change tells them. What it finds is logged."""
    with database.read() as session:
        channels = session.scalars(sa.select(Channel.id)).all()
    with database.write() as session:
        return sum(
            want_sweep(session, SEGMENTS, channel_id, EVERY_SEGMENT, because=NIGHT, now=now)
            for channel_id in channels
        )


def blank_late_sends(database: Database, now: datetime) -> int:
    """Blank what went to many while one of them was being erased: until it was settled LINE needed it as it was."""
    del now
    total = 0
    while True:
        with database.read() as session:
            ids = of_campaigns.late_sends(session, limit=PAGE)
        if not ids:
            return total
        with database.write() as session:
            of_campaigns.blank_sends(session, ids)
        total += len(ids)


def score_customers(database: Database, now: datetime) -> int:
    """Let recency, frequency and value follow the orders and the calendar."""
    with database.read() as session:
        channels = session.scalars(sa.select(Channel.id)).all()
    total = 0
    for channel_id in channels:
        with database.read() as reading:
            for page in rfm.changes(reading, channel_id, now=now):
                with database.write() as session:
                    rfm.store(session, page, now=now)
                total += len(page)
    with database.write() as session:
        total += rfm.forget_former(session)
        # Also where nothing has changed: a scoring that died behind its last page told nobody.
        for channel_id in channels:
            want_sweep(session, SEGMENTS, channel_id, {RFM}, because=RFM, now=now)
    return total


def keep_statistics(database: Database, now: datetime) -> int:
    """Let SQLite look how its tables are filled, so that it plans by that; PostgreSQL does it by itself.

    A look at so few rows of each index takes milliseconds, and each table is a transaction of its own.
    `PRAGMA optimize` would do nothing here: it looks at what its own connection has asked for before.
    """
    del now
    if not database.is_sqlite:
        return 0
    tables = sa.inspect(database.engine).get_table_names()
    for table in tables:
        with database.write() as session:
            session.execute(sa.text(f"PRAGMA analysis_limit = {ROWS_LOOKED_AT}"))
            session.execute(sa.text(f'ANALYZE "{table}"'))
    return len(tables)


JOBS = {
    "tags.end": Job("* * * * *", end_tags),
    "menus.hours": Job("* * * * *", follow_hours),
    "runs.silent": Job("* * * * *", wake_silent_runs),
    "profiles.refresh": Job("*/10 * * * *", refresh_profiles),
    "channels.resume": Job("* * * * *", try_channels_again),
    "tickets.give_out": Job("* * * * *", give_out_tickets),
    "bodies.cut": Job("17 * * * *", cut_old_bodies),
    "customers.score": Job("40 4 * * *", score_customers),
    "segments.ask_everybody": Job("41 3 * * *", ask_everybody),
    "statistics.keep": Job("23 3 * * *", keep_statistics),
    "erasures.finish": Job("*/10 * * * *", blank_late_sends),
}


def _in_pages(database: Database, page: Callable[[Session], int]) -> int:
    """Repeat a page until one comes back empty, each in its own short transaction."""
    total = 0
    while True:
        with database.write() as session:
            count = page(session)
        total += count
        if count == 0:
            return total


def _cut(database: Database, table: type[WebhookEvent | Outgoing], is_old: sa.ColumnElement[bool]) -> int:
    """Look for old rows without any lock, and cut them page by page if they are as they were."""
    total = 0
    while True:
        with database.read() as session:
            ids = session.scalars(sa.select(table.id).where(is_old).limit(PAGE)).all()
        if not ids:
            return total
        with database.write() as session:
            total += changed(
                session.execute(
                    sa.update(table)
                    .where(table.id.in_(ids), is_old)
                    .values(body=None)
                    .execution_options(synchronize_session=False)
                )
            )
