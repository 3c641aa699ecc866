"""When periodic work is due: schedules as rows, each firing as one row that is worked until settled."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId


class Schedule(Base):
    """A periodic job and when it fires next."""

    __tablename__ = "schedules"

    name: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    cron: Mapped[str] = mapped_column(sa.String(60))
    """Five fields, in the account's time zone."""
    next_at: Mapped[datetime]
    paused_at: Mapped[datetime | None]


class Tick(Base):
    """One firing of a schedule: there is one per moment, however many schedulers run."""

    __tablename__ = "ticks"
    __table_args__ = (
        sa.UniqueConstraint("name", "fire_at"),
        sa.Index(
            "ix__ticks__due",
            "due_at",
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(60))
    fire_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    """When to look: at once, the end of the lease while worked, or a retry. None: settled."""
    owner: Mapped[str | None] = mapped_column(sa.String(80))
    lease_no: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    settled_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(sa.Text)
