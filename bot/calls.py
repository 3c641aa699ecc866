"""Calls to LINE on threads of their own, while turns go on; what comes of each is told to the worker."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter

import structlog
from structlog.contextvars import bound_contextvars

from bot.profiles import ProfileAnswer
from bot.sender import Judged
from core.clock import Clock
from core.db import DATABASE_GONE
from line import outcomes
from line.lanes import HeldLane, PendingEvent
from line.messenger import LineProfile, Messenger
from line.outbox import Sending
from line.outcomes import Refused
from line.settlement import Verdict, after_sending, before_sending, not_begun

CALL_THREADS = 16
PROFILE_THREADS = 4
PROFILE_WITHIN_S = 1.0
SEND_BEGINS_WITHIN_S = 8.0
"""A row's lease lasts ten seconds: past this somebody else may be sending it."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ProfileCame:
    lane: HeldLane
    pending: PendingEvent
    answer: ProfileAnswer


@dataclass(frozen=True, slots=True)
class Attempted:
    judged: Judged
    lane: HeldLane | None
    """The lane that rests until this reply is out; None for rows taken over."""


class Calls:
    """Asks for profiles and sends; every call ends with one thing told, from whatever thread."""

    def __init__(
        self,
        messenger: Messenger,
        *,
        clock: Clock,
        pause: Callable[[int, str], timedelta],
        tell: Callable[[ProfileCame | Attempted], None],
        pool: Executor | None,
    ) -> None:
        self._messenger = messenger
        self._clock = clock
        self._pause = pause
        self._tell = tell
        self._pool = pool or ThreadPoolExecutor(CALL_THREADS, thread_name_prefix="line")
        # Of their own, so that a slow profile never holds up a reply.
        self._profile_pool = pool or ThreadPoolExecutor(PROFILE_THREADS, thread_name_prefix="profile")

    def close(self) -> None:
        """Begin no further call."""
        for pool in (self._pool, self._profile_pool):
            pool.shutdown(wait=False, cancel_futures=True)

    def ask_profile(self, lane: HeldLane, pending: PendingEvent, user_id: str) -> None:
        """Ask LINE who this is; the turn goes on after a second, whether it has answered or not."""
        lock = threading.Lock()  # whoever takes it first has the word: the answer, or the clock

        def arrive(answer: ProfileAnswer) -> None:
            if lock.acquire(blocking=False):
                self._tell(ProfileCame(lane, pending, answer))

        timer = threading.Timer(PROFILE_WITHIN_S, arrive, [ProfileAnswer(None)])
        timer.daemon = True

        def ask() -> None:
            if lock.locked():
                return  # the turn went on without it; the profile follows by itself
            try:
                if self._must_wait(lane.channel_id, "profile"):
                    arrive(ProfileAnswer(None))
                    return
                with bound_contextvars(event_id=pending.event_key):
                    found = self._messenger.profile(user_id)
                answer = ProfileAnswer(
                    found if isinstance(found, LineProfile) else None, was_refused=isinstance(found, Refused)
                )
            finally:
                timer.cancel()
            arrive(answer)

        timer.start()
        self._profile_pool.submit(_guarded(ask, lambda: arrive(ProfileAnswer(None))))

    def send(self, sending: Sending, *, lane: HeldLane | None) -> None:
        """Begin an attempt in the pool; its outcome is told."""
        verdict = before_sending(sending, now=self._clock())
        if verdict is not None:
            self._tell(Attempted(Judged(sending, verdict), lane))
            return
        held_up = self._held_up(sending)
        if held_up is not None:
            self._tell(Attempted(Judged(sending, held_up), lane))
            return

        leased = perf_counter()

        def attempt() -> None:
            # It may have waited for a free thread until its minute or its lease was over.
            verdict = before_sending(sending, now=self._clock())
            if verdict is None and perf_counter() - leased > SEND_BEGINS_WITHIN_S:
                verdict = not_begun(sending, "no thread was free in time", wait=None, now=self._clock())
            if verdict is None:
                with bound_contextvars(event_id=sending.event_key, row=sending.id):
                    outcome = self._messenger.send(sending)
                verdict = after_sending(sending, outcome, now=self._clock())
            self._tell(Attempted(Judged(sending, verdict), lane))

        def bug() -> None:
            outcome = outcomes.Later("a fault of ours while sending", maybe_sent=True)
            judged = Judged(sending, after_sending(sending, outcome, now=self._clock()))
            self._tell(Attempted(judged, lane))

        self._pool.submit(_guarded(attempt, bug))

    def _must_wait(self, channel_id: int, endpoint: str) -> bool:
        """Ask the governor about a call that is not worth waiting for."""
        try:
            return bool(self._pause(channel_id, endpoint))
        except DATABASE_GONE:
            return True

    def _held_up(self, sending: Sending) -> Verdict | None:
        """Ask the governor; None: go ahead."""
        try:
            pause = self._pause(sending.channel_id, f"message/{sending.kind.value}")
        except DATABASE_GONE:
            return not_begun(sending, "our database is away", wait=None, now=self._clock())
        return not_begun(sending, "our own rate limit", wait=pause, now=self._clock()) if pause else None


def _guarded(work: Callable[[], None], otherwise: Callable[[], None]) -> Callable[[], None]:
    """Return `work` for a pool, where an exception would go unheard."""

    def guarded() -> None:
        try:
            work()
        except Exception as error:
            log.error("worker.call_failed", exc_info=error)
            otherwise()

    return guarded
