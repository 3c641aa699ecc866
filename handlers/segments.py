"""Whether somebody is in a segment, in the middle of their turn.

What the turn has changed counts at once, and nothing is asked of the database beyond the tags and
fields that the turn's books read when they are first used, what only some rules read, and the points of
scores where a rule names one.
"""

from handlers.turn import Turn
from segmentation.people import of_turn


def is_in(turn: Turn, segment_id: str) -> bool:
    """Say whether one published segment holds; nobody is in one that is no longer there."""
    one = next((one for one in turn.published.content.segments if one.id == segment_id), None)
    if one is None:
        return False
    rule = turn.segments.read(one.rule, turn.others if turn.segments.names(one.rule) else None)
    person = of_turn(turn.contact, turn.tags, turn.fields, now=turn.now)
    return turn.segments.holds(rule, person, now=turn.now, zone=turn.published.zone)
