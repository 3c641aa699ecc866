"""Deliveries as LINE may make them: again, at once, out of order, long ago; while things break."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import monotonic
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.app import create_app
from bot.jobs import JOBS
from contacts.models import Contact, Following
from contacts.timeline import EntryKind, TimelineEntry
from core.db import Database
from line import outbox
from line.inbox import EventStatus, WebhookEvent
from line.outbox import Outgoing, SendKind, SendStatus
from line.signature import sign
from simulator.server import TEST_SECRET
from tests.bot.test_worker import a_worker, only_stores, works_until_idle
from tests.faults.test_boundaries import Killed, Mortal, Reaper, SameThread
from tests.line.queues import an_event, ms
from tests.listening import listening
from tests.patience import PROMPTLY_S
from tests.ports import two_free_ports
from tests.shop import EXAMPLES, Shop


@pytest.fixture
def agency(shop: Shop) -> Shop:
    shop.publishes(EXAMPLES / "rental")
    shop.clock.stop()
    return shop


def packed(*events: Any) -> bytes:
    return orjson.dumps({"destination": "U" + "0" * 32, "events": list(events)})


def signed(body: bytes) -> dict[str, str]:
    return {"X-Line-Signature": sign(TEST_SECRET, body)}


def a_text(shop: Shop, words: str, *, after_ms: int = 0, user: str = "U" + "a" * 32, **more: Any) -> Any:
    """Return a text event of somebody whom the simulated LINE does not know."""
    event = an_event(user, sent_at=shop.now(), **more)
    event["timestamp"] = ms(shop.now()) + after_ms
    event["message"]["text"] = words
    return event


def said(shop: Shop) -> list[str]:
    """Return what customers said, in the order in which it was taken."""
    return [row.text for row in shop.rows(TimelineEntry, TimelineEntry.kind == EntryKind.RECEIVED)]


def test_one_event_32_times_at_once_at_two_doors_has_one_effect(agency: Shop) -> None:
    doors = [agency.app, create_app(agency.settings, agency.database, agency.now)]
    body = packed(a_text(agency, "押金"))
    with ThreadPoolExecutor(32) as pool:
        answers = pool.map(
            lambda n: (
                doors[n % 2].test_client().post("/callback", data=body, headers=signed(body)).status_code
            ),
            range(32),
        )
        assert set(answers) == {200}
    doors[1].extensions["committer"].close()
    workers = [a_worker(agency) for _ in range(3)]
    while sum(worker.step() for worker in workers):
        pass
    assert said(agency) == ["押金"]
    assert len(agency.rows(Outgoing)) == 1


def test_of_two_contents_with_one_id_the_first_wins_and_it_is_logged(agency: Shop) -> None:
    first, other = (a_text(agency, words, key="same") for words in ("first", "other"))
    with capture_logs() as logged:
        for body in (packed(first), packed(other), packed(first)):
            assert agency.web.post("/callback", data=body, headers=signed(body)).status_code == 200
        agency.works()
    assert said(agency) == ["first"]
    told = [line["events"] for line in logged if line["event"] == "webhook.other_content"]
    assert told == [["same"]]


def test_a_redelivery_after_a_crash_anywhere_brings_no_second_reply(agency: Shop) -> None:
    """The worker dies between the insert and the reply, one step later each time, and LINE delivers again."""
    only_stores(agency)
    reaper = Reaper()
    # The steps are the same on both databases, so each takes every other one.
    step, has_died, stories = -1 + agency.database.is_sqlite, True, 0
    while has_died:
        step, stories = step + 2, stories + 1
        mina = agency.person(f"Mina {step}")
        mina.follows()
        works_until_idle(agency.worker)
        with agency.simulator.line.webhooks.hold() as events:
            mina.says("押金")
        agency.stores(*events)
        has_died = dies_at(agency, reaper, step)
        agency.stores(*(event | {"deliveryContext": {"isRedelivery": True}} for event in events))
        agency.clock.advance(16)  # its leases run out
        works_until_idle(agency.worker)
        assert len(mina.sees) == 2, f"after a death at step {step}"
    assert step > 10
    assert said(agency) == ["押金"] * stories
    assert {row.status for row in agency.rows(WebhookEvent)} == {EventStatus.HANDLED}


def dies_at(shop: Shop, reaper: Reaper, step: int) -> bool:
    """Let a worker die at a step; False if it comes to rest before."""
    worker = a_worker(shop, messenger=Mortal(shop, reaper), pool=SameThread())
    reaper.deadly = reaper.steps + step
    try:
        with reaper.watches(shop):
            works_until_idle(worker)
    except Killed:
        return True
    return False


def test_20_texts_at_once_are_taken_in_the_order_of_their_time(agency: Shop) -> None:
    texts = [f"text {number:02}" for number in range(20)]
    bodies = [packed(a_text(agency, words, after_ms=n - 100)) for n, words in enumerate(texts)]
    with ThreadPoolExecutor(20) as pool:
        posts = pool.map(
            lambda body: (
                agency.app.test_client().post("/callback", data=body, headers=signed(body)).status_code
            ),
            bodies[::3] + bodies[2::3] + bodies[1::3],
        )
        assert set(posts) == {200}
    workers = [a_worker(agency) for _ in range(3)]
    while sum(worker.step() for worker in workers):
        pass
    assert said(agency) == texts


def test_a_body_captured_a_month_ago_still_has_no_second_effect(agency: Shop) -> None:
    body = packed(a_text(agency, "押金"))
    assert agency.web.post("/callback", data=body, headers=signed(body)).status_code == 200
    agency.works()
    for _ in range(30):
        agency.clock.advance(timedelta(days=1))
        for job in JOBS.values():
            job.work(agency.database, agency.now())
    (kept,) = agency.rows(WebhookEvent)
    assert kept.body is None, "what it said is gone, that it came is not"
    assert agency.web.post("/callback", data=body, headers=signed(body)).status_code == 200
    agency.works()
    assert len(agency.rows(WebhookEvent)) == 1
    assert len(said(agency)) == len(agency.rows(Outgoing)) == 1


def test_a_read_only_database_is_told_at_once_and_recovers_by_itself(agency: Shop) -> None:
    before, while_locked = packed(a_text(agency, "before")), packed(a_text(agency, "meanwhile"))
    assert agency.web.post("/callback", data=before, headers=signed(before)).status_code == 200
    is_read_only = "PRAGMA query_only = ON" if agency.database.is_sqlite else "SET TRANSACTION READ ONLY"

    def lock(connection: sa.Connection) -> None:
        raw: Any = connection.connection.dbapi_connection
        raw.execute(is_read_only)

    with listening(agency.database, "begin", lock):
        began = monotonic()
        answer = agency.web.post("/callback", data=while_locked, headers=signed(while_locked))
        assert answer.status_code == 503
        assert monotonic() - began < PROMPTLY_S
    if agency.database.is_sqlite:
        agency.database.engine.dispose()
    again = agency.web.post("/callback", data=while_locked, headers=signed(while_locked))
    assert again.status_code == 200
    agency.works()
    assert said(agency) == ["before", "meanwhile"]


@pytest.mark.slow
def test_told_to_stop_under_load_the_web_process_answers_what_it_has_taken(
    database_url: str, tmp_path: Path
) -> None:
    """No storm of 5xx: whoever comes too late finds nobody listening, and LINE asks again."""
    port = two_free_ports()
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "PORT": str(port),
        "LINE_CHANNEL_SECRET": TEST_SECRET,
        "LINE_CHANNEL_ACCESS_TOKEN": "token",
        "SECRET_KEY": "k" * 40,
    }
    web = subprocess.Popen([sys.executable, "-m", "bot", "web"], cwd=tmp_path, env=environment)
    answered: list[tuple[int, str]] = []
    is_over = threading.Event()

    def loads(thread: int) -> None:
        number = 0
        while not is_over.is_set():
            number += 1
            body = packed(an_event(f"U{thread}", key=f"{thread}.{number}"))
            connection = HTTPConnection("127.0.0.1", port, timeout=10)
            try:
                connection.request("POST", "/callback", body, signed(body))
                answered.append((connection.getresponse().status, f"{thread}.{number}"))
            except (OSError, HTTPException):
                is_over.wait(0.05)  # not yet there, or no longer
            finally:
                connection.close()

    with ThreadPoolExecutor(8) as pool:
        for thread in range(8):
            pool.submit(loads, thread)
        until = monotonic() + 40
        while len(answered) < 200:
            assert monotonic() < until, "the web process does not come up"
            is_over.wait(0.05)
        web.send_signal(signal.SIGTERM)
        ended = web.wait(timeout=60)
        is_over.set()
    assert ended == 0
    assert {status for status, _key in answered} == {200}
    database = Database.connect(database_url)
    with database.read() as session:
        stored = set(session.scalars(sa.select(WebhookEvent.event_key)))
    database.dispose()
    assert {key for _status, key in answered} <= stored


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_5000_late_replies_are_no_flood_of_pushes(agency: Shop) -> None:
    """What an outage leaves behind: five replies for each of a thousand people, all past their minute.

    On PostgreSQL for each of a hundred: the rule is the same, and each row costs more.
    """
    people, each = (1000 if agency.database.is_sqlite else 100), 5
    now = agency.now()
    with agency.database.write() as session:
        session.execute(
            sa.insert(Contact),
            [
                {
                    "public_id": f"p{number}",
                    "channel_id": agency.channel_id,
                    "line_user_id": f"U{number:032}",
                    "shard": 1,
                    "following": Following.FOLLOWING if number % 4 else Following.BLOCKED,
                    "first_seen_at": now,
                    "last_seen_at": now,
                }
                for number in range(people)
            ],
        )
        for turn in range(each):
            # The last of every tenth person is younger than ten minutes, all else is older.
            received = [
                now - timedelta(minutes=2 if turn == each - 1 and number % 10 == 1 else 30 - turn)
                for number in range(people)
            ]
            rows = [
                outbox.reply(
                    channel_id=agency.channel_id,
                    lane_key=f"U{number:032}",
                    shard=1,
                    token=f"token {number} {turn}",
                    messages=(),
                    event_key=f"event {number} {turn}",
                    received_at=at,
                    now=at,
                )
                for number, at in enumerate(received)
            ]
            session.add_all(rows)
            session.flush()
    works_until_idle(agency.worker)
    with agency.database.read() as session:
        counted = session.execute(
            sa.select(Outgoing.kind, Outgoing.status, sa.func.count()).group_by(
                Outgoing.kind, Outgoing.status
            )
        ).all()
    young = people // 10  # all of them follow us
    assert {(kind, status): count for kind, status, count in counted} == {
        (SendKind.REPLY, SendStatus.TOO_LATE): people * each - young,
        (SendKind.REPLY, SendStatus.PUSHED): young,
        (SendKind.PUSH, SendStatus.REFUSED): young,
    }, "LINE refuses them here, since it knows none of these people"
