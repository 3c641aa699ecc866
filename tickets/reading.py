"""Who may read what somebody writes: one rule for the story, its files, and what a search shows of it."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts import search
from contacts.models import Contact
from core.errors import NotAllowed
from staff.models import StaffUser
from staff.permissions import Permission, may
from tickets.models import QueueMember, Ticket
from tickets.serving import UNSOLVED


def closed_to(user: StaffUser) -> sa.ColumnElement[bool] | None:
    """Return the condition on Contact that they talk with a colleague whose ticket this user may not see.

    Whoever may see every ticket reads everybody: None. See docs/decisions/0014.
    """
    if may(user.role, Permission.SEE_ALL_TICKETS):
        return None
    theirs = sa.exists().where(Ticket.contact_id == Contact.id, UNSOLVED)
    if not may(user.role, Permission.SEE_INBOX):
        return theirs
    served = sa.select(QueueMember.queue_id).where(QueueMember.user_id == user.id)
    return theirs.where(Ticket.agent_id.is_distinct_from(user.id), Ticket.queue_id.not_in(served))


def may_read(session: Session, user: StaffUser, contact_id: int) -> bool:
    """Say whether a user may read what a contact and we have written to each other."""
    closed = closed_to(user)
    if closed is None:
        return True
    return session.scalar(sa.select(Contact.id).where(Contact.id == contact_id, closed)) is None


def closed_among(session: Session, user: StaffUser, contact_ids: Collection[int]) -> frozenset[int]:
    """Return those of some contacts whose conversation a user may not read."""
    closed = closed_to(user)
    if closed is None or not contact_ids:
        return frozenset()
    return frozenset(session.scalars(sa.select(Contact.id).where(Contact.id.in_(contact_ids), closed)))


def found(session: Session, user: StaffUser, query: str) -> sa.ColumnElement[bool]:
    """Return the condition on Contact that a user finds them by a query: by nothing that they may not read."""
    by_anything = search.found(session, Contact.id, query)
    closed = closed_to(user)
    if closed is None:
        return by_anything
    by_themselves = search.found(session, Contact.id, query, where=search.ABOUT_THEM)
    return sa.and_(by_anything, sa.or_(sa.not_(closed), by_themselves))


def require(session: Session, user: StaffUser, contact_id: int) -> None:
    """Refuse whoever may not read a conversation.

    :raises NotAllowed: it is open in a queue that they do not serve.
    """
    if not may_read(session, user, contact_id):
        raise NotAllowed("this conversation is open in a queue that you do not serve")
