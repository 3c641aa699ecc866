"""What goes to many: requests of campaigns, sent beside everything else and never in front of it.

They lie in the outbox like all others, without a lane: nobody's reply waits behind them, and the
claims of replies do not see them. What is done for one row elsewhere is done here for a batch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.leases import Owner
from line.outbox import (
    LEASE,
    NEVER_PUT_OFF,
    RETRY_KEY_LIFE,
    Outgoing,
    Sending,
    SendKind,
    SendStatus,
    is_open,
    retry_key_for,
)

_ROWS: Any = Outgoing.__table__


@dataclass(frozen=True, slots=True)
class Untried:
    """A request to many that has certainly reached nobody, locked until the transaction ends."""

    id: int
    channel_id: int
    body: bytes
    retry_key: str


@dataclass(frozen=True, slots=True)
class Request:
    """One request to be, by the one reason for it."""

    because: str
    """The same reason always gives the same retry key."""
    user_ids: Sequence[str]
    """One person, or at most 500 who get the same."""
    messages: Sequence[Mapping[str, Any]]
    is_single: bool
    """Their own words: a push. Else a multicast, even to one."""


def enqueue(
    session: Session, channel_id: int, requests: Sequence[Request], *, now: datetime
) -> Sequence[int]:
    """Write the rows of new requests, each with its retry key; return their ids in the same order."""
    rows = [_row(channel_id, request, now) for request in requests]
    keys = [row["retry_key"] for row in rows]
    # Written row by row and then asked for: one statement with thousands of values takes psycopg longer to read.
    session.connection().execute(_writing, rows)
    ids = {row.retry_key: row.id for row in session.connection().execute(_ids, {"keys": keys})}
    return [ids[key] for key in keys]


def _row(channel_id: int, request: Request, now: datetime) -> dict[str, Any]:
    to: Any = request.user_ids[0] if request.is_single else list(request.user_ids)
    return {
        "channel_id": channel_id,
        "lane_key": None,
        "shard": 0,
        "kind": SendKind.PUSH if request.is_single else SendKind.MULTICAST,
        "body": orjson.dumps({"to": to, "messages": request.messages}),
        "retry_key": retry_key_for(channel_id, request.because),
        "status": SendStatus.QUEUED,
        "created_at": now,
        "due_at": now,
        "deadline_at": now + RETRY_KEY_LIFE,
        "lease_no": 0,
        "attempts": 0,
        "maybe_sent": False,
    }


def some_due(session: Session, *, now: datetime) -> bool:
    """Say whether `claim` may find a row, without taking a lock."""
    return session.connection().scalar(_some_due, _moment(now)) is not None


def due_kinds(
    session: Session, *, channels: Sequence[int], limit: int, now: datetime
) -> Sequence[tuple[int, SendKind, int]]:
    """Return how many of the oldest due rows of some channels are of which kind, without taking a lock."""
    rows = session.connection().execute(
        _due_kinds, {**_moment(now), "channels": list(channels), "most": limit}
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _moment(now: datetime) -> dict[str, Any]:
    return {"now": now, "never": now + NEVER_PUT_OFF}


def claim(
    session: Session, owner: Owner, *, channel_id: int, kind: SendKind, limit: int, now: datetime
) -> Sequence[Sending]:
    """Lease up to `limit` due rows of one kind, oldest first; an expired lease is simply due again."""
    ids = (
        session.connection()
        .scalars(_due, {**_moment(now), "channel": channel_id, "kind": kind, "most": limit})
        .all()
    )
    if not ids:
        return []
    rows = session.connection().execute(_leasing, {"ids": list(ids), "until": now + LEASE, "holder": owner})
    return sorted((_leased(row) for row in rows), key=lambda sending: sending.id)


def hold(session: Session, ids: Sequence[int]) -> None:
    """Lock requests until the transaction ends, always in the order of their ids."""
    session.execute(
        sa.select(Outgoing.id).where(Outgoing.id.in_(ids)).order_by(Outgoing.id).with_for_update()
    )


def settle(session: Session, values: Sequence[Mapping[str, Any]], *, names: Sequence[str]) -> None:
    """Write the outcomes of many attempts that change the same columns; a row leased by another stays.

    :param values: `row`, `holder` and `number` of each lease, and `new_<column>` for each name.
    """
    if values:
        session.connection().execute(_settling(tuple(names)), list(values))


def lease_of(sending: Sending) -> dict[str, Any]:
    """Return what names a lease in `settle`."""
    return {"row": sending.id, "holder": sending.owner, "number": sending.lease_no}


def waiting(session: Session, channel_id: int) -> Sequence[int]:
    """Return the ids of requests that are in nobody's hands and have certainly reached nobody."""
    return session.connection().scalars(_waiting, {"channel": channel_id}).all()


def withdraw(session: Session, ids: Sequence[int], *, reason: str, now: datetime) -> Sequence[int]:
    """Settle requests that still are as `waiting` found them, never to be sent; return which those were."""
    # What somebody has in hand is left to them: they may wait for a lock of ours.
    free = session.scalars(
        sa.select(Outgoing.id).where(Outgoing.id.in_(ids), _untried).with_for_update(skip_locked=True)
    ).all()
    session.execute(
        sa.update(Outgoing)
        .where(Outgoing.id.in_(free))
        .values(status=SendStatus.REFUSED, body=None, reason=reason, settled_at=now)
        .execution_options(synchronize_session=False)
    )
    return free


def untried(session: Session, ids: Sequence[int]) -> Sequence[Untried]:
    """Lock those of some requests to many that wait and have certainly reached nobody, the oldest first."""
    rows = session.execute(
        sa.select(Outgoing.id, Outgoing.channel_id, Outgoing.body, Outgoing.retry_key)
        .where(Outgoing.id.in_(ids), Outgoing.kind == SendKind.MULTICAST, _untried)
        .order_by(Outgoing.id)
        .with_for_update()
    )
    return [
        Untried(row.id, row.channel_id, row.body, row.retry_key) for row in rows if row.body and row.retry_key
    ]


def rewrite(session: Session, request: Untried, body: bytes) -> None:
    """Let a request that reached nobody say something else: it is another one, and gets another retry key."""
    key = retry_key_for(request.channel_id, f"instead of {request.retry_key}")
    session.execute(
        sa.update(Outgoing)
        .where(Outgoing.id == request.id)
        .values(body=body, retry_key=key)
        .execution_options(synchronize_session=False)
    )


def open_count(session: Session, channel_id: int) -> int:
    """Return how many requests wait or are being sent."""
    return int(session.connection().scalar(_open_count, {"channel": channel_id}) or 0)


def _leased(row: Any) -> Sending:
    return Sending(
        id=row.id,
        channel_id=row.channel_id,
        lane_key=None,
        kind=row.kind,
        body=row.body,
        retry_key=row.retry_key,
        owner=Owner(row.owner),
        lease_no=row.lease_no,
        attempts=row.attempts,
        maybe_sent=row.maybe_sent,
        created_at=row.created_at,
        deadline_at=row.deadline_at,
        event_key=None,
        answers_at=None,
    )


def _settling(names: tuple[str, ...]) -> sa.Update:
    known = _SETTLING.get(names)
    if known is None:
        known = _SETTLING[names] = (
            sa.update(_ROWS)
            .where(
                _ROWS.c.id == sa.bindparam("row"),
                _ROWS.c.owner == sa.bindparam("holder"),
                _ROWS.c.lease_no == sa.bindparam("number"),
                _ROWS.c.status == SendStatus.SENDING,
            )
            .values(
                owner=None,
                **{name: sa.bindparam(f"new_{name}", type_=_ROWS.c[name].type) for name in names},
            )
        )
    return known


_SETTLING: dict[tuple[str, ...], sa.Update] = {}

# Built once: see line/lanes.py.
_writing = sa.insert(_ROWS)
_ids = sa.select(_ROWS.c.retry_key, _ROWS.c.id).where(
    _ROWS.c.retry_key.in_(sa.bindparam("keys", expanding=True))
)
_is_due = sa.and_(
    is_open(Outgoing),
    Outgoing.lane_key.is_(None),
    sa.or_(Outgoing.due_at <= sa.bindparam("now"), Outgoing.due_at > sa.bindparam("never")),
)
_some_due = sa.select(Outgoing.id).where(_is_due).limit(1)
_due = (
    sa.select(Outgoing.id)
    .where(
        _is_due,
        Outgoing.channel_id == sa.bindparam("channel"),
        Outgoing.kind == sa.bindparam("kind", type_=_ROWS.c.kind.type),
    )
    .order_by(Outgoing.due_at, Outgoing.id)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)
_oldest = (
    sa.select(Outgoing.channel_id, Outgoing.kind)
    .where(_is_due, Outgoing.channel_id.in_(sa.bindparam("channels", expanding=True)))
    .order_by(Outgoing.due_at, Outgoing.id)
    .limit(sa.bindparam("most"))
    .subquery()
)
_due_kinds = sa.select(_oldest.c.channel_id, _oldest.c.kind, sa.func.count()).group_by(
    _oldest.c.channel_id, _oldest.c.kind
)
_leasing = (
    sa.update(_ROWS)
    .where(_ROWS.c.id.in_(sa.bindparam("ids", expanding=True)))
    .values(
        status=SendStatus.SENDING,
        maybe_sent=sa.or_(_ROWS.c.maybe_sent, _ROWS.c.status == SendStatus.SENDING),
        due_at=sa.bindparam("until", type_=_ROWS.c.due_at.type),
        owner=sa.bindparam("holder"),
        lease_no=_ROWS.c.lease_no + 1,
        attempts=_ROWS.c.attempts + 1,
    )
    .returning(
        *(
            _ROWS.c[name]
            for name in (
                "id", "channel_id", "kind", "body", "retry_key", "owner", "lease_no", "attempts", "maybe_sent",
                "created_at", "deadline_at",
            )
        )
    )
)  # fmt: skip
_untried = sa.and_(Outgoing.status == SendStatus.QUEUED, Outgoing.maybe_sent.is_(False))
_waiting = sa.select(Outgoing.id).where(
    is_open(Outgoing), Outgoing.lane_key.is_(None), _untried, Outgoing.channel_id == sa.bindparam("channel")
)
_open_count = (
    sa.select(sa.func.count())
    .select_from(Outgoing)
    .where(is_open(Outgoing), Outgoing.lane_key.is_(None), Outgoing.channel_id == sa.bindparam("channel"))
)
