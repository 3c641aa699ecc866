"""Who serves which queue, and how they stand at this moment."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from staff.models import StaffUser
from staff.permissions import Permission, may
from tickets.choosing import Candidate
from tickets.models import Assignment, QueueMember, Ticket

# Literals, so that the planner sees the partial indexes.
UNSOLVED = Ticket.state.in_([sa.literal_column("'open'"), sa.literal_column("'waiting'")])
SOLVED = Ticket.state == sa.literal_column("'solved'")
UNASSIGNED = sa.and_(Ticket.agent_id.is_(None), UNSOLVED)


_LOAD = (
    sa.select(sa.func.count())
    .select_from(Ticket)
    .where(Ticket.agent_id == StaffUser.id, UNSOLVED)
    .correlate(StaffUser)
    .scalar_subquery()
)
_LAST_GIVEN_AT = (
    sa.select(sa.func.max(Assignment.assigned_at))
    .where(Assignment.agent_id == StaffUser.id)
    .correlate(StaffUser)
    .scalar_subquery()
)
# Columns only: the session may hold a user as they were when the request began.
_STANDING = (
    StaffUser.id,
    StaffUser.login,
    StaffUser.display_name,
    StaffUser.role,
    StaffUser.deactivated_at,
    StaffUser.on_duty_since_at,
    StaffUser.capacity,
    _LOAD.label("load"),
    _LAST_GIVEN_AT.label("last_given_at"),
)


def _candidate(row: sa.Row[Any]) -> Candidate:
    return Candidate(
        id=row.id,
        login=row.login,
        display_name=row.display_name,
        is_active=row.deactivated_at is None,
        can_answer=may(row.role, Permission.ANSWER),
        on_duty_since_at=row.on_duty_since_at,
        load=row.load,
        capacity=row.capacity,
        last_given_at=row.last_given_at,
    )


def candidates(session: Session, *which: sa.ColumnElement[bool]) -> Mapping[int, list[Candidate]]:
    """Return who serves each queue, as they stand at this moment, by the queue's id."""
    return _by_queue(session.execute(_SERVING.where(*which)))


def candidates_where_some_wait(session: Session, channel_id: int) -> Mapping[int, list[Candidate]]:
    """Return what `candidates` does, of the queues in which a ticket waits for an agent."""
    return _by_queue(session.execute(_WHERE_SOME_WAIT, {"channel": channel_id}))


_SERVING = (
    sa.select(QueueMember.queue_id, *_STANDING)
    .join(StaffUser, StaffUser.id == QueueMember.user_id)
    .order_by(QueueMember.queue_id, StaffUser.id)
)
_WHERE_SOME_WAIT = _SERVING.where(
    QueueMember.queue_id.in_(
        sa.select(Ticket.queue_id).where(Ticket.channel_id == sa.bindparam("channel"), UNASSIGNED).distinct()
    )
)


def _by_queue(rows: Iterable[sa.Row[Any]]) -> Mapping[int, list[Candidate]]:
    by_queue: dict[int, list[Candidate]] = defaultdict(list)
    for row in rows:
        by_queue[row.queue_id].append(_candidate(row))
    return by_queue


def standing(session: Session, user_id: int) -> Candidate:
    """Return how one user stands now."""
    return _candidate(session.execute(sa.select(*_STANDING).where(StaffUser.id == user_id)).one())


def serves(session: Session, user_id: int, queue_id: int) -> bool:
    """Say whether somebody is a member of a queue."""
    return (
        session.scalar(
            sa.select(QueueMember.id).where(QueueMember.user_id == user_id, QueueMember.queue_id == queue_id)
        )
        is not None
    )
