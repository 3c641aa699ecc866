"""Files that customers send: wanted as rows, fetched within a minute, kept below MEDIA_DIR."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from contacts.models import Contact
from core.db import Base, BigId, stored_enum


class MediaStatus(StrEnum):
    WANTED = "wanted"
    STORED = "stored"
    GONE = "gone"
    """LINE no longer has it, or its sender took it back."""
    TOO_LARGE = "too_large"
    FAILED = "failed"


class MediaFile(Base):
    """One image, video, audio or file that a contact sent."""

    __tablename__ = "media_files"
    __table_args__ = (
        sa.UniqueConstraint("channel_id", "message_id"),
        sa.Index("ix__media_files__due", "due_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contacts.id", ondelete="CASCADE"))
    contact: Mapped[Contact] = relationship()
    message_id: Mapped[str] = mapped_column(sa.String(100))
    kind: Mapped[str] = mapped_column(sa.String(20))
    status: Mapped[MediaStatus] = mapped_column(stored_enum(MediaStatus))
    due_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    file_name: Mapped[str | None] = mapped_column(sa.Text)
    """As the customer named it; never used as a path."""
    stored_as: Mapped[str | None] = mapped_column(sa.String(120))
    """Path below MEDIA_DIR."""
    content_type: Mapped[str | None] = mapped_column(sa.String(100))
    size_bytes: Mapped[int | None] = mapped_column(sa.BigInteger)
    stored_at: Mapped[datetime | None]
