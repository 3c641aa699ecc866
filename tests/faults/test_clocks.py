"""Clocks that repeat a second, jump a day, change for summer, or move to another zone: everything happens once."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot import schedules
from bot.jobs import JOBS
from bot.scheduler import Scheduler
from campaigns import service
from campaigns.models import CampaignState
from campaigns.times import Once, Weekly, quiet_from, quiet_until, read_when
from content.models import Revision
from core.db import Database
from core.leases import Owner
from line.inbox import EventStatus, WebhookEvent
from tests.bot.test_scheduler import declare, fire_due, ticks
from tests.campaigns.office import Office
from tests.line.queues import NOON, a_channel, after
from tests.shop import EXAMPLES, Shop

TAIPEI, BERLIN = ZoneInfo("Asia/Taipei"), ZoneInfo("Europe/Berlin")
HELLO = {"say": "新品上市！"}


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Iterator[Office]:
    shop = Shop(database, media_dir=tmp_path / "media", knows_everyone=True, ledger_size=None)
    yield Office(shop)
    shop.closes()


def moves_to(office: Office, zone: ZoneInfo) -> None:
    """Let the account live in another zone, as if that had been published."""
    with office.shop.database.write() as session:
        for revision in session.scalars(sa.select(Revision)):
            revision.content = {**revision.content, "time_zone": zone.key}
    assert office.published.zone == zone


# A second that comes twice: 2027 has none, but any night may get one, and clocks then read a second again.

MIDNIGHT = datetime(2027, 1, 1, tzinfo=UTC)
LEAP = [MIDNIGHT + timedelta(seconds=s) for s in (-1, -0.5, -1, -0.2, 0, 0.5, -0.1, 0.2, 1)]


def test_what_is_due_when_a_second_is_repeated_happens_once(office: Office) -> None:
    office.befriends(3)
    office.shop.clock.set(MIDNIGHT - timedelta(days=1))
    campaign = office.writes(HELLO)
    eight = read_when("2027-01-01T08:00")
    office.does(campaign, service.schedule_at, when=eight, zone=TAIPEI)
    for moment in LEAP:
        office.at(moment)
    office.at(MIDNIGHT + timedelta(minutes=1))
    assert office.state(campaign) is CampaignState.FINISHED
    assert len(office.got()) == 3


def test_a_schedule_fires_once_when_a_second_is_repeated(database: Database) -> None:
    with database.write() as session:
        schedules.declare(session, {"daily": "0 8 * * *"}, zone=TAIPEI, now=MIDNIGHT - timedelta(hours=1))
    for moment in LEAP:
        fire_due(database, moment)
    assert ticks(database) == [("daily", MIDNIGHT)]


@pytest.mark.parametrize("written", ["2027-01-01T07:59:60", "2027-01-01T23:60", "2027-01-01T24:00"])
def test_a_time_that_no_clock_shows_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="2027-03-01T10:00"):
        read_when(written)


# Nights in which clocks change


@pytest.mark.parametrize(
    ("night", "wall", "due"),
    [
        (date(2027, 3, 28), time(2, 30), datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),  # 02:30 is missing
        (date(2027, 10, 31), time(2, 30), datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),  # 02:30 comes twice
    ],
)
@pytest.mark.parametrize("weekly", [False, True])
def test_a_campaign_of_the_night_is_sent_once_when_its_time_is_missing_or_comes_twice(
    office: Office, night: date, wall: time, due: datetime, weekly: bool
) -> None:
    moves_to(office, BERLIN)
    office.befriends(2)
    office.shop.clock.set(due - timedelta(days=1, hours=6))
    campaign = office.writes(HELLO)
    if weekly:
        office.does(campaign, service.schedule_weekly, when=Weekly(night.weekday(), wall), zone=BERLIN)
    else:
        office.does(campaign, service.schedule_at, when=Once(datetime.combine(night, wall)), zone=BERLIN)
    office.at(due - timedelta(seconds=1))
    assert office.got() == []
    office.at(due)
    assert len(office.got()) == 2
    for half_hours in range(1, 9):
        office.at(due + timedelta(minutes=30 * half_hours))
    assert len(office.got()) == 2


def test_quiet_hours_follow_the_wall_clock_through_both_nights() -> None:
    for evening, hours in ((date(2027, 3, 27), 9), (date(2027, 10, 30), 11)):
        begins = datetime.combine(evening, time(22), BERLIN).astimezone(UTC)
        ends = begins + timedelta(hours=hours)  # one shorter, one longer than ten
        assert ends.astimezone(BERLIN).hour == 8
        minute = begins
        while minute < ends:
            assert quiet_until("22:00-08:00", minute, BERLIN) == ends, minute
            minute += timedelta(minutes=15)
        last = ends - timedelta(milliseconds=1)
        assert quiet_until("22:00-08:00", last, BERLIN) == ends
        assert quiet_until("22:00-08:00", ends, BERLIN) is None
        assert quiet_from("22:00-08:00", begins - timedelta(milliseconds=1), BERLIN) == begins


# Another zone


def test_a_schedule_of_another_zone_fires_by_the_new_clock_only(database: Database) -> None:
    declare(database, daily="0 4 * * *")  # at noon in Taipei
    with database.write() as session:
        schedules.declare(session, {"daily": "0 4 * * *"}, zone=BERLIN, now=after(hours=1))
    for hour in range(2, 26):
        with database.write() as session:
            schedules.fire_due(session, zone=BERLIN, now=after(hours=hour))
    assert ticks(database) == [("daily", datetime(2027, 3, 2, 3, tzinfo=UTC))]


def test_a_schedule_that_was_due_before_its_zone_changed_is_not_forgotten(database: Database) -> None:
    declare(database, daily="0 13 * * *")
    with database.write() as session:
        schedules.declare(session, {"daily": "0 13 * * *"}, zone=BERLIN, now=after(hours=2))
        schedules.fire_due(session, zone=BERLIN, now=after(hours=2))
    assert ticks(database) == [("daily", after(hours=1))]


# A day ahead, a day behind


@pytest.mark.parametrize("days", [1, -1])
def test_a_conversation_goes_on_over_a_clock_that_jumps_a_day_and_back(shop: Shop, days: int) -> None:
    shop.publishes(EXAMPLES / "rental")
    mina = shop.person("Mina")
    mina.follows()
    for jump in (days, -days, 0):
        shop.clock.advance(timedelta(days=jump))
        shop.waits(seconds=1)
        before = len(mina.sees)
        mina.says("押金")
        assert len(mina.sees) == before + 1, f"after {jump} days"
    assert {event.status for event in shop.rows(WebhookEvent)} == {EventStatus.HANDLED}
    assert shop.simulator.line.ledger.accepted["push"] == 0, "every answer was a free reply"


@pytest.mark.parametrize("days", [1, -1])
def test_schedulers_go_on_over_a_clock_that_jumps_a_day_and_back(database: Database, days: int) -> None:
    a_channel(database)
    declare(database, **{name: job.cron for name, job in JOBS.items()})
    now = [NOON]
    several = [
        Scheduler(database, clock=lambda: now[0], zone=TAIPEI, owner=Owner(name)) for name in ("anna", "bert")
    ]
    for jump in (0, days, -days, 0):
        now[0] += timedelta(days=jump)
        for _ in range(4):
            now[0] += timedelta(seconds=30)
            for scheduler in several:
                scheduler.look()
    fired = Counter(ticks(database))
    assert set(fired.values()) == {1}
    each_minute = {at for name, at in fired if name == "tags.end"}
    assert {after(minutes=minute) for minute in (1, 2, 5, 6, 7, 8)} <= each_minute
    assert any(abs(at - NOON) > timedelta(hours=23) for at in each_minute)
