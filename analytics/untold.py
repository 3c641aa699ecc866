"""Properties that a rule asks events from outside for, and that none has told so far: misspelt, or still to come."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from facts import event_properties
from segmentation.rules import Path, Rule
from segmentation.segments import Segments


def untold(
    session: Session, channel_id: int, segments: Segments, rule: Rule
) -> Iterator[tuple[Path, str, str]]:
    """Yield place, events (`bought`, `bought,visited`) and name of each; of our own events it would be a fault."""
    for path, mention in segments.mentions(rule):
        if mention.noun != "property":
            continue
        events, _slash, name = mention.name.partition("/")
        theirs = [one for one in events.split(",") if one not in event_properties.OF_TURNS]
        if theirs and not any(name in event_properties.told(session, channel_id, one) for one in theirs):
            yield path, ", ".join(theirs), name
