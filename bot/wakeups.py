"""Hints that there is work, so that nobody waits for the next poll. They may get lost: polling is the truth.

SQLite tells by a counter in the file that grows with every commit, PostgreSQL by LISTEN and NOTIFY.
"""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing

import sqlalchemy as sa
import structlog

from core.db import Database

TOPIC = "tagline_work"
LOOK_EVERY_S = 0.02
"""A look at SQLite's counter costs 6 µs."""
NOTIFY_EVERY_S = 0.02
TRY_AGAIN_S = 2.0

log = structlog.get_logger()


class Listener:
    """Calls `wake` on a thread of its own when another process may have stored something."""

    def __init__(self, database: Database, wake: Callable[[], None]) -> None:
        self._url = database.engine.url
        self._wake = wake
        self._stopped = threading.Event()
        self._thread = threading.Thread(
            target=self._keep_watching if database.is_sqlite else self._keep_listening,
            name="wake-ups",
            daemon=True,
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _keep_watching(self) -> None:
        while not self._stopped.is_set():
            try:
                with closing(sqlite3.connect(str(self._url.database))) as connection:
                    self._watch(connection)
            except sqlite3.Error as error:
                self._lost(error)

    def _watch(self, connection: sqlite3.Connection) -> None:
        seen = None
        while not self._stopped.wait(LOOK_EVERY_S):
            (counter,) = connection.execute("PRAGMA data_version").fetchone()
            if seen is not None and counter != seen:
                self._wake()
            seen = counter

    def _keep_listening(self) -> None:
        import psycopg  # a third of a second that SQLite does without

        # A connection of its own, outside any pool: what is listened for belongs to the connection.
        address = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        while not self._stopped.is_set():
            try:
                with psycopg.connect(address, autocommit=True) as connection:
                    connection.execute(f"LISTEN {TOPIC}")
                    self._wake()  # something may have come before we listened
                    while not self._stopped.is_set():
                        for _ in connection.notifies(timeout=0.5, stop_after=1):
                            self._wake()
            except psycopg.Error as error:
                self._lost(error)

    def _lost(self, error: Exception) -> None:
        log.warning("wakeups.lost", reason=type(error).__name__)
        self._stopped.wait(TRY_AGAIN_S)


class Notifier:
    """Tells the listeners of a PostgreSQL database that something was stored.

    NOTIFY takes a lock on the whole database until its transaction ends, so it gets a small one of its
    own, after the commit it tells of, and at most one every 20 ms.
    """

    def __init__(self, database: Database) -> None:
        self._engine = database.engine
        self._news = threading.Event()
        self._is_closed = False
        self._thread: threading.Thread | None = None
        if not database.is_sqlite:
            self._thread = threading.Thread(target=self._run, name="notifier", daemon=True)
            self._thread.start()

    def tell(self) -> None:
        """Say that something was stored; never waits, never fails."""
        self._news.set()

    def close(self) -> None:
        self._is_closed = True
        self._news.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while True:
            self._news.wait()
            self._news.clear()
            if self._is_closed:
                return
            try:
                with self._engine.begin() as connection:
                    connection.execute(sa.text(f"NOTIFY {TOPIC}"))
            except sa.exc.SQLAlchemyError as error:
                log.warning("wakeups.not_told", reason=type(error).__name__)
            threading.Event().wait(NOTIFY_EVERY_S)
