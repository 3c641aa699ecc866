"""SQLite's one write lock: how a transaction gets it, and how long work learns that somebody waits for it.

SQLite knows of nobody who waits: each of them looks again and again. Meanwhile they hold, together, a lock of the
operating system's on a file beside the database, which lets go of it for whoever dies.
"""

import fcntl
import sqlite3
from contextlib import ExitStack, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any, BinaryIO

import sqlalchemy as sa

PATIENCE_S = 1.2
"""How long a writer waits for another. Below two seconds, so that a webhook can still answer 503 in time."""
LOOK_EVERY_S = 0.001
OTHERS_WITHIN_S = 0.05
"""So long those who wait may take to notice that they can write."""
QUEUE = "-queue"
"""What the file of those who wait is called, behind the name of the database."""

_IMPATIENT = "tagline.impatient"


def take(connection: sa.Connection) -> None:
    """Begin a transaction that may write, looking for the lock every millisecond.

    SQLite's own waiting sleeps up to 100 ms between two looks, and loses the lock to whoever writes one
    short transaction after another: a webhook beside a busy worker waited for 400 ms.

    :raises sqlalchemy.exc.OperationalError: others had it all the time, or the file cannot be written.
    """
    raw: Any = connection.connection.dbapi_connection
    if _IMPATIENT not in connection.info:
        # Once, and never back: in WAL mode only writers wait for one another, and after each statement a
        # thread has to win Python's global lock again, which beside a hundred others takes longer.
        raw.execute("PRAGMA busy_timeout = 0")
        connection.info[_IMPATIENT] = True
    with suppress(sqlite3.OperationalError):
        if _is_taken(raw) or _is_taken_in_time(raw, connection.engine.url.database or ""):
            return
    connection.exec_driver_sql("BEGIN IMMEDIATE")  # raises what is wrong, in SQLAlchemy's words


def _is_taken(raw: Any) -> bool:
    """Try to take the lock; False: somebody else has it."""
    try:
        raw.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def _is_taken_in_time(raw: Any, file: str) -> bool:
    """Wait for the lock, and be seen to wait."""
    until = monotonic() + PATIENCE_S
    with ExitStack() as stack:
        queue: BinaryIO | None = None
        with suppress(OSError):  # nothing can be written beside the database: wait unseen
            queue = stack.enter_context(_queue(file))
        while monotonic() < until:
            if queue is not None:
                _is_locked(queue, fcntl.LOCK_SH)
            sleep(LOOK_EVERY_S)
            if _is_taken(raw):
                return True
    return False


def is_awaited(file: str | None) -> bool:
    """Say whether somebody waits for the lock of a database, or might; for one in memory nobody does."""
    if file is None or file == ":memory:":
        return False
    try:
        with _queue(file) as queue:
            return not _is_locked(queue, fcntl.LOCK_EX)
    except OSError:
        return True


def let_others_go_first(file: str | None) -> None:
    """Give those who wait for the lock the time to take it."""
    until = monotonic() + OTHERS_WITHIN_S
    while is_awaited(file) and monotonic() < until:
        sleep(LOOK_EVERY_S)


def _queue(file: str) -> BinaryIO:
    return Path(f"{file}{QUEUE}").open("ab")


def _is_locked(queue: BinaryIO, how: int) -> bool:
    try:
        fcntl.flock(queue, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
