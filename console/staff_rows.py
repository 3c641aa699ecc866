"""What the staff pages tell, read in a constant number of queries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from staff import service
from staff.models import Role, StaffUser
from staff.permissions import Permission, may
from tickets import queues
from tickets.models import Queue, QueueMember, Ticket
from tickets.serving import UNSOLVED


@dataclass(frozen=True, slots=True)
class StaffRow:
    """One user in the list."""

    public_id: str
    login: str
    name: str
    role: Role
    is_active: bool
    answers: bool
    on_duty_since_at: datetime | None
    load: int
    capacity: int
    queues: Sequence[str]


@dataclass(frozen=True, slots=True)
class Served:
    """One queue in the form of one user."""

    id: int
    name: str
    is_served: bool


def staff_rows(session: Session, channel_id: int, language: str) -> Sequence[StaffRow]:
    """Return everybody, those who are active first."""
    counted = (
        sa.select(Ticket.agent_id, sa.func.count().label("load"))
        .where(UNSOLVED, Ticket.agent_id.is_not(None))
        .group_by(Ticket.agent_id)
    )
    loads = {row.agent_id: row.load for row in session.execute(counted)}
    names: dict[int, list[str]] = defaultdict(list)
    for user_id, key, labels in session.execute(
        sa.select(QueueMember.user_id, Queue.key, Queue.labels)
        .join(Queue, Queue.id == QueueMember.queue_id)
        .where(Queue.channel_id == channel_id, Queue.retired_at.is_(None))
        .order_by(Queue.position, Queue.id)
    ):
        names[user_id].append(queue_name(key, labels, language))
    return [_row(user, loads.get(user.id, 0), names[user.id]) for user in service.everybody(session)]


def _row(user: StaffUser, load: int, queue_names: Sequence[str]) -> StaffRow:
    return StaffRow(
        public_id=user.public_id,
        login=user.login,
        name=user.display_name,
        role=user.role,
        is_active=user.is_active,
        answers=may(user.role, Permission.ANSWER),
        on_duty_since_at=user.on_duty_since_at,
        load=load,
        capacity=user.capacity,
        queues=queue_names,
    )


def served(session: Session, channel_id: int, user: StaffUser, language: str) -> Sequence[Served]:
    """Return every queue of the playbook, and whether the user serves it."""
    own = {queue.id for queue in queues.served_by(session, user)}
    return [
        Served(queue.id, queue_name(queue.key, queue.labels, language), queue.id in own)
        for queue in queues.live(session, channel_id)
    ]


def queue_name(key: str, labels: Mapping[str, Any], language: str) -> str:
    """Return a queue's label in a language, or in any, or its key."""
    return str(labels.get(language) or next(iter(labels.values()), key))
