"""Wait for something to show on a phone."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.state import Line


def wait_until(line: "Line", is_there: Callable[[], bool], seconds: float) -> bool:
    """Wait until the condition holds, in real time; return whether it does."""
    end = time.monotonic() + seconds
    while not is_there():
        left = end - time.monotonic()
        if left <= 0:
            return False
        # A change between the look and the wait is seen at the latest after this pause.
        with line.changed:
            line.changed.wait(min(left, 0.05))
    return True
