"""One token bucket per LINE endpoint and channel, shared by every process, below LINE's published limits."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.clock import Clock
from core.db import DATABASE_GONE, Base, Database
from core.inserts import insert_or_skip
from line.outcomes import Later, Outcome

SHARE = 0.9
"""How much of LINE's limit we use."""
KEPT_FOR = timedelta(seconds=1)
"""How long tokens taken from the database may lie unused in a process."""
SKEW = timedelta(minutes=1)
"""Clocks of our machines may differ by this; a bucket filled later than that was filled by a wrong clock."""
HOLD_OFF = timedelta(seconds=1)
"""How long an endpoint rests after LINE found us too fast, where it does not say."""
LONGEST_HOLD_OFF = timedelta(minutes=1)
"""Then one looks again, whatever LINE has asked for: each request keeps its own, longer wait."""
GO = timedelta()
LEAST_WAIT = timedelta(milliseconds=1)


class Bucket(Base):
    """How many calls to one endpoint may still be made."""

    __tablename__ = "buckets"

    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"), primary_key=True)
    endpoint: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    tokens: Mapped[float]
    filled_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Limit:
    """LINE's limit for an endpoint, and the bucket that keeps us below it.

    How large LINE's own buckets are is not published. Where it counts by the second, a tenth of a
    second's calls may come at once: with nine tenths as the steady rate, any second stays within
    the limit. Where it counts by the hour, half of them may, because a whole playbook's menus come
    together and then none for days.
    """

    calls: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.calls * SHARE / self.seconds

    @property
    def burst(self) -> float:
        return max(1.0, self.calls * (0.1 if self.seconds <= 1 else 0.5))

    @property
    def chunk(self) -> int:
        """Return how many tokens a process takes at a time: one by one where they are scarce."""
        return max(1, int(self.burst / 4)) if self.seconds <= 1 else 1


SECOND, MINUTE, HOUR = 1.0, 60.0, 3600.0
EVERYTHING_ELSE = Limit(2000, SECOND)
LIMITS: Mapping[str, Limit] = {
    "message/multicast": Limit(200, SECOND),
    "message/narrowcast": Limit(60, HOUR),
    "message/broadcast": Limit(60, HOUR),
    "chat/loading": Limit(100, SECOND),
    "richmenu/create": Limit(100, HOUR),
    "richmenu/delete": Limit(100, HOUR),
    "richmenu/alias/delete": Limit(100, HOUR),
    "richmenu/batch": Limit(3, HOUR),
    "richmenu/list": Limit(10, SECOND),
    "webhook/endpoint": Limit(1000, MINUTE),
    "webhook/test": Limit(60, HOUR),
}


@dataclass(slots=True)
class _Pocket:
    """What this process has of one bucket."""

    lock: Lock
    tokens: int
    kept_until: datetime
    """When its tokens are worth nothing any more."""
    empty_until: datetime
    """Before this the database has none either, and need not be asked."""


class Governor:
    """Says when a call may be made, so that all processes together stay below LINE's limits."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        limits: Mapping[str, Limit] = LIMITS,
        otherwise: Limit = EVERYTHING_ELSE,
    ) -> None:
        """:param otherwise: the limit of an endpoint that `limits` does not name."""
        self._database = database
        self._clock = clock
        self._limits = limits
        self._otherwise = otherwise
        self._lock = Lock()
        self._pockets: dict[tuple[int, str], _Pocket] = {}

    def wait(self, channel_id: int, endpoint: str) -> timedelta:
        """Take leave for one call; zero: go. Otherwise nothing is taken, and this long is to be waited."""
        return self.leave(channel_id, endpoint, 1)[1]

    def leave(self, channel_id: int, endpoint: str, most: int) -> tuple[int, timedelta]:
        """Take leave for up to `most` calls at once; return for how many, and for none how long to wait."""
        now = self._clock()
        pocket = self._pocket(channel_id, endpoint, now)
        with pocket.lock:
            had = min(pocket.tokens, most) if now < pocket.kept_until else 0
            if had == most:
                pocket.tokens -= had
                return had, GO
            limit = self._limits.get(endpoint, self._otherwise)
            # A longer wait than a whole period was noted by a clock that has been put right since.
            longest = max(timedelta(seconds=limit.seconds), LONGEST_HOLD_OFF)
            if now < pocket.empty_until <= now + longest:
                pocket.tokens = 0
                return had, GO if had else pocket.empty_until - now
            taken, pause = self._take(channel_id, endpoint, limit, max(limit.chunk, most - had), now)
            used = min(taken, most - had)
            pocket.tokens = taken - used
            pocket.kept_until, pocket.empty_until = now + KEPT_FOR, now + pause
            return had + used, GO if had + used else pause

    def heed(self, channel_id: int, endpoint: str, outcome: Outcome) -> None:
        """Let everybody's calls to an endpoint rest where LINE has answered one with 429."""
        if not isinstance(outcome, Later) or not outcome.is_too_fast:
            return
        now = self._clock()
        rest = min(outcome.after or HOLD_OFF, LONGEST_HOLD_OFF)
        pocket = self._pocket(channel_id, endpoint, now)
        with pocket.lock:
            pocket.tokens, pocket.empty_until = 0, now + rest
        with suppress(*DATABASE_GONE):  # then the other processes have to hear it from LINE themselves
            self._empty(channel_id, endpoint, rest, now)

    def _pocket(self, channel_id: int, endpoint: str, now: datetime) -> _Pocket:
        with self._lock:
            return self._pockets.setdefault((channel_id, endpoint), _Pocket(Lock(), 0, now, now))

    def _take(
        self, channel_id: int, endpoint: str, limit: Limit, most: int, now: datetime
    ) -> tuple[int, timedelta]:
        with self._database.write() as session:
            bucket = _locked(session, channel_id, endpoint, limit, now)
            level = _level(bucket, limit, now)
            taken = max(0, min(most, int(level)))
            bucket.tokens = level - taken
            bucket.filled_at = now if bucket.filled_at > now + SKEW else max(now, bucket.filled_at)
        # Never less than a millisecond: a wait that rounds to zero would mean "go".
        return taken, GO if taken else max(LEAST_WAIT, timedelta(seconds=(1 - level) / limit.per_second))

    def _empty(self, channel_id: int, endpoint: str, rest: timedelta, now: datetime) -> None:
        """Leave so little that the first token comes after `rest`: below zero by what flows in meanwhile."""
        limit = self._limits.get(endpoint, self._otherwise)
        with self._database.write() as session:
            bucket = _locked(session, channel_id, endpoint, limit, now)
            owed = 1 - rest.total_seconds() * limit.per_second
            bucket.tokens, bucket.filled_at = min(_level(bucket, limit, now), owed), now


def _level(bucket: Bucket, limit: Limit, now: datetime) -> float:
    elapsed = max(0.0, (now - bucket.filled_at).total_seconds())
    return min(limit.burst, bucket.tokens + elapsed * limit.per_second)


def _locked(session: Session, channel_id: int, endpoint: str, limit: Limit, now: datetime) -> Bucket:
    find = (
        sa.select(Bucket)
        .where(Bucket.channel_id == channel_id, Bucket.endpoint == endpoint)
        .with_for_update()
    )
    bucket = session.scalars(find).one_or_none()
    if bucket is None:
        session.execute(
            insert_or_skip(session, Bucket).values(
                channel_id=channel_id, endpoint=endpoint, tokens=limit.burst, filled_at=now
            )
        )
        bucket = session.scalars(find).one()
    return bucket
