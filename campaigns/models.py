"""Campaigns, the requests they were cut into, and who was in which of them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, stored_enum
from line.outbox import Outgoing
from segmentation.models import Segment


class CampaignState(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    OVERDUE = "overdue"
    """Its time passed while nothing ran: a person decides whether it still goes out."""
    FREEZING = "freezing"
    """Its audience is being written down; nothing is released before that is complete."""
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class PausedBecause(StrEnum):
    """Why a campaign stands still until a person sees to it."""

    STAFF = "staff"
    """Somebody paused it: the detail is their login."""
    QUOTA = "quota"
    LATE = "late"
    """A request could not be sent for as long as its retry key lives."""
    REFUSALS = "refusals"
    MESSAGE = "message"
    """What it says can no longer be written."""
    FAULT = "fault"
    """A fault of ours: the detail says which, and where."""


class Campaign(Base):
    """One sending to one audience. A weekly one is a plan: every occurrence is a row of its own."""

    __tablename__ = "campaigns"
    __table_args__ = (
        sa.UniqueConstraint("channel_id", "key"),
        sa.UniqueConstraint("plan_id", "send_at"),
        sa.Index("ix__campaigns__state", "state", "send_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(20), unique=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    key: Mapped[str | None] = mapped_column(sa.String(60))
    """Its id in campaigns.yaml; None for one made in the console, and for occurrences."""
    plan_id: Mapped[int | None] = mapped_column(sa.ForeignKey("campaigns.id"))
    """Of an occurrence: the weekly campaign it belongs to."""
    name: Mapped[str] = mapped_column(sa.String(120))
    segment_id: Mapped[int] = mapped_column(sa.ForeignKey("segments.id"))
    segment: Mapped[Segment] = relationship()
    content: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """`content.model.CampaignMessage`s as JSON: what is said, with placeholders."""
    consent: Mapped[str | None] = mapped_column(sa.String(60))
    """The purpose its recipients must have agreed to; None: a message that needs none."""
    state: Mapped[CampaignState] = mapped_column(stored_enum(CampaignState))
    paused_because: Mapped[str | None] = mapped_column(sa.String(200))
    """A `PausedBecause`, and after a colon its detail: see `states.paused_because`."""
    repeat: Mapped[str | None] = mapped_column(sa.String(60))
    """Of a weekly one, five cron fields with the weekday's name, in the account's zone."""
    send_at: Mapped[datetime | None]
    send_local: Mapped[str | None] = mapped_column(sa.String(16))
    """The time as it was chosen, `2027-03-01T10:00` in the account's zone; None: at once."""
    late_by_s: Mapped[int] = mapped_column(default=3600)
    """How late it may begin by itself after an outage, in seconds."""

    held_until: Mapped[datetime | None]
    """Quiet hours held it back until then, though its time had come; of several nights the last."""
    frozen_at: Mapped[datetime | None]
    """The one moment for which the audience was worked out."""
    lease_owner: Mapped[str | None] = mapped_column(sa.String(80))
    lease_no: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    recipients: Mapped[int] = mapped_column(default=0)
    """Deliveries written when it was frozen, those left out included."""
    requests: Mapped[int] = mapped_column(default=0)
    """How many pushes were made of it: the number of the last one."""
    revision_id: Mapped[int | None] = mapped_column(sa.ForeignKey("revisions.id"))
    """What was published when it was frozen; all of it is said by that."""
    refused: Mapped[int] = mapped_column(default=0)
    """People whom LINE would not write to."""
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(sa.String(120))
    version: Mapped[int] = mapped_column(default=1)
    """Grows with every edit: a form that was opened before another edit is refused."""
    is_demo: Mapped[bool] = mapped_column(default=False)


class Push(Base):
    """One request of a campaign to LINE: up to 500 people who get the same, or one who gets their own."""

    __tablename__ = "pushes"
    __table_args__ = (
        sa.UniqueConstraint("campaign_id", "number"),
        sa.Index("ix__pushes__outbox", "outbox_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.id", ondelete="CASCADE"))
    number: Mapped[int]
    size: Mapped[int]
    """How many people; 0 once they went into two smaller ones."""
    outbox_id: Mapped[int] = mapped_column(sa.ForeignKey("outbox.id"))
    outgoing: Mapped[Outgoing] = relationship()
    """Holds its state, retry key, body and LINE's request id."""


class Skip(StrEnum):
    """Why somebody in the segment was not written to. Quiet hours are no such reason: they hold everybody back."""

    BLOCKED = "blocked"
    NO_CONSENT = "no_consent"
    IN_TICKET = "in_ticket"
    CAPPED = "capped"
    """Had as many campaign messages lately as the account allows."""
    LEFT = "left"
    """Unfollowed, withdrew consent or was erased between freezing and sending."""
    REFUSED = "refused"
    """LINE would not take it for this person."""
    FAULTY = "faulty"
    """The message could not be written for them: a placeholder failed."""
    CANCELLED = "cancelled"


class Delivery(Base):
    """One contact's share of a campaign: there is one, whatever crashes."""

    __tablename__ = "deliveries"
    __table_args__ = (
        sa.UniqueConstraint("campaign_id", "contact_id"),
        sa.Index("ix__deliveries__contact", "contact_id", "released_at"),
        sa.Index("ix__deliveries__push", "push_id"),
        sa.Index(
            "ix__deliveries__unreleased",
            "campaign_id",
            "contact_id",
            sqlite_where=sa.text("released_at IS NULL AND skipped IS NULL"),
            postgresql_where=sa.text("released_at IS NULL AND skipped IS NULL"),
        ),
        # Whoever tapped in a stretch of time, for rules: of many who got it, few.
        sa.Index(
            "ix__deliveries__tapped",
            "tapped_at",
            "contact_id",
            sqlite_where=sa.text("tapped_at IS NOT NULL"),
            postgresql_where=sa.text("tapped_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.id", ondelete="CASCADE"))
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contacts.id", ondelete="CASCADE"))
    push_id: Mapped[int | None] = mapped_column(sa.ForeignKey("pushes.id", ondelete="SET NULL"))
    released_at: Mapped[datetime | None]
    """When it went into a push; counts for the cap over all campaigns."""
    skipped: Mapped[Skip | None] = mapped_column(stored_enum(Skip))
    reason: Mapped[str | None] = mapped_column(sa.String(300))
    tapped_at: Mapped[datetime | None]
    """Their first tap on a button of this campaign."""
