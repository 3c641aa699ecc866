"""Rich menus on LINE's side: what should exist there, and what does."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, stored_enum


class MenuStatus(StrEnum):
    WANTED = "wanted"
    CREATED = "created"
    """LINE knows it but has no picture yet."""
    READY = "ready"
    RETIRED = "retired"
    """No longer wanted: to be deleted at LINE."""
    DELETED = "deleted"
    FAILED = "failed"


class LineMenu(Base):
    """One menu at LINE: it cannot be changed there, so another look is another row."""

    __tablename__ = "line_menus"
    __table_args__ = (
        sa.UniqueConstraint("channel_id", "name", "checksum"),
        sa.Index("ix__line_menus__due", "due_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    name: Mapped[str] = mapped_column(sa.String(80))
    """`key/language`, e.g. `main/zh-TW`."""
    alias: Mapped[str] = mapped_column(sa.String(32))
    checksum: Mapped[str] = mapped_column(sa.String(64))
    body: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    picture_sha256: Mapped[str] = mapped_column(sa.String(64))
    is_default: Mapped[bool] = mapped_column(default=False)
    status: Mapped[MenuStatus] = mapped_column(stored_enum(MenuStatus))
    line_menu_id: Mapped[str | None] = mapped_column(sa.String(60))
    due_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    error: Mapped[str | None] = mapped_column(sa.String(300))
