"""The time limit of a turn, kept by an alarm: only a process's main thread hears it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

TURN_LIMIT_S = 3.0


class TurnTookTooLong(Exception):  # noqa: N818 - the name says what happened
    """A turn ran for longer than three seconds."""


@contextmanager
def turns_can_be_limited() -> Iterator[bool]:
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
def limited(seconds: float = TURN_LIMIT_S) -> Iterator[None]:
    """Interrupt what runs longer; again every second, as an alarm in a destructor goes unheard."""
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
