"""Handling the inbox: leasing a lane, taking its head, and settling under a fence.

A lease lasts 15 s and is renewed by every turn. A worker that slept past it finds
its next statement refused (`hold`), because the lane carries another lease number.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.db import changed
from core.leases import Owner
from line.inbox import EventStatus, Lane, WebhookEvent

LEASE = timedelta(seconds=15)
RETRY_AFTER = (timedelta(0), timedelta(seconds=1), timedelta(seconds=5))
"""How long an event waits after no, one, two exceptions; after the third it is parked."""
NEVER_PUT_OFF = timedelta(minutes=1)
"""No lane waits that long: one that seems to was leased by a clock that has been put right since."""
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
    was_left: bool = False
    """Taken over from a worker that died: others that are due may have been left for the next time."""


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

    Lanes that still have an owner were left by a worker that died: their heads are charged
    with the death, and parked at the tenth. Such lanes travel by themselves, those of a second
    death one by one, so that the next is not charged to neighbours who have done nothing.
    """
    asked = {"now": now, "never": now + NEVER_PUT_OFF, "most": limit}
    found = session.connection().execute(_due, asked).all()
    if not found:
        return []
    orphans = [lane for lane in found if lane.owner is not None]
    if orphans:
        died = session.connection().scalars(_which_died, {"lanes": [lane.id for lane in orphans]}).all()
        found = orphans[:1] if orphans[0].id in died else [one for one in orphans if one.id not in died]
        for lane in found:
            _charge_death(session, lane.channel_id, lane.key, now=now)
    values = {"lanes": [lane.id for lane in found], "holder": owner, "due": now + LEASE}
    leased = session.connection().execute(_lease, values).all()
    order = {lane.id: position for position, lane in enumerate(found)}
    return [
        HeldLane(
            lane.id,
            lane.channel_id,
            lane.key,
            lane.shard,
            owner,
            lane.lease_no,
            lane.wakes,
            was_left=bool(orphans),
        )
        for lane in sorted(leased, key=lambda lane: order[lane.id])
    ]


# What every turn executes is built once, and executed beneath the session: building a statement and
# leading it through the ORM takes 200 µs, executing it 30.
_is_due = sa.or_(Lane.due_at <= sa.bindparam("now"), Lane.due_at > sa.bindparam("never"))
_some_due = sa.select(Lane.id).where(_is_due).limit(1)
_due = (
    sa.select(Lane.id, Lane.channel_id, Lane.key, Lane.owner)
    .where(_is_due)
    .order_by(Lane.due_at)
    .limit(sa.bindparam("most", type_=sa.Integer()))
    .with_for_update(skip_locked=True)
)
_earliest = (
    sa.select(WebhookEvent.id)
    .where(
        WebhookEvent.channel_id == Lane.channel_id,
        WebhookEvent.lane_key == Lane.key,
        # Literal, so that the planner sees the partial index.
        WebhookEvent.status == sa.literal_column("'pending'"),
    )
    .order_by(WebhookEvent.order_ms, WebhookEvent.id)
    .limit(1)
    .correlate(Lane)
    .scalar_subquery()
)
_head_of_lane = (
    sa.select(
        WebhookEvent.id,
        WebhookEvent.event_key,
        WebhookEvent.received_at,
        WebhookEvent.order_ms,
        WebhookEvent.body,
        Lane.id.label("lane_id"),
    )
    .select_from(Lane)
    .join(WebhookEvent, WebhookEvent.id == _earliest)
)
_head = _head_of_lane.where(Lane.channel_id == sa.bindparam("channel"), Lane.key == sa.bindparam("lane"))
_which_died = (
    sa.select(Lane.id)
    .join(WebhookEvent, WebhookEvent.id == _earliest)
    .where(Lane.id.in_(sa.bindparam("lanes", expanding=True)), WebhookEvent.deaths > 0)
)
_heads = _head_of_lane.where(Lane.id.in_(sa.bindparam("lanes", expanding=True)))
_mine = sa.and_(
    Lane.id == sa.bindparam("lane"),
    Lane.owner == sa.bindparam("holder"),
    Lane.lease_no == sa.bindparam("number"),
)
_lanes: Any = Lane.__table__
_lease = (
    sa.update(_lanes)
    .where(Lane.id.in_(sa.bindparam("lanes", expanding=True)))
    .values(owner=sa.bindparam("holder"), lease_no=Lane.lease_no + 1, due_at=sa.bindparam("due"))
    .returning(Lane.id, Lane.channel_id, Lane.key, Lane.shard, Lane.lease_no, Lane.wakes)
)
_change_due = sa.update(_lanes).where(_mine).values(due_at=sa.bindparam("due"))
_give_back = _change_due.values(owner=None)
_leave = sa.update(_lanes).where(_mine, Lane.wakes == sa.bindparam("seen")).values(owner=None, due_at=None)
_wakes = sa.select(Lane.wakes).where(_mine)
_events: Any = WebhookEvent.__table__
_mark_handled = (
    sa.update(_events)
    .where(WebhookEvent.id == sa.bindparam("event"), WebhookEvent.status == EventStatus.PENDING)
    .values(status=EventStatus.HANDLED, handled_at=sa.bindparam("now"))
)
_other: Any = sa.orm.aliased(WebhookEvent)
_first_of_all = _mark_handled.where(
    ~sa.exists().where(
        _other.channel_id == WebhookEvent.channel_id,
        _other.lane_key == WebhookEvent.lane_key,
        _other.status == sa.literal_column("'pending'"),
        sa.tuple_(_other.order_ms, _other.id) < sa.tuple_(WebhookEvent.order_ms, WebhookEvent.id),
    )
)
_mark_refused = _mark_handled.values(status=EventStatus.REFUSED, body=None)


def some_due(session: Session, *, now: datetime) -> bool:
    """Say whether `claim` would find a lane, without taking a lock."""
    return session.connection().scalar(_some_due, {"now": now, "never": now + NEVER_PUT_OFF}) is not None


def lock(session: Session, which: Iterable[tuple[int, str]]) -> None:
    """Lock lanes, as (channel id, key), in the order in which webhooks touch them: nobody waits in a ring."""
    for channel_id, key in sorted(set(which)):
        session.execute(
            sa.select(Lane.id).where(Lane.channel_id == channel_id, Lane.key == key).with_for_update()
        )


def head(session: Session, channel_id: int, key: str) -> PendingEvent | None:
    """Return the earliest pending event of a lane, as far as they have arrived."""
    row = session.connection().execute(_head, {"channel": channel_id, "lane": key}).first()
    return None if row is None else _pending(row)


def heads(session: Session, held: Sequence[HeldLane]) -> Mapping[int, PendingEvent]:
    """Return the heads of lanes by the lane's id, in one question for all; nothing for a lane that is empty."""
    if not held:
        return {}
    rows = session.connection().execute(_heads, {"lanes": [lane.id for lane in held]})
    return {row.lane_id: _pending(row) for row in rows}


def _pending(row: sa.Row[int, str, datetime, int, bytes | None, int]) -> PendingEvent:
    return PendingEvent(row.id, row.event_key, row.received_at, row.order_ms, row.body or b"{}")


def hold(session: Session, lane: HeldLane, *, now: datetime) -> bool:
    """Renew the lease and lock the lane for this transaction; False once somebody else has it."""
    return _execute(session, _change_due, {**_holding(lane), "due": now + LEASE}) == 1


def mark_handled(session: Session, event_id: int, *, now: datetime) -> bool:
    """Settle an event; False if it was settled before, or one that comes before it has arrived by now."""
    return _execute(session, _first_of_all, {"event": event_id, "now": now}) == 1


def mark_refused(session: Session, event_id: int, *, now: datetime) -> bool:
    """Settle an event of an erased person without keeping what it said."""
    return _execute(session, _mark_refused, {"event": event_id, "now": now}) == 1


def leave(session: Session, lane: HeldLane) -> HeldLane | None:
    """Give the lane back if nothing arrived meanwhile; else return it, still leased, as it stands now."""
    if _execute(session, _leave, {**_holding(lane), "seen": lane.wakes}):
        return None
    wakes = session.connection().scalar(_wakes, _holding(lane))
    if wakes is None:
        return None
    return HeldLane(lane.id, lane.channel_id, lane.key, lane.shard, lane.owner, lane.lease_no, wakes)


def put_back(session: Session, lane: HeldLane, *, at: datetime) -> bool:
    """Give up the lease without an outcome; someone looks again at `at`."""
    return _execute(session, _give_back, {**_holding(lane), "due": at}) == 1


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


def parked_ids(session: Session) -> Sequence[int]:
    """Return the ids of all that were given up, the oldest first."""
    return session.scalars(
        sa.select(WebhookEvent.id)
        .where(WebhookEvent.status == EventStatus.PARKED)
        .order_by(WebhookEvent.parked_at, WebhookEvent.id)
    ).all()


def retry(session: Session, event_ids: Sequence[int], *, now: datetime) -> int:
    """Put parked events back into their lanes with fresh tries; return how many were parked."""
    wanted = session.execute(
        sa.select(WebhookEvent.channel_id, WebhookEvent.lane_key).where(WebhookEvent.id.in_(event_ids))
    )
    # Turns and webhooks hold a lane before they want an event.
    lock(session, [(row.channel_id, row.lane_key) for row in wanted])
    back = session.execute(
        sa.update(WebhookEvent)
        .where(WebhookEvent.id.in_(event_ids), WebhookEvent.status == EventStatus.PARKED)
        .values(status=EventStatus.PENDING, failures=0, deaths=0, parked_at=None)
        .returning(WebhookEvent.channel_id, WebhookEvent.lane_key)
    ).all()
    for channel_id, lane_key in sorted({(row.channel_id, row.lane_key) for row in back}):
        session.execute(
            sa.update(Lane)
            .where(Lane.channel_id == channel_id, Lane.key == lane_key)
            .values(wakes=Lane.wakes + 1, due_at=sa.func.coalesce(Lane.due_at, now))
        )
    return len(back)


def dismiss(session: Session, event_ids: Sequence[int], *, now: datetime) -> int:
    """Leave parked events unhandled for good; return how many were parked. Their lanes have gone on already."""
    dismissed = sa.update(WebhookEvent).where(
        WebhookEvent.id.in_(event_ids), WebhookEvent.status == EventStatus.PARKED
    )
    return changed(session.execute(dismissed.values(status=EventStatus.DISMISSED, handled_at=now)))


def _holding(lane: HeldLane) -> dict[str, object]:
    return {"lane": lane.id, "holder": lane.owner, "number": lane.lease_no}


def _execute(session: Session, statement: sa.Update, values: Mapping[str, object]) -> int:
    return session.connection().execute(statement, values).rowcount


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
