"""The leaf `event`: what a contact did, how often, when first and last, and what not since."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictInt,
    TypeAdapter,
    WithJsonSchema,
    model_validator,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from content.comparing import Value
from content.text import Frozen
from core.by_engine import by_engine
from facts.event_properties import OF_TURNS
from facts.event_types import EventType
from facts.models import ContactEvent
from segmentation.carrying import known_by, told_in
from segmentation.days import At
from segmentation.joining import Meant, all_of
from segmentation.kinds.forms import Past, fell_out
from segmentation.kinds.happened import EVENTS, EventsSeen, Happened, has
from segmentation.kinds.measures import TEN_THOUSAND, Measure, Share, counted, parts_of
from segmentation.leaf import LeafKind, Mention, Noun
from segmentation.people import Person
from segmentation.sources import Need

WORD = r"[a-z][a-z0-9_]{0,59}"
_WORD = {"type": "string", "pattern": f"^{WORD}$"}


def _word(name: str) -> str:
    if re.fullmatch(WORD, name) is None:
        raise ValueError(
            f"{name[:60]!r} is no name: small letters a to z, digits and _, beginning with a letter, at most 60"
        )
    return name


Word = Annotated[str, AfterValidator(_word), WithJsonSchema(_WORD)]
"""The name of an event or of a property, which may stand in a JSON path."""


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else (value,)


Words = Annotated[
    tuple[Word, ...],
    BeforeValidator(_as_list),
    Field(min_length=1, max_length=20),
    AfterValidator(lambda names: tuple(dict.fromkeys(names))),
    WithJsonSchema({"anyOf": [_WORD, {"type": "array", "items": _WORD, "minItems": 1, "maxItems": 20}]}),
]
_VALUE = {"type": ["string", "number", "boolean"]}
Values = Annotated[
    tuple[Value, ...],
    BeforeValidator(_as_list),
    Field(min_length=1, max_length=100),
    WithJsonSchema({"anyOf": [_VALUE, {"type": "array", "items": _VALUE, "minItems": 1, "maxItems": 100}]}),
]
Count = Annotated[StrictInt, Field(ge=0, le=100_000)]


class EventTest(Frozen):
    """`tap`, or `{name: tap, where: {tags: flavour:black_sugar}, at_least: 3, within: 60d}`.

    All that is said must hold; how often stands for once or more where it is left out.
    """

    name: Words
    where: Annotated[dict[Word, Values], Field(max_length=5)] = Field(default_factory=dict)
    """What the properties are: one of the values; of a list, that one of them is in it."""
    at_least: Annotated[StrictInt, Field(ge=1, le=100_000)] | None = None
    at_most: Count | None = None
    exactly: Count | None = None
    within: Past | None = None
    """Which of them count: those of this time. Without it all there ever were."""
    first_within: Past | None = None
    """The very first of them was in this time."""
    last_within: Past | None = None
    share_at_least: Share | None = None
    """Of all the events of the name in that time, so many are as `where` says."""
    without_since: Words | None = None
    """None of these came after the last of them."""

    @model_validator(mode="after")
    def _makes_sense(self) -> "EventTest":
        if self.exactly is not None and (self.at_least is not None or self.at_most is not None):
            raise ValueError("`exactly` stands without `at_least` and `at_most`")
        if self.share_at_least is not None and not self.where:
            raise ValueError("`share_at_least` is the share of those that `where` describes: say which")
        return self

    @property
    def count(self) -> Measure:
        if self.at_least is None and self.at_most is None and self.exactly is None:
            return Measure(at_least=1)
        return Measure(at_least=self.at_least, at_most=self.at_most, exactly=self.exactly)


def _in_full(raw: Any) -> Any:
    return raw if isinstance(raw, dict | EventTest) else {"name": raw}


def types(names: Sequence[str]) -> sa.ColumnElement[bool]:
    """Return the condition that an event has one of some names; a contact's are all of its own channel."""
    return _typed(ContactEvent, names)


def _typed(event: type[ContactEvent], names: Sequence[str]) -> sa.ColumnElement[bool]:
    return known_by(event.type_id, sa.select(EventType.id).where(EventType.name.in_(names)))


def condition(test: EventTest, at: At) -> Meant:
    """Return whom it means."""
    # Types and times alone are read from an index (type, time, contact), once for everybody, and added up
    # by contact; what `where` asks is read from the row, after the time has left few of them. Of two million
    # events and 110,000 in the window SQLite takes 57 ms, along (type, contact, time) 75 ms, and looking up
    # for each event whether there is another 338 ms.
    contact, named = ContactEvent.contact_id, types(test.name)
    recent = [] if test.within is None else [ContactEvent.at >= at.now - test.within]
    described = _described(test.where)
    parts = [counted(contact, named, *recent, *described, fits=test.count, ever=not recent)]
    if test.share_at_least is not None:
        those = sa.func.sum(sa.case((sa.and_(*described), 1), else_=0))
        share = those * TEN_THOUSAND >= sa.func.count() * parts_of(test.share_at_least)
        parts.append(told_in(contact, named, *recent, having=share))
    if test.first_within is not None:
        # Whoever has one of this time is asked for one from before: adding up everything there ever was
        # to find the first takes four times as long.
        edge = at.now - test.first_within
        parts.append(told_in(contact, named, *described, ContactEvent.at >= edge, _none_before(test, edge)))
    if test.last_within is not None:
        parts.append(told_in(contact, named, *described, ContactEvent.at >= at.now - test.last_within))
    if test.without_since is not None:
        if test.within is None:
            parts.append(_is_last(test, test.without_since))
        else:
            parts.append(told_in(contact, named, *recent, *described, _nothing_since(test.without_since)))
    return all_of(*parts)


def _described(
    where: Mapping[str, Sequence[Any]], event: type[ContactEvent] = ContactEvent
) -> list[sa.ColumnElement[bool]]:
    return [_is(event, name, values) for name, values in where.items()]


def _is(event: type[ContactEvent], name: str, values: Sequence[Any]) -> sa.ColumnElement[bool]:
    # Of a list this yields its members, of anything else itself.
    inside = sa.func.json_each(event.properties, f"$.{name}").table_valued("value", "type")
    flags = [value for value in values if isinstance(value, bool)]
    texts = [value for value in values if isinstance(value, str)]
    numbers = [value for value in values if not isinstance(value, str | bool)]
    fits = [inside.c.type == ("true" if flag else "false") for flag in flags]
    if texts:
        fits.append(sa.and_(inside.c.type == "text", inside.c.value.in_(texts)))
    if numbers:
        fits.append(sa.and_(inside.c.type.in_(("integer", "real")), inside.c.value.in_(numbers)))
    told = sa.cast(event.properties[name], JSONB)
    return by_engine(
        sqlite=sa.select(1).select_from(inside).where(sa.or_(*fits)).exists(),
        postgresql=sa.or_(*(told.contains(sa.literal(value, JSONB())) for value in values)),
    )


def _none_before(test: EventTest, edge: datetime) -> sa.ColumnElement[bool]:
    other = aliased(ContactEvent)
    earlier = sa.select(other.id).where(
        other.contact_id == ContactEvent.contact_id,
        _typed(other, test.name),
        other.at < edge,
        *_described(test.where, other),
    )
    return sa.not_(earlier.correlate(ContactEvent).exists())


def _is_last(test: EventTest, others: Sequence[str]) -> Meant:
    # Of all there ever was, looking after each event for another takes several times as long as finding the
    # last of each once.
    asked = sa.func.max(sa.case((sa.and_(types(test.name), *_described(test.where)), ContactEvent.at)))
    other = sa.func.max(sa.case((types(others), ContactEvent.at)))
    having = sa.and_(asked.is_not(None), sa.or_(other.is_(None), other <= asked))
    return told_in(ContactEvent.contact_id, types([*test.name, *others]), having=having)


def _nothing_since(names: Sequence[str]) -> sa.ColumnElement[bool]:
    # If any of the events has none of these after it, the last has none.
    other = aliased(ContactEvent)
    later = sa.select(other.id).where(
        other.contact_id == ContactEvent.contact_id,
        _typed(other, names),
        other.at > ContactEvent.at,
    )
    return sa.not_(later.correlate(ContactEvent).exists())


def _events(names: Sequence[str], person: Person, within: timedelta | None) -> list[Happened]:
    found = [one for name in names for one in person.of(Need(EVENTS, name, within))]
    return sorted(found, key=lambda one: one.at)


def _since(events: Iterable[Happened], edge: datetime | None) -> list[Happened]:
    return [one for one in events if edge is None or one.at >= edge]


def _holds(test: EventTest, person: Person, at: At) -> bool:
    recent, those = _looked_at(test, person, at)
    if not test.count.fits(len(those)):
        return False
    if test.share_at_least is not None and (
        not recent or len(those) * TEN_THOUSAND < len(recent) * parts_of(test.share_at_least)
    ):
        return False
    if test.first_within is not None or test.last_within is not None:
        ever = [one for one in _events(test.name, person, None) if has(one, test.where)]
        if not ever:
            return False
        if test.first_within is not None and ever[0].at < at.now - test.first_within:
            return False
        if test.last_within is not None and ever[-1].at < at.now - test.last_within:
            return False
    if test.without_since is None:
        return True
    others = _events(test.without_since, person, test.within)
    return bool(those) and all(one.at <= those[-1].at for one in others)


def _looked_at(test: EventTest, person: Person, at: At) -> tuple[list[Happened], list[Happened]]:
    """Return the events that count, and those of them that are as described."""
    edge = None if test.within is None else at.now - test.within
    recent = _since(_events(test.name, person, test.within), edge)
    return recent, [one for one in recent if has(one, test.where)]


def _needs(test: EventTest) -> Iterable[Need[tuple[Happened, ...]]]:
    is_of_ever = test.first_within is not None or test.last_within is not None
    for name in test.name:
        yield Need(EVENTS, name, None if is_of_ever else test.within)
    # What came after an event of that time came in that time.
    for name in test.without_since or ():
        yield Need(EVENTS, name, test.within)


def _seen(test: EventTest, person: Person, at: At) -> EventsSeen | None:
    recent, those = _looked_at(test, person, at)
    if not recent:
        return None
    total = len(recent) if test.share_at_least is not None else None
    first, last = (those[0], those[-1]) if those else (None, None)
    return EventsSeen(test.name, len(those), total, first, last, tuple(test.where))


def crossing(test: EventTest, since: At, at: At) -> Iterable[sa.Select[int]]:
    """Yield the contacts of whom an event has become too old meanwhile."""
    for span in {test.within, test.first_within, test.last_within} - {None}:
        assert span is not None
        yield sa.select(ContactEvent.contact_id).where(
            types(test.name), fell_out(ContactEvent.at, span, since, at)
        )


_ABOUT: Mapping[str, Mapping[str, Noun]] = MappingProxyType(
    {
        "tap": {"tags": "topic", "card": "card", "button": "button", "owner": "owner"},
        "entry": {"code": "entry"},
        "answer": {"questionnaire": "questionnaire"},
        "questionnaire_started": {"questionnaire": "questionnaire"},
        "questionnaire_finished": {"questionnaire": "questionnaire"},
    }
)
"""Which properties of our own events hold names of things; others say what they like."""


def _mentions(test: EventTest) -> Iterable[Mention]:
    for name in test.name:
        yield Mention("event", name, ("name",))
    for name in test.without_since or ():
        yield Mention("event", name, ("without_since",))
    for name in test.where:
        # Also where one from outside is asked for with it: `[tap, bought]` with tags means the account's tags.
        for noun in {noun for event in test.name if (noun := _ABOUT.get(event, {}).get(name)) is not None}:
            yield from (Mention(noun, value, ("where", name)) for value in _texts(test, name))
        if not any(name in OF_TURNS.get(event, ()) for event in test.name):
            yield Mention("property", f"{','.join(test.name)}/{name}", ("where", name))
    if "answer" in test.name:
        yield from _mentions_of_answers(test)


def _mentions_of_answers(test: EventTest) -> Iterable[Mention]:
    """Yield the questions and choices, each of the one questionnaire or question that is said, or else of any."""
    questionnaire, question = (_only(_texts(test, name)) for name in ("questionnaire", "question"))
    for value in _texts(test, "question"):
        yield Mention("question", f"{questionnaire}/{value}", ("where", "question"))
    for value in _texts(test, "choice"):
        yield Mention("choice", f"{questionnaire}/{question}/{value}", ("where", "choice"))


def _texts(test: EventTest, name: str) -> Sequence[str]:
    return [value for value in test.where.get(name, ()) if isinstance(value, str)]


def _only(values: Sequence[str]) -> str:
    return values[0] if len(values) == 1 else ""


EVENT = LeafKind[EventTest](
    "event",
    TypeAdapter(Annotated[EventTest, BeforeValidator(_in_full, json_schema_input_type=Words | EventTest)]),
    sql=condition,
    holds=_holds,
    fact=_seen,
    reads=lambda test: [f"event:{name}" for name in (*test.name, *(test.without_since or ()))],
    crossing=crossing,
    needs=_needs,
    mentions=_mentions,
    never=lambda test: test.count.never(),
)
