"""What a contact did, as facts: read for the events that rules ask about, the turn's own included."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact
from facts import event_types
from facts.event_types import EventType
from facts.models import ContactEvent
from segmentation.people import Fact
from segmentation.sources import Need, Source


@dataclass(frozen=True, slots=True)
class Happened(Fact):
    """One event."""

    name: str
    at: datetime
    properties: Mapping[str, Any]
    key: str
    source: str


@dataclass(frozen=True, slots=True)
class EventsSeen(Fact):
    """The events that a leaf counted."""

    names: tuple[str, ...]
    count: int
    of: int | None
    """How many of the name there were in all, where a share of them is asked for."""
    first: Happened | None
    last: Happened | None
    asked: tuple[str, ...] = ()
    """The properties that had to be so."""

    @property
    def proof(self) -> str | None:
        return None if self.last is None else self.last.key


Events = tuple[Happened, ...]


def has(event: Happened, where: Mapping[str, Sequence[Any]]) -> bool:
    """Say whether an event's properties are as described."""
    return all(_is(event.properties.get(name), values) for name, values in where.items())


def _is(told: Any, values: Sequence[Any]) -> bool:
    there = told if isinstance(told, list) else [told]
    return any(one == value and _kind(one) == _kind(value) for one in there for value in values)


def _kind(value: Any) -> str:
    return {bool: "flag", str: "text", type(None): "nothing"}.get(type(value), "number")


def _load(
    session: Session, ids: Sequence[int], needs: Sequence[Need[Events]], now: datetime
) -> Mapping[str, Mapping[int, Events]]:
    rows = session.execute(
        sa.select(
            ContactEvent.contact_id,
            EventType.name,
            ContactEvent.at,
            ContactEvent.properties,
            ContactEvent.key,
            ContactEvent.source,
        )
        .join(EventType, EventType.id == ContactEvent.type_id)
        .where(
            ContactEvent.contact_id.in_(ids),
            # By contact and type, so that the index leads to just these.
            ContactEvent.type_id.in_(
                sa.select(EventType.id).where(EventType.name.in_([need.about for need in needs]))
            ),
            sa.or_(*_asked(needs, now)),
        )
        .order_by(ContactEvent.at, ContactEvent.id)
    )
    found: dict[str, dict[int, list[Happened]]] = {}
    for contact_id, name, *told in rows:
        found.setdefault(name, {}).setdefault(contact_id, []).append(_happened(name, *told))
    return {name: {id_: tuple(events) for id_, events in by_id.items()} for name, by_id in found.items()}


def _asked(needs: Sequence[Need[Events]], now: datetime) -> Iterator[sa.ColumnElement[bool]]:
    # A condition for each time and not for each name, of which there may be more than SQLite takes in a row.
    names: dict[timedelta | None, list[str]] = {}
    for need in needs:
        names.setdefault(need.within, []).append(need.about)
    for within, some in names.items():
        named = EventType.name.in_(some)
        yield named if within is None else sa.and_(named, ContactEvent.at >= now - within)


def _unwritten(session: Session, contact: Contact, need: Need[Events], known: Events) -> Events:
    new = [
        _happened(need.about, one.at, one.properties, one.key, one.source)
        for one in session.new
        if isinstance(one, ContactEvent) and contact.owns(one) and _is_named(one, need.about, session)
    ]
    return (*known, *new)


def _is_named(event: Any, name: str, session: Session) -> bool:
    """Say whether an event that is not written yet has a name: it carries the type, or the id of a known one."""
    if event.type is not None:
        return bool(event.type.name == name)
    return bool(event.type_id == event_types.known_id(session, event.channel_id, name))


def _happened(
    name: str, at: datetime, properties: Mapping[str, Any] | None, key: str, source: str
) -> Happened:
    return Happened(name, at, properties or {}, key, source)


EVENTS: Source[Events] = Source("events", _load, (), _unwritten)
