"""The worker: takes turns on one thread, talks to LINE on many.

Deciding and writing happen on the main thread, one turn at a time, under a time limit.
Calls to LINE run in a pool; a lane rests while its reply is on the way, so that a
contact's replies leave in order, and other lanes go on meanwhile.
"""

import queue
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from types import FrameType

import structlog
from sqlalchemy.orm import Session

from bot.dispatch import Dispatcher, Done, Fenced, ProfileAnswer, WantsProfile
from bot.metrics import TURN_SECONDS, TURNS
from bot.sender import Judged, settle
from core.clock import Clock
from core.db import DATABASE_GONE, Database
from core.errors import describe
from core.leases import Owner
from line import lanes, outbox
from line.lanes import HeldLane, PendingEvent
from line.messenger import LineProfile, Messenger
from line.outbox import Refused, Sending
from line.settlement import Verdict, after_sending, before_sending, not_begun

TURN_LIMIT_S = 3.0
PROFILE_WITHIN_S = 1.0
POLL_S = 1.0
"""How long the worker sleeps at most: wake-ups are hints, this is the truth."""
CLAIM_LANES = 8
CLAIM_SENDS = 32
MOST_IN_FLIGHT = 64
STALE_AFTER = timedelta(seconds=5)
"""A claimed lane that waited this long behind slow turns goes back before its lease runs out."""
CALL_THREADS = 16
PROFILE_THREADS = 4
SEND_BEGINS_WITHIN_S = 8.0
"""A row's lease lasts ten seconds: past this somebody else may be sending it."""
GONE_PAUSE = timedelta(seconds=1)
WIND_DOWN_S = 7.0
"""Whoever stops us waits ten seconds."""

log = structlog.get_logger()


class TurnTookTooLong(Exception):  # noqa: N818 - the name says what happened
    """A turn ran for longer than three seconds."""


@dataclass(frozen=True, slots=True)
class _ProfileCame:
    lane: HeldLane
    pending: PendingEvent
    answer: ProfileAnswer


@dataclass(frozen=True, slots=True)
class _Attempted:
    judged: Judged
    lane: HeldLane | None
    """The lane that rests until this reply is out; None for rows taken over."""


@dataclass(frozen=True, slots=True)
class _Woken:
    pass


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
        self._messenger = messenger
        self._dispatcher = dispatcher
        self._clock = clock
        self._owner = owner
        self._fallback = fallback
        self._pool = pool or ThreadPoolExecutor(CALL_THREADS, thread_name_prefix="line")
        # Of their own, so that a slow profile never holds up a reply.
        self._profile_pool = pool or ThreadPoolExecutor(PROFILE_THREADS, thread_name_prefix="profile")
        self._pause = pause
        self._news: queue.SimpleQueue[_ProfileCame | _Attempted | _Woken] = queue.SimpleQueue()
        self._ready: deque[tuple[HeldLane, datetime]] = deque()
        self._arrived: deque[_ProfileCame] = deque()
        self._unsettled: list[_Attempted] = []
        self._in_flight = 0
        self._is_stopping = False
        self._is_in_turn = False
        self._limits_turns = False
        self._beat: Callable[[], None] = lambda: None

    def is_taking_a_turn(self) -> bool:
        """Say whether somebody's turn is being decided right now; from any thread."""
        return self._is_in_turn

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
        with _turn_limit_signal() as can_interrupt:
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
        # Kept while the database is away, like attempts and lanes.
        self._arrived.extend(item for item in news if isinstance(item, _ProfileCame))
        did = self._settle_attempts(news)
        while self._arrived:
            came = self._arrived.popleft()
            self._in_flight -= 1
            with self._kept_if_gone(came.lane):
                self._turn(came.lane, came.pending, came.answer)
            did = True
        for _ in range(len(self._ready)):
            lane, since = self._ready.popleft()
            did = True
            with self._kept_if_gone(lane):
                if self._clock() - since > STALE_AFTER:
                    self._put_back(lane)
                else:
                    self._next_turn(lane)
        # After what is in hand: a lane kept through an absence of the database is not to be claimed as a dead one's.
        did = self._claim() or did
        return did or self._in_flight > 0

    def _put_back(self, lane: HeldLane) -> None:
        with self._database.write() as session:
            lanes.put_back(session, lane, at=self._clock())

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
                self._ready.append((lane, self._clock()))
            raise

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
        self._ready.extend((came.lane, self._clock()) for came in self._arrived)
        self._in_flight -= len(self._arrived)
        while self._in_flight and perf_counter() < until:
            beat()
            try:
                news = self._collect(0.2)
                for item in news:
                    if isinstance(item, _ProfileCame):
                        self._in_flight -= 1
                        self._ready.append((item.lane, self._clock()))
                self._settle_attempts(news)
            except DATABASE_GONE:
                break
        try:
            with self._database.write() as session:
                # In the order in which webhooks touch them.
                for lane in sorted((lane for lane, _ in self._ready), key=_touched):
                    lanes.put_back(session, lane, at=self._clock())
        except DATABASE_GONE as error:
            log.error("worker.lanes_not_given_back", reason=type(error).__name__)
        for pool in (self._pool, self._profile_pool):
            pool.shutdown(wait=False, cancel_futures=True)

    def _collect(self, wait_s: float) -> list[_ProfileCame | _Attempted | _Woken]:
        """Return all news there is, after waiting for the first."""
        news: list[_ProfileCame | _Attempted | _Woken] = []
        try:
            news.append(self._news.get(timeout=wait_s) if wait_s else self._news.get_nowait())
            while True:
                news.append(self._news.get_nowait())
        except queue.Empty:
            return news

    def _claim(self) -> bool:
        """Lease lanes and rows, as many as there is room for."""
        room = MOST_IN_FLIGHT - self._in_flight - len(self._ready)
        if room <= 0 or self._is_stopping:
            return False
        now = self._clock()
        with self._database.read() as session:
            # Lanes in hand whose turns say nothing must not keep others waiting.
            free = CLAIM_LANES - len(self._ready)
            lanes_due = free > 0 and lanes.some_due(session, now=now)
            sends_due = outbox.some_due(session, now=now)
        if not lanes_due and not sends_due:
            return False
        sendings: list[Sending] = []
        claimed: list[HeldLane] = []
        with self._database.write() as session:
            if lanes_due:
                claimed.extend(lanes.claim(session, self._owner, limit=min(room, free), now=now))
            if sends_due:
                sendings.extend(outbox.claim(session, self._owner, limit=min(room, CLAIM_SENDS), now=now))
        self._ready.extend((lane, now) for lane in claimed)
        for sending in sendings:
            self._send(sending, lane=None)
        return bool(claimed or sendings)

    def _next_turn(self, lane: HeldLane) -> None:
        """Take the lane's next event, or leave it when there is none."""
        with self._database.read() as session:
            pending = lanes.head(session, lane.channel_id, lane.key)
        if pending is None:
            self._leave(lane)
            return
        self._turn(lane, pending, None)

    def _leave(self, lane: HeldLane) -> None:
        with self._database.write() as session:
            still = lanes.leave(session, lane)
        if still is not None:
            self._ready.append((still, self._clock()))

    def _turn(self, lane: HeldLane, pending: PendingEvent, answer: ProfileAnswer | None) -> None:
        self._beat()  # a step takes several turns, and each may use up its three seconds
        started = perf_counter()
        self._is_in_turn = True
        try:
            with _limited(TURN_LIMIT_S) if self._limits_turns else nullcontext():
                done = self._dispatcher.take_turn(lane, pending, answer)
        except Fenced:
            TURNS.labels("fenced").inc()
            log.warning("turn.fenced", event_id=pending.event_key)
            return
        except DATABASE_GONE:
            TURNS.labels("database_gone").inc()
            raise
        except Exception as error:  # noqa: BLE001 - the transaction was opened for us; the lane must go on
            self._fail(lane, pending, error)
            return
        finally:
            self._is_in_turn = False
        if isinstance(done, WantsProfile):
            self._ask_profile(lane, pending, done.user_id)
            return
        TURN_SECONDS.observe(perf_counter() - started)
        self._log_turn(pending, done)
        if done.sending is not None:
            self._send(done.sending, lane=lane)
        else:
            self._ready.append((lane, self._clock()))

    def _log_turn(self, pending: PendingEvent, done: Done) -> None:
        TURNS.labels(done.outcome).inc()
        log.info(
            "turn.done",
            event_id=pending.event_key,
            outcome=done.outcome,
            decisions=list(done.decisions),
            replies=done.sending is not None,
        )

    def _fail(self, lane: HeldLane, pending: PendingEvent, error: Exception) -> None:
        TURNS.labels("failed").inc()
        with self._database.write() as session:
            parked = lanes.fail(session, lane, pending.id, describe(error), now=self._clock())
        log.error("turn.failed", event_id=pending.event_key, parked=parked, exc_info=error)

    def _ask_profile(self, lane: HeldLane, pending: PendingEvent, user_id: str) -> None:
        """Ask LINE who this is; the turn goes on after a second, whether it has answered or not."""
        self._in_flight += 1
        lock = threading.Lock()  # whoever takes it first has the word: the answer, or the clock

        def arrive(answer: ProfileAnswer) -> None:
            if lock.acquire(blocking=False):
                self._news.put(_ProfileCame(lane, pending, answer))

        timer = threading.Timer(PROFILE_WITHIN_S, arrive, [ProfileAnswer(None)])
        timer.daemon = True

        def ask() -> None:
            if lock.locked():
                return  # the turn went on without it; the profile follows by itself
            try:
                found = self._messenger.profile(user_id)
                answer = ProfileAnswer(
                    found if isinstance(found, LineProfile) else None, was_refused=isinstance(found, Refused)
                )
            finally:
                timer.cancel()
            arrive(answer)

        timer.start()
        self._profile_pool.submit(_guarded(ask, lambda: arrive(ProfileAnswer(None))))

    def _send(self, sending: Sending, *, lane: HeldLane | None) -> None:
        """Begin an attempt in the pool; its outcome comes as news."""
        self._in_flight += 1
        verdict = before_sending(sending, now=self._clock())
        if verdict is not None:
            self._news.put(_Attempted(Judged(sending, verdict), lane))
            return
        held_up = self._held_up(sending)
        if held_up is not None:
            self._news.put(_Attempted(Judged(sending, held_up), lane))
            return

        leased = perf_counter()

        def attempt() -> None:
            # It may have waited for a free thread until its minute or its lease was over.
            verdict = before_sending(sending, now=self._clock())
            if verdict is None and perf_counter() - leased > SEND_BEGINS_WITHIN_S:
                verdict = not_begun(sending, "no thread was free in time", wait=None, now=self._clock())
            if verdict is None:
                outcome = self._messenger.send(sending)
                verdict = after_sending(sending, outcome, now=self._clock())
            self._news.put(_Attempted(Judged(sending, verdict), lane))

        def bug() -> None:
            outcome = outbox.Later("a fault of ours while sending", maybe_sent=True)
            judged = Judged(sending, after_sending(sending, outcome, now=self._clock()))
            self._news.put(_Attempted(judged, lane))

        self._pool.submit(_guarded(attempt, bug))

    def _held_up(self, sending: Sending) -> Verdict | None:
        """Ask the governor; None: go ahead."""
        try:
            pause = self._pause(sending.channel_id, f"message/{sending.kind.value}")
        except DATABASE_GONE:
            return not_begun(sending, "our database is away", wait=None, now=self._clock())
        return not_begun(sending, "our own rate limit", wait=pause, now=self._clock()) if pause else None

    def _settle_attempts(self, news: list[_ProfileCame | _Attempted | _Woken]) -> bool:
        """Write all outcomes in one transaction, then let their lanes go on."""
        fresh = [item for item in news if isinstance(item, _Attempted)]
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
            left = [lanes.leave(session, lane) if self._is_idle(session, lane) else lane for lane in resting]
        self._unsettled.clear()
        self._ready.extend((lane, self._clock()) for lane in left if lane is not None)
        return True

    def _is_idle(self, session: Session, lane: HeldLane) -> bool:
        return lanes.head(session, lane.channel_id, lane.key) is None


def _touched(lane: HeldLane) -> tuple[int, str]:
    return lane.channel_id, lane.key


def _guarded(work: Callable[[], None], otherwise: Callable[[], None]) -> Callable[[], None]:
    """Return `work` for a pool, where an exception would go unheard."""

    def guarded() -> None:
        try:
            work()
        except Exception as error:
            log.error("worker.call_failed", exc_info=error)
            otherwise()

    return guarded


@contextmanager
def _turn_limit_signal() -> Iterator[bool]:
    """Let the alarm interrupt a turn, and say whether it can: only a main thread hears it."""
    if threading.current_thread() is not threading.main_thread():
        yield False
        return

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise TurnTookTooLong(f"the turn took more than {TURN_LIMIT_S:g} seconds")

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        yield True
    finally:
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Interrupt what runs longer; again every second, as an alarm in a destructor goes unheard."""
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
