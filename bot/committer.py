"""Group commit: requests that arrive together share one durable transaction."""

import queue
import threading
from collections.abc import Callable, Sequence

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError

from core.db import DATABASE_GONE, Database, is_deadlock
from line.inbox import Arrival, changed_duplicates, record

ANSWER_WITHIN_S = 1.8
"""LINE counts an answer after two seconds as none."""
LARGEST_BATCH = 200

log = structlog.get_logger()


class NotStored(Exception):  # noqa: N818 - the name says what happened
    """The events could not be stored in time; LINE may send them again."""


class _Request:
    """One webhook body on its way, and the bell that rings when its fate is known."""

    __slots__ = ("batch", "bell", "error", "is_abandoned")

    def __init__(self, batch: Sequence[Arrival]) -> None:
        self.batch = batch
        self.bell = threading.Lock()
        self.bell.acquire()
        self.error: Exception | None = None
        self.is_abandoned = False


class Committer:
    """Stores webhook events from one thread, so that SQLite sees a single writer and few commits.

    While a commit is under way requests queue up; the next commit takes them all.
    Nothing waits for company: a lone request is committed at once.
    """

    def __init__(
        self,
        database: Database,
        *,
        stored: Callable[[], None] = lambda: None,
        closed: Callable[[], None] = lambda: None,
    ) -> None:
        """:param stored: called after a commit, on the committing thread; must not wait.
        :param closed: called after the last one.
        """
        self._database = database
        self._stored = stored
        self._closed = closed
        self._connection: sa.Connection | None = None
        self._queue: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
        self._thread.start()

    def store(self, batch: Sequence[Arrival]) -> None:
        """Store the events of one webhook body together and durably.

        :raises NotStored: the database did not take them in time; nothing of them is half-written.
        """
        request = _Request(batch)
        self._queue.put(request)
        if not request.bell.acquire(timeout=ANSWER_WITHIN_S):
            request.is_abandoned = True
            raise NotStored("the database was too slow")
        if request.error is not None:
            raise NotStored(type(request.error).__name__) from request.error

    def close(self) -> None:
        """Commit what is queued, then stop."""
        self._queue.put(None)
        self._thread.join()
        self._closed()

    def _run(self) -> None:
        is_closing = False
        while not is_closing and (first := self._queue.get()) is not None:
            requests, is_closing = self._gather(first)
            if requests:
                self._commit(requests)
        if self._connection is not None:
            self._connection.close()

    def _gather(self, first: _Request) -> tuple[list[_Request], bool]:
        requests = [first]
        while len(requests) < LARGEST_BATCH:
            try:
                request = self._queue.get_nowait()
            except queue.Empty:
                break
            if request is None:
                return [r for r in requests if not r.is_abandoned], True
            requests.append(request)
        return [r for r in requests if not r.is_abandoned], False

    def _commit(self, requests: list[_Request], *, is_first: bool = True) -> None:
        try:
            self._write([arrival for request in requests for arrival in request.batch])
        except DATABASE_GONE as error:
            if is_first and is_deadlock(error):
                self._commit(requests, is_first=False)  # the other side has gone through by now
                return
            # Locked, full, read-only or gone: it is the same for everybody, and time is short.
            for request in requests:
                request.error = error
        except Exception as error:  # noqa: BLE001 - a transaction is opened here; the thread must live
            # One bad row must not cost its neighbours.
            if len(requests) == 1:
                requests[0].error = error
            else:
                for request in requests:
                    self._commit([request])
                return
        for request in requests:
            request.bell.release()

    def _write(self, batch: list[Arrival]) -> None:
        """Write over a connection that is kept: fetching one from the pool costs as much as a small commit."""
        is_kept = self._connection is not None
        self._connection = self._connection or self._database.engine.connect()
        try:
            self._write_over(self._connection, batch)
        except Exception as error:
            # A commit that fails, on a full disk, may leave its transaction open: the next needs another.
            connection, self._connection = self._connection, None
            connection.close()
            if is_kept and isinstance(error, DBAPIError) and error.connection_invalidated:
                self._write(
                    batch
                )  # the server ended it since the last commit; whether it is back, this tells
            else:
                raise

    def _write_over(self, connection: sa.Connection, batch: list[Arrival]) -> None:
        with connection.begin():
            stored = record(connection, batch)
            changed = changed_duplicates(connection, batch) if stored < len(batch) else []
        self._stored()
        if stored < len(batch):
            log.info("webhook.duplicates", count=len(batch) - stored)
        if changed:
            # LINE does not do this; somebody who has our secret might.
            log.warning("webhook.other_content", events=changed)
