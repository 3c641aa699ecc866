"""Queues as rows, and who serves them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from content.model import Content
from content.routing import GENERAL
from content.text import DEFAULT, Text
from core.inserts import insert_or_skip
from staff.models import Role, StaffUser
from staff.permissions import Permission, may
from tickets.models import Queue, QueueMember, Ticket
from tickets.serving import UNASSIGNED


def store(session: Session, channel_id: int, content: Content, *, now: datetime) -> None:
    """Bring the rows in line with the playbook; a queue it dropped is retired and keeps its tickets."""
    rows = {row.key: row for row in session.scalars(sa.select(Queue).where(Queue.channel_id == channel_id))}
    for place, spec in enumerate(content.routing.queues):
        row = rows.pop(spec.id, None)
        if row is None:
            row = Queue(channel_id=channel_id, key=spec.id)
            session.add(row)
        row.labels, row.position, row.retired_at = _labels(spec.label, content.default_language), place, None
    for row in rows.values():
        row.retired_at = row.retired_at or now


def of_key(session: Session, channel_id: int, key: str) -> Queue:
    """Return the queue of this name; one that no playbook has stored yet is made, so that no ticket is lost."""
    wanted = {"channel": channel_id, "key": key}
    found = session.scalars(_OF_KEY, wanted).one_or_none()
    if found is None:
        labels = dict(GENERAL.label) if key == GENERAL.id else {}
        session.execute(
            insert_or_skip(session, Queue).values(channel_id=channel_id, key=key, labels=labels, position=0)
        )
        found = session.scalars(_OF_KEY, wanted).one()
    return found


_OF_KEY = sa.select(Queue).where(
    Queue.channel_id == sa.bindparam("channel"), Queue.key == sa.bindparam("key")
)


def live(session: Session, channel_id: int) -> Sequence[Queue]:
    """Return the queues of the playbook, in its order."""
    return session.scalars(
        sa.select(Queue)
        .where(Queue.channel_id == channel_id, Queue.retired_at.is_(None))
        .order_by(Queue.position, Queue.id)
    ).all()


def served_by(session: Session, user: StaffUser) -> Sequence[Queue]:
    """Return the queues that somebody serves, retired ones included: their tickets are still there."""
    return session.scalars(
        sa.select(Queue)
        .join(QueueMember, QueueMember.queue_id == Queue.id)
        .where(QueueMember.user_id == user.id)
        .order_by(Queue.position, Queue.id)
    ).all()


@dataclass(frozen=True, slots=True)
class Unserved:
    """A queue in which somebody waits, and that nobody serves who could answer: no duty will end that."""

    key: str
    labels: Mapping[str, Any]
    waiting: int


def unserved(session: Session, channel_id: int) -> Sequence[Unserved]:
    """Return them in the playbook's order, retired ones too."""
    answers = [role for role in Role if may(role, Permission.ANSWER)]
    served = (
        sa.exists()
        .where(QueueMember.queue_id == Queue.id, QueueMember.user_id == StaffUser.id)
        .where(StaffUser.deactivated_at.is_(None), StaffUser.role.in_(answers))
    )
    rows = session.execute(
        sa.select(Queue.key, Queue.labels, sa.func.count().label("waiting"))
        .join(Ticket, Ticket.queue_id == Queue.id)
        .where(Queue.channel_id == channel_id, UNASSIGNED, ~served)
        .group_by(Queue.id)
        .order_by(Queue.position, Queue.id)
    )
    return [Unserved(row.key, row.labels, row.waiting) for row in rows]


def set_served(session: Session, user: StaffUser, queue_ids: Iterable[int]) -> None:
    """Let somebody serve these queues and no others. Tickets they hold stay theirs; drain afterwards."""
    wanted = set(queue_ids)
    rows = {
        row.queue_id: row
        for row in session.scalars(sa.select(QueueMember).where(QueueMember.user_id == user.id))
    }
    for queue_id in sorted(wanted - rows.keys()):
        session.add(QueueMember(queue_id=queue_id, user_id=user.id))
    for queue_id in rows.keys() - wanted:
        session.delete(rows[queue_id])


def _labels(label: Text, default_language: str) -> dict[str, str]:
    return {language if language != DEFAULT else default_language: words for language, words in label.items()}
