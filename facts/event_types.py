"""What kinds of events there are. Names are declared by being used, and stay for ever."""

from collections.abc import Collection, Mapping, MutableMapping
from datetime import datetime
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base, BigId
from core.errors import InvalidInput
from core.inserts import insert_or_skip

NAME = r"[a-z][a-z0-9_]{0,59}"
"""How a name that comes from outside is written."""
MOST_TYPES = 1_000
"""In one channel. A file whose columns are mixed up must not declare a million of them."""


class EventType(Base):
    """A kind of event by its name, so that ten million events need not repeat it."""

    __tablename__ = "event_types"
    __table_args__ = (sa.UniqueConstraint("channel_id", "name"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    name: Mapped[str] = mapped_column(sa.String(60))
    created_at: Mapped[datetime]


_KNOWN: MutableMapping[sa.Engine, dict[tuple[int, str], int]] = WeakKeyDictionary()
"""Ids by channel and name: a type that is committed never changes."""


def known_id(session: Session, channel_id: int, name: str) -> int | None:
    """Return the id of a type that this process has met before, without asking the database."""
    return _KNOWN.get(session.connection().engine, {}).get((channel_id, name))


def type_id(session: Session, channel_id: int, name: str, *, now: datetime) -> int:
    """Return the id of a type, declaring it on first use."""
    return declare(session.connection(), channel_id, [name], now=now)[name]


def declare(
    connection: sa.Connection, channel_id: int, names: Collection[str], *, now: datetime
) -> Mapping[str, int]:
    """Return the id of each type, declaring those that are new.

    :raises InvalidInput: there would be more types than a channel may have.
    """
    known = _KNOWN.setdefault(connection.engine, {})
    ids = {name: known[channel_id, name] for name in names if (channel_id, name) in known}
    missing = [name for name in names if name not in ids]
    if not missing:
        return ids
    found = _read(connection, channel_id, missing)
    # One declared in this very transaction may still be rolled back: it is remembered the next time.
    known.update({(channel_id, row.name): row.id for row in found.values() if row.created_at < now})
    new = [name for name in missing if name not in found]
    if new:
        _refuse_too_many(connection, channel_id, len(new))
        connection.execute(
            insert_or_skip(connection, EventType),
            [{"channel_id": channel_id, "name": name, "created_at": now} for name in new],
        )
        found = {**found, **_read(connection, channel_id, new)}
    return {**ids, **{name: row.id for name, row in found.items()}}


def admitted(session: Session, channel_id: int, names: Collection[str]) -> Collection[str]:
    """Return those of the names that are types, or may become ones."""
    there = set(names_of(session, channel_id).values())
    new = sorted(name for name in names if name not in there)
    return {name for name in names if name in there} | set(new[: max(MOST_TYPES - len(there), 0)])


def names_of(session: Session, channel_id: int) -> Mapping[int, str]:
    """Return all types of a channel, by id."""
    rows = session.execute(
        sa.select(EventType.id, EventType.name)
        .where(EventType.channel_id == channel_id)
        .order_by(EventType.name)
    )
    return {row.id: row.name for row in rows}


def _read(
    connection: sa.Connection, channel_id: int, names: Collection[str]
) -> Mapping[str, sa.Row[int, str, datetime]]:
    rows = connection.execute(
        sa.select(EventType.id, EventType.name, EventType.created_at).where(
            EventType.channel_id == channel_id, EventType.name.in_(names)
        )
    )
    return {row.name: row for row in rows}


def _refuse_too_many(connection: sa.Connection, channel_id: int, more: int) -> None:
    there = connection.scalar(
        sa.select(sa.func.count()).select_from(EventType).where(EventType.channel_id == channel_id)
    )
    if (there or 0) + more > MOST_TYPES:
        raise InvalidInput({"event_type": f"there may be {MOST_TYPES:,} different events, no more"})
