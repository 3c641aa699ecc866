"""Asking everybody: whoever a segment's rule means, compared with who is in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from pyroaring import BitMap
from sqlalchemy.orm import Session

from core.db import changed
from segmentation import whom
from segmentation.memberships import RETIRED, RULE
from segmentation.models import ContactTag, Membership, Segment, SegmentKind, Tag, TagChange
from segmentation.references import others_of
from segmentation.segments import Segments

SETTLING = timedelta(seconds=10)
"""A turn that began before a rule was written knows nothing of it, and may end this much later; so everybody
is asked a second time."""
RETAG = "rule:tag"
"""Wanted because the segment gives another tag than before."""
ONCE_MORE = "rule:again"
"""Wanted for the second time."""


@dataclass(frozen=True, slots=True)
class DueSweep:
    """A segment for which everybody has to be asked, detached from any session."""

    segment_id: int
    channel_id: int
    key: str
    rule: dict[str, object]
    gives_tag: str | None
    due_at: datetime
    because: str
    changed_at: datetime
    is_first: bool
    is_retired: bool

    @property
    def reason(self) -> str:
        """Return what stands as the reason of those who enter and leave."""
        if self.is_retired:
            return RETIRED
        return RULE if self.is_first or self.because.startswith(RULE) else self.because


@dataclass(frozen=True)
class Compared:
    """Who has to enter and who has to leave, for the rule to be right about the moment it was asked."""

    entering: BitMap
    leaving: BitMap


def next_due(session: Session, *, now: datetime) -> DueSweep | None:
    """Return the sweep that is due for longest."""
    row = session.scalars(
        sa.select(Segment)
        .where(Segment.sweep_due_at <= now, Segment.kind == SegmentKind.ACTIVE)
        .order_by(Segment.sweep_due_at, Segment.id)
        .limit(1)
    ).one_or_none()
    if row is None or row.sweep_due_at is None:
        return None
    return DueSweep(
        segment_id=row.id,
        channel_id=row.channel_id,
        key=row.key,
        rule=row.rule,
        gives_tag=row.gives_tag,
        due_at=row.sweep_due_at,
        because=row.sweep_because or RULE,
        changed_at=row.changed_at,
        is_first=row.swept_at is None,
        is_retired=row.retired_at is not None,
    )


def compare(
    session: Session, segments: Segments, due: DueSweep, *, now: datetime, zone: ZoneInfo
) -> Compared:
    """Ask everybody; a retired segment means nobody."""
    wanted = BitMap()
    if not due.is_retired:
        rule = segments.read(due.rule, others_of(session, due.channel_id))
        wanted = whom.fulfilling(session, due.channel_id, segments.meant(rule, now=now, zone=zone))
    inside = whom.ids_of(session.connection(), _members(due.segment_id))
    return Compared(wanted - inside, inside - wanted)


def _members(segment_id: int) -> sa.Select[Any]:
    return sa.select(Membership.contact_id).where(
        Membership.segment_id == segment_id, Membership.left_at.is_(None)
    )


def is_still_due(session: Session, due: DueSweep) -> bool:
    """Say whether the sweep is wanted as it was begun: not if the rule has changed since, or facts of many."""
    stmt = sa.select(Segment.id).where(
        Segment.id == due.segment_id,
        Segment.sweep_due_at == due.due_at,
        Segment.changed_at == due.changed_at,
    )
    return session.scalar(stmt) is not None


def finish(session: Session, due: DueSweep, *, asked_at: datetime) -> bool:
    """Take down that everybody was asked; False when it is wanted again meanwhile."""
    is_over = due.because not in {RULE, RETAG}
    result = session.execute(
        sa.update(Segment)
        .where(
            Segment.id == due.segment_id,
            Segment.sweep_due_at == due.due_at,
            Segment.changed_at == due.changed_at,
        )
        .values(
            sweep_due_at=None if is_over else asked_at + SETTLING,
            sweep_because=None if is_over else ONCE_MORE,
            swept_at=asked_at,
        )
        .execution_options(synchronize_session=False)
    )
    return changed(result) == 1


def postpone(session: Session, due: DueSweep, *, until: datetime) -> None:
    """Let other sweeps go first: this one came to nothing."""
    session.execute(
        sa.update(Segment)
        .where(Segment.id == due.segment_id, Segment.sweep_due_at == due.due_at)
        .values(sweep_due_at=until)
        .execution_options(synchronize_session=False)
    )


def to_untag(session: Session, due: DueSweep, source: str) -> Sequence[tuple[int, str]]:
    """Return contacts and tags, other than the one it gives now, about which the segment has ever said something."""
    rows = session.execute(
        sa.select(TagChange.contact_id, Tag.name)
        .join(Tag, Tag.id == TagChange.tag_id)
        .join(
            ContactTag,
            sa.and_(ContactTag.contact_id == TagChange.contact_id, ContactTag.tag_id == TagChange.tag_id),
        )
        .where(TagChange.source == source, Tag.name != (due.gives_tag or ""))
        .distinct()
        .order_by(TagChange.contact_id)
    )
    return [(row.contact_id, row.name) for row in rows]


def to_tag(session: Session, due: DueSweep) -> BitMap:
    """Return the contacts that are in the segment."""
    return whom.ids_of(session.connection(), _members(due.segment_id))
