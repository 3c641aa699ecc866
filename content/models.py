"""Published revisions, the files they show, and what depends on a contact."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from contacts.models import Contact
from core.db import Base, BigId


class Revision(Base):
    """Everything the bot says, as published at one moment. The highest number is live."""

    __tablename__ = "revisions"
    __table_args__ = (sa.UniqueConstraint("channel_id", "number"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    number: Mapped[int]
    published_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(sa.String(120))
    checksum: Mapped[str] = mapped_column(sa.String(64))
    """SHA-256 of content, questionnaires and files: publishing the same again changes nothing."""
    content: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """`content.model.Content` as JSON."""
    questionnaires: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """Questionnaire key to the id of its version."""
    assets: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """File name in the playbook (`pictures/a.jpg`, `rich_menus/main.zh-TW.png`) to SHA-256."""


class Asset(Base):
    """A picture of the playbook, under the hash of its bytes; served as `/assets/<sha256>`."""

    __tablename__ = "assets"
    __table_args__ = (sa.UniqueConstraint("channel_id", "sha256"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    content_type: Mapped[str] = mapped_column(sa.String(40))
    data: Mapped[bytes]


class ReplyUse(Base):
    """That a contact has had an auto-reply, for rules that speak once."""

    __tablename__ = "auto_reply_uses"
    __table_args__ = (sa.UniqueConstraint("contact_id", "rule"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contacts.id", ondelete="CASCADE"))
    contact: Mapped[Contact] = relationship()
    rule: Mapped[str] = mapped_column(sa.String(80))
    last_at: Mapped[datetime]
    times: Mapped[int] = mapped_column(default=1)
