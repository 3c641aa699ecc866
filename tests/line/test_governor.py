"""The governor: many processes, one limit."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from core.clock import system_clock
from core.db import Database
from line.channels import ensure_channel
from line.governor import GO, LIMITS, Bucket, Governor, Limit
from simulator.clock import SimClock
from tests.listening import listening

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def channel_id(database: Database) -> int:
    with database.write() as session:
        return ensure_channel(session, now=NOON).id


def ask(governor: Governor, channel_id: int, endpoint: str, times: int) -> int:
    """Return how many of so many calls may go."""
    return sum(governor.wait(channel_id, endpoint) == GO for _ in range(times))


def test_a_burst_goes_and_then_one_waits_as_told(database: Database, channel_id: int) -> None:
    clock = SimClock(NOON)
    governor = Governor(database, clock)
    assert ask(governor, channel_id, "richmenu/create", 60) == 50
    wait = governor.wait(channel_id, "richmenu/create")
    assert wait == timedelta(seconds=40), "90 an hour"
    clock.advance(wait - timedelta(milliseconds=1))
    assert governor.wait(channel_id, "richmenu/create") > GO
    clock.advance(timedelta(milliseconds=1))
    assert governor.wait(channel_id, "richmenu/create") == GO
    assert governor.wait(channel_id, "richmenu/create") > GO


def test_endpoints_and_channels_do_not_share(database: Database, channel_id: int) -> None:
    with database.write() as session:
        other = ensure_channel(session, "other", now=NOON).id
    governor = Governor(database, SimClock(NOON))
    assert ask(governor, channel_id, "richmenu/create", 60) == 50
    assert ask(governor, channel_id, "richmenu/delete", 60) == 50
    assert ask(governor, other, "richmenu/create", 60) == 50


def test_an_idle_bucket_never_holds_more_than_its_burst(database: Database, channel_id: int) -> None:
    clock = SimClock(NOON)
    governor = Governor(database, clock)
    governor.wait(channel_id, "message/multicast")
    clock.advance(timedelta(days=3))
    assert ask(governor, channel_id, "message/multicast", 100) == 20


@pytest.mark.parametrize("seed", range(5))
def test_processes_together_never_pass_rate_times_time_plus_burst(
    database: Database, channel_id: int, seed: int
) -> None:
    chance = random.Random(seed)
    endpoint = chance.choice(["message/multicast", "message/push", "richmenu/list", "richmenu/create"])
    limit = LIMITS.get(endpoint, Limit(2000, 1))
    clock = SimClock(NOON)
    processes = [Governor(database, clock) for _ in range(4)]
    gone = 0
    for _ in range(60):
        clock.advance(chance.choice([0, 0, 0.001, 0.05, 1.5]) * limit.seconds / 4)
        gone += ask(chance.choice(processes), channel_id, endpoint, chance.randint(1, 120))
        elapsed = (clock.now() - NOON).total_seconds()
        assert gone <= limit.per_second * elapsed + limit.burst + 1e-6
    assert gone > 0


def test_threads_of_several_processes_use_the_limit_and_never_pass_it(
    database: Database, channel_id: int
) -> None:
    processes = [Governor(database, system_clock) for _ in range(3)]
    began = time.monotonic()

    def hammer(governor: Governor) -> int:
        gone = 0
        while time.monotonic() < began + 1.5:
            wait = governor.wait(channel_id, "message/multicast")
            gone += wait == GO
            time.sleep(min(wait.total_seconds(), 0.2))
        return gone

    with ThreadPoolExecutor(6) as pool:
        gone = sum(pool.map(hammer, processes * 2))
    elapsed = time.monotonic() - began
    limit = LIMITS["message/multicast"]
    assert gone <= limit.per_second * elapsed + limit.burst
    assert gone >= 0.4 * limit.per_second * 1.5, "it must not starve them either"


def test_most_calls_write_nothing(database: Database, channel_id: int) -> None:
    clock = SimClock(NOON)
    governor = Governor(database, clock)
    commits: list[object] = []
    with listening(database, "commit", commits.append):
        assert ask(governor, channel_id, "message/push", 200) == 200
        assert ask(governor, channel_id, "message/push", 50) == 0
    assert len(commits) == 5, "four chunks of 50, and one look that found nothing"


def test_leave_for_a_batch_is_taken_at_once_and_for_no_more_than_there_is(
    database: Database, channel_id: int
) -> None:
    clock = SimClock(NOON)
    governor, other = Governor(database, clock), Governor(database, clock)
    commits: list[object] = []
    with listening(database, "commit", commits.append):
        assert governor.leave(channel_id, "message/push", 120) == (120, GO)
        assert len(commits) == 1
    assert governor.leave(channel_id, "message/push", 30) == (30, GO)
    assert governor.wait(channel_id, "message/push") == GO
    assert other.leave(channel_id, "message/push", 200) == (30, GO), "it took 50 for the 30, and lays 19 by"
    assert governor.leave(channel_id, "message/push", 200) == (19, GO)
    went, wait = governor.leave(channel_id, "message/push", 200)
    assert went == 0
    assert wait > GO


def test_tokens_left_lying_for_a_second_are_worth_nothing(database: Database, channel_id: int) -> None:
    clock = SimClock(NOON)
    idle, busy = Governor(database, clock), Governor(database, clock)
    assert idle.wait(channel_id, "message/push") == GO
    clock.advance(0.999)
    commits: list[object] = []
    with listening(database, "commit", commits.append):
        assert idle.wait(channel_id, "message/push") == GO
        assert commits == []
        clock.advance(0.001)
        assert idle.wait(channel_id, "message/push") == GO
        assert len(commits) == 1
    assert ask(busy, channel_id, "message/push", 500) == 150


def test_a_wait_too_short_to_measure_is_still_a_wait(database: Database, channel_id: int) -> None:
    clock = SimClock(NOON)
    governor = Governor(database, clock)
    assert ask(governor, channel_id, "richmenu/create", 50) == 50
    with database.write() as session:
        session.execute(sa.update(Bucket).values(tokens=1 - 1e-9))
    assert governor.wait(channel_id, "richmenu/create") > GO


def test_a_clock_that_was_wrong_once_does_not_stop_us(database: Database, channel_id: int) -> None:
    wrong = SimClock(NOON + timedelta(days=1))
    assert ask(Governor(database, wrong), channel_id, "richmenu/create", 60) == 50
    clock = SimClock(NOON)
    governor = Governor(database, clock)
    assert governor.wait(channel_id, "richmenu/create") > GO
    clock.advance(41)
    assert governor.wait(channel_id, "richmenu/create") == GO


def test_a_clock_a_little_behind_gains_nothing(database: Database, channel_id: int) -> None:
    ahead, behind = SimClock(NOON + timedelta(seconds=5)), SimClock(NOON)
    fast, slow = Governor(database, ahead), Governor(database, behind)
    for _ in range(10):
        ask(fast, channel_id, "richmenu/list", 3)
        ask(slow, channel_id, "richmenu/list", 3)
    with database.read() as session:
        assert session.scalars(sa.select(Bucket.filled_at)).one() == ahead.now()
