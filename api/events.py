"""Tracking: what people did elsewhere, one thing or a thousand at a time, each once by its key."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from flask import Response, g
from flask_openapi.blueprint import APIBlueprint
from pydantic import AfterValidator, BaseModel, Discriminator, Field, RootModel
from pydantic import Tag as Case
from sqlalchemy.orm import Session

from api.access import audit, needs_in_pages
from api.batches import Item, in_pages, read_item
from api.naming import Name, Named, resolve
from api.openapi import blueprint
from api.problems import FieldFault
from api.shapes import MOST_IN_A_BATCH, EventKey, Instant, Strict, answer
from api.touching import touched
from core.errors import InvalidInput, NotFound
from facts import event_types, events
from facts.events import Tracked
from facts.models import ContactEvent
from staff.tokens import Scope

AHEAD = timedelta(minutes=5)
"""How far another machine's clock may be before ours."""


def _name(given: str) -> str:
    try:
        return events.check_name(given)
    except InvalidInput as error:
        raise ValueError(*error.fields.values()) from None


def _properties(given: dict[str, Any]) -> dict[str, Any]:
    try:
        return dict(events.check_properties(given))
    except InvalidInput as error:
        raise ValueError(*error.fields.values()) from None


_TEXT: dict[str, Any] = {
    "type": "string",
    "maxLength": events.VALUE_LIMIT_CHARS,
    "pattern": r"^[^\x00-\x1f\x7f-\x9f]*$",
}
_NUMBER = {"type": "number", "minimum": -events.LARGEST_NUMBER, "maximum": events.LARGEST_NUMBER}
_FLAT: tuple[dict[str, Any], ...] = (_NUMBER, {"type": "boolean"}, {"type": "null"})
_FEW: dict[str, Any] = {"maxItems": events.MOST_PROPERTIES}


class Event(Named):
    """Something that a person did."""

    event: Annotated[
        str, Field(pattern=f"^{event_types.NAME}$", examples=["coupon_used"]), AfterValidator(_name)
    ] = Field(
        description="What happened. What the program records by itself (`tap`, `message` …) is not free.",
        json_schema_extra={"not": {"enum": [*events.BUILT_IN]}},
    )
    key: EventKey = Field(description="Makes it happen once: the same key again changes nothing.")
    at: Instant | None = Field(None, description="When; now if not given.")
    properties: Annotated[dict[str, Any], AfterValidator(_properties)] = Field(
        default_factory=dict,
        description="A flat map of at most 20 texts, numbers, flags and lists of texts.",
        json_schema_extra={
            "maxProperties": events.MOST_PROPERTIES,
            "propertyNames": {"pattern": f"^{event_types.NAME}$"},
            "additionalProperties": {"anyOf": [_TEXT, *_FLAT, {"type": "array", "items": _TEXT, **_FEW}]},
            "examples": [{"coupon": "AUTUMN", "amount": 120}],
        },
    )


class Events(Strict):
    """Several things at once; a faulty one is refused alone."""

    events: list[Annotated[Event | Any, Field(union_mode="left_to_right")]] = Field(
        min_length=1, max_length=MOST_IN_A_BATCH
    )


class Tracking(RootModel[Annotated[
    Annotated[Event, Case("single")] | Annotated[Events, Case("batch")],
    Discriminator(lambda given: "batch" if isinstance(given, dict) and "events" in given else "single"),
]]):  # fmt: skip
    """One event, or `{"events": [...]}`."""


class TrackedItem(BaseModel):
    """What became of one event, in the order in which they were sent."""

    key: str | None
    outcome: Literal["recorded", "repeated", "refused"]
    errors: list[FieldFault] | None = None


class TrackedAnswer(BaseModel):
    recorded: int
    repeated: int
    refused: int
    items: list[TrackedItem]


def routes() -> APIBlueprint:
    """Return the routes about events."""
    api = blueprint("events", __doc__)

    @api.post("/events", operation_id="track", responses={200: TrackedAnswer})
    @needs_in_pages(Scope.EVENTS_WRITE)
    def track(body: Tracking) -> Response:
        """Record what happened.

        One event, or up to 1,000 under `events`, where a faulty one is refused by itself and the others are
        recorded. An event that was recorded before by its key stays as it was.
        """
        match body.root:
            case Events(events=given):
                return answer(_record([read_item(one, Event, "key") for one in given]))
            case one:
                return answer(_record_one(one))

    return api


def _record_one(event: Event) -> TrackedAnswer:
    told = _record([Item(event.key, event)])
    (item,) = told.items
    if item.errors:
        faults = {fault.field: fault.detail for fault in item.errors}
        if event.person.kind in faults:
            raise NotFound(faults[event.person.kind])
        raise InvalidInput(faults)
    return told


def _record(read: Sequence[Item[Event]]) -> TrackedAnswer:
    items = in_pages(read, _record_page)
    counts = Counter(item.outcome for item in items)
    return TrackedAnswer(
        recorded=counts["recorded"], repeated=counts["repeated"], refused=counts["refused"], items=items
    )


def _record_page(session: Session, read: Sequence[Item[Event]]) -> Sequence[TrackedItem]:
    people = resolve(session, g.channel_id, {one.thing.person for one in read if one.thing is not None})
    read = [_judged(one, people) for one in read]
    good = [one.thing for one in read if one.thing is not None]
    known = _known_keys(session, {stored_key(one.key) for one in good})
    new: dict[str, Tracked] = {}
    for one in good:
        key = stored_key(one.key)
        if key not in known:
            at = g.now if one.at is None else min(one.at, g.now)
            new.setdefault(key, Tracked(people[one.person], one.event, at, one.properties, key))
    events.track(session, g.channel_id, [*new.values()], source=g.caller.source, now=g.now)
    touched(session, [(one.contact_id, f"event:{one.name}") for one in new.values()])
    if new:
        audit("api.track", "events", g.caller.public_id, count=len(new))
    return _told(read, set(new))


def _judged(one: Item[Event], people: Mapping[Name, int]) -> Item[Event]:
    if one.thing is None:
        return one
    faults: dict[str, str] = {}
    if one.thing.person not in people:
        faults[one.thing.person.kind] = "nobody is known by this"
    if one.thing.at is not None and one.thing.at > g.now + AHEAD:
        faults["at"] = "is in the future"
    return Item(one.key, None, InvalidInput(faults)) if faults else one


def _told(read: Sequence[Item[Event]], new: set[str]) -> Sequence[TrackedItem]:
    items = []
    for one in read:
        if one.thing is None:
            items.append(TrackedItem(key=one.key, outcome="refused", errors=one.errors))
        elif (key := stored_key(one.thing.key)) in new:
            new.discard(key)
            items.append(TrackedItem(key=one.key, outcome="recorded"))
        else:
            items.append(TrackedItem(key=one.key, outcome="repeated"))
    return items


def _known_keys(session: Session, keys: set[str]) -> set[str]:
    wanted = sa.select(ContactEvent.key).where(
        ContactEvent.channel_id == g.channel_id, ContactEvent.key.in_(keys)
    )
    return set(session.scalars(wanted))


def stored_key(key: str) -> str:
    """Return the key under which an event is kept: no program can take that of a turn, or of an import."""
    return f"api:{key}"
