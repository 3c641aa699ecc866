"""Which segments somebody is in, in the middle of their turn.

What the turn has changed counts at once, and nothing is asked of the database beyond the tags and
fields that the turn's books read when they are first used, what only some rules read, and the points of
scores where a rule names one.
"""

from collections.abc import Iterable, Iterator

from content.model import Segment
from handlers.turn import Turn
from segmentation.people import of_turn


def segments_held(turn: Turn) -> frozenset[str]:
    """Return the ids of the published segments that hold for what the turn knows by now."""
    return frozenset(_held(turn, turn.published.content.segments))


def is_in(turn: Turn, segment_id: str) -> bool:
    """Say whether one published segment holds; nobody is in one that is no longer there."""
    return any(_held(turn, [one for one in turn.published.content.segments if one.id == segment_id]))


def _held(turn: Turn, some: Iterable[Segment]) -> Iterator[str]:
    person = of_turn(turn.contact, turn.tags, turn.fields, now=turn.now)
    for one in some:
        rule = turn.segments.read(one.rule, turn.others if turn.segments.names(one.rule) else None)
        if turn.segments.holds(rule, person, now=turn.now, zone=turn.published.zone):
            yield one.id
