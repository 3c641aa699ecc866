"""Lets the processes that `up` started end with it, even when it had no time to say so."""

import os
import signal
import threading

PARENT = "TAGLINE_UP_PID"
"""Environment variable by which `up` tells its children whom to follow."""
LOOK_EVERY_S = 1.0


def is_followed() -> bool:
    """Say whether this process is one of those that `up` started."""
    return os.environ.get(PARENT, "").isdigit()


def follow_parent() -> None:
    """Send this process SIGTERM when the `up` that started it is gone."""
    if is_followed():
        pid = int(os.environ[PARENT])
        threading.Thread(target=_follow, args=[pid], name="lifeline", daemon=True).start()


def _follow(pid: int) -> None:
    pause = threading.Event()
    while not pause.wait(LOOK_EVERY_S):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            os.kill(os.getpid(), signal.SIGTERM)
            return
