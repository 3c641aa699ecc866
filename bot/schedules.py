"""When periodic work is due: schedules as rows, each firing as one row that is worked until settled."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base, BigId, changed
from core.inserts import insert_or_skip
from core.leases import Owner


class Schedule(Base):
    """A periodic job and when it fires next."""

    __tablename__ = "schedules"

    name: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    cron: Mapped[str] = mapped_column(sa.String(60))
    """Five fields, in the account's time zone."""
    next_at: Mapped[datetime]
    paused_at: Mapped[datetime | None]


class Tick(Base):
    """One firing of a schedule: there is one per moment, however many schedulers run."""

    __tablename__ = "ticks"
    __table_args__ = (
        sa.UniqueConstraint("name", "fire_at"),
        sa.Index(
            "ix__ticks__due",
            "due_at",
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(60))
    fire_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    """When to look: at once, the end of the lease while worked, or a retry. None: settled."""
    owner: Mapped[str | None] = mapped_column(sa.String(80))
    lease_no: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    settled_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(sa.Text)


LEASE = timedelta(minutes=2)
"""How long one tick may be worked before somebody else takes it up."""
RETRY_AFTER = timedelta(seconds=30)
MOST_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class HeldTick:
    """A tick that this scheduler works."""

    id: int
    name: str
    fire_at: datetime
    owner: Owner
    lease_no: int
    attempts: int


def next_fire(cron: str, zone: ZoneInfo, *, after: datetime) -> datetime:
    """Return when a five-field cron expression fires next; weekdays by name, since numbers differ by system.

    When clocks go forward, a time that does not exist fires as long after midnight as on other days.
    When they go back, a time that comes twice fires the first time; what runs every hour runs in both.
    """
    trigger = CronTrigger.from_crontab(cron, timezone=zone)
    runs_every_hour = cron.split()[1].startswith("*")
    while True:
        fire_at: datetime | None = trigger.get_next_fire_time(None, after + timedelta(microseconds=1))
        if fire_at is None:
            raise ValueError(f"the cron expression {cron!r} never fires")
        after = fire_at.astimezone(UTC)  # adding to a local time would lose which of two hours it is in
        if runs_every_hour or not fire_at.fold:
            return after


def declare(session: Session, crons: Mapping[str, str], *, zone: ZoneInfo, now: datetime) -> None:
    """Bring the schedules in line with the program's jobs; what an operator paused stays paused."""
    known = {schedule.name: schedule for schedule in session.scalars(sa.select(Schedule))}
    for name, cron in crons.items():
        schedule = known.pop(name, None)
        if schedule is None:
            session.execute(
                insert_or_skip(session, Schedule).values(
                    name=name, cron=cron, next_at=next_fire(cron, zone, after=now)
                )
            )
        elif schedule.cron != cron or _is_of_another_zone(schedule, zone, now):
            schedule.cron, schedule.next_at = cron, next_fire(cron, zone, after=now)
    for gone in known.values():
        session.delete(gone)


def _is_of_another_zone(schedule: Schedule, zone: ZoneInfo, now: datetime) -> bool:
    """Say whether it waits for a moment that is none of its own in this zone; what is due already stays due."""
    just_before = schedule.next_at - timedelta(microseconds=1)
    return schedule.next_at > now and next_fire(schedule.cron, zone, after=just_before) != schedule.next_at


def fire_due(session: Session, *, zone: ZoneInfo, now: datetime) -> int:
    """Write a tick for every schedule that is due, and say when it is due next; return how many.

    After an outage a schedule fires once, not once for every moment it missed.
    """
    for schedule in session.scalars(sa.select(Schedule)):
        # Later than that was written by a clock that has been put right since.
        schedule.next_at = min(schedule.next_at, next_fire(schedule.cron, zone, after=now))
    due = session.scalars(
        sa.select(Schedule)
        .where(Schedule.next_at <= now, Schedule.paused_at.is_(None))
        .with_for_update(skip_locked=True)
    ).all()
    for schedule in due:
        fire(session, schedule.name, at=schedule.next_at, now=now)
        schedule.next_at = next_fire(schedule.cron, zone, after=now)
    return len(due)


def fire(session: Session, name: str, *, at: datetime, now: datetime) -> None:
    """Write one tick; the same moment twice is one tick."""
    session.execute(
        insert_or_skip(session, Tick).values(name=name, fire_at=at, due_at=now, lease_no=0, attempts=0)
    )


def claim_tick(session: Session, owner: Owner, *, now: datetime) -> HeldTick | None:
    """Lease the oldest due tick; an expired lease is due again, five times at most."""
    _give_up_deadly(session, now=now)
    due = (
        sa.select(Tick.id)
        .where(Tick.due_at <= now)
        .order_by(Tick.due_at, Tick.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = session.execute(
        sa.update(Tick)
        .where(Tick.id == due.scalar_subquery())
        .values(owner=owner, lease_no=Tick.lease_no + 1, attempts=Tick.attempts + 1, due_at=now + LEASE)
        .returning(Tick.id, Tick.name, Tick.fire_at, Tick.lease_no, Tick.attempts)
    ).first()
    return None if row is None else HeldTick(row.id, row.name, row.fire_at, owner, row.lease_no, row.attempts)


def _give_up_deadly(session: Session, *, now: datetime) -> None:
    """Settle ticks that nobody came back from: attempts are counted before they begin."""
    session.execute(
        sa.update(Tick)
        .where(Tick.due_at <= now, Tick.owner.is_not(None), Tick.attempts >= MOST_ATTEMPTS)
        .values(
            owner=None,
            due_at=None,
            settled_at=now,
            error=f"whoever worked it died or hung, {MOST_ATTEMPTS} times",
        )
    )


def settle_tick(session: Session, tick: HeldTick, *, error: str | None, now: datetime) -> bool:
    """Write how a tick ended; a failed one is tried again, five times at most. False: it is no longer ours."""
    is_over = error is None or tick.attempts >= MOST_ATTEMPTS
    result = session.execute(
        sa.update(Tick)
        .where(Tick.id == tick.id, Tick.owner == tick.owner, Tick.lease_no == tick.lease_no)
        .values(
            owner=None,
            due_at=None if is_over else now + RETRY_AFTER,
            settled_at=now if is_over else None,
            error=error[:2000] if error else None,
        )
    )
    return changed(result) == 1


def forget_old_ticks(session: Session, *, before: datetime) -> None:
    """Drop settled ticks nobody asks about any more."""
    session.execute(sa.delete(Tick).where(Tick.settled_at < before))
