"""The LINE Official Accounts that this installation serves; one by default."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base, BigId
from core.ids import new_public_id
from core.inserts import insert_or_skip


class Channel(Base):
    """One Messaging API channel. Its secret and token come from the settings."""

    __tablename__ = "channels"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(20), unique=True)
    name: Mapped[str] = mapped_column(sa.String(60), unique=True)
    created_at: Mapped[datetime]
    bot_user_id: Mapped[str | None] = mapped_column(sa.String(40))
    """`destination` of its webhooks, as LINE told it; None until asked."""
    basic_id: Mapped[str | None] = mapped_column(sa.String(40))
    """The @-name that entry links carry."""
    sending_stopped_at: Mapped[datetime | None]
    """Set while LINE refuses our token: nothing is sent until it is accepted again."""
    sending_stopped_because: Mapped[str | None] = mapped_column(sa.String(200))
    quota_limit: Mapped[int | None]
    """How many recipients a month LINE allows; None: no limit, or not asked yet."""
    quota_used: Mapped[int | None]
    """Of these, how many this month has had; None: not asked yet."""
    quota_asked_at: Mapped[datetime | None]
    """When a worker last asked LINE for both."""
    menus_sweep_at: Mapped[datetime | None]
    """When something changed upon which the rich menu of anybody may depend; None: everybody has been looked at."""
    menus_open: Mapped[bool | None]
    """Whether the shop was open when menus that depend on its hours were last made to follow; None: never yet."""


DEFAULT_CHANNEL = "default"


def is_stopped(session: Session, channel_id: int) -> bool:
    """Say whether LINE refuses our token on this channel, so that there is no use in asking for anything."""
    stopped = sa.select(Channel.id).where(Channel.id == channel_id, Channel.sending_stopped_at.is_not(None))
    return session.scalar(stopped) is not None


def ensure_channel(session: Session, name: str = DEFAULT_CHANNEL, *, now: datetime) -> Channel:
    """Return the channel of this name, making it on the first start."""
    session.execute(
        insert_or_skip(session, Channel).values(name=name, public_id=new_public_id(), created_at=now)
    )
    return session.scalars(sa.select(Channel).where(Channel.name == name)).one()


def take_turns(session: Session, channel_id: int) -> None:
    """Let those who write what a channel says go one after the other, each until the end of its transaction.

    SQLite lets only one write anyway. Not a stronger lock: whatever is written of a channel holds its key meanwhile.
    """
    session.execute(sa.select(Channel.id).where(Channel.id == channel_id).with_for_update(key_share=True))
