"""Who is in a segment since when and why: written when somebody enters or leaves, and never changed after."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact
from contacts.timeline import EntryKind, TimelineEntry
from core.by_engine import among
from core.inserts import insert_all
from segmentation.models import Membership

RULE = "rule"
"""Why: the rule was written or changed. That is nothing that the person did, so their story has no line of it."""
TIME = "time"
"""Why: nothing changed but the time, such as 30 days without a word."""
RETIRED = "retired"
NIGHT = "night"
"""Why: the nightly look at everybody found what nobody had said."""

UNTOLD = frozenset({RULE, RETIRED})


@dataclass(frozen=True, slots=True)
class Move:
    """That somebody enters a segment or leaves it."""

    contact_id: int
    segment_id: int
    key: str
    enters: bool
    because: str
    """The fact that changed: `tag:area:taipei`, `time`, `rule`, `import:list.csv`."""
    event_key: str | None = None


def open_of(
    session: Session, contact_ids: Sequence[int], segment_ids: Collection[int]
) -> Collection[tuple[int, int]]:
    """Return (contact, segment) for those that are in these segments now."""
    if session.autoflush:
        session.flush()  # for the statement below goes beneath the session
    given = {"contacts": list(contact_ids), "segments": list(segment_ids)}
    rows = session.connection().execute(_OPEN, given)
    return {(contact_id, segment_id) for contact_id, segment_id in rows}


# Built once, for it is asked for every touch.
_OPEN = sa.select(Membership.contact_id, Membership.segment_id).where(
    among(Membership.contact_id, "contacts"),
    among(Membership.segment_id, "segments"),
    Membership.left_at.is_(None),
)


def lock_contacts(session: Session, ids: Collection[int]) -> Collection[int]:
    """Lock contacts in ascending order; return those that are there and were not erased."""
    return set(session.connection().execute(_LOCKED, {"ids": sorted(ids)}).scalars())


_LOCKED = (
    sa.select(Contact.id)
    .where(among(Contact.id, "ids"), Contact.erased_at.is_(None))
    .order_by(Contact.id)
    .with_for_update(key_share=True)
)


def write(session: Session, channel_id: int, moves: Sequence[Move], *, now: datetime) -> None:
    """Write that people enter and leave, and a line in the story of each; by four statements at most.

    The caller knows that nobody else writes memberships of these segments, and that nobody enters a
    segment they are in.
    """
    connection = session.connection()
    leaving = [move for move in moves if not move.enters]
    entering = [move for move in moves if move.enters]
    if leaving:
        connection.execute(
            _LEAVE,
            [
                {
                    "contact": move.contact_id,
                    "segment": move.segment_id,
                    "at": now,
                    "because": move.because[:160],
                    "event": move.event_key,
                }
                for move in leaving
            ],
        )
    if entering:
        begin = _beginnings(session, entering, now=now)
        insert_all(
            connection,
            Membership,
            [
                {
                    "contact_id": move.contact_id,
                    "segment_id": move.segment_id,
                    "entered_at": begin.get((move.contact_id, move.segment_id), now),
                    "entered_because": move.because[:160],
                    "entered_by_event": move.event_key,
                }
                for move in entering
            ],
        )
    told = [move for move in moves if move.because not in UNTOLD]
    insert_all(connection, TimelineEntry, [_line(channel_id, move, now) for move in told])


_LEAVE = (
    sa.update(Membership)
    .where(
        Membership.contact_id == sa.bindparam("contact"),
        Membership.segment_id == sa.bindparam("segment"),
        Membership.left_at.is_(None),
    )
    .values(
        # A clock that was put back must not end what it has not begun.
        left_at=sa.case(
            (Membership.entered_at > sa.bindparam("at"), Membership.entered_at),
            else_=sa.bindparam("at", type_=Membership.left_at.type),
        ),
        left_because=sa.bindparam("because"),
        left_by_event=sa.bindparam("event"),
    )
)


def _beginnings(
    session: Session, entering: Sequence[Move], *, now: datetime
) -> Mapping[tuple[int, int], datetime]:
    """Return when some may enter at the earliest: after a clock was put back, not before they left."""
    given = {
        "contacts": list({move.contact_id for move in entering}),
        "segments": list({move.segment_id for move in entering}),
        "now": now,
    }
    rows = session.connection().execute(_LEFT_LATER, given)
    return {(row.contact_id, row.segment_id): row.until for row in rows}


_LEFT_LATER = (
    sa.select(Membership.contact_id, Membership.segment_id, sa.func.max(Membership.left_at).label("until"))
    .where(
        among(Membership.contact_id, "contacts"),
        among(Membership.segment_id, "segments"),
        Membership.left_at > sa.bindparam("now", type_=Membership.left_at.type),
    )
    .group_by(Membership.contact_id, Membership.segment_id)
)


def _line(channel_id: int, move: Move, now: datetime) -> Mapping[str, object]:
    return {
        "channel_id": channel_id,
        "contact_id": move.contact_id,
        "kind": EntryKind.SEGMENT_ENTERED if move.enters else EntryKind.SEGMENT_LEFT,
        "at": now,
        "event_key": move.event_key,
        "about": move.key,
        "payload": {"because": move.because},
    }
