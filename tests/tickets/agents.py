"""Agents for tests: made by one line, and put on duty as the console does it."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.db import Database
from core.ids import new_public_id
from staff.models import Role, StaffUser
from tickets import queues, service
from tickets.models import QueueMember, Ticket


def an_agent(
    session: Session,
    channel_id: int,
    login: str,
    *serves: str,
    now: datetime,
    role: Role = Role.AGENT,
    capacity: int = 10,
    is_on_duty: bool = True,
) -> StaffUser:
    """Add somebody who serves these queues; nothing is drained yet."""
    user = StaffUser(
        public_id=new_public_id(),
        login=login,
        display_name=login.title(),
        role=role,
        created_at=now,
        on_duty_since_at=now if is_on_duty else None,
        capacity=capacity,
    )
    session.add(user)
    session.flush()  # for the id that the memberships name
    for key in serves:
        session.add(QueueMember(queue_id=queues.of_key(session, channel_id, key).id, user_id=user.id))
    return user


def goes(session: Session, user: StaffUser, channel_id: int, *, on: bool, now: datetime) -> None:
    """Go on or off duty."""
    user.on_duty_since_at = now if on else None
    service.release_agent(session, user, now=now)
    service.drain(session, channel_id, now=now)


def tickets(database: Database) -> Sequence[Ticket]:
    """Return every ticket, the oldest first, with what belongs to it."""
    with database.read() as session:
        return session.scalars(
            sa.select(Ticket)
            .options(sa.orm.joinedload(Ticket.agent), sa.orm.joinedload(Ticket.queue))
            .order_by(Ticket.id)
        ).all()
