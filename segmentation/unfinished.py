"""Lists of people whose filling broke off: found, taken up again, or thrown away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.errors import NotFound
from segmentation.keeping import has_changed
from segmentation.models import Membership, Segment, SegmentKind
from segmentation.static import Unfinished


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """A list that is not whole: its filling died, or is under way."""

    segment: Segment
    people: int
    """So many are on it by now."""


def _which(channel_id: int) -> sa.Select[Segment]:
    return sa.select(Segment).where(
        Segment.channel_id == channel_id,
        Segment.kind == SegmentKind.STATIC,
        Segment.swept_at.is_(None),
        Segment.retired_at.is_not(None),
    )


def broken_off(session: Session, channel_id: int) -> Sequence[BrokenOff]:
    """Return the lists that are not whole, the newest first."""
    found = session.scalars(_which(channel_id).order_by(Segment.changed_at.desc())).all()
    count = sa.select(Membership.segment_id, sa.func.count()).group_by(Membership.segment_id)
    ids = [one.id for one in found]
    people: dict[int, int] = dict(session.execute(count.where(Membership.segment_id.in_(ids))).all())
    return [BrokenOff(one, people.get(one.id, 0)) for one in found]


def get(session: Session, channel_id: int, key: str) -> Segment:
    """Return the unfinished list of an id, or of a public id.

    :raises NotFound: there is none; it may have become whole.
    """
    named = sa.or_(Segment.key == key, Segment.public_id == key)
    found = session.scalars(_which(channel_id).where(named)).first()
    if found is None:
        raise NotFound(f"there is no unfinished list {key}")
    return found


def take_over(session: Session, segment: Segment, *, now: datetime) -> Unfinished:
    """Take an unfinished list from whoever may still fill it, to empty and `drop` it."""
    has_changed(segment, now=now)
    session.flush()  # for the edition that the database counts
    session.refresh(segment, ["edition"])
    return Unfinished(segment.id, segment.edition)


def drop(session: Session, ours: Unfinished) -> None:
    """Delete an unfinished list that nobody is on any more; nothing can have named it."""
    session.execute(sa.delete(Segment).where(Segment.id == ours.segment_id, Segment.edition == ours.edition))
