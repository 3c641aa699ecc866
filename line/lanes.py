"""Handling the inbox: leasing a lane, taking its head, and settling under a fence.

A lease lasts 15 s and is renewed by every turn. A worker that slept past it finds
its next statement refused (`hold`), because the lane carries another lease number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.db import changed
from core.leases import Owner
from line.inbox import EventStatus, Lane, WebhookEvent

LEASE = timedelta(seconds=15)
RETRY_AFTER = (timedelta(0), timedelta(seconds=1), timedelta(seconds=5))
"""How long an event waits after no, one, two exceptions; after the third it is parked."""
MOST_FAILURES = 3
MOST_DEATHS = 10


@dataclass(frozen=True, slots=True)
class HeldLane:
    """A lane that this worker leases."""

    id: int
    channel_id: int
    key: str
    shard: int
    owner: Owner
    lease_no: int
    wakes: int
    """Arrivals seen so far; `leave` succeeds only while there are no more."""


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """The event whose turn it is."""

    id: int
    event_key: str
    received_at: datetime
    order_ms: int
    body: bytes


def claim(session: Session, owner: Owner, *, limit: int, now: datetime) -> Sequence[HeldLane]:
    """Lease up to `limit` due lanes, the longest waiting first.

    A lane that still has an owner was left by a worker that died: its head is charged
    with the death, and parked at the tenth.
    """
    due = (
        sa.select(Lane.id, Lane.channel_id, Lane.key, Lane.owner)
        .where(Lane.due_at <= now)
        .order_by(Lane.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = session.execute(due).all()
    if not found:
        return []
    for lane in found:
        if lane.owner is not None:
            _charge_death(session, lane.channel_id, lane.key, now=now)
    leased = session.execute(
        sa.update(Lane)
        .where(Lane.id.in_([lane.id for lane in found]))
        .values(owner=owner, lease_no=Lane.lease_no + 1, due_at=now + LEASE)
        .returning(Lane.id, Lane.channel_id, Lane.key, Lane.shard, Lane.lease_no, Lane.wakes)
    ).all()
    order = {lane.id: position for position, lane in enumerate(found)}
    return [
        HeldLane(lane.id, lane.channel_id, lane.key, lane.shard, owner, lane.lease_no, lane.wakes)
        for lane in sorted(leased, key=lambda lane: order[lane.id])
    ]


def some_due(session: Session, *, now: datetime) -> bool:
    """Say whether `claim` would find a lane, without taking a lock."""
    return session.scalar(sa.select(Lane.id).where(Lane.due_at <= now).limit(1)) is not None


def head(session: Session, channel_id: int, key: str) -> PendingEvent | None:
    """Return the earliest pending event of a lane, as far as they have arrived."""
    row = session.execute(
        sa.select(
            WebhookEvent.id,
            WebhookEvent.event_key,
            WebhookEvent.received_at,
            WebhookEvent.order_ms,
            WebhookEvent.body,
        )
        .where(
            WebhookEvent.channel_id == channel_id,
            WebhookEvent.lane_key == key,
            # Literal, so that the planner sees the partial index.
            WebhookEvent.status == sa.literal_column("'pending'"),
        )
        .order_by(WebhookEvent.order_ms, WebhookEvent.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    return PendingEvent(row.id, row.event_key, row.received_at, row.order_ms, row.body or b"{}")


def hold(session: Session, lane: HeldLane, *, now: datetime) -> bool:
    """Renew the lease and lock the lane for this transaction; False once somebody else has it."""
    return _change(session, lane, due_at=now + LEASE)


def mark_handled(session: Session, event_id: int, *, now: datetime) -> bool:
    """Settle an event; False if it was settled before."""
    return _settle(session, event_id, EventStatus.HANDLED, handled_at=now)


def mark_refused(session: Session, event_id: int, *, now: datetime) -> bool:
    """Settle an event of an erased person without keeping what it said."""
    return _settle(session, event_id, EventStatus.REFUSED, handled_at=now, body=None)


def leave(session: Session, lane: HeldLane) -> HeldLane | None:
    """Give the lane back if nothing arrived meanwhile; else return it, still leased, as it stands now."""
    gone = session.execute(
        sa.update(Lane).where(_mine(lane), Lane.wakes == lane.wakes).values(owner=None, due_at=None)
    )
    if changed(gone):
        return None
    wakes = session.scalar(sa.select(Lane.wakes).where(_mine(lane)))
    if wakes is None:
        return None
    return HeldLane(lane.id, lane.channel_id, lane.key, lane.shard, lane.owner, lane.lease_no, wakes)


def put_back(session: Session, lane: HeldLane, *, at: datetime) -> bool:
    """Give up the lease without an outcome; someone looks again at `at`."""
    return _change(session, lane, owner=None, due_at=at)


def fail(session: Session, lane: HeldLane, event_id: int, error: str, *, now: datetime) -> bool:
    """Count an exception of the head event and give the lane back.

    Returns whether the event was parked: the third time it is, and the lane goes on.
    Once somebody else has the lane, the exception counts for nothing.
    """
    if not hold(session, lane, now=now):
        return False
    failures = session.scalar(
        sa.update(WebhookEvent)
        .where(WebhookEvent.id == event_id, WebhookEvent.status == EventStatus.PENDING)
        .values(failures=WebhookEvent.failures + 1, error=error[:2000])
        .returning(WebhookEvent.failures)
    )
    parked = failures is not None and failures >= MOST_FAILURES
    if parked:
        _park(session, event_id, now=now)
    delay = timedelta(0) if parked or failures is None else RETRY_AFTER[failures]
    put_back(session, lane, at=now + delay)
    return parked


def parked(session: Session, *, limit: int = 100) -> Sequence[WebhookEvent]:
    """Return the events that were given up, newest first."""
    return session.scalars(
        sa.select(WebhookEvent)
        .where(WebhookEvent.status == EventStatus.PARKED)
        .order_by(WebhookEvent.parked_at.desc(), WebhookEvent.id.desc())
        .limit(limit)
    ).all()


def retry(session: Session, event_id: int, *, now: datetime) -> bool:
    """Put a parked event back into its lane with fresh tries; False if it is not parked."""
    row = session.execute(
        sa.update(WebhookEvent)
        .where(WebhookEvent.id == event_id, WebhookEvent.status == EventStatus.PARKED)
        .values(status=EventStatus.PENDING, failures=0, deaths=0, parked_at=None)
        .returning(WebhookEvent.channel_id, WebhookEvent.lane_key)
    ).first()
    if row is None:
        return False
    session.execute(
        sa.update(Lane)
        .where(Lane.channel_id == row.channel_id, Lane.key == row.lane_key)
        .values(wakes=Lane.wakes + 1, due_at=sa.func.coalesce(Lane.due_at, now))
    )
    return True


def _mine(lane: HeldLane) -> sa.ColumnElement[bool]:
    return sa.and_(Lane.id == lane.id, Lane.owner == lane.owner, Lane.lease_no == lane.lease_no)


def _change(session: Session, lane: HeldLane, **values: object) -> bool:
    result = session.execute(sa.update(Lane).where(_mine(lane)).values(**values))
    return changed(result) == 1


def _settle(session: Session, event_id: int, status: EventStatus, **values: object) -> bool:
    result = session.execute(
        sa.update(WebhookEvent)
        .where(WebhookEvent.id == event_id, WebhookEvent.status == EventStatus.PENDING)
        .values(status=status, **values)
    )
    return changed(result) == 1


def _charge_death(session: Session, channel_id: int, key: str, *, now: datetime) -> None:
    event = head(session, channel_id, key)
    if event is None:
        return
    deaths = session.scalar(
        sa.update(WebhookEvent)
        .where(WebhookEvent.id == event.id)
        .values(deaths=WebhookEvent.deaths + 1)
        .returning(WebhookEvent.deaths)
    )
    if deaths is not None and deaths >= MOST_DEATHS:
        session.execute(
            sa.update(WebhookEvent)
            .where(WebhookEvent.id == event.id)
            .values(error=f"{deaths} workers died while handling this event")
        )
        _park(session, event.id, now=now)


def _park(session: Session, event_id: int, *, now: datetime) -> None:
    session.execute(
        sa.update(WebhookEvent)
        .where(WebhookEvent.id == event_id)
        .values(status=EventStatus.PARKED, parked_at=now)
    )
