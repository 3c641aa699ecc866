"""Work that waits for a lock, and rings in which two would wait for each other, on PostgreSQL."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import sqlalchemy as sa

from core.db import Database, is_deadlock
from tests.listening import listening


def waits_in_thread(database: Database, work: Callable[[], object]) -> Future[object]:
    """Begin the work in a thread, and return when it waits for a lock that somebody else holds."""
    future = ThreadPoolExecutor(1).submit(work)
    waiting = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(500):
        with database.read() as session:
            if session.scalar(waiting):
                return future
        if future.done():
            raise AssertionError(f"it did not wait: {future.result()}")
        threading.Event().wait(0.01)
    raise AssertionError("it neither waits nor ends")


@contextmanager
def without_a_ring(database: Database) -> Iterator[None]:
    """Make sure that PostgreSQL ends no transaction meanwhile because two wait for each other.

    Whoever loses begins again by itself, so that nothing else would tell.
    """
    rings: list[str] = []

    def note(context: sa.ExceptionContext) -> None:
        if context.sqlalchemy_exception is not None and is_deadlock(context.sqlalchemy_exception):
            rings.append(context.statement or "")

    with listening(database, "handle_error", note):
        yield
    assert rings == []
