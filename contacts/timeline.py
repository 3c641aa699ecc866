"""What happened with one contact, as one story: messages both ways, taps, follows, tag changes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, foreign, mapped_column, relationship

from contacts.models import Contact
from core.appended import Appended
from core.db import Base, BigId, stored_enum
from core.inserts import insert_or_skip
from line.outbox import Outgoing


class EntryKind(StrEnum):
    RECEIVED = "received"
    """A message from the contact."""
    SENT = "sent"
    """Messages of ours, one row per request; its outcome is in the outbox."""
    TAPPED = "tapped"
    FOLLOWED = "followed"
    UNFOLLOWED = "unfollowed"
    TAG_SET = "tag_set"
    TAG_REMOVED = "tag_removed"
    FIELD_SET = "field_set"
    FIELD_REMOVED = "field_removed"
    HANDED_OVER = "handed_over"
    RELEASED = "released"
    TICKET_OPENED = "ticket_opened"
    TICKET_ASSIGNED = "ticket_assigned"
    TICKET_SOLVED = "ticket_solved"
    TICKET_RATED = "ticket_rated"
    QUESTIONNAIRE = "questionnaire"
    SEGMENT_ENTERED = "segment_entered"
    SEGMENT_LEFT = "segment_left"
    IMPORTED = "imported"
    """Fields and tags that came with a file, all that changed in one line."""
    EVENT = "event"
    """Something else that LINE told us: a beacon, a link, a membership."""
    UNSUPPORTED = "unsupported"


class TimelineEntry(Appended):
    """One line of the story. `text` and `payload` hold personal content and are blanked by erasure."""

    __tablename__ = "timeline_entries"
    __table_args__ = (
        sa.Index("ix__timeline_entries__story", "contact_id", "at", "id"),
        sa.Index("ix__timeline_entries__message", "channel_id", "line_message_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contacts.id", ondelete="CASCADE"))
    contact: Mapped[Contact] = relationship(cascade="")
    kind: Mapped[EntryKind] = mapped_column(stored_enum(EntryKind))
    at: Mapped[datetime]
    event_key: Mapped[str | None] = mapped_column(sa.String(80))
    line_message_id: Mapped[str | None] = mapped_column(sa.String(100))
    about: Mapped[str | None] = mapped_column(sa.String(200))
    """What it concerns, never personal: a tag's name, a rule's id, a menu area, a questionnaire."""
    text: Mapped[str | None] = mapped_column(sa.Text)
    payload: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    """The LINE message(s), under `messages`, or the event's data."""
    outbox_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """Of what we sent, the request that carried it. No foreign key: one would want an index of its own."""
    outgoing: Mapped[Outgoing | None] = relationship(
        primaryjoin=lambda: foreign(TimelineEntry.outbox_id) == Outgoing.id, lazy="raise", cascade=""
    )
    unsent_at: Mapped[datetime | None]


class Unsend(Base):
    """A message its sender took back: nothing of it may be kept, even if it arrives later."""

    __tablename__ = "unsends"
    __table_args__ = (sa.UniqueConstraint("channel_id", "message_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    message_id: Mapped[str] = mapped_column(sa.String(100))
    at: Mapped[datetime]


def note(  # noqa: PLR0913 - a line of the story has as many columns
    session: Session,
    contact: Contact,
    kind: EntryKind,
    *,
    at: datetime,
    event_key: str | None = None,
    about: str | None = None,
    text: str | None = None,
    payload: Mapping[str, Any] | None = None,
    line_message_id: str | None = None,
    outgoing: Outgoing | None = None,
) -> TimelineEntry:
    """Add a line to the contact's story; `outgoing` is the request that carries what we said."""
    given = {
        "event_key": event_key,
        "about": None if about is None else about[:200],
        "text": text,
        "payload": None if payload is None else dict(payload),
        "line_message_id": line_message_id,
        "outgoing": outgoing,
    }
    entry = TimelineEntry(
        channel_id=contact.channel_id,
        **contact.as_owner,
        kind=kind,
        at=at,
        # A line has few of these, and to be told of one takes it 3 µs.
        **{name: value for name, value in given.items() if value is not None},
    )
    session.add(entry)
    return entry


def story(session: Session, contact: Contact, *, limit: int = 200) -> Sequence[TimelineEntry]:
    """Return the newest entries, oldest first."""
    newest = session.scalars(
        sa.select(TimelineEntry)
        .where(TimelineEntry.contact_id == contact.id)
        .order_by(TimelineEntry.at.desc(), TimelineEntry.id.desc())
        .limit(limit)
    ).all()
    return newest[::-1]


def is_unsent(channel_id: sa.ColumnElement[int], message_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Return the condition that a message was taken back."""
    return sa.exists().where(Unsend.channel_id == channel_id, Unsend.message_id == message_id)


def forget_message(session: Session, channel_id: int, message_id: str, *, at: datetime) -> None:
    """Blank what was kept of a message, and leave a tombstone for copies yet to come."""
    session.execute(
        insert_or_skip(session, Unsend).values(channel_id=channel_id, message_id=message_id, at=at)
    )
    session.execute(
        sa.update(TimelineEntry)
        .where(TimelineEntry.channel_id == channel_id, TimelineEntry.line_message_id == message_id)
        .values(text=None, payload=None, unsent_at=at)
    )
