"""SQLite's write lock: whoever waits for it is seen to, and no longer than they wait."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest
import sqlalchemy as sa

from core import sqlite_lock
from core.db import Database
from core.leases import Lease
from tests.core.test_db import a_lease, names
from tests.waiting import somebody_waits


@pytest.fixture
def engine_name() -> str:
    """PostgreSQL has no such lock."""
    return "sqlite"


def comes_to_be(is_awaited: bool, database: Database) -> bool:
    until = monotonic() + 30
    while database.is_awaited() != is_awaited and monotonic() < until:
        sleep(0.001)
    return database.is_awaited() == is_awaited


def write(database: Database, name: str) -> None:
    with database.write() as session:
        session.add(a_lease(name))


def test_whoever_waits_is_seen_until_they_have_the_lock(database: Database) -> None:
    assert not database.is_awaited()
    with database.write() as session:
        session.add(a_lease("first"))
        session.flush()
        assert not database.is_awaited(), "whoever has the lock does not wait for it"
        waits = [threading.Thread(target=write, args=(database, name)) for name in ("second", "third")]
        for one in waits:
            one.start()
        assert comes_to_be(True, database)
    database.let_others_go_first()
    for one in waits:
        one.join()
    assert not database.is_awaited()
    assert names(database) == ["first", "second", "third"]


def test_whoever_gives_up_waits_no_more(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_lock, "PATIENCE_S", 0.05)
    with database.write() as session:
        session.add(a_lease())
        session.flush()
        with pytest.raises(sa.exc.OperationalError, match="locked"):
            write(database, "b")
        assert not database.is_awaited()


WAITS = """
import sys, time
from core.db import Database
with Database.connect(sys.argv[1]).write() as session:
    session.connection()
"""


def test_whoever_dies_waits_no_more(database: Database) -> None:
    with database.write() as session:
        session.add(a_lease())
        session.flush()
        url = database.engine.url.render_as_string(hide_password=False)
        process = subprocess.Popen([sys.executable, "-c", WAITS, url], stderr=subprocess.DEVNULL)
        assert comes_to_be(True, database)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not database.is_awaited()


def test_those_who_do_not_come_are_not_waited_for(database: Database) -> None:
    with somebody_waits(database):
        database.let_others_go_first()
        assert database.is_awaited()


@pytest.fixture
def unseen(database: Database) -> Iterator[Path]:
    """Nobody can be seen to wait: nothing can be written beside the database."""
    path = Path(f"{database.engine.url.database}{sqlite_lock.QUEUE}")
    path.unlink(missing_ok=True)
    path.mkdir()
    yield path
    path.rmdir()


@pytest.mark.usefixtures("unseen")
def test_where_nobody_can_be_seen_somebody_might_wait_and_gets_the_lock_all_the_same(
    database: Database,
) -> None:
    assert database.is_awaited()
    with database.write() as session:
        session.add(a_lease("first"))
        session.flush()
        waits = threading.Thread(target=write, args=(database, "second"))
        waits.start()
        sleep(0.02)
    waits.join()
    assert names(database) == ["first", "second"]


def test_nobody_waits_for_a_database_in_memory() -> None:
    database = Database.connect("sqlite:///:memory:")
    Lease.__table__.create(database.engine)  # type: ignore[attr-defined]
    assert not database.is_awaited()
    database.let_others_go_first()
    write(database, "a")
    assert names(database) == ["a"]
    database.dispose()
