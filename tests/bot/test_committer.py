"""Group commit: few commits for many requests, and each learns its own fate in time."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Self

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from bot.committer import ANSWER_WITHIN_S, Committer, NotStored
from core.db import Database
from line.inbox import Arrival
from tests.line.queues import NOON, a_channel, stored
from tests.listening import listening


@pytest.fixture
def committer(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Committer]:
    # A machine that is busy with other tests may halt for longer than a webhook waits.
    monkeypatch.setattr("bot.committer.ANSWER_WITHIN_S", 60.0)
    opened = Committer(database)
    yield opened
    opened.close()


def an_arrival(database: Database, key: str, *, channel_id: int | None = None) -> Arrival:
    return Arrival(channel_id or a_channel(database), key, f"U{key}", 1, NOON, b"{}")


class Gate:
    """Holds every commit up until it is opened, and counts them."""

    def __init__(self, database: Database) -> None:
        self.commits = 0
        self.reached = threading.Event()
        self.opened = threading.Event()
        self._listening = listening(database, "commit", self._passes)

    def __enter__(self) -> Self:
        self._listening.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.opened.set()
        self._listening.__exit__(None, None, None)

    def _passes(self, _connection: sa.Connection) -> None:
        self.commits += 1
        self.reached.set()
        self.opened.wait(60)


def wait_for_queue(committer: Committer, length: int) -> None:
    for _ in range(100):
        if committer._queue.qsize() >= length:
            return
        threading.Event().wait(0.01)
    raise AssertionError(f"only {committer._queue.qsize()} requests are queued")


def keys(database: Database) -> list[str]:
    return sorted(event.event_key for event in stored(database))


def test_requests_that_come_during_a_commit_share_the_next(database: Database, committer: Committer) -> None:
    arrivals = [an_arrival(database, f"{number:02}") for number in range(30)]
    with ThreadPoolExecutor(30) as pool, Gate(database) as gate:
        first = pool.submit(committer.store, arrivals[:1])
        assert gate.reached.wait(60)
        others = [pool.submit(committer.store, [arrival]) for arrival in arrivals[1:]]
        wait_for_queue(committer, 29)
        assert not first.done()
        gate.opened.set()
        for done in (first, *others):
            done.result()
        assert gate.commits == 2
    assert keys(database) == [f"{number:02}" for number in range(30)]


def test_who_was_told_503_waits_for_nothing_and_is_not_stored_behind_their_back(
    database: Database, committer: Committer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.committer.ANSWER_WITHIN_S", ANSWER_WITHIN_S)
    arrivals = [an_arrival(database, key) for key in ("held up", "queued", "later")]
    with ThreadPoolExecutor(2) as pool:
        with Gate(database) as gate:
            before = datetime.now(UTC)
            waiting: list[Future[None]] = [pool.submit(committer.store, arrivals[:1])]
            assert gate.reached.wait(60)
            waiting.append(pool.submit(committer.store, arrivals[1:2]))
            for request in waiting:
                with pytest.raises(NotStored):
                    request.result()
            assert datetime.now(UTC) - before < timedelta(seconds=4)
        committer.store(arrivals[2:])
    # The one that was under way is there after all; LINE's second delivery finds it.
    assert keys(database) == ["held up", "later"]


def test_closing_stores_what_is_queued(database: Database) -> None:
    arrivals = [an_arrival(database, key) for key in "abc"]
    committer = Committer(database)
    with ThreadPoolExecutor(4) as pool, Gate(database) as gate:
        requests = [pool.submit(committer.store, arrivals[:1])]
        assert gate.reached.wait(60)
        requests += [pool.submit(committer.store, [arrival]) for arrival in arrivals[1:]]
        wait_for_queue(committer, 2)
        closing = pool.submit(committer.close)
        gate.opened.set()
        closing.result()
        for request in requests:
            request.result()
    assert keys(database) == ["a", "b", "c"]


def test_a_body_is_stored_whole_or_not_at_all(database: Database, committer: Committer) -> None:
    good, bad = an_arrival(database, "good"), an_arrival(database, "bad", channel_id=99)
    with pytest.raises(NotStored, match="IntegrityError"):
        committer.store([good, bad])
    assert keys(database) == []
    committer.store([good])
    assert keys(database) == ["good"]


def test_a_row_no_driver_can_write_costs_its_neighbours_nothing(
    database: Database, committer: Committer
) -> None:
    """Such a row never reaches the database: the driver itself refuses it, in its own words."""
    good = [an_arrival(database, key) for key in "ab"]
    bad = Arrival(good[0].channel_id, "bad", "U", 2**70, NOON, b"{}")
    with ThreadPoolExecutor(3) as pool, Gate(database) as gate:
        first = pool.submit(committer.store, good[:1])
        assert gate.reached.wait(60)
        refused, neighbour = pool.submit(committer.store, [bad]), pool.submit(committer.store, good[1:])
        wait_for_queue(committer, 2)
        gate.opened.set()
        with pytest.raises(NotStored):
            refused.result()
        first.result()
        neighbour.result()
    assert keys(database) == ["a", "b"]


@contextmanager
def no_database(database: Database) -> Iterator[None]:
    def refuse(*_: object) -> None:
        raise OperationalError("any statement", None, Exception("gone"))

    with listening(database, "before_cursor_execute", refuse):
        yield


def test_it_recovers_by_itself_when_the_database_is_back(database: Database, committer: Committer) -> None:
    arrivals = [an_arrival(database, key) for key in "ab"]
    committer.store(arrivals[:1])
    with no_database(database), pytest.raises(NotStored, match="OperationalError"):
        committer.store(arrivals[1:])
    committer.store(arrivals[1:])
    assert keys(database) == ["a", "b"]


def test_a_commit_that_fails_on_a_full_disk_is_the_last_that_fails(
    database: Database, committer: Committer
) -> None:
    arrivals = [an_arrival(database, key) for key in "abc"]
    committer.store(arrivals[:1])

    def fails(_connection: sa.Connection) -> None:
        raise OperationalError("COMMIT", None, Exception("database or disk is full"))

    with listening(database, "commit", fails), pytest.raises(NotStored, match="OperationalError"):
        committer.store(arrivals[1:2])
    assert keys(database) == ["a"]
    committer.store(arrivals[2:])
    assert keys(database) == ["a", "c"]


def test_a_connection_that_the_server_ended_is_replaced_without_anybody_noticing(
    database: Database, committer: Committer
) -> None:
    arrivals = [an_arrival(database, key) for key in "ab"]
    committer.store(arrivals[:1])
    if database.is_sqlite:
        pytest.skip("SQLite has no server")
    with database.engine.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    committer.store(arrivals[1:])
    assert keys(database) == ["a", "b"]
