"""The rules of stored segments, read with the segments that they name in their places."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from segmentation.models import Segment, SegmentKind
from segmentation.references import SEGMENT, others_of
from segmentation.rules import Leaf, Rule
from segmentation.segments import Segments

Read = tuple[Segment, Rule]


def rule_of(session: Session, segments: Segments, segment: Segment) -> Rule:
    """Return what a segment means; for a list of people, that they are on it."""
    return rules_of(session, segments, [segment])[0][1]


def rules_of(session: Session, segments: Segments, several: Sequence[Segment]) -> Sequence[Read]:
    """Return each of some segments of one channel with its rule.

    Costs one query where one of them names another, and none otherwise.
    """
    others = None
    if any(segments.names(one.rule) for one in several if one.kind is not SegmentKind.STATIC):
        others = others_of(session, several[0].channel_id)
    return [
        (one, Leaf(SEGMENT, one.key, one.key))
        if one.kind is SegmentKind.STATIC
        else (one, segments.read(one.rule, others))
        for one in several
    ]
