"""Everything we send: a frozen request, tried under one identity until its outcome is known."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from core.db import Base, BigId, stored_enum
from core.leases import Owner
from line.channels import Channel
from line.messages import Reply

LEASE = timedelta(seconds=10)
NEVER_PUT_OFF = timedelta(hours=1)
"""No row waits that long: one that seems to was written by a clock that has been put right since."""
REPLY_TOKEN_LIFE = timedelta(seconds=55)
"""LINE promises a minute from receipt; five seconds are ours for the way."""
RETRY_KEY_LIFE = timedelta(hours=23, minutes=50)
"""LINE forgets a retry key after 24 h; the same request would then be a new one."""
BY_STAFF = "answer:"
"""How the `event_key` of what a person of ours wrote begins: it answers no single event."""


class SendKind(StrEnum):
    REPLY = "reply"
    PUSH = "push"
    MULTICAST = "multicast"


class SendStatus(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    TOO_LATE = "too_late"
    """A reply whose minute passed, and which was not worth a paid push; a push that LINE certainly has not had."""
    PUSHED = "pushed_instead"
    """A reply whose minute passed; another row carries it as a push."""
    REFUSED = "refused"
    NO_QUOTA = "no_quota"
    UNKNOWN = "unknown"
    """LINE may or may not have it, and asking again could send it twice."""


OPEN = (SendStatus.QUEUED, SendStatus.SENDING)


class Outgoing(Base):
    """One request to LINE that sends messages."""

    __tablename__ = "outbox"
    __table_args__ = (
        sa.Index(
            "ix__outbox__due_in_lane",
            "due_at",
            sqlite_where=sa.text("status IN ('queued', 'sending') AND lane_key IS NOT NULL"),
            postgresql_where=sa.text("status IN ('queued', 'sending') AND lane_key IS NOT NULL"),
        ),
        sa.Index(
            "ix__outbox__due_bulk",
            "due_at",
            sqlite_where=sa.text("status IN ('queued', 'sending') AND lane_key IS NULL"),
            postgresql_where=sa.text("status IN ('queued', 'sending') AND lane_key IS NULL"),
        ),
        sa.Index(
            "ix__outbox__open_in_lane",
            "channel_id",
            "lane_key",
            "id",
            sqlite_where=sa.text("status IN ('queued', 'sending')"),
            postgresql_where=sa.text("status IN ('queued', 'sending')"),
        ),
        sa.Index("ix__outbox__status", "status", "created_at"),
        sa.Index(
            "ix__outbox__bodies",
            "settled_at",
            sqlite_where=sa.text("body IS NOT NULL"),
            postgresql_where=sa.text("body IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    lane_key: Mapped[str | None] = mapped_column(sa.String(110))
    """The one recipient, in whose order it leaves; None for what campaigns send (line/bulk.py)."""
    shard: Mapped[int] = mapped_column(sa.SmallInteger)
    kind: Mapped[SendKind] = mapped_column(stored_enum(SendKind))
    body: Mapped[bytes | None]
    """The request's JSON as it is sent, every time; cut seven days after settling."""
    event_key: Mapped[str | None] = mapped_column(sa.String(80))
    """The event that this answers; `answer:ID` of what a person of ours wrote."""
    answers_at: Mapped[datetime | None]
    """When that event was received."""
    retry_key: Mapped[str | None] = mapped_column(sa.String(36), unique=True)
    status: Mapped[SendStatus] = mapped_column(stored_enum(SendStatus))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    """When to look next: the end of the lease while sending."""
    deadline_at: Mapped[datetime]
    """No attempt begins after this: the reply token or the retry key is worth nothing then."""
    owner: Mapped[str | None] = mapped_column(sa.String(80))
    lease_no: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    """Attempts begun, counted before they begin."""
    maybe_sent: Mapped[bool] = mapped_column(default=False)
    """An earlier attempt ended without telling whether LINE accepted it."""
    settled_at: Mapped[datetime | None]
    line_request_id: Mapped[str | None] = mapped_column(sa.String(60))
    sent_message_ids: Mapped[list[str] | None] = mapped_column(sa.JSON)
    reason: Mapped[str | None] = mapped_column(sa.String(300))


@dataclass(frozen=True, slots=True)
class Sending:
    """A row that this worker leases, detached from any session."""

    id: int
    channel_id: int
    lane_key: str | None
    kind: SendKind
    body: bytes
    retry_key: str | None
    owner: Owner
    lease_no: int
    attempts: int
    maybe_sent: bool
    created_at: datetime
    deadline_at: datetime
    event_key: str | None
    answers_at: datetime | None


def reply(
    *,
    channel_id: int,
    lane_key: str,
    shard: int,
    token: str,
    messages: Reply,
    event_key: str,
    received_at: datetime,
    now: datetime,
) -> Outgoing:
    """Return the row of a reply, not yet in any session; free, and good for a minute after `received_at`."""
    return Outgoing(
        channel_id=channel_id,
        lane_key=lane_key,
        shard=shard,
        kind=SendKind.REPLY,
        body=orjson.dumps({"replyToken": token, "messages": [m.body for m in messages]}),
        event_key=event_key,
        answers_at=received_at,
        status=SendStatus.QUEUED,
        created_at=now,
        due_at=now,
        deadline_at=received_at + REPLY_TOKEN_LIFE,
        lease_no=0,
        attempts=0,
        maybe_sent=False,
    )


def push(
    *, channel_id: int, user_id: str, shard: int, messages: Sequence[Any], because: str, now: datetime
) -> Outgoing:
    """Return the row of a push to one person, not yet in any session; costs quota.

    `because` names the one reason for it: the same reason always gives the same retry key,
    so that neither a second row nor a second request can follow from it.
    """
    return Outgoing(
        channel_id=channel_id,
        lane_key=user_id,
        shard=shard,
        kind=SendKind.PUSH,
        body=orjson.dumps({"to": user_id, "messages": list(messages)}),
        retry_key=retry_key_for(channel_id, because),
        status=SendStatus.QUEUED,
        created_at=now,
        due_at=now,
        deadline_at=now + RETRY_KEY_LIFE,
        lease_no=0,
        attempts=0,
        maybe_sent=False,
    )


def retry_key_for(channel_id: int, because: str) -> str:
    """Return the key of a push that is made for one reason."""
    return str(uuid5(NAMESPACE_URL, f"tagline:{channel_id}:{because}"))


def late_reply(event_key: str | None) -> str:
    """Return the reason of a push that stands in for a reply whose minute passed."""
    return f"late reply to {event_key}"


def is_by_staff(sending: Sending) -> bool:
    """Say whether a person of ours wrote it, and not the bot."""
    return sending.event_key is not None and sending.event_key.startswith(BY_STAFF)


def lease_at_once(row: Outgoing, owner: Owner, *, now: datetime) -> None:
    """Write a new row as already leased: whoever commits it sends it."""
    row.status = SendStatus.SENDING
    row.owner = owner
    row.lease_no = 1
    row.attempts = 1
    row.due_at = now + LEASE


def must_wait(channel_id: sa.ColumnElement[int], lane_key: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Return the condition that a new row of a contact waits: behind an earlier one, or for a stopped channel."""
    earlier = sa.exists().where(
        Outgoing.channel_id == channel_id, Outgoing.lane_key == lane_key, is_open(Outgoing)
    )
    stopped = sa.exists().where(Channel.id == channel_id, Channel.sending_stopped_at.is_not(None))
    return sa.or_(earlier, stopped)


def some_due(session: Session, *, now: datetime) -> bool:
    """Say whether `claim` may find a row, without taking a lock."""
    return session.connection().scalar(_some_due, {"now": now, "never": now + NEVER_PUT_OFF}) is not None


def claim(session: Session, owner: Owner, *, limit: int, now: datetime) -> Sequence[Sending]:
    """Lease up to `limit` due rows, oldest first; an expired lease is simply due again.

    A row waits while an earlier one of the same contact is open, and while its channel's token is refused.
    """
    earlier = aliased(Outgoing)
    blocked = (
        sa.select(earlier.id)
        .where(
            earlier.channel_id == Outgoing.channel_id,
            earlier.lane_key == Outgoing.lane_key,
            earlier.id < Outgoing.id,
            is_open(earlier),
        )
        .exists()
    )
    stopped = sa.select(Channel.id).where(Channel.sending_stopped_at.is_not(None))
    due = (
        sa.select(Outgoing.id)
        .where(
            is_open(Outgoing),
            Outgoing.lane_key.is_not(None),
            sa.or_(Outgoing.due_at <= now, Outgoing.due_at > now + NEVER_PUT_OFF),
            ~blocked,
            Outgoing.channel_id.not_in(stopped),
        )
        .order_by(Outgoing.due_at, Outgoing.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = session.scalars(due).all()
    if not ids:
        return []
    rows = session.scalars(
        sa.update(Outgoing)
        .where(Outgoing.id.in_(ids))
        .values(
            status=SendStatus.SENDING,
            # Whoever held it before died or slept while sending.
            maybe_sent=sa.or_(Outgoing.maybe_sent, Outgoing.status == SendStatus.SENDING),
            due_at=now + LEASE,
            owner=owner,
            lease_no=Outgoing.lease_no + 1,
            attempts=Outgoing.attempts + 1,
        )
        .returning(Outgoing),
        execution_options={"populate_existing": True},
    ).all()
    return [leased(row) for row in sorted(rows, key=lambda row: row.id)]


def leased(row: Outgoing) -> Sending:
    """Return what a sender needs of a row that is leased."""
    if row.body is None or row.owner is None:
        raise ValueError(f"outbox row {row.id} is not leased")
    return Sending(
        id=row.id,
        channel_id=row.channel_id,
        lane_key=row.lane_key,
        kind=row.kind,
        body=row.body,
        retry_key=row.retry_key,
        owner=Owner(row.owner),
        lease_no=row.lease_no,
        attempts=row.attempts,
        maybe_sent=row.maybe_sent,
        created_at=row.created_at,
        deadline_at=row.deadline_at,
        event_key=row.event_key,
        answers_at=row.answers_at,
    )


def settle(session: Session, sending: Sending, **values: Any) -> bool:
    """Write the outcome of an attempt; False if the lease went to somebody else meanwhile."""
    statement = _settling(tuple(values))
    return session.connection().execute(statement, _settled(sending, values)).rowcount == 1


def settle_all(session: Session, outcomes: Sequence[tuple[Sending, Mapping[str, Any]]]) -> Collection[int]:
    """Do what `settle` does for many, in one trip; return the ids of those that were still leased to us.

    :param outcomes: each with values of the same names, the status among them.
    """
    if not outcomes:
        return ()
    statement = _settling(tuple(outcomes[0][1]))
    result = session.connection().execute(statement, [_settled(*outcome) for outcome in outcomes])
    if result.rowcount == len(outcomes):
        return {sending.id for sending, _values in outcomes}
    stored = sa.select(Outgoing.id, Outgoing.lease_no, Outgoing.owner, Outgoing.status)
    rows = session.execute(stored.where(Outgoing.id.in_([sending.id for sending, _values in outcomes])))
    ours = {(sending.id, sending.lease_no, None, values["status"]) for sending, values in outcomes}
    return {row.id for row in rows if tuple(row) in ours}


def _settled(sending: Sending, values: Mapping[str, Any]) -> dict[str, Any]:
    fence = {"row": sending.id, "holder": sending.owner, "number": sending.lease_no}
    return fence | {f"new_{name}": value for name, value in values.items()}


@cache
def _settling(names: tuple[str, ...]) -> sa.Update:
    """Return the statement that settles with values of these names, built once for each handful."""
    table: Any = Outgoing.__table__
    return (
        sa.update(table)
        .where(
            Outgoing.id == sa.bindparam("row"),
            Outgoing.owner == sa.bindparam("holder"),
            Outgoing.lease_no == sa.bindparam("number"),
            Outgoing.status == SendStatus.SENDING,
        )
        .values(owner=None, **{name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in names})
    )


def is_open(row: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a row waits or is being sent."""
    # Literals, so that the planner sees the partial indexes.
    return row.status.in_([sa.literal_column(f"'{status.value}'") for status in OPEN])  # type: ignore[no-any-return]


# What every turn executes, built once: see line/lanes.py.
_some_due = (
    sa.select(Outgoing.id)
    .where(
        is_open(Outgoing),
        Outgoing.lane_key.is_not(None),
        sa.or_(Outgoing.due_at <= sa.bindparam("now"), Outgoing.due_at > sa.bindparam("never")),
    )
    .limit(1)
)
