"""The clock: everything fires once, whoever leads, whatever the hour does."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot import schedules
from bot.jobs import JOBS
from bot.scheduler import Scheduler
from bot.schedules import HeldTick, Schedule, Tick, next_fire
from core.db import Database
from core.leases import Owner
from tests.line.queues import NOON, a_channel, after

TAIPEI, BERLIN, NEW_YORK = (ZoneInfo(name) for name in ("Asia/Taipei", "Europe/Berlin", "America/New_York"))


def fires(cron: str, zone: ZoneInfo, start: str, count: int) -> list[str]:
    """Return the next firings in local time, with their offset."""
    at = datetime.fromisoformat(start).replace(tzinfo=zone)
    found = []
    for _ in range(count):
        at = next_fire(cron, zone, after=at)
        assert at.tzinfo is UTC
        found.append(at.astimezone(zone).isoformat(timespec="minutes"))
    return found


def test_a_moment_is_not_its_own_next() -> None:
    at = next_fire("0 9 * * *", TAIPEI, after=NOON)
    assert at == datetime(2027, 3, 2, 1, tzinfo=UTC)
    assert next_fire("0 9 * * *", TAIPEI, after=at) == at + timedelta(days=1)
    assert next_fire("0 9 * * *", TAIPEI, after=at - timedelta(microseconds=1)) == at


@pytest.mark.parametrize(
    ("day", "date"), [("mon", 8), ("tue", 2), ("wed", 3), ("thu", 4), ("fri", 5), ("sat", 6), ("sun", 7)]
)
def test_weekdays_go_by_name(day: str, date: int) -> None:
    """The first of March 2027 is a Monday; nine o'clock is past."""
    assert next_fire(f"0 9 * * {day}", TAIPEI, after=NOON) == datetime(2027, 3, date, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "cron", "start", "expected"),
    [
        (BERLIN, "30 2 * * *", "2027-03-27 03:00", ["2027-03-28T03:30+02:00", "2027-03-29T02:30+02:00"]),
        (NEW_YORK, "30 2 * * *", "2027-03-13 03:00", ["2027-03-14T03:30-04:00", "2027-03-15T02:30-04:00"]),
    ],
)
def test_a_time_that_the_clocks_skip_fires_once(
    zone: ZoneInfo, cron: str, start: str, expected: list[str]
) -> None:
    assert fires(cron, zone, start, 2) == expected


@pytest.mark.parametrize(
    ("zone", "cron", "start", "expected"),
    [
        (BERLIN, "30 2 * * *", "2027-10-30 03:00", ["2027-10-31T02:30+02:00", "2027-11-01T02:30+01:00"]),
        (BERLIN, "0 2,3 * * *", "2027-10-31 00:00", ["2027-10-31T02:00+02:00", "2027-10-31T03:00+01:00"]),
        (NEW_YORK, "30 1 * * *", "2027-11-06 02:00", ["2027-11-07T01:30-04:00", "2027-11-08T01:30-05:00"]),
        (NEW_YORK, "30 1 * * sun", "2027-11-06 02:00", ["2027-11-07T01:30-04:00", "2027-11-14T01:30-05:00"]),
    ],
)
def test_a_time_that_comes_twice_fires_once(
    zone: ZoneInfo, cron: str, start: str, expected: list[str]
) -> None:
    assert fires(cron, zone, start, 2) == expected


def test_what_runs_every_hour_runs_in_the_doubled_one_too() -> None:
    hours = fires("17 * * * *", BERLIN, "2027-10-31 01:00", 4)
    assert [hour[11:] for hour in hours] == ["01:17+02:00", "02:17+02:00", "02:17+01:00", "03:17+01:00"]


def test_an_expression_that_never_fires_is_refused() -> None:
    with pytest.raises(ValueError, match="never fires"):
        next_fire("0 0 31 2 *", TAIPEI, after=NOON)


def test_every_job_has_a_schedule_that_fires() -> None:
    for job in JOBS.values():
        assert next_fire(job.cron, TAIPEI, after=NOON) > NOON


def declare(database: Database, **crons: str) -> None:
    with database.write() as session:
        schedules.declare(session, crons, zone=TAIPEI, now=NOON)


def fire_due(database: Database, at: datetime) -> int:
    with database.write() as session:
        return schedules.fire_due(session, zone=TAIPEI, now=at)


def ticks(database: Database) -> list[tuple[str, datetime]]:
    with database.read() as session:
        rows = session.scalars(sa.select(Tick).order_by(Tick.fire_at, Tick.name))
        return [(row.name, row.fire_at) for row in rows]


def claim(database: Database, owner: str, at: datetime) -> HeldTick | None:
    with database.write() as session:
        return schedules.claim_tick(session, Owner(owner), now=at)


def settle(database: Database, tick: HeldTick, at: datetime, error: str | None = None) -> bool:
    with database.write() as session:
        return schedules.settle_tick(session, tick, error=error, now=at)


def test_a_schedule_fires_once_for_its_moment(database: Database) -> None:
    declare(database, hourly="0 * * * *")
    assert fire_due(database, after(minutes=59)) == 0
    assert fire_due(database, after(minutes=60)) == 1
    assert fire_due(database, after(minutes=60)) == 0
    assert ticks(database) == [("hourly", after(hours=1))]


def test_after_an_outage_it_fires_once_and_not_for_all_it_missed(database: Database) -> None:
    declare(database, minutely="* * * * *")
    assert fire_due(database, after(hours=6)) == 1
    assert fire_due(database, after(hours=6)) == 0
    assert fire_due(database, after(hours=6, minutes=1)) == 1
    assert len(ticks(database)) == 2


def test_two_who_fire_at_once_write_one_tick(database: Database) -> None:
    declare(database, **{f"job {number}": "* * * * *" for number in range(5)})
    start = threading.Barrier(4)

    def fires_too(_: int) -> None:
        start.wait()
        fire_due(database, after(minutes=1))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(fires_too, range(4)))
    assert Counter(ticks(database)).most_common(1)[0][1] == 1
    assert len(ticks(database)) == 5


def test_a_tick_is_worked_by_one_and_taken_over_after_its_lease(database: Database) -> None:
    with database.write() as session:
        schedules.fire(session, "job", at=NOON, now=NOON)
        schedules.fire(session, "job", at=NOON, now=NOON)
    slept = claim(database, "anna", NOON)
    assert slept is not None
    assert claim(database, "bert", after(seconds=119)) is None
    awake = claim(database, "bert", after(seconds=120))
    assert awake is not None
    assert (awake.id, awake.attempts) == (slept.id, 2)
    assert not settle(database, slept, after(seconds=130))
    assert settle(database, awake, after(seconds=130))
    assert claim(database, "cora", after(days=1)) is None


def test_a_failing_tick_is_tried_five_times_and_then_told(database: Database) -> None:
    with database.write() as session:
        schedules.fire(session, "job", at=NOON, now=NOON)
    at = NOON
    for _ in range(5):
        tick = claim(database, "anna", at)
        assert tick is not None
        assert settle(database, tick, at, error="it is broken")
        assert claim(database, "anna", at + timedelta(seconds=29)) is None
        at += timedelta(seconds=30)
    assert claim(database, "anna", at) is None
    with database.read() as session:
        row = session.scalars(sa.select(Tick)).one()
    assert (row.error, row.attempts, row.due_at) == ("it is broken", 5, None)


def test_a_tick_that_kills_whoever_works_it_is_given_up_after_five(database: Database) -> None:
    with database.write() as session:
        schedules.fire(session, "a job", at=NOON, now=NOON)
    now = NOON
    for attempt in range(1, schedules.MOST_ATTEMPTS + 1):
        with database.write() as session:
            tick = schedules.claim_tick(session, Owner(f"mortal:{attempt}"), now=now)
        assert tick is not None
        assert tick.attempts == attempt
        now += schedules.LEASE
    with database.write() as session:
        assert schedules.claim_tick(session, Owner("careful"), now=now) is None
    with database.read() as session:
        row = session.scalars(sa.select(Tick)).one()
    assert (row.attempts, row.due_at, row.owner, row.settled_at) == (5, None, None, now)
    assert row.error == "whoever worked it died or hung, 5 times"


def test_what_an_operator_paused_stays_paused_and_what_is_gone_goes(database: Database) -> None:
    declare(database, kept="* * * * *", changed="* * * * *", gone="* * * * *")
    with database.write() as session:
        session.execute(sa.update(Schedule).where(Schedule.name == "kept").values(paused_at=NOON))
    declare(database, kept="* * * * *", changed="0 9 * * *", new="* * * * *")
    with database.read() as session:
        rows = {row.name: row for row in session.scalars(sa.select(Schedule))}
    assert set(rows) == {"kept", "changed", "new"}
    assert rows["kept"].paused_at == NOON
    assert rows["changed"].next_at == datetime(2027, 3, 2, 1, tzinfo=UTC)
    assert fire_due(database, after(minutes=1)) == 1


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def a_scheduler(database: Database, clock: Clock, owner: str) -> Scheduler:
    return Scheduler(database, clock=clock, zone=TAIPEI, owner=Owner(owner))


def test_of_two_schedulers_one_leads_and_the_other_takes_over(database: Database) -> None:
    a_channel(database)
    declare(database, **{name: job.cron for name, job in JOBS.items()})
    clock = Clock()
    first, second = (a_scheduler(database, clock, owner) for owner in ("anna", "bert"))
    clock.now = after(minutes=1)
    assert first.look() > 0
    fired = len(ticks(database))
    assert second.look() == 0
    clock.now = after(minutes=2)
    first.look()
    second.look()
    assert Counter(name for name, _at in ticks(database))["tags.end"] == 2
    clock.now = after(minutes=3)  # the first one sleeps: its lease has run out
    assert second.look() > 0
    assert first.look() == 0
    names = Counter(ticks(database))
    assert set(names.values()) == {1}
    assert len(names) > fired


def test_schedulers_side_by_side_work_every_tick_once(database: Database) -> None:
    a_channel(database)
    declare(database, **{name: job.cron for name, job in JOBS.items()})
    clock = Clock()
    several = [a_scheduler(database, clock, f"scheduler {number}") for number in range(3)]
    worked = 0
    with ThreadPoolExecutor(3) as pool:
        for minute in range(1, 5):
            clock.now = after(minutes=minute)
            worked += sum(pool.map(Scheduler.look, several))
    with database.read() as session:
        rows = session.scalars(sa.select(Tick)).all()
    assert worked == len(rows)
    assert {row.attempts for row in rows} == {1}
    assert all(row.settled_at is not None and row.error is None for row in rows)
    assert Counter(row.name for row in rows)["tags.end"] == 4


def test_a_job_that_is_no_more_ends_with_a_word(database: Database) -> None:
    with database.write() as session:
        schedules.fire(session, "from an older version", at=NOON, now=NOON)
    a_scheduler(database, Clock(), "anna").look()
    with database.read() as session:
        assert session.scalars(sa.select(Tick.error)).one() == "no such job"
