"""Immutable versions, runs, and the answers given."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from contacts.models import Contact
from core.appended import Appended
from core.db import Base, BigId, stored_enum


class QuestionnaireVersion(Base):
    """A questionnaire as it was published; never changed, never deleted."""

    __tablename__ = "questionnaire_versions"
    __table_args__ = (sa.UniqueConstraint("channel_id", "key", "version"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    key: Mapped[str] = mapped_column(sa.String(60))
    version: Mapped[int]
    checksum: Mapped[str] = mapped_column(sa.String(64))
    definition: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """`questionnaires.definition.Questionnaire` as JSON."""
    published_at: Mapped[datetime]


class RunStatus(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    """Another questionnaire was started; this one can be taken up again."""
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


TRANSITIONS = frozenset(
    {
        (RunStatus.RUNNING, RunStatus.PAUSED),
        (RunStatus.PAUSED, RunStatus.RUNNING),
        (RunStatus.RUNNING, RunStatus.CONFIRMED),
        (RunStatus.RUNNING, RunStatus.CANCELLED),
        (RunStatus.PAUSED, RunStatus.CANCELLED),
        (RunStatus.RUNNING, RunStatus.EXPIRED),
        (RunStatus.PAUSED, RunStatus.EXPIRED),
    }
)


class Run(Base):
    """One contact's way through one version."""

    __tablename__ = "runs"
    __table_args__ = (
        sa.Index("ix__runs__contact", "contact_id", "status"),
        sa.Index(
            "uq__runs__one_running",
            "contact_id",
            unique=True,
            sqlite_where=sa.text("status = 'running'"),
            postgresql_where=sa.text("status = 'running'"),
        ),
        sa.Index(
            "ix__runs__due",
            "due_at",
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(20), unique=True)
    """Carried by taps."""
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contacts.id", ondelete="CASCADE"))
    contact: Mapped[Contact] = relationship()
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("questionnaire_versions.id"))
    questionnaire: Mapped[str] = mapped_column(sa.String(60))
    status: Mapped[RunStatus] = mapped_column(stored_enum(RunStatus))
    state: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """`questionnaires.flow.RunState` as JSON, answers included: personal content."""
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime]
    """When the contact last did something in it."""
    ended_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    """When silence means something next: a reminder, or the end."""
    reminded_at: Mapped[datetime | None]


LEFT_BEHIND = None
"""In place of an event, with no value: the run was confirmed on a way that passes the question by."""


class Answer(Appended):
    """One value given to one question, in the order given; a later one for the same question replaces it."""

    __tablename__ = "answers"
    __table_args__ = (sa.Index("ix__answers__run", "run_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("runs.id", ondelete="CASCADE"))
    run: Mapped[Run] = relationship(cascade="")
    question: Mapped[str] = mapped_column(sa.String(60))
    value: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    """`questionnaires.flow.Answer` as JSON: personal content."""
    event_key: Mapped[str | None] = mapped_column(sa.String(80))
    answered_at: Mapped[datetime]
