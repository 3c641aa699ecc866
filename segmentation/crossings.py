"""What time alone changes: whose verdict may be another since everybody was last asked, and nobody else's."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact
from segmentation.audience import of_channel
from segmentation.current import Kept
from segmentation.memberships import NIGHT, TIME
from segmentation.models import Segment, SegmentKind
from segmentation.segments import Segments

EVERY = timedelta(minutes=1)
MOST_ONE_BY_ONE = 5_000
"""Candidates of one segment that are looked at as people; for more, one query about everybody is quicker."""


@dataclass(frozen=True)
class Crossed:
    """What a look at the clock comes to."""

    since: Mapping[int, datetime]
    """The segments that it is about, and until when time is worked in for them."""
    candidates: dict[int, list[Kept]] = field(default_factory=dict)
    """By contact: the segments that time may have brought them into, or out of."""
    crowded: list[int] = field(default_factory=list)
    """Segments with so many of them that everybody is to be asked."""

    @property
    def done(self) -> Mapping[int, datetime]:
        """Return the segments that are up to now once the candidates are looked at."""
        return {id_: at for id_, at in self.since.items() if id_ not in self.crowded}


def is_due() -> sa.ColumnElement[bool]:
    """Return the condition for segments that the clock has to be asked about; `until` and `now` are bound.

    Where everybody is asked anyway that says it too; not by night, whose finds nobody should cause.
    """
    moment = Segment.swept_at.type
    return sa.and_(
        Segment.kind == SegmentKind.ACTIVE,
        Segment.retired_at.is_(None),
        Segment.swept_at <= sa.bindparam("until", type_=moment),
        sa.or_(
            Segment.sweep_due_at.is_(None),
            Segment.sweep_due_at > sa.bindparam("now", type_=moment),
            Segment.sweep_because == NIGHT,
        ),
    )


def channels_due(session: Session, *, now: datetime) -> Sequence[int]:
    """Return the channels with segments that were not asked about the clock for a minute."""
    stmt = sa.select(Segment.channel_id).where(is_due()).distinct().order_by(Segment.channel_id)
    return session.scalars(stmt, {"until": now - EVERY, "now": now}).all()


def begin(session: Session, channel_id: int, *, now: datetime) -> Crossed:
    """Return the segments of a channel that the clock has to be asked about."""
    stmt = sa.select(Segment.id, Segment.swept_at).where(Segment.channel_id == channel_id, is_due())
    rows = session.execute(stmt, {"until": now - EVERY, "now": now})
    return Crossed({row.id: row.swept_at for row in rows if row.swept_at is not None})


def look(
    session: Session,
    segments: Segments,
    crossed: Crossed,
    some: Iterable[Kept],
    channel_id: int,
    *,
    now: datetime,
    zone: ZoneInfo,
) -> None:
    """Find the candidates of some segments."""
    ours = of_channel(channel_id)
    for kept in some:
        if kept.id not in crossed.since:
            continue
        crossing = segments.crossing(kept.rule, since=crossed.since[kept.id], now=now, zone=zone)
        if crossing is None:
            continue
        wanted = sa.select(Contact.id).where(ours, crossing).limit(MOST_ONE_BY_ONE + 1)
        ids = array("q", session.scalars(wanted))
        if len(ids) > MOST_ONE_BY_ONE:
            crossed.crowded.append(kept.id)
            continue
        for id_ in ids:
            crossed.candidates.setdefault(id_, []).append(kept)


def ask_everybody(session: Session, segment_ids: Sequence[int], *, now: datetime) -> None:
    """Have everybody asked for segments that time changes much of."""
    session.execute(
        sa.update(Segment)
        .where(
            Segment.id.in_(segment_ids),
            sa.or_(
                Segment.sweep_due_at.is_(None), Segment.sweep_due_at > now, Segment.sweep_because == NIGHT
            ),
        )
        .values(
            sweep_due_at=now,
            sweep_because=sa.func.coalesce(sa.func.nullif(Segment.sweep_because, NIGHT), TIME),
        )
        .execution_options(synchronize_session=False)
    )


def finish(session: Session, done: Mapping[int, datetime], *, now: datetime) -> None:
    """Take down until when time is worked in; not where a sweep has said so meanwhile."""
    for at in set(done.values()):
        session.execute(
            sa.update(Segment)
            .where(
                Segment.id.in_([id_ for id_, since in done.items() if since == at]), Segment.swept_at == at
            )
            .values(swept_at=now)
            .execution_options(synchronize_session=False)
        )
