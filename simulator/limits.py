"""Rate limits as token buckets, and the monthly quota of recipients."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from threading import Lock

_JAPAN = timezone(timedelta(hours=9))
HOUR = 3600.0
MINUTE = 60.0
SECOND = 1.0


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls in so many seconds."""

    calls: int
    seconds: float


EVERYTHING_ELSE = Rate(2000, SECOND)
MULTICAST = Rate(200, SECOND)
BROADCAST = Rate(60, HOUR)
WEBHOOK_ENDPOINT = Rate(1000, MINUTE)
WEBHOOK_TEST = Rate(60, HOUR)
MENU_CHANGES = Rate(100, HOUR)
MENU_BATCH = Rate(3, HOUR)
MENU_LIST = Rate(10, SECOND)
LOADING = Rate(100, SECOND)


class Buckets:
    """One token bucket per endpoint, refilled by the simulator's clock.

    LINE does not publish bucket sizes; a full bucket holds one period's calls here. `scale`
    multiplies every limit; None switches them off.
    """

    def __init__(self, scale: float | None) -> None:
        self.scale = scale
        self._levels: dict[str, tuple[float, float]] = {}
        self._lock = Lock()

    def take(self, endpoint: str, rate: Rate, now: float) -> bool:
        """Take one call from the endpoint's bucket, if there is one."""
        if self.scale is None:
            return True
        size = rate.calls * self.scale
        with self._lock:
            level, since = self._levels.get(endpoint, (size, now))
            level = min(size, level + max(0.0, now - since) * size / rate.seconds)
            is_let_through = level >= 1
            self._levels[endpoint] = (level - is_let_through, now)
        return is_let_through

    def reset(self) -> None:
        """Fill every bucket."""
        self._levels.clear()


class Quota:
    """Recipients per month, the month being Japan's. `limit` None means no limit."""

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self._month = ""
        self._used = 0
        self._units: set[str] = set()

    def used(self, now: float) -> int:
        """Return how many recipients were counted this month."""
        self._turn(now)
        return self._used

    def spend(self, recipients: int, now: float) -> bool:
        """Count recipients, or refuse the whole request when they do not fit."""
        self._turn(now)
        if self.limit is not None and recipients and self._used + recipients > self.limit:
            return False
        self._used += recipients
        return True

    def fill(self, used: int, now: float) -> None:
        """Set this month's count, for tests that start near the end of it."""
        self._turn(now)
        self._used = used

    def admit_unit(self, name: str, now: float) -> bool:
        """Tell whether an aggregation unit counts: 1,000 different names a month do."""
        self._turn(now)
        most = 1000
        if name in self._units or len(self._units) < most:
            self._units.add(name)
            return True
        return False

    def _turn(self, now: float) -> None:
        month = datetime.fromtimestamp(now, UTC).astimezone(_JAPAN).strftime("%Y-%m")
        if month != self._month:
            self._month, self._used, self._units = month, 0, set()
