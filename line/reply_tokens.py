"""Reply tokens that the bot left unused while a person had the floor: an agent's free way to answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base, BigId
from core.inserts import upsert
from line.outbox import REPLY_TOKEN_LIFE

TIME_TO_SEND = timedelta(seconds=5)
"""A token with less life left is not worth a try: the answer would only come later, as a push."""


class OpenToken(Base):
    """The newest unused token of one conversation. Taking it deletes the row, so two cannot have it."""

    __tablename__ = "reply_tokens"
    __table_args__ = (sa.UniqueConstraint("channel_id", "lane_key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    lane_key: Mapped[str] = mapped_column(sa.String(110))
    token: Mapped[str] = mapped_column(sa.String(200))
    event_key: Mapped[str] = mapped_column(sa.String(80))
    """The event that brought it."""
    received_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Taken:
    """A token that is ours alone now."""

    token: str
    event_key: str
    received_at: datetime


def keep(
    session: Session, channel_id: int, lane_key: str, *, token: str, event_key: str, received_at: datetime
) -> None:
    """Keep the token of an event that was not answered; a newer one takes the place of an older."""
    new = {"token": token, "event_key": event_key, "received_at": received_at}
    session.execute(
        upsert(session, OpenToken)
        .values(channel_id=channel_id, lane_key=lane_key, **new)
        .on_conflict_do_update(index_elements=["channel_id", "lane_key"], set_=new)
    )


def take(session: Session, channel_id: int, lane_key: str, *, now: datetime) -> Taken | None:
    """Take the conversation's token if it still lives long enough; nobody else gets it then."""
    whose = {"channel": channel_id, "lane": lane_key, "after": now - REPLY_TOKEN_LIFE + TIME_TO_SEND}
    row = session.connection().execute(_TAKE, whose).first()
    return None if row is None else Taken(row.token, row.event_key, row.received_at)


_TOKENS: Any = OpenToken.__table__
_TAKE = (
    sa.delete(_TOKENS)
    .where(
        OpenToken.channel_id == sa.bindparam("channel"),
        OpenToken.lane_key == sa.bindparam("lane"),
        OpenToken.received_at > sa.bindparam("after"),
    )
    .returning(OpenToken.token, OpenToken.event_key, OpenToken.received_at)
)


def good_until(session: Session, channel_id: int, lane_key: str) -> datetime | None:
    """Return until when an answer is free; None: it costs a push."""
    received_at = session.scalar(
        sa.select(OpenToken.received_at).where(
            OpenToken.channel_id == channel_id, OpenToken.lane_key == lane_key
        )
    )
    return None if received_at is None else received_at + REPLY_TOKEN_LIFE - TIME_TO_SEND


def forget_old(session: Session, *, now: datetime) -> None:
    """Drop tokens that LINE no longer takes."""
    session.execute(sa.delete(OpenToken).where(OpenToken.received_at < now - REPLY_TOKEN_LIFE))
