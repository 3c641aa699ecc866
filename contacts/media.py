"""Files that customers send: wanted as rows, fetched within a minute, kept below MEDIA_DIR.

A file's place is written into its row before its first byte is written, so that no file is ever
there without a row that knows it: what its sender takes back can always be found and deleted.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from contacts.models import Contact
from core.db import Base, BigId, stored_enum
from line.channels import Channel

LEASE = timedelta(minutes=1)
MEGABYTE = 1024 * 1024
IMAGE_LIMIT_BYTES = 20 * MEGABYTE
FILE_LIMIT_BYTES = 200 * MEGABYTE
"""As large as LINE lets films and recordings be."""
UNKNOWN_TYPE = "application/octet-stream"
_EXTENSIONS = {
    "application/pdf": ".pdf",
    "audio/aac": ".aac",
    "audio/m4a": ".m4a",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/x-m4a": ".m4a",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
}
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,48}/[a-z0-9][a-z0-9.+-]{0,48}")


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
    """Path below MEDIA_DIR: year, month and a random name; without an ending until it is all there."""
    content_type: Mapped[str | None] = mapped_column(sa.String(100))
    size_bytes: Mapped[int | None] = mapped_column(sa.BigInteger)
    stored_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class MediaTask:
    """A leased row, detached from any session: a file to fetch, or one to delete."""

    id: int
    channel_id: int
    message_id: str
    kind: str
    status: MediaStatus
    stored_as: str
    attempts: int
    lease: datetime

    @property
    def limit_bytes(self) -> int:
        return IMAGE_LIMIT_BYTES if self.kind == "image" else FILE_LIMIT_BYTES


def some_due(session: Session, *, now: datetime) -> bool:
    """Say whether `claim` may find a row, without taking a lock."""
    return session.scalar(sa.select(MediaFile.id).where(MediaFile.due_at <= now).limit(1)) is not None


def claim(session: Session, *, now: datetime) -> MediaTask | None:
    """Lease the row that has been due for longest, and give it its place."""
    stopped = sa.select(Channel.id).where(Channel.sending_stopped_at.is_not(None))
    row = session.scalars(
        sa.select(MediaFile)
        .where(
            MediaFile.due_at <= now,
            # What was taken back is deleted whether or not LINE talks to us.
            sa.or_(MediaFile.status == MediaStatus.GONE, MediaFile.channel_id.not_in(stopped)),
        )
        .order_by(MediaFile.due_at, MediaFile.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None:
        return None
    row.due_at = now + LEASE
    row.attempts += 1
    row.stored_as = row.stored_as or f"{now:%Y/%m}/{secrets.token_hex(16)}"
    return MediaTask(
        id=row.id,
        channel_id=row.channel_id,
        message_id=row.message_id,
        kind=row.kind,
        status=row.status,
        stored_as=row.stored_as,
        attempts=row.attempts,
        lease=row.due_at,
    )


def path_of(media_dir: Path, stored_as: str) -> Path:
    """Return where a file lies."""
    return media_dir / stored_as


def delete_file(media_dir: Path, stored_as: str) -> None:
    """Delete what lies at a place, with whatever ending; nothing there is fine."""
    place = path_of(media_dir, stored_as)
    for found in place.parent.glob(f"{place.name.partition('.')[0]}*"):
        found.unlink(missing_ok=True)


def finish_file(media_dir: Path, stored_as: str, content_type: str) -> str:
    """Give a file that is all there the ending of its type; return its new place."""
    ending = _EXTENSIONS.get(content_type, ".bin")
    place = path_of(media_dir, stored_as)
    place.rename(place.with_name(place.name + ending))
    return stored_as + ending


def clean_type(declared: str) -> str:
    """Return a content type without parameters; what is none, or too long, is unknown."""
    found = declared.partition(";")[0].strip().lower()
    return found if _TYPE.fullmatch(found) else UNKNOWN_TYPE


def stored(
    session: Session, task: MediaTask, *, stored_as: str, content_type: str, size_bytes: int, now: datetime
) -> bool:
    """Take note that the file is there; False if nobody wants it any more, and it must go again."""
    return _change(
        session,
        task,
        status=MediaStatus.STORED,
        due_at=None,
        stored_as=stored_as,
        content_type=content_type,
        size_bytes=size_bytes,
        stored_at=now,
    )


def given_up(session: Session, task: MediaTask, status: MediaStatus) -> bool:
    """Settle a row whose file will not come, or has been deleted."""
    return _change(
        session, task, status=status, due_at=None, stored_as=None, content_type=None, size_bytes=None
    )


def postpone(session: Session, task: MediaTask, *, until: datetime) -> bool:
    """Try again later."""
    return _change(session, task, due_at=until)


def _change(session: Session, task: MediaTask, **values: object) -> bool:
    result = session.execute(
        sa.update(MediaFile)
        .where(MediaFile.id == task.id, MediaFile.due_at == task.lease, MediaFile.status == task.status)
        .values(**values)
    )
    return result.rowcount == 1  # type: ignore[attr-defined,no-any-return]
