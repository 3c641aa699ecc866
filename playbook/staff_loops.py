"""Segments of a playbook and of staff that would chase each other; no folder shows it, so publishing looks."""

from collections.abc import Collection, Iterator, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from content.model import Segment as WrittenSegment
from core.errors import Conflict
from segmentation import loops
from segmentation.loops import Giver
from segmentation.models import Segment, SegmentKind, Tag
from segmentation.references import others_of
from segmentation.rules import FaultyRule
from segmentation.segments import Segments


class LoopsWithStaff(Conflict):
    """What the playbook's segments give and take leads round through one that staff made."""

    def __init__(self, way: tuple[str, ...]) -> None:
        super().__init__(f"with the segments made in the console, {loops.in_words(way)}")


def refuse_loops(
    session: Session, segments: Segments, channel_id: int, written: Collection[WrittenSegment]
) -> None:
    """Look at all segments that are kept current, as they are stored in this transaction.

    :raises LoopsWithStaff: somebody would enter and leave them for ever.
    """
    session.flush()  # what follows asks the database
    steps = {one.id: frozenset(_of_steps(one)) for one in written}
    rows = session.execute(
        sa.select(Segment.key, Segment.rule, Segment.gives_tag).where(
            Segment.channel_id == channel_id,
            Segment.kind == SegmentKind.ACTIVE,
            Segment.retired_at.is_(None),
        )
    ).all()
    changes = {
        row.key: steps.get(row.key, frozenset()) | ({row.gives_tag} if row.gives_tag is not None else set())
        for row in rows
    }
    if not any(changes.values()):
        return
    displaced = _displaced(session, channel_id)
    others = others_of(session, channel_id)
    givers = []
    for row in rows:
        try:
            reads = segments.reads(segments.read(row.rule, others))
        except FaultyRule:
            continue  # nobody is in it, whoever reads it
        tags = changes[row.key]
        givers.append(Giver(row.key, reads, tags.union(*(displaced.get(tag, ()) for tag in tags))))
    if way := loops.find(givers):
        raise LoopsWithStaff(way)


def _of_steps(segment: WrittenSegment) -> Iterator[str]:
    for step in (*segment.on_enter, *segment.on_leave):
        yield from step.tag or ()
        yield from step.untag or ()


def _displaced(session: Session, channel_id: int) -> Mapping[str, frozenset[str]]:
    """Return by tag those whose place it takes."""
    rows = session.execute(
        sa.select(Tag.name, Tag.group).where(
            Tag.channel_id == channel_id, Tag.is_single, Tag.group.is_not(None)
        )
    ).all()
    return {row.name: frozenset(one.name for one in rows if one.group == row.group) for row in rows}
