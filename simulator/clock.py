"""The simulator's time: the machine's clock until a test stops it, moves it or sets it."""

from datetime import UTC, datetime, timedelta
from threading import Lock

from core.clock import system_clock


class SimClock:
    """A clock that runs with the machine, or stands still from the moment it is given.

    `SimClock()` runs; `SimClock(at)` stands at `at` until `advance`, `set` or `run`.
    """

    def __init__(self, at: datetime | None = None) -> None:
        self._lock = Lock()
        self._offset = 0.0
        self._stands_at = None if at is None else _seconds(at)

    def now(self) -> datetime:
        """Return the time as an aware UTC datetime."""
        return datetime.fromtimestamp(self.seconds(), UTC)

    def __call__(self) -> datetime:
        """Return `now()`: the product's clocks are plain callables."""
        return self.now()

    def now_ms(self) -> int:
        """Return the time in milliseconds since 1970, the unit of LINE's events."""
        return int(self.seconds() * 1000)

    def seconds(self) -> float:
        """Return the time in seconds since 1970."""
        stands_at = self._stands_at
        return system_clock().timestamp() + self._offset if stands_at is None else stands_at

    def advance(self, by: timedelta | float) -> None:
        """Move by a duration, or by a number of seconds; backwards is allowed."""
        seconds = by.total_seconds() if isinstance(by, timedelta) else float(by)
        with self._lock:
            if self._stands_at is None:
                self._offset += seconds
            else:
                self._stands_at += seconds

    def set(self, at: datetime) -> None:
        """Jump to a time; a running clock goes on from there, a standing one stays there."""
        with self._lock:
            if self._stands_at is None:
                self._offset = _seconds(at) - system_clock().timestamp()
            else:
                self._stands_at = _seconds(at)

    def stop(self) -> None:
        """Stand still at the present time."""
        with self._lock:
            self._stands_at = self.seconds()

    def run(self) -> None:
        """Go on from where the clock stands."""
        with self._lock:
            if self._stands_at is not None:
                self._offset = self._stands_at - system_clock().timestamp()
                self._stands_at = None

    @property
    def is_running(self) -> bool:
        """Tell whether the clock moves by itself."""
        return self._stands_at is None


def _machine() -> float:
    return system_clock().timestamp()


def _seconds(at: datetime) -> float:
    if at.tzinfo is None:
        message = "a time without a zone"
        raise ValueError(message)
    return at.timestamp()
