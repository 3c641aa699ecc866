"""kill -9, again and again: nothing is lost, nothing happens twice."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest
import sqlalchemy as sa

from core.db import Database
from line.inbox import WebhookEvent
from simulator.server import TEST_SECRET
from simulator.webhooks import sign
from tests.faults.kill import run_kill_test, run_stop_test
from tests.faults.kill_campaign import run_campaign_kill_test, run_campaign_sleep_test
from tests.faults.processes import Post, Processes
from tests.line.queues import an_event


@pytest.mark.slow
@pytest.mark.timeout(150)
def test_workers_and_web_killed_at_random_lose_and_double_nothing(database_url: str) -> None:
    report = run_kill_test(database_url, persons=16, kills=6, seed=20270301, lease_s=4, timeout_s=100)
    assert report.problems == (), report
    assert report.events >= 16 * 8
    assert report.pushes == 0


@pytest.mark.slow
@pytest.mark.timeout(150)
def test_workers_told_to_stop_under_load_leave_nothing_behind(database_url: str) -> None:
    report = run_stop_test(database_url, persons=20, stops=4, seed=20270303, timeout_s=100)
    assert report.problems == (), report
    assert report.kills >= 4
    assert (report.deaths, report.repeats) == (0, 0), "nobody waited for a lease to run out"


@pytest.mark.slow
@pytest.mark.timeout(90)
def test_what_was_answered_200_is_there_though_the_web_process_was_killed(
    database_url: str, tmp_path: Path
) -> None:
    """It dies between storing and answering, several times; who got no answer asks again, as LINE does."""
    processes = Processes(
        database_url,
        "http://127.0.0.1:9",
        "--workers",
        "0",
        "--die-after-commits",
        "1,9",
        folder=tmp_path,
    )
    post = Post(processes.port)
    unanswered = threading.Semaphore(0)

    def delivers(number: int) -> None:
        body = orjson.dumps({"destination": "U", "events": [an_event(f"U{number}", key=f"event {number}")]})
        headers = {"x-line-signature": sign(TEST_SECRET, body)}
        while post(body, headers) != 200:
            unanswered.release()

    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(delivers, range(60)))
    finally:
        processes.stops()
        post.closes()
    database = Database.connect(database_url)
    with database.read() as session:
        stored = session.scalars(sa.select(WebhookEvent.event_key)).all()
    database.dispose()
    assert sorted(stored) == sorted(f"event {number}" for number in range(60))
    assert post.accepted == set(stored)
    assert unanswered.acquire(blocking=False), "the web process was never killed"


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_campaigns_reach_everybody_once_though_workers_and_schedulers_are_killed(database_url: str) -> None:
    """Two at once, one at a time and a weekly one that become due while everybody dies."""
    report = run_campaign_kill_test(database_url, people=400, kills=9, seed=20270302, timeout_s=150)
    assert report.problems == (), report
    assert report.kills > 9, "some died between LINE's answer and their mark, which nobody killed"
    assert report.repeated > 0
    assert report.firings >= 10, "the schedulers had something to do"


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_worker_that_slept_past_its_leases_sends_nothing_twice_when_it_wakes(database_url: str) -> None:
    report = run_campaign_sleep_test(database_url, people=1200, sleeps_s=16)
    assert report.problems == (), report
    assert report.repeated > 0, "it had something in its hands"
