"""Tags, who carries them now, the ledger of every change; and segments, the saved rules."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from contacts.models import Contact
from core.db import Base, BigId, stored_enum


class Tag(Base):
    """A label that contacts can carry. Declared by a playbook, or on first use by import or staff."""

    __tablename__ = "tags"
    __table_args__ = (sa.UniqueConstraint("channel_id", "name"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    name: Mapped[str] = mapped_column(sa.String(80))
    group: Mapped[str | None] = mapped_column("group_name", sa.String(60))
    is_single: Mapped[bool] = mapped_column(default=False)
    """Of its group a contact carries one at most."""
    labels: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    colour: Mapped[str | None] = mapped_column(sa.String(20))
    lifetime_s: Mapped[int | None]
    """Seconds after which it ends by itself; None: never."""
    retired_at: Mapped[datetime | None]
    """No longer in the playbook; those who carry it keep it."""


class ContactTag(Base):
    """That a contact carries a tag now. Whoever asks must leave out what has expired (`tags.live`)."""

    __tablename__ = "contact_tags"
    __table_args__ = (
        sa.UniqueConstraint("contact_id", "tag_id"),
        # With its end in it, who carries a tag is read from the index alone.
        sa.Index("ix__contact_tags__tag", "tag_id", "contact_id", "expires_at"),
        sa.Index(
            "ix__contact_tags__expiry",
            "expires_at",
            sqlite_where=sa.text("expires_at IS NOT NULL"),
            postgresql_where=sa.text("expires_at IS NOT NULL"),
        ),
        sa.Index("ix__contact_tags__source", "source"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contacts.id", ondelete="CASCADE"))
    contact: Mapped[Contact] = relationship()
    tag_id: Mapped[int] = mapped_column(sa.ForeignKey("tags.id"))
    tag: Mapped[Tag] = relationship(lazy="joined", innerjoin=True)
    source: Mapped[str] = mapped_column(sa.String(160))
    """`question:find_home/area`, `rule:welcome/new`, `import:2026-11.csv`, `staff:mina`."""
    event_key: Mapped[str | None] = mapped_column(sa.String(80))
    set_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    """When the last word for it ends, whoever said that; None: never."""


class ChangeKind(StrEnum):
    SET = "set"
    REFRESHED = "refreshed"
    WITHDRAWN = "withdrawn"
    """Its source no longer says so."""
    REPLACED = "replaced"
    """Another tag of a single-choice group took its place."""
    REMOVED = "removed"
    """Taken off by a step, a rule or staff, whoever had set it."""
    EXPIRED = "expired"


class TagChange(Base):
    """One entry of the ledger: which source said what about a contact and a tag, and when."""

    __tablename__ = "tag_changes"
    __table_args__ = (
        sa.Index("ix__tag_changes__contact", "contact_id", "tag_id", "id"),
        sa.Index("ix__tag_changes__source", "source", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contacts.id", ondelete="CASCADE"))
    contact: Mapped[Contact] = relationship()
    tag_id: Mapped[int] = mapped_column(sa.ForeignKey("tags.id"))
    tag: Mapped[Tag] = relationship(lazy="joined", innerjoin=True)
    kind: Mapped[ChangeKind] = mapped_column(stored_enum(ChangeKind))
    source: Mapped[str] = mapped_column(sa.String(160))
    event_key: Mapped[str | None] = mapped_column(sa.String(80))
    at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class Segment(Base):
    """A saved rule about people. Declared by `segments.yaml`."""

    __tablename__ = "segments"
    __table_args__ = (sa.UniqueConstraint("channel_id", "key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(20), unique=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    key: Mapped[str] = mapped_column(sa.String(60))
    labels: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    descriptions: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """Why these people are worth a name, per language."""
    rule: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """`segmentation.rules.Rule` as JSON; an empty one means nobody."""
    position: Mapped[int] = mapped_column(default=0)
    """Its place in segments.yaml."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    """No longer in the playbook; campaigns that named it keep it."""
