"""Who was in a segment at a moment, and how it grew: read from memberships, by a few queries each.

As far back as the segment was kept: before its first sweep nobody knows.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.errors import InvalidInput
from segmentation import whom
from segmentation.models import Membership, Segment

MEMBERS_PAGE = 500
MOST_DAYS = 800
"""Of one chart."""


@dataclass(frozen=True, slots=True)
class Stay:
    """That somebody was in a segment for a time."""

    entered_at: datetime
    entered_because: str
    entered_by_event: str | None
    left_at: datetime | None
    left_because: str | None
    left_by_event: str | None


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the account's calendar."""

    day: date
    entered: int
    left: int
    members: int
    """At its end."""


def _inside(at: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(Membership.entered_at <= at, sa.or_(Membership.left_at.is_(None), Membership.left_at > at))


def was_in(session: Session, segment: Segment, contact_id: int, at: datetime) -> Stay | None:
    """Return the stay during which somebody was in a segment at a moment; None when they were not."""
    found = sa.select(Membership).where(
        Membership.contact_id == contact_id, Membership.segment_id == segment.id, _inside(at)
    )
    row = session.scalars(found.limit(1)).one_or_none()
    return None if row is None else _stay(row)


def stays(session: Session, segment: Segment, contact_id: int) -> Sequence[Stay]:
    """Return when somebody was in a segment, the newest stay first."""
    rows = session.scalars(
        sa.select(Membership)
        .where(Membership.contact_id == contact_id, Membership.segment_id == segment.id)
        .order_by(Membership.id.desc())
    )
    return [_stay(row) for row in rows]


def count_at(session: Session, segment: Segment, at: datetime) -> int:
    """Return how many people were in a segment at a moment."""
    counted = sa.select(sa.func.count()).select_from(Membership)
    return session.scalars(counted.where(Membership.segment_id == segment.id, _inside(at))).one()


def members_at(session: Session, segment: Segment, at: datetime) -> Iterator[Sequence[int]]:
    """Return the contact ids of those who were in a segment at a moment, in pages, ascending.

    All ids are read before this returns, as `audience.members` does.
    """
    wanted = sa.select(Membership.contact_id).where(Membership.segment_id == segment.id, _inside(at))
    ids = array("q", whom.ids_of(session.connection(), wanted))
    return (ids[start : start + MEMBERS_PAGE].tolist() for start in range(0, len(ids), MEMBERS_PAGE))


def growth(
    session: Session, segment: Segment, first_day: date, last_day: date, zone: ZoneInfo
) -> Sequence[Day]:
    """Return how many entered, left and stayed on each day, by two queries.

    :raises InvalidInput: the days are in the wrong order, or too many.
    """
    days = (last_day - first_day).days + 1
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInput({"days": f"must be 1 to {MOST_DAYS} days, the first before the last"})
    begins = [_midnight(first_day + timedelta(days=number), zone) for number in range(days + 1)]
    # Whoever left before the first day does not matter any more, and comes in no index range either.
    inside = count_at(session, segment, begins[0] - timedelta(microseconds=1))
    found = []
    for number, (entered, left) in enumerate(_moved(session, segment, begins)):
        inside += entered - left
        found.append(Day(first_day + timedelta(days=number), entered, left, inside))
    return found


def _moved(session: Session, segment: Segment, begins: Sequence[datetime]) -> Sequence[tuple[int, int]]:
    """Return how many entered and left between each two moments: two ranges of an index for each."""
    span = sa.values(
        sa.column("number", sa.Integer),
        sa.column("begin", Membership.entered_at.type),
        sa.column("until", Membership.entered_at.type),
        name="spans",
    )
    rows = [(number, *ends) for number, ends in enumerate(pairwise(begins))]
    days = span.data(rows).cte("days")
    columns = [
        sa.select(sa.func.count())
        .select_from(Membership)
        .where(Membership.segment_id == segment.id, moment >= days.c.begin, moment < days.c.until)
        .scalar_subquery()
        for moment in (Membership.entered_at, Membership.left_at)
    ]
    counted = session.execute(sa.select(*columns, days.c.number).order_by(days.c.number))
    return [(row[0], row[1]) for row in counted]


def held(session: Session, contact_id: int) -> Mapping[int, Stay]:
    """Return the stays of somebody that have not ended, by segment."""
    rows = session.scalars(
        sa.select(Membership).where(Membership.contact_id == contact_id, Membership.left_at.is_(None))
    )
    return {row.segment_id: _stay(row) for row in rows}


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _stay(row: Membership) -> Stay:
    return Stay(
        row.entered_at,
        row.entered_because,
        row.entered_by_event,
        row.left_at,
        row.left_because,
        row.left_by_event,
    )
