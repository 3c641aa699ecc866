"""Lets processes end with the one that started them, even when that had no time to say so."""

import os
import signal
import socket
import threading
from collections.abc import Callable

PARENT = "TAGLINE_UP_PID"
"""Environment variable by which `up` tells its processes whom to follow."""
ENDINGS = frozenset({signal.SIGINT, signal.SIGTERM})
LOOK_EVERY_S = 1.0


def is_followed() -> bool:
    """Say whether this process is one of those that `up` started."""
    return os.environ.get(PARENT, "").isdigit()


def follow_up() -> None:
    """Send this process SIGTERM when the `up` that started it is gone."""
    if is_followed():
        pid = int(os.environ[PARENT])
        _end_when(lambda: not _exists(pid))


def take_children_along() -> None:
    """Let every process that is forked from here on end when this one does."""
    os.register_at_fork(after_in_child=_follow_parent)


def _follow_parent() -> None:
    parent = os.getppid()
    _end_when(lambda: os.getppid() != parent)


def _end_when(is_gone: Callable[[], bool]) -> None:
    def watch() -> None:
        pause = threading.Event()
        while not pause.wait(LOOK_EVERY_S):
            if is_gone():
                os.kill(os.getpid(), signal.SIGTERM)
                return

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def when_told_to_end(call: Callable[[], None]) -> None:
    """Call something on a thread of its own as soon as this process is told to end, whoever handles that.

    Only from the main thread. A server sets its own handlers and waits for every answer to end, and an
    answer that goes on and on does not know of them.
    """
    heard, told = socket.socketpair()
    told.setblocking(False)
    signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)

    def listen() -> None:
        with heard, told:  # both stay open for good: signals know the second by its number
            while number := heard.recv(1):
                if number[0] in ENDINGS:
                    call()

    threading.Thread(target=listen, name="endings", daemon=True).start()
