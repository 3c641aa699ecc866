"""Somebody who waits for SQLite's write lock, as others see them."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.db import Database
from core.sqlite_lock import QUEUE


@contextmanager
def somebody_waits(database: Database) -> Iterator[None]:
    """Be seen to wait; on PostgreSQL nobody can be."""
    if not database.is_sqlite:
        yield
        return
    with Path(f"{database.engine.url.database}{QUEUE}").open("ab") as queue:
        fcntl.flock(queue, fcntl.LOCK_SH)
        yield
