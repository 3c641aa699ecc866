"""Small rows for tests of inbox, lanes and outbox."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa

from core.db import Database
from line.channels import ensure_channel
from line.inbox import Lane, WebhookEvent, arrivals, record

NOON = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)
"""Twelve o'clock in Taipei."""
_NUMBERS = count(1)


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def after(**duration: float) -> datetime:
    """Return the moment that long after noon."""
    return NOON + timedelta(**duration)


def a_channel(database: Database) -> int:
    with database.write() as session:
        return ensure_channel(session, now=NOON).id


def an_event(user: str = "U1", *, sent_at: datetime = NOON, key: str | None = None, **more: Any) -> Any:
    """Return a text event as LINE would send it, with a new id unless `key` is given."""
    number = next(_NUMBERS)
    return {
        "type": "message",
        "mode": "active",
        "timestamp": ms(sent_at),
        "source": {"type": "user", "userId": user},
        "webhookEventId": key or f"event-{number}",
        "deliveryContext": {"isRedelivery": False},
        "replyToken": f"token-{number}",
        "message": {"id": str(number), "type": "text", "text": "hello", "quoteToken": "q"},
        **more,
    }


def tell(database: Database, channel_id: int, *events: Any, at: datetime = NOON) -> int:
    """Record events as one webhook body; return how many were new."""
    with database.engine.begin() as connection:
        return record(connection, arrivals(events, channel_id, at))


def stored(database: Database) -> Sequence[WebhookEvent]:
    """Return all events in the order of their arrival."""
    with database.read() as session:
        return session.scalars(sa.select(WebhookEvent).order_by(WebhookEvent.id)).all()


def a_lane(database: Database, key: str = "U1") -> Lane:
    with database.read() as session:
        return session.scalars(sa.select(Lane).where(Lane.key == key)).one()
