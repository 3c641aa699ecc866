"""Who is meant: how many, some of them, all of them in pages, and where one person belongs."""

from array import array
from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from pyroaring import BitMap
from sqlalchemy.orm import Session

from contacts.models import Contact
from core.by_engine import by_engine
from core.errors import NotFound
from segmentation import people, whom
from segmentation.models import Segment
from segmentation.people import Person
from segmentation.reading import Read, rule_of, rules_of
from segmentation.segments import Segments

MEMBERS_PAGE = 500
"""What one multicast takes (docs/line-limits.md)."""


def current(session: Session, channel_id: int) -> Sequence[Segment]:
    """Return the segments that are not retired, in the playbook's order."""
    return session.scalars(
        sa.select(Segment)
        .where(Segment.channel_id == channel_id, Segment.retired_at.is_(None))
        .order_by(Segment.position, Segment.id)
    ).all()


def get(session: Session, channel_id: int, key: str) -> Segment:
    """Return the segment of an id, retired or not.

    :raises NotFound: there never was one.
    """
    wanted = sa.select(Segment).where(Segment.channel_id == channel_id, Segment.key == key)
    segment = session.scalars(wanted).one_or_none()
    if segment is None:
        raise NotFound(f"there is no segment {key}")
    return segment


def count(session: Session, segments: Segments, segment: Segment, *, now: datetime, zone: ZoneInfo) -> int:
    """Return how many people the segment has now, those who blocked us included."""
    return len(ids_of(session, segments, segment, now=now, zone=zone))


def sample(
    session: Session, segments: Segments, segment: Segment, *, limit: int, now: datetime, zone: ZoneInfo
) -> Sequence[Contact]:
    """Return some of the people, those seen last before others."""
    return whom.newest(
        session, segment.channel_id, ids_of(session, segments, segment, now=now, zone=zone), limit=limit
    )


def members(
    session: Session, segments: Segments, segment: Segment, *, now: datetime, zone: ZoneInfo
) -> Iterator[Sequence[int]]:
    """Return the contact ids of the segment in pages of at most 500, ascending, without repeats.

    All ids are there before this returns, so that the pages show one moment and may be used after the
    session is closed.
    """
    ids = array("q", ids_of(session, segments, segment, now=now, zone=zone))
    return (ids[start : start + MEMBERS_PAGE].tolist() for start in range(0, len(ids), MEMBERS_PAGE))


def ids_of(
    session: Session, segments: Segments, segment: Segment, *, now: datetime, zone: ZoneInfo
) -> BitMap:
    """Return the contact ids of the segment now, erased people left out."""
    meant = segments.meant(rule_of(session, segments, segment), now=now, zone=zone)
    return whom.fulfilling(session, segment.channel_id, meant)


def segments_of(
    session: Session, segments: Segments, contact: Contact, *, now: datetime, zone: ZoneInfo
) -> Sequence[Segment]:
    """Return the segments that a contact is in, in the playbook's order, by four queries and what the rules need."""
    read = rules_of(session, segments, current(session, contact.channel_id))
    needs = segments.needs(rule for _segment, rule in read)
    person = people.load(session, [contact.id], now=now, needs=needs)[contact.id]
    return holding(segments, read, person, now=now, zone=zone)


def holding(
    segments: Segments, candidates: Sequence[Read], person: Person, *, now: datetime, zone: ZoneInfo
) -> Sequence[Segment]:
    """Return those of the segments (`reading.rules_of`) that a person is in."""
    return [one for one, rule in candidates if segments.holds(rule, person, now=now, zone=zone)]


def of_channel(channel_id: int) -> sa.ColumnElement[bool]:
    """Return the condition for questions about many contacts at once.

    Most installations have one channel: without statistics SQLite would follow an index of the channel
    to every single contact (180 ms for 100,000), where a scan takes 20 ms.
    """
    return by_engine(
        sqlite=Contact.channel_id + 0 == channel_id,
        postgresql=Contact.channel_id == channel_id,
    )
