"""What contacts did, here and elsewhere: each thing once, by its key."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from math import isfinite
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts import many
from contacts.models import Contact
from core.errors import InvalidInput
from core.inserts import insert_new
from facts import event_types
from facts.event_properties import OF_TURNS
from facts.models import ContactEvent, EventType

Property = str | int | float | bool | list[str]

TURN = "turn"
"""The source of what a contact did with the bot."""
BUILT_IN = tuple(OF_TURNS)
"""What turns record by themselves."""
MOST_PROPERTIES = 20
VALUE_LIMIT_CHARS = 200
LARGEST_NUMBER = 2**53
"""Up to it every reader of JSON sees the same whole number."""
TEXT = r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]*"
"""Of a property; people write wide spaces, and families of emoji that are joined by what cannot be seen."""
_TEXT = re.compile(TEXT)
_PROPERTY_NAME = re.compile(event_types.NAME)


class Tracked(NamedTuple):
    """Something that happened elsewhere."""

    contact_id: int
    name: str
    at: datetime
    properties: Mapping[str, Property] | None
    key: str
    """Unique in the channel: what comes again with the same key is left out."""


def occurred(
    session: Session,
    contact: Contact,
    name: str,
    *,
    at: datetime,
    event_key: str,
    properties: Mapping[str, Property] | None = None,
) -> None:
    """Record what a contact did in a turn; of one name once in each turn.

    Touches no database: the row is written with whatever else the turn changes.
    """
    key = f"{event_key}/{name}"
    if any(isinstance(made, ContactEvent) and made.key == key for made in session.new):
        return
    type_id = event_types.known_id(session, contact.channel_id, name)
    kind: Mapping[str, object] = {"type_id": type_id}
    if type_id is None:
        kind = {"type": EventType(channel_id=contact.channel_id, name=name, created_at=at)}
    session.add(
        ContactEvent(
            channel_id=contact.channel_id,
            **contact.as_owner,
            at=at,
            properties=dict(properties) if properties else None,
            key=key,
            source=TURN,
            **kind,
        )
    )


def forget(session: Session, channel_id: int, event_keys: Sequence[str]) -> None:
    """Take away what turns recorded of these webhook events: their messages were taken back."""
    keys = [f"{event_key}/{name}" for event_key in event_keys for name in BUILT_IN]
    if keys:
        session.execute(
            sa.delete(ContactEvent).where(ContactEvent.channel_id == channel_id, ContactEvent.key.in_(keys))
        )


def newest(
    session: Session, contact: Contact, name: str, *, limit: int
) -> Sequence[tuple[str, Mapping[str, Property]]]:
    """Return what turns recorded of a contact, the newest first: the webhook event's key, and the properties."""
    rows = session.execute(
        sa.select(ContactEvent.key, ContactEvent.properties)
        .join(EventType, EventType.id == ContactEvent.type_id)
        .where(ContactEvent.contact_id == contact.id, EventType.name == name, ContactEvent.source == TURN)
        .order_by(ContactEvent.at.desc(), ContactEvent.id.desc())
        .limit(limit)
    )
    return [(key.removesuffix(f"/{name}"), properties or {}) for key, properties in rows]


def track(session: Session, channel_id: int, rows: Sequence[Tracked], *, source: str, now: datetime) -> int:
    """Record what happened elsewhere; what is there by its key stays as it is. Return how many were new.

    Of whoever was erased since they were looked up nothing is recorded.

    Names and properties have been checked (`check_name`, `check_properties`).

    :raises InvalidInput: there would be more kinds of events than a channel may have.
    """
    if not rows:
        return 0
    connection = session.connection()
    there = many.stay(session, {row.contact_id for row in rows})
    rows = [row for row in rows if row.contact_id in there]
    ids = event_types.declare(connection, channel_id, {row.name for row in rows}, now=now)
    return insert_new(
        connection,
        ContactEvent,
        [
            {
                "channel_id": channel_id,
                "contact_id": row.contact_id,
                "type_id": ids[row.name],
                "at": row.at,
                "properties": dict(row.properties) if row.properties else None,
                "key": row.key,
                "source": source,
            }
            for row in rows
        ],
    )


def type_id(session: Session, channel_id: int, name: str, *, now: datetime) -> int:
    """Return the id of a kind of event, declaring it on first use."""
    return event_types.type_id(session, channel_id, name, now=now)


def check_name(name: str) -> str:
    """Return the name of an event from outside.

    :raises InvalidInput: it is none, or one that only turns may record.
    """
    if not re.fullmatch(event_types.NAME, name):
        raise InvalidInput(
            {
                "event_type": "is written in small letters a to z, digits and _, begins with a letter, at most 60"
            }
        )
    if name in BUILT_IN:
        raise InvalidInput({"event_type": f"{name} is recorded by the program itself: choose another name"})
    return name


def check_properties(given: Mapping[str, object]) -> Mapping[str, Property]:
    """Return what came with an event, typed: a flat map of texts, numbers, flags and lists of texts.

    :raises InvalidInput: it is something else, too much, or too long.
    """
    if len(given) > MOST_PROPERTIES:
        raise InvalidInput({"properties": f"there are {len(given)}, at most {MOST_PROPERTIES}"})
    checked: dict[str, Property] = {}
    for name, value in given.items():
        if not _PROPERTY_NAME.fullmatch(name):
            raise InvalidInput({"properties": "names are small letters a to z, digits and _, at most 60"})
        if value is None:
            continue
        checked[name] = _checked(name, value)
    return checked


def _checked(name: str, value: object) -> Property:
    match value:
        case str():
            return _text(name, value)
        case bool():
            return value
        case int() | float():
            if not isfinite(value) or abs(value) > LARGEST_NUMBER:
                raise InvalidInput({"properties": f"{name} is too large a number"})
            return value
        case list() if len(value) <= MOST_PROPERTIES and all(isinstance(one, str) for one in value):
            return [_text(name, one) for one in value]
        case _:
            raise InvalidInput(
                {"properties": f"{name} is neither a text, a number, true, false, nor a list of texts"}
            )


def _text(name: str, value: str) -> str:
    # Nearly every text can be printed, which is quicker to ask.
    if len(value) > VALUE_LIMIT_CHARS or not (value.isprintable() or _TEXT.fullmatch(value)):
        raise InvalidInput(
            {"properties": f"{name} has more than {VALUE_LIMIT_CHARS} characters, or control characters"}
        )
    return value
