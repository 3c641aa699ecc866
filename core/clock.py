"""The one place that reads the wall clock."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present moment, aware and in UTC. Passed in, never imported, below `bot`."""


def system_clock() -> datetime:
    """Read the machine's clock."""
    return datetime.now(UTC)
