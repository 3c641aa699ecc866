"""What runs, in numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact, Following
from content.models import Revision
from line.channels import DEFAULT_CHANNEL, Channel
from line.inbox import EventStatus, WebhookEvent
from tickets.queues import Unserved, unserved


@dataclass(frozen=True, slots=True)
class Live:
    """What is published."""

    account: str
    revision: int
    published_at: datetime
    """In the account's own time zone."""
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """The page's numbers; nothing in it is about a person."""

    basic_id: str | None
    is_sending: bool
    live: Live | None
    contacts: int
    following: int
    waiting: int
    parked: int
    unserved: Sequence[Unserved]
    """Queues in which somebody waits for nobody."""


def look(session: Session) -> Overview:
    """Count what there is on the default channel."""
    channel = session.scalars(sa.select(Channel).where(Channel.name == DEFAULT_CHANNEL)).one_or_none()
    if channel is None:
        return Overview(
            None, is_sending=True, live=None, contacts=0, following=0, waiting=0, parked=0, unserved=()
        )
    contacts, following = session.execute(
        sa.select(sa.func.count(), sa.func.count().filter(Contact.following == Following.FOLLOWING)).where(
            Contact.channel_id == channel.id, Contact.erased_at.is_(None)
        )
    ).one()
    return Overview(
        basic_id=channel.basic_id,
        is_sending=channel.sending_stopped_at is None,
        live=_live(session, channel.id),
        contacts=contacts,
        following=following,
        waiting=_count(session, WebhookEvent, WebhookEvent.status == _literal(EventStatus.PENDING)),
        parked=_count(session, WebhookEvent, WebhookEvent.status == _literal(EventStatus.PARKED)),
        unserved=unserved(session, channel.id),
    )


def _live(session: Session, channel_id: int) -> Live | None:
    revision = session.scalars(
        sa.select(Revision).where(Revision.channel_id == channel_id).order_by(Revision.number.desc()).limit(1)
    ).first()
    if revision is None:
        return None
    zone = ZoneInfo(revision.content["time_zone"])
    return Live(
        account=revision.content["name"],
        revision=revision.number,
        published_at=revision.published_at.astimezone(zone),
        languages=tuple(revision.content["languages"]),
    )


def _count(session: Session, table: Any, *where: sa.ColumnElement[bool]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0


def _literal(status: EventStatus) -> sa.ColumnElement[str]:
    # Not a parameter, so that the planner sees the partial index.
    return sa.literal_column(f"'{status.value}'")
