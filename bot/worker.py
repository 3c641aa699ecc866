"""The worker: takes turns on one thread, talks to LINE on many.

Deciding and writing happen on the main thread, one turn at a time, under a time limit.
Calls to LINE run in a pool; a lane rests while its reply is on the way, so that a
contact's replies leave in order, and other lanes go on meanwhile.
"""

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars

from bot.calls import Attempted, Calls, ProfileCame
from bot.dispatch import Dispatcher, Done, Fenced, Overtaken, WantsProfile
from bot.metrics import TURN_SECONDS, TURNS
from bot.profiles import ProfileAnswer
from bot.sender import settle
from bot.turn_limit import limited, turns_can_be_limited
from core.clock import Clock
from core.db import DATABASE_GONE, Database
from core.errors import describe
from core.leases import Owner
from line import lanes, outbox
from line.lanes import HeldLane, PendingEvent
from line.messenger import Messenger
from line.outbox import Sending
from line.settlement import Over

POLL_S = 1.0
"""How long the worker sleeps at most: wake-ups are hints, this is the truth."""
CLAIM_LANES = 8
CLAIM_SENDS = 32
MOST_IN_FLIGHT = 64
STALE_AFTER = timedelta(seconds=5)
"""A claimed lane that waited this long behind slow turns goes back before its lease runs out."""
GONE_PAUSE = timedelta(seconds=1)
WIND_DOWN_S = 7.0
"""Whoever stops us waits ten seconds."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Woken:
    pass


@dataclass(frozen=True, slots=True)
class _InHand:
    """A lane whose turn comes."""

    lane: HeldLane
    since: datetime
    head: PendingEvent | None = None
    """Its next event, where somebody has looked already; the turn finds out whether it still is."""


_News = ProfileCame | Attempted | _Woken


class Worker:
    """One worker process. `step` does what there is to do; `run` repeats it until told to stop."""

    def __init__(
        self,
        database: Database,
        messenger: Messenger,
        dispatcher: Dispatcher,
        *,
        clock: Clock,
        owner: Owner,
        fallback: timedelta,
        pool: Executor | None = None,
        pause: Callable[[int, str], timedelta] = lambda _channel_id, _endpoint: timedelta(0),
    ) -> None:
        """:param pause: the governor: how long a call to an endpoint must wait, zero for now."""
        self._database = database
        self._dispatcher = dispatcher
        self._clock = clock
        self._owner = owner
        self._fallback = fallback
        self._news: queue.SimpleQueue[_News] = queue.SimpleQueue()
        self._calls = Calls(messenger, clock=clock, pause=pause, tell=self._news.put, pool=pool)
        self._ready: deque[_InHand] = deque()
        self._arrived: deque[ProfileCame] = deque()
        self._unsettled: list[Attempted] = []
        self._in_flight = 0
        self._may_be_more = True
        """Whether lanes or rows may be due that the last look has not taken."""
        self._look_by = 0.0
        self._is_stopping = False
        self._limits_turns = False
        self._beat: Callable[[], None] = lambda: None

    def wake(self) -> None:
        """Look for work now; from any thread."""
        self._news.put(_Woken())

    def stop(self) -> None:
        """Finish what is under way, give the rest back, and let `run` return; from any thread or a signal."""
        self._is_stopping = True
        self._news.put(_Woken())

    def run(self, beat: Callable[[], None] = lambda: None) -> None:
        """Work until `stop`.

        :param beat: called at least once a second, or once a turn; whoever listens kills a worker that
            falls silent.
        """
        self._beat = beat
        with turns_can_be_limited() as can_interrupt:
            self._limits_turns = can_interrupt
            while not self._is_stopping:
                beat()
                self._careful_step(wait_s=POLL_S)
            self._wind_down(beat)

    def step(self, *, wait_s: float = 0.0) -> bool:
        """Do what there is to do; wait for news at most `wait_s` when there is nothing.

        Returns whether anything was done.
        """
        is_idle = not self._ready and not self._arrived and not self._unsettled
        news = self._collect(wait_s if is_idle else 0.0)
        if (is_idle and not news) or any(isinstance(item, _Woken) for item in news):
            self._may_be_more = True
        # Kept while the database is away, like attempts and lanes.
        self._arrived.extend(item for item in news if isinstance(item, ProfileCame))
        did = self._settle_attempts(news)
        while self._arrived:
            came = self._arrived.popleft()
            self._in_flight -= 1
            with self._kept_if_gone(came.lane):
                self._turn(came.lane, came.pending, came.answer)
            did = True
        for _ in range(len(self._ready)):
            mine = self._ready.popleft()
            did = True
            with self._kept_if_gone(mine.lane):
                if self._clock() - mine.since > STALE_AFTER:
                    self._put_back(mine.lane)
                else:
                    self._next_turn(mine)
        # After what is in hand: a lane kept through an absence of the database is not to be claimed as a dead one's.
        did = self._claim() or did
        return did or self._in_flight > 0

    def _put_back(self, lane: HeldLane) -> None:
        with self._database.write() as session:
            lanes.put_back(session, lane, at=self._clock())
        self._may_be_more = True

    @contextmanager
    def _kept_if_gone(self, lane: HeldLane) -> Iterator[None]:
        """Keep the lane in hand when the database goes away, so that its absence is not taken for our death."""
        try:
            yield
        except DATABASE_GONE:
            try:
                # Where only a lock was in the way: others must not wait behind this one.
                with self._database.write() as session:
                    lanes.put_back(session, lane, at=self._clock() + GONE_PAUSE)
            except DATABASE_GONE:
                self._keep(lane)
            raise

    def _keep(self, lane: HeldLane, head: PendingEvent | None = None) -> None:
        self._ready.append(_InHand(lane, self._clock(), head))

    def _careful_step(self, *, wait_s: float) -> None:
        try:
            self.step(wait_s=wait_s)
        except DATABASE_GONE as error:
            # Counts for nothing: what is leased runs out, what was sent is settled when it is back.
            log.error("worker.database_gone", reason=type(error).__name__)
            threading.Event().wait(0.2)

    def _wind_down(self, beat: Callable[[], None]) -> None:
        """Wait for calls under way and settle them; give every lane back."""
        until = perf_counter() + WIND_DOWN_S
        for came in self._arrived:
            self._keep(came.lane)
        self._in_flight -= len(self._arrived)
        while self._in_flight and perf_counter() < until:
            beat()
            try:
                news = self._collect(0.2)
                for item in news:
                    if isinstance(item, ProfileCame):
                        self._in_flight -= 1
                        self._keep(item.lane)
                self._settle_attempts(news)
            except DATABASE_GONE:
                break
        try:
            with self._database.write() as session:
                # In the order in which webhooks touch them.
                for lane in sorted((mine.lane for mine in self._ready), key=_touched):
                    lanes.put_back(session, lane, at=self._clock())
        except DATABASE_GONE as error:
            log.error("worker.lanes_not_given_back", reason=type(error).__name__)
        self._calls.close()

    def _collect(self, wait_s: float) -> list[_News]:
        """Return all news there is, after waiting for the first."""
        news: list[_News] = []
        try:
            news.append(self._news.get(timeout=wait_s) if wait_s else self._news.get_nowait())
            while True:
                news.append(self._news.get_nowait())
        except queue.Empty:
            return news

    def _claim(self) -> bool:
        """Lease lanes and rows, as many as there is room for.

        Between two wake-ups a look that left nothing behind is enough: at a steady 50 questions a second the
        looks after each turn and each answer were a fifth of a worker's processor time. Whatever may let
        another lane or row be taken without waking anybody says so in `_may_be_more`.
        """
        room = MOST_IN_FLIGHT - self._in_flight - len(self._ready)
        if room <= 0 or self._is_stopping or not (self._may_be_more or perf_counter() >= self._look_by):
            return False
        now = self._clock()
        with self._database.read() as session:
            # Lanes in hand whose turns say nothing must not keep others waiting.
            free = CLAIM_LANES - len(self._ready)
            lanes_due = free > 0 and lanes.some_due(session, now=now)
            sends_due = outbox.some_due(session, now=now)
        self._look_by = perf_counter() + POLL_S
        # Also when the database goes away before they are leased.
        self._may_be_more = free <= 0 or lanes_due or sends_due
        if not lanes_due and not sends_due:
            return False
        sendings: list[Sending] = []
        claimed: list[HeldLane] = []
        heads: Mapping[int, PendingEvent] = {}
        with self._database.write() as session:
            if lanes_due:
                claimed.extend(lanes.claim(session, self._owner, limit=min(room, free), now=now))
                heads = lanes.heads(session, claimed)
            if sends_due:
                sendings.extend(outbox.claim(session, self._owner, limit=min(room, CLAIM_SENDS), now=now))
        # What dead workers held comes a few at a time, and nobody else's lane with it. A row that is due and was
        # not given waits behind another of its contact.
        self._may_be_more = (
            len(claimed) >= min(room, free)
            or any(lane.was_left for lane in claimed)
            or len(sendings) >= min(room, CLAIM_SENDS)
            or (sends_due and not sendings)
        )
        self._ready.extend(_InHand(lane, now, heads.get(lane.id)) for lane in claimed)
        for sending in sendings:
            self._send(sending, lane=None)
        return bool(claimed or sendings)

    def _next_turn(self, mine: _InHand) -> None:
        """Take the lane's next event, or leave it when there is none."""
        lane, head = mine.lane, mine.head
        if head is None:
            with self._database.read() as session:
                head = lanes.head(session, lane.channel_id, lane.key)
        if head is None:
            self._leave(lane)
            return
        self._turn(lane, head, None)

    def _leave(self, lane: HeldLane) -> None:
        with self._database.write() as session:
            still = lanes.leave(session, lane)
        if still is not None:
            self._keep(still)

    def _turn(self, lane: HeldLane, pending: PendingEvent, answer: ProfileAnswer | None) -> None:
        self._beat()  # a step takes several turns, and each may use up its three seconds
        clear_contextvars()
        bind_contextvars(event_id=pending.event_key)  # and the dispatcher binds the contact
        started = perf_counter()
        try:
            with limited() if self._limits_turns else nullcontext():
                done = self._dispatcher.take_turn(lane, pending, answer)
        except Fenced:
            TURNS.labels("fenced").inc()
            log.warning("turn.fenced")
            return
        except Overtaken:
            TURNS.labels("overtaken").inc()
            self._keep(lane)
            return
        except DATABASE_GONE:
            TURNS.labels("database_gone").inc()
            raise
        except Exception as error:  # noqa: BLE001 - the transaction was opened for us; the lane must go on
            self._fail(lane, pending, error)
            return
        if isinstance(done, WantsProfile):
            self._ask_profile(lane, pending, done.user_id)
            return
        TURN_SECONDS.observe(perf_counter() - started)
        self._log_turn(done)
        if done.sending is not None:
            self._send(done.sending, lane=lane)
        else:
            self._keep(lane)

    def _log_turn(self, done: Done) -> None:
        TURNS.labels(done.outcome).inc()
        log.info(
            "turn.done",
            outcome=done.outcome,
            decisions=list(done.decisions),
            replies=done.sending is not None,
        )

    def _fail(self, lane: HeldLane, pending: PendingEvent, error: Exception) -> None:
        TURNS.labels("failed").inc()
        with self._database.write() as session:
            parked = lanes.fail(session, lane, pending.id, describe(error), now=self._clock())
        self._may_be_more = True  # the lane goes on behind what was parked
        log.error("turn.failed", parked=parked, exc_info=error)

    def _ask_profile(self, lane: HeldLane, pending: PendingEvent, user_id: str) -> None:
        self._in_flight += 1
        self._calls.ask_profile(lane, pending, user_id)

    def _send(self, sending: Sending, *, lane: HeldLane | None) -> None:
        """Begin an attempt; its outcome comes as news."""
        self._in_flight += 1
        self._calls.send(sending, lane=lane)

    def _settle_attempts(self, news: list[_News]) -> bool:
        """Write all outcomes in one transaction, then let their lanes go on."""
        fresh = [item for item in news if isinstance(item, Attempted)]
        self._in_flight -= len(fresh)
        self._unsettled.extend(fresh)  # kept while the database is away
        if not self._unsettled:
            return False
        resting = [item.lane for item in self._unsettled if item.lane is not None]
        with self._database.write() as session:
            settle(
                session,
                [item.judged for item in self._unsettled],
                fallback=self._fallback,
                now=self._clock(),
                resting=resting,
            )
            # In the order in which webhooks touch them, or the two could wait for each other.
            resting.sort(key=_touched)
            heads = lanes.heads(session, resting)
            left = [lane if lane.id in heads else lanes.leave(session, lane) for lane in resting]
        # Behind a push there may be the next to the same contact, and a late reply may have become one.
        if any(item.lane is None or not isinstance(item.judged.verdict, Over) for item in self._unsettled):
            self._may_be_more = True
        self._unsettled.clear()
        for lane in left:
            if lane is not None:
                self._keep(lane, heads.get(lane.id))
        return True


def _touched(lane: HeldLane) -> tuple[int, str]:
    return lane.channel_id, lane.key
