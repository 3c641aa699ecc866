"""The leaf `message`: when a contact last wrote or sent something."""

from pydantic import TypeAdapter

from facts.models import ContactEvent
from segmentation.carrying import told_in
from segmentation.days import At
from segmentation.joining import Meant, all_of, none_of
from segmentation.kinds.events import EventTest, condition, crossing, types
from segmentation.kinds.forms import When
from segmentation.kinds.happened import EVENTS, EventsSeen, Happened
from segmentation.leaf import LeafKind
from segmentation.people import Person
from segmentation.sources import Need

MESSAGE_NAME = "message"


def _as_event(when: When) -> EventTest:
    return EventTest(name=(MESSAGE_NAME,), within=when.span)


def _wrote(when: When, at: At) -> Meant:
    lately = condition(_as_event(when), at)
    if when.within is not None:
        return lately
    return all_of(told_in(ContactEvent.contact_id, types([MESSAGE_NAME]), ever=True), none_of(lately))


def _messages(when: When, person: Person, at: At) -> list[Happened]:
    """Return the messages of the time that is asked about; all of them where it is asked for what is longer ago."""
    found = person.of(Need(EVENTS, MESSAGE_NAME, when.within))
    return sorted(
        (one for one in found if when.within is None or one.at >= at.now - when.within),
        key=lambda one: one.at,
    )


def _wrote_once(when: When, person: Person, at: At) -> bool:
    messages = _messages(when, person, at)
    return when.holds(messages[-1].at if messages else None, at)


def _seen(when: When, person: Person, at: At) -> EventsSeen | None:
    messages = _messages(when, person, at)
    return EventsSeen((MESSAGE_NAME,), len(messages), None, messages[0], messages[-1]) if messages else None


MESSAGE = LeafKind[When](
    "message",
    TypeAdapter(When),
    sql=_wrote,
    holds=_wrote_once,
    fact=_seen,
    reads=lambda _when: [f"event:{MESSAGE_NAME}"],
    crossing=lambda when, since, at: crossing(_as_event(when), since, at),
    needs=lambda when: [Need(EVENTS, MESSAGE_NAME, when.within)],
)
