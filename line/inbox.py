"""What LINE told us: each webhook event stored once, and one lane per contact to handle them in order."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, stored_enum
from core.ids import shard_of
from core.inserts import upsert_for
from line.prepared import Prepared


class EventStatus(StrEnum):
    PENDING = "pending"
    HANDLED = "handled"
    PARKED = "parked"
    """Given up after its tries; staff can see it, and retry or dismiss it."""
    DISMISSED = "dismissed"
    """Given up, and somebody has looked and left it so."""
    REFUSED = "refused"
    """Older than the erasure of its person."""


class WebhookEvent(Base):
    """One item of LINE's `events`, as it came."""

    __tablename__ = "webhook_events"
    __table_args__ = (
        sa.UniqueConstraint("channel_id", "event_key"),
        # The head of a lane is one look-up, however many handled events lie behind it.
        sa.Index(
            "ix__webhook_events__pending",
            "channel_id",
            "lane_key",
            "order_ms",
            "id",
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        ),
        sa.Index(
            "ix__webhook_events__parked",
            "parked_at",
            sqlite_where=sa.text("status = 'parked'"),
            postgresql_where=sa.text("status = 'parked'"),
        ),
        sa.Index(
            "ix__webhook_events__bodies",
            "received_at",
            sqlite_where=sa.text("body IS NOT NULL"),
            postgresql_where=sa.text("body IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    event_key: Mapped[str] = mapped_column(sa.String(80))
    """LINE's webhookEventId, or the hash of the event where it has none."""
    lane_key: Mapped[str] = mapped_column(sa.String(110))
    shard: Mapped[int] = mapped_column(sa.SmallInteger)
    order_ms: Mapped[int] = mapped_column(sa.BigInteger)
    """LINE's timestamp, at most the time we received it: a clock ahead must not hold others up."""
    received_at: Mapped[datetime]
    body: Mapped[bytes | None]
    """The event's JSON; cut seven days after handling."""
    status: Mapped[EventStatus] = mapped_column(stored_enum(EventStatus))
    failures: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    """Turns that ended in an exception."""
    deaths: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    """Workers that did not come back from this event."""
    error: Mapped[str | None] = mapped_column(sa.Text)
    handled_at: Mapped[datetime | None]
    parked_at: Mapped[datetime | None]


class Lane(Base):
    """The queue of one contact. Whoever leases it handles its events, one after another."""

    __tablename__ = "lanes"
    __table_args__ = (
        sa.UniqueConstraint("channel_id", "key"),
        sa.Index(
            "ix__lanes__due",
            "due_at",
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    key: Mapped[str] = mapped_column(sa.String(110))
    shard: Mapped[int] = mapped_column(sa.SmallInteger)
    due_at: Mapped[datetime | None]
    """When someone should look: the end of the lease while leased, a retry, or at once. None: idle."""
    wakes: Mapped[int] = mapped_column(default=0)
    """Counts arrivals, so that a worker about to leave notices one that came in between."""
    owner: Mapped[str | None] = mapped_column(sa.String(80))
    lease_no: Mapped[int] = mapped_column(default=0)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event on its way into the inbox."""

    channel_id: int
    event_key: str
    lane_key: str
    order_ms: int
    received_at: datetime
    body: bytes


def arrivals(events: Sequence[Mapping[str, object]], channel_id: int, received_at: datetime) -> list[Arrival]:
    """Prepare the items of one webhook body, as `line.json.loads` read it, for `record`."""
    received_ms = int(received_at.timestamp() * 1000)
    return [_arrival(event, channel_id, received_at, received_ms) for event in events]


def _arrival(
    event: Mapping[str, object], channel_id: int, received_at: datetime, received_ms: int
) -> Arrival:
    timestamp = event.get("timestamp")
    # Not isinstance: JSON's true is an int to Python, and no number to PostgreSQL.
    sent_ms = timestamp if type(timestamp) is int and timestamp >= 0 else received_ms
    return Arrival(
        channel_id=channel_id,
        event_key=_event_key(event),
        lane_key=lane_key(event),
        order_ms=min(sent_ms, received_ms),
        received_at=received_at,
        body=orjson.dumps(event),
    )


def _event_key(event: Mapping[str, object]) -> str:
    key = event.get("webhookEventId")
    if isinstance(key, str) and 0 < len(key) <= 64 and key.isascii() and key.isprintable():
        return key
    # A redelivery differs in deliveryContext only, and must meet its original.
    same = {name: value for name, value in event.items() if name != "deliveryContext"}
    return "sha256:" + hashlib.sha256(orjson.dumps(same, option=orjson.OPT_SORT_KEYS)).hexdigest()


def lane_key(event: Mapping[str, object]) -> str:
    """Return whose turn this event is: a user's id, `group:…`, `room:…`, or `-` where LINE names nobody."""
    source = event.get("source")
    if not isinstance(source, Mapping):
        return "-"
    for kind, name in (("group", "groupId"), ("room", "roomId")):
        if source.get("type") == kind:
            value = source.get(name)
            return f"{kind}:{value}"[:110] if isinstance(value, str) and value.isascii() else "-"
    user_id = source.get("userId")
    usable = (
        isinstance(user_id, str) and 0 < len(user_id) <= 100 and user_id.isascii() and user_id.isprintable()
    )
    return str(user_id) if usable else "-"


_EVENT_COLUMNS = (
    "channel_id",
    "event_key",
    "lane_key",
    "shard",
    "order_ms",
    "received_at",
    "body",
    "status",
    "failures",
    "deaths",
)
_LANE_COLUMNS = ("channel_id", "key", "shard", "due_at", "wakes", "lease_no")


def record(connection: sa.Connection, batch: Sequence[Arrival]) -> int:
    """Store each event once and wake its lane; return how many were new.

    The lanes come first, in one order for everybody: two web processes that were told the same events
    in different orders would else wait for each other.
    """
    insert_events, wake_lanes = _statements(connection.dialect)
    lanes = {(a.channel_id, a.lane_key): a.received_at for a in batch}
    wake_lanes.execute(
        connection,
        [
            (channel_id, key, shard_of(key), received_at, 1, 0)
            for (channel_id, key), received_at in sorted(lanes.items())
        ],
    )
    return insert_events.execute(
        connection,
        [
            (
                a.channel_id,
                a.event_key,
                a.lane_key,
                shard_of(a.lane_key),
                a.order_ms,
                a.received_at,
                a.body,
                EventStatus.PENDING,
                0,
                0,
            )
            for a in batch
        ],
    )


@lru_cache(maxsize=4)
def _statements(dialect: sa.Dialect) -> tuple[Prepared, Prepared]:
    insert_events = upsert_for(dialect, WebhookEvent).on_conflict_do_nothing()
    insert_lanes = upsert_for(dialect, Lane)
    wake_lanes = insert_lanes.on_conflict_do_update(
        index_elements=["channel_id", "key"],
        set_={
            "wakes": Lane.wakes + sa.literal_column("1"),
            "due_at": sa.func.coalesce(Lane.due_at, insert_lanes.excluded.due_at),
        },
    )
    return Prepared(insert_events, _EVENT_COLUMNS, dialect), Prepared(wake_lanes, _LANE_COLUMNS, dialect)


def changed_duplicates(connection: sa.Connection, batch: Sequence[Arrival]) -> list[str]:
    """Return the event keys of `batch` that are stored with another content: the first one won."""
    wanted = {(a.channel_id, a.event_key): a for a in batch}
    stored = connection.execute(
        sa.select(WebhookEvent.channel_id, WebhookEvent.event_key, WebhookEvent.body).where(
            WebhookEvent.event_key.in_([a.event_key for a in batch]), WebhookEvent.body.is_not(None)
        )
    )
    return [
        key
        for channel_id, key, body in stored
        if body is not None
        and (channel_id, key) in wanted
        and _content(body) != _content(wanted[(channel_id, key)].body)
    ]


def _content(body: bytes) -> object:
    event = orjson.loads(body)
    event.pop("deliveryContext", None)
    return event
