"""Two real schedulers on one database, of which the one that leads is paused and wakes."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from bot.scheduler import LEADER
from bot.schedules import Schedule, Tick
from core.clock import system_clock
from core.db import Database
from core.leases import Lease
from simulator.server import TEST_SECRET
from tests.line.queues import a_channel

JOB = "tags.end"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@contextmanager
def two_schedulers(database_url: str, folder: Path) -> Iterator[None]:
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "LINE_CHANNEL_SECRET": TEST_SECRET,
        "LINE_CHANNEL_ACCESS_TOKEN": "token",
        "SECRET_KEY": "k" * 40,
        "LOG_LEVEL": "ERROR",
    }
    started = [
        subprocess.Popen([sys.executable, "-m", "bot", "scheduler"], cwd=folder, env=environment)
        for _ in range(2)
    ]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait(60)


def until(holds: Callable[[], bool]) -> None:
    end = monotonic() + 90
    while not holds():
        assert monotonic() < end, "waited in vain"
        sleep(0.05)


def leader(database: Database) -> int:
    """Return the process that leads; 0 while nobody does."""
    with database.read() as session:
        lease = session.get(Lease, LEADER)
        return int(lease.owner.split(":")[1]) if lease is not None and lease.owner else 0


def becomes_due(database: Database, *, leader_gone_for: timedelta | None = None) -> datetime:
    """Let the job be due now, as after the minute is full."""
    now = system_clock()
    with database.write() as session:
        session.execute(sa.update(Schedule).where(Schedule.name == JOB).values(next_at=now))
        if leader_gone_for is not None:
            session.execute(sa.update(Lease).values(expires_at=now - leader_gone_for))
    return now


def pause(leader: int, database: Database) -> datetime:
    """Stop the leader for ten minutes where it holds no lock, and return what became due meanwhile.

    Asleep inside a transaction it would hold up everybody: on SQLite nobody writes until it wakes.
    """
    due: list[datetime] = []

    def asleep() -> bool:
        os.kill(leader, signal.SIGSTOP)
        try:
            due.append(becomes_due(database, leader_gone_for=timedelta(minutes=10)))
        except OperationalError:
            os.kill(leader, signal.SIGCONT)
        return bool(due)

    until(asleep)
    return due[0]


def done(database: Database) -> dict[datetime, int]:
    """Return the attempts of each firing that was worked to its end."""
    with database.read() as session:
        rows = session.scalars(sa.select(Tick).where(Tick.name == JOB, Tick.settled_at.is_not(None)))
        return {row.fire_at: row.attempts for row in rows}


def test_whoever_was_paused_while_leading_fires_nothing_again(database: Database, tmp_path: Path) -> None:
    a_channel(database)
    wanted = []
    with two_schedulers(database.engine.url.render_as_string(hide_password=False), tmp_path):
        until(lambda: leader(database) > 0)
        first = leader(database)
        wanted.append(becomes_due(database))
        until(lambda: wanted[-1] in done(database))
        wanted.append(pause(first, database))
        until(lambda: wanted[-1] in done(database))
        second = leader(database)
        assert second != first
        os.kill(first, signal.SIGCONT)
        for _ in range(2):
            wanted.append(becomes_due(database))
            until(lambda: wanted[-1] in done(database))
        sleep(2.5)  # both have looked again since
        assert leader(database) == second
    fired = {at: times for at, times in done(database).items() if at >= wanted[0]}
    between = [at for at in fired if at not in wanted]
    assert {fired[at] for at in wanted} == {1}
    assert all(at.second == at.microsecond == 0 for at in between), "beside them only full minutes"
