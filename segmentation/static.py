"""Lists of people: whoever was put in is in it. Filled page by page, and not there before it is whole."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact
from core.db import changed
from core.errors import Conflict
from core.ids import new_public_id
from core.inserts import insert_or_skip
from facts.customers import contact_ids
from segmentation.keeping import has_changed
from segmentation.memberships import lock_contacts
from segmentation.models import Membership, Origin, Segment, SegmentKind
from segmentation.segments import Segments
from segmentation.touches import want_sweep


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A list that is being filled, and by whom: it is ours until somebody else begins it anew."""

    segment_id: int
    edition: int


class BegunAnew(Conflict):
    """Two fill a list of the same id; the first of them stops, or the second where both began at once."""

    def __init__(self) -> None:
        super().__init__("somebody else has begun a list of this id meanwhile, and fills it")


def begin(
    session: Session,
    channel_id: int,
    key: str,
    *,
    labels: Mapping[str, str],
    by: str,
    now: datetime,
) -> Unfinished:
    """Return a new list with nobody on it, which does not show until `finish`.

    What a crash left of one that was not finished is taken up; empty it first (`empty`).

    :raises Conflict: the id is taken.
    """
    segment = session.scalars(
        # Locked, so that one is not taken up that is whole by the time it is written.
        sa.select(Segment).where(Segment.channel_id == channel_id, Segment.key == key).with_for_update()
    ).one_or_none()
    if segment is None:
        segment = Segment(public_id=new_public_id(), channel_id=channel_id, key=key, created_at=now, rule={})
    elif not _is_unfinished(segment):
        raise Conflict(f"there is a segment {key} already, or has been: choose another id")
    else:
        has_changed(segment, now=now)  # whoever still fills it finds out
    segment.kind, segment.origin = SegmentKind.STATIC, Origin.STAFF
    segment.labels, segment.created_by = dict(labels), by
    segment.retired_at = segment.changed_at = now
    try:
        with session.begin_nested():
            session.add(segment)
            session.flush()  # for its id, which memberships name
    except sa.exc.IntegrityError:
        raise BegunAnew from None
    return Unfinished(segment.id, segment.edition)


def _is_unfinished(segment: Segment) -> bool:
    is_list = segment.kind is SegmentKind.STATIC
    return is_list and segment.swept_at is None and segment.retired_at is not None


def empty(session: Session, ours: Unfinished, *, limit: int) -> int:
    """Take people off a list that was not finished; return how many.

    :raises BegunAnew: it is not ours any more.
    """
    _hold(session, ours)
    some = sa.select(Membership.id).where(Membership.segment_id == ours.segment_id).limit(limit)
    return changed(session.execute(sa.delete(Membership).where(Membership.id.in_(some))))


def put(session: Session, ours: Unfinished, ids: Collection[int], *, because: str, now: datetime) -> None:
    """Put a page of contacts on a list; who is on it stays so, and who was erased does not come.

    :raises BegunAnew: it is not ours any more.
    """
    _hold(session, ours)
    there = lock_contacts(session, ids)
    if not there:
        return
    session.connection().execute(
        insert_or_skip(session, Membership),
        [
            {
                "segment_id": ours.segment_id,
                "contact_id": id_,
                "entered_at": now,
                "entered_because": because[:160],
            }
            for id_ in sorted(there)
        ],
    )


def finish(session: Session, segments: Segments, ours: Unfinished, *, now: datetime) -> str:
    """Let a list be seen, and have the segments that name it look again; return its public id.

    :raises BegunAnew: it is not ours any more.
    """
    segment = _hold(session, ours)
    segment.retired_at, segment.swept_at = None, now
    has_changed(segment, now=now)
    want_sweep(
        session,
        segments,
        segment.channel_id,
        [f"segment:{segment.key}"],
        because=f"segment:{segment.key}",
        now=now,
    )
    return segment.public_id


def _hold(session: Session, ours: Unfinished) -> Segment:
    held = sa.select(Segment).where(
        Segment.id == ours.segment_id,
        Segment.edition == ours.edition,
        Segment.swept_at.is_(None),
        Segment.retired_at.is_not(None),
    )
    found = session.scalars(held.with_for_update(key_share=True)).one_or_none()
    if found is None:
        raise BegunAnew
    return found


def find_people(session: Session, channel_id: int, names: Sequence[str]) -> Mapping[str, int]:
    """Return the contacts behind LINE user ids and the shop's own customer ids, as far as they are known."""
    rows = session.execute(
        sa.select(Contact.line_user_id, Contact.id).where(
            Contact.channel_id == channel_id, Contact.line_user_id.in_(names), Contact.erased_at.is_(None)
        )
    )
    found = {row.line_user_id: row.id for row in rows}
    rest = [name for name in names if name not in found]
    return {**contact_ids(session, channel_id, rest), **found} if rest else found
