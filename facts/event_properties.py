"""Which properties events have: our own always the same, those from outside whatever has been told of them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from facts.event_types import EventType
from facts.models import ContactEvent

OF_TURNS: Mapping[str, tuple[str, ...]] = {
    "message": ("kind",),
    "tap": ("owner", "button", "card", "tags"),
    "follow": ("returning",),
    "block": (),
    "entry": ("code",),
    "place": ("prefecture", "city", "latitude", "longitude"),
    "answer": ("questionnaire", "question", "choice"),
    "questionnaire_started": ("questionnaire",),
    "questionnaire_finished": ("questionnaire",),
}
"""What turns record by themselves, and what they say of it; docs/facts.md tells what each means."""
NEWEST = 200
"""Events of a name that are looked at: of some there are millions, and a till tells the same of each."""
NEWEST_VALUES = 2_000
"""The same for values, of which there are more than of names; SQLite reads so many taps of 300,000 in 10 ms."""


def told(session: Session, channel_id: int, name: str) -> Sequence[str]:
    """Return the properties that the newest events of a name have, the most frequent first."""
    newest = _newest(session, channel_id, name, NEWEST)
    counted = Counter(property_ for told_of in newest for property_ in told_of)
    return [property_ for property_, _times in counted.most_common()]


def texts_told(session: Session, channel_id: int, name: str, property_: str) -> AbstractSet[str]:
    """Return the texts that the newest events of a name have for a property."""
    values = {told_of.get(property_) for told_of in _newest(session, channel_id, name, NEWEST_VALUES)}
    return {value for value in values if isinstance(value, str)}


def _newest(session: Session, channel_id: int, name: str, limit: int) -> Iterator[Mapping[str, Any]]:
    ours = sa.select(EventType.id).where(EventType.channel_id == channel_id, EventType.name == name)
    newest = (
        sa.select(ContactEvent.properties)
        .where(ContactEvent.type_id == ours.scalar_subquery())
        .order_by(ContactEvent.at.desc())
        .limit(limit)
    )
    return (told_of or {} for told_of in session.scalars(newest))
