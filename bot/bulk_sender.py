"""Sending what campaigns release: in batches, on threads of its own, and always behind the replies."""

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from threading import Event
from time import monotonic, perf_counter

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session
from structlog.contextvars import bound_contextvars

from bot.metrics import SENDS
from bot.sender import stop_channel
from campaigns.outcomes import Judged, refused_tokens, settle
from campaigns.times import quiet_from
from content.revisions import Revisions
from core.clock import Clock
from core.db import Database
from core.leases import Owner
from line import bulk
from line.channels import Channel
from line.messenger import Messenger
from line.outbox import Sending
from line.outcomes import Later
from line.settlement import ChannelStopped, Over, Verdict, after_sending, before_sending

BATCH = 200
"""Requests that one transaction leases and another settles."""
THREADS = 64
"""LINE takes some 50 ms for a request: so one worker sends about 1,000 a second to the real one."""
BEGIN_WITHIN_S = 7.0
"""A lease lasts ten seconds: past this somebody else may be sending the row."""
ROUND_S = 2.0
FEWEST_AT_ONCE = 3
THREAD_PER_S = 0.0008
"""Of the time that LINE takes for a request. One takes us half a millisecond of Python, which one thread at
a time can use: more threads than that would only stand in each other's way."""
PATIENCE_S = 0.25
"""How long one rests at most where the governor gives no leave: it may be asked for more by then."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Due:
    """A leased row, and until when it may leave."""

    sending: Sending
    until: datetime | None
    """When the quiet hours begin."""


class BulkSender:
    """The senders of campaigns in one worker process; `step` sends what is due."""

    def __init__(
        self,
        database: Database,
        messenger: Messenger,
        clock: Clock,
        *,
        owner: Owner,
        leave: Callable[[int, str, int], tuple[int, timedelta]],
        pool: Executor | None = None,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        """:param leave: the governor: of so many calls to an endpoint, how many may be made now; for none, when."""
        self._database = database
        self._messenger = messenger
        self._clock = clock
        self._owner = owner
        self._ask_leave = leave
        self._pool = pool or ThreadPoolExecutor(THREADS, thread_name_prefix="bulk")
        self._is_stopping = is_stopping
        self._revisions = Revisions()
        self._unsettled: list[Judged] = []
        self._takes_s = 0.05
        """How long LINE took lately for the quickest of a batch: the others may have waited for one another."""
        self._rest = Event()

    def step(self) -> int:
        """Send batch after batch for a while; return how many requests were settled."""
        sent = 0
        until = monotonic() + ROUND_S
        while not self._is_stopping() and monotonic() < until:
            # First what could not be written down before: the database was away.
            self._settle()
            batch = self._claim()
            if batch is None:
                break
            began = perf_counter()
            self._unsettled = self._send(batch, began)
            sent += len(batch)
        self._settle()
        return sent

    def _claim(self) -> Sequence[_Due] | None:
        """Lease a batch of one kind, as many as the governor lets go; None when nothing is due."""
        now = self._clock()
        with self._database.read() as session:
            if not bulk.some_due(session, now=now):
                return None
            ends = self._may_send_until(session, now)
            waiting = bulk.due_kinds(session, channels=list(ends), limit=BATCH, now=now)
        if not waiting:
            return None
        channel_id, kind, count = max(waiting, key=lambda found: found[2])
        leave, wait = self._ask_leave(channel_id, f"message/{kind.value}", count)
        if not leave:
            self._rest.wait(min(wait.total_seconds(), PATIENCE_S))
            return ()
        with self._database.write() as session:
            batch = bulk.claim(session, self._owner, channel_id=channel_id, kind=kind, limit=leave, now=now)
        return [_Due(sending, ends[channel_id]) for sending in batch]

    def _may_send_until(self, session: Session, now: datetime) -> Mapping[int, datetime | None]:
        """Return the channels that may send, each with when its next quiet hours begin."""
        ends: dict[int, datetime | None] = {}
        for channel_id in session.scalars(sa.select(Channel.id).where(Channel.sending_stopped_at.is_(None))):
            published = self._revisions.live(session, channel_id)
            if published is None:
                continue
            quiet = quiet_from(published.content.campaign_rules.quiet_hours, now, published.zone)
            if quiet is None or quiet > now:
                ends[channel_id] = quiet
        return ends

    def _send(self, batch: Sequence[_Due], began: float) -> list[Judged]:
        """Attempt all of a batch, by as many threads as the distance to LINE keeps busy."""
        waiting, judged = deque(batch), list[Judged]()

        def some(_thread: int) -> float:
            quickest = inf
            while True:
                try:
                    due = waiting.popleft()
                except IndexError:
                    return quickest
                started = perf_counter()
                judged.append(self._attempt(due, began))
                quickest = min(quickest, perf_counter() - started)

        at_once = min(THREADS, len(batch), max(FEWEST_AT_ONCE, round(self._takes_s / THREAD_PER_S)))
        quickest = min(self._pool.map(some, range(at_once)), default=inf)
        self._takes_s = self._takes_s if quickest == inf else quickest
        return judged

    def _attempt(self, due: _Due, began: float) -> Judged:
        """Make one attempt; nothing raises here, for the outcome of the others must be written down."""
        sending = due.sending
        now = self._clock()
        if due.until is not None and now >= due.until:
            return Judged(sending, after_sending(sending, _not_now("quiet hours"), now=now))
        if perf_counter() - began > BEGIN_WITHIN_S:
            return Judged(sending, after_sending(sending, _not_now("no thread was free in time"), now=now))
        verdict = before_sending(sending, now=now)
        if verdict is not None:
            return Judged(sending, verdict)
        try:
            with bound_contextvars(row=sending.id):
                outcome = self._messenger.send(sending)
        except Exception as error:
            log.error("bulk.call_failed", row=sending.id, exc_info=error)
            outcome = Later("a fault of ours while sending", maybe_sent=True)
        return Judged(sending, after_sending(sending, outcome, now=self._clock()))

    def _settle(self) -> None:
        if not self._unsettled:
            return
        now = self._clock()
        with self._database.write() as session:
            # The channel before its campaigns, as everybody does who holds both.
            for channel_id, reason in refused_tokens(self._unsettled).items():
                stop_channel(session, channel_id, reason, now=now)
            settle(session, self._unsettled, now=now)
        for one in self._unsettled:
            SENDS.labels(one.sending.kind, _called(one.verdict)).inc()
        outcomes = Counter(_called(one.verdict) for one in self._unsettled)
        log.info("bulk.settled", requests=len(self._unsettled), **outcomes)
        self._unsettled = []


def _not_now(reason: str) -> Later:
    return Later(reason, maybe_sent=False)


def _called(verdict: Verdict) -> str:
    match verdict:
        case Over(status):
            return status.value
        case ChannelStopped():
            return "channel_stopped"
        case _:
            return "again"
