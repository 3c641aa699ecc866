"""Tags, who carries them now, the ledger of every change; segments, scores, and who was in them when."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from contacts.models import Contact
from core.appended import Appended
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


class TagChange(Appended):
    """One entry of the ledger: which source said what about a contact and a tag, and when."""

    __tablename__ = "tag_changes"
    __table_args__ = (
        sa.Index("ix__tag_changes__contact", "contact_id", "tag_id", "id"),
        sa.Index("ix__tag_changes__source", "source", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contacts.id", ondelete="CASCADE"))
    contact: Mapped[Contact] = relationship(cascade="")
    tag_id: Mapped[int] = mapped_column(sa.ForeignKey("tags.id"))
    tag: Mapped[Tag] = relationship(lazy="joined", innerjoin=True, cascade="")
    kind: Mapped[ChangeKind] = mapped_column(stored_enum(ChangeKind))
    source: Mapped[str] = mapped_column(sa.String(160))
    event_key: Mapped[str | None] = mapped_column(sa.String(80))
    at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class SegmentKind(StrEnum):
    ACTIVE = "active"
    """Whoever the rule holds for, kept current."""
    STATIC = "static"
    """Those who were put in: an uploaded list, or who was in another segment at a moment."""


class Origin(StrEnum):
    PLAYBOOK = "playbook"
    STAFF = "staff"
    """Made in the console; a playbook neither changes nor retires it."""


class Targeting(StrEnum):
    """Whether the shop means to serve these people, the T of STP."""

    YES = "yes"
    NOT_NOW = "not_now"
    NO = "no"


class Segment(Base):
    """A saved rule about people, or a list of them."""

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
    kind: Mapped[SegmentKind] = mapped_column(
        stored_enum(SegmentKind), default=SegmentKind.ACTIVE, server_default=SegmentKind.ACTIVE
    )
    origin: Mapped[Origin] = mapped_column(
        stored_enum(Origin), default=Origin.PLAYBOOK, server_default=Origin.PLAYBOOK
    )
    gives_tag: Mapped[str | None] = mapped_column(sa.String(80))
    """A tag that its members carry, with `segment:KEY` as the source, and lose when they leave."""
    targeting: Mapped[Targeting | None] = mapped_column(stored_enum(Targeting))
    targeting_reason: Mapped[str | None] = mapped_column(sa.Text)
    positioning: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict, server_default="{}")
    """Why these people should care, one line per language."""
    position: Mapped[int] = mapped_column(default=0)
    """Its place in segments.yaml."""
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(sa.String(120))
    """The login of the staff user who made it."""
    changed_at: Mapped[datetime]
    edition: Mapped[int] = mapped_column(default=0, server_default="0")
    """One more with every change; who keeps rules that were read knows by their sum when to read them anew."""
    reviewed_at: Mapped[datetime | None]
    """When somebody last said that it is still right."""
    reviewed_by: Mapped[str | None] = mapped_column(sa.String(120))
    sweep_due_at: Mapped[datetime | None]
    """When everybody has to be asked again: a new rule, an import; None: nobody has."""
    sweep_because: Mapped[str | None] = mapped_column(sa.String(160))
    """What will stand as the reason: `rule`, `import:list.csv`, `retired`."""
    swept_at: Mapped[datetime | None]
    """Until when what time alone changes is worked in; None: nobody was ever asked."""
    retired_at: Mapped[datetime | None]
    """No longer in the playbook; campaigns that named it keep it."""


class Score(Base):
    """Conditions that give points; what somebody has is worked out from them and stored nowhere."""

    __tablename__ = "scores"
    __table_args__ = (sa.UniqueConstraint("channel_id", "key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    key: Mapped[str] = mapped_column(sa.String(40))
    labels: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    descriptions: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    conditions: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)
    """`{"points": 10, "when": …}`, with a rule as JSON."""
    position: Mapped[int] = mapped_column(default=0)
    """Its place in segments.yaml."""
    changed_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    """No longer in the playbook; rules that named it keep it."""


class About(StrEnum):
    """What of the playbook's staff may say otherwise in the console."""

    TARGET = "target"
    """Whether a segment is a target, and why."""
    POSITIONING = "positioning"
    """Why the people of a segment should care."""
    POINTS = "points"
    """What the conditions of a score give."""


class StaffWord(Base):
    """What staff said otherwise than the playbook; it stands over the playbook's word until it is taken back."""

    __tablename__ = "staff_words"
    __table_args__ = (sa.UniqueConstraint("channel_id", "about", "key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    about: Mapped[About] = mapped_column(stored_enum(About))
    key: Mapped[str] = mapped_column(sa.String(60))
    """Of the segment or the score."""
    value: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """`{"targeting": "no", "because": …}`; a line per language; `{"conditions": [{"points": 10, "when": …}]}`."""
    said_at: Mapped[datetime]
    said_by: Mapped[str] = mapped_column(sa.String(120))
    """A login."""


class Membership(Appended):
    """That a contact was in a segment from one moment to another; without an end they still are."""

    __tablename__ = "segment_memberships"
    __table_args__ = (
        sa.Index(
            "uq__segment_memberships__now",
            "segment_id",
            "contact_id",
            unique=True,
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        ),
        # Who came and who went in a stretch of time: growth, and who was in it on a past day.
        sa.Index("ix__segment_memberships__entered", "segment_id", "entered_at"),
        sa.Index("ix__segment_memberships__left", "segment_id", "left_at"),
        sa.Index("ix__segment_memberships__contact", "contact_id", "segment_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    segment_id: Mapped[int] = mapped_column(sa.ForeignKey("segments.id"))
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contacts.id", ondelete="CASCADE"))
    entered_at: Mapped[datetime]
    entered_because: Mapped[str] = mapped_column(sa.String(160))
    """The fact that changed: `tag:area:taipei`, `time`, `rule`, `upload:list.csv`."""
    entered_by_event: Mapped[str | None] = mapped_column(sa.String(80))
    """The webhook event that changed it."""
    left_at: Mapped[datetime | None]
    left_because: Mapped[str | None] = mapped_column(sa.String(160))
    left_by_event: Mapped[str | None] = mapped_column(sa.String(80))


class Touch(Appended):
    """That a fact about a contact changed, and segments that read it have to look again."""

    __tablename__ = "segment_touches"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contacts.id", ondelete="CASCADE"))
    contact: Mapped[Contact] = relationship(cascade="")
    fact: Mapped[str] = mapped_column(sa.String(160))
    """As the leaves name what they read: `tag:area:taipei`, `field:budget_min`, `seen`, `event:tap`, `orders`."""
    event_key: Mapped[str | None] = mapped_column(sa.String(80))
    at: Mapped[datetime]
