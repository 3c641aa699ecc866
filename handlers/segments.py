"""Which segments somebody is in, in the middle of their turn.

What the turn has changed counts at once, and nothing is asked of the database beyond the tags and
fields that the turn's books read when they are first used, and what only some rules read.
"""

from content.model import Segment
from handlers.turn import Turn
from segmentation.people import Person, of_turn
from segmentation.references import Others


def segments_held(turn: Turn) -> frozenset[str]:
    """Return the ids of the published segments that hold for what the turn knows by now."""
    person = of_turn(turn.contact, turn.tags, turn.fields, now=turn.now)
    return frozenset(one.id for one in turn.published.content.segments if _holds(one, person, turn))


def is_in(turn: Turn, segment_id: str) -> bool:
    """Say whether one published segment holds; nobody is in one that is no longer there."""
    person = of_turn(turn.contact, turn.tags, turn.fields, now=turn.now)
    return any(_holds(one, person, turn) for one in turn.published.content.segments if one.id == segment_id)


def _holds(segment: Segment, person: Person, turn: Turn) -> bool:
    rule = turn.segments.read(segment.rule, _others(turn))
    return turn.segments.holds(rule, person, now=turn.now, zone=turn.published.zone)


def _others(turn: Turn) -> Others:
    """Return what a published rule may name: the other published ones."""
    return {one.id: one.rule for one in turn.published.content.segments}
