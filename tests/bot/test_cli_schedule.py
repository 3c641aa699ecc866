"""What operators do about what happens by the clock."""

import json
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot import schedules
from bot.jobs import JOBS
from bot.scheduler import Scheduler
from bot.schedules import Schedule, Tick
from core.clock import system_clock
from core.db import Database
from core.leases import new_owner
from tests.bot.conftest import Run


def test_every_job_is_listed_before_the_first_scheduler_ran(command: Run) -> None:
    found = json.loads(command("schedule", "list", "--json").stdout)
    assert {one["name"] for one in found} == set(JOBS)
    assert all(one["next_at"] and one["last_at"] is None and one["paused_at"] is None for one in found)
    assert "tags.end" in command("schedule", "list").stdout


def test_a_paused_schedule_fires_no_more_until_it_is_resumed(command: Run, database: Database) -> None:
    assert command("schedule", "pause", "tags.end").stdout == "tags.end is paused\n"
    with database.write() as session:
        session.execute(sa.update(Schedule).values(next_at=system_clock()))
    scheduler = Scheduler(database, clock=system_clock, zone=ZoneInfo("Asia/Taipei"), owner=new_owner())
    scheduler.look()
    with database.read() as session:
        fired = set(session.scalars(sa.select(Tick.name)))
    assert fired == set(JOBS) - {"tags.end"}
    assert command("schedule", "resume", "tags.end").stdout.startswith("tags.end goes on at 20")
    with database.read() as session:
        resumed = session.get_one(Schedule, "tags.end")
    assert resumed.paused_at is None
    assert resumed.next_at > system_clock(), "what was missed is not made up for"


def test_a_schedule_is_run_at_once_even_if_it_is_paused(command: Run, database: Database) -> None:
    command("schedule", "pause", "tags.end")
    assert command("schedule", "run", "tags.end").exit_code == 0
    scheduler = Scheduler(database, clock=system_clock, zone=ZoneInfo("Asia/Taipei"), owner=new_owner())
    assert scheduler.look() >= 1
    with database.read() as session:
        done = session.scalars(sa.select(Tick).where(Tick.name == "tags.end")).all()
    assert [tick.settled_at is not None for tick in done] == [True]
    listed = {one["name"]: one for one in json.loads(command("schedule", "list", "--json").stdout)}
    assert listed["tags.end"]["last_at"] is not None


def test_a_job_that_kills_its_process_is_listed_as_failed(command: Run, database: Database) -> None:
    command("schedule", "run", "tags.end")
    long_ago = system_clock() - schedules.LEASE
    with database.write() as session:
        session.execute(
            sa.update(Tick).values(attempts=schedules.MOST_ATTEMPTS, owner="somebody", due_at=long_ago)
        )
    Scheduler(database, clock=system_clock, zone=ZoneInfo("Asia/Taipei"), owner=new_owner()).look()
    listed = {one["name"]: one for one in json.loads(command("schedule", "list", "--json").stdout)}
    assert listed["tags.end"]["error"] == "whoever worked it died or hung, 5 times"
    assert "FAILED: whoever worked it died or hung" in command("schedule", "list").stdout


@pytest.mark.parametrize("verb", ["pause", "resume", "run"])
def test_an_unknown_schedule_is_told_with_those_there_are(command: Run, verb: str) -> None:
    refused = command("schedule", verb, "nonsense")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("no schedule is called nonsense; there are tags.end, ")
