"""Which segments somebody is in, in the middle of their turn."""

from handlers.turn import Turn
from segmentation.people import of_turn
from segmentation.segments import Segments


def segments_held(turn: Turn, segments: Segments) -> frozenset[str]:
    """Return the ids of the published segments that hold for what the turn knows by now.

    What the turn has changed counts at once. Nothing is asked of the database beyond the tags and
    fields that the turn's books read when they are first used.
    """
    person = of_turn(turn.contact, turn.tags, turn.fields)
    return frozenset(
        one.id
        for one in turn.published.content.segments
        if segments.holds(segments.read(one.rule), person, now=turn.now, zone=turn.published.zone)
    )
