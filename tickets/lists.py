"""The tickets that one user sees, as rows of a list: a constant number of queries, however many there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact
from contacts.timeline import EntryKind, TimelineEntry
from staff.models import StaffUser
from staff.permissions import Permission, may
from tickets.models import Queue, QueueMember, Satisfaction, Ticket, TicketState
from tickets.serving import SOLVED, UNASSIGNED, UNSOLVED

PAGE = 50


class View(StrEnum):
    MINE = "mine"
    """Held by this user, not solved."""
    WAITING = "waiting"
    """Nobody's yet."""
    ALL = "all"
    """Not solved, whoever holds them."""
    SOLVED = "solved"


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket of a list."""

    public_id: str
    state: TicketState
    contact_id: int
    contact_public_id: str
    contact_name: str | None
    picture_url: str | None
    is_following: bool
    queue: str
    queue_labels: Mapping[str, Any]
    agent: str | None
    agent_login: str | None
    reason: str
    opened_at: datetime
    touched_at: datetime
    customer_wrote_at: datetime | None
    last_answered_at: datetime | None
    first_answered_at: datetime | None
    satisfaction: Satisfaction | None
    newest: TimelineEntry | None
    """The newest message, either way."""

    @property
    def waits_since_at(self) -> datetime | None:
        """Return since when the customer waits for us; None: they do not."""
        return (self.customer_wrote_at or self.opened_at) if self.state is TicketState.OPEN else None


def page(
    session: Session,
    user: StaffUser,
    view: View,
    *,
    channel_id: int,
    among: sa.Select[int] | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int = PAGE,
) -> Sequence[Row]:
    """Return a page of what the user may see, what was touched last first.

    :param among: only tickets of these contacts, as a search found them.
    :param before: `touched_at` and `public_id` of the last row of the page before.
    """
    stmt = (
        sa.select(Ticket, Contact, Queue, StaffUser.display_name, StaffUser.login)
        .join(Contact, Contact.id == Ticket.contact_id)
        .join(Queue, Queue.id == Ticket.queue_id)
        .outerjoin(StaffUser, StaffUser.id == Ticket.agent_id)
        .where(Ticket.channel_id == channel_id, _visible_to(user), _in(view, user))
        .order_by(Ticket.touched_at.desc(), Ticket.public_id.desc())
        .limit(limit)
    )
    if among is not None:
        stmt = stmt.where(Ticket.contact_id.in_(among))
    if before is not None:
        at, public_id = before
        same_moment = sa.and_(Ticket.touched_at == at, Ticket.public_id < public_id)
        stmt = stmt.where(sa.or_(Ticket.touched_at < at, same_moment))
    found = session.execute(stmt).all()
    newest = _newest(session, [contact.id for _, contact, *_ in found])
    return [_row(*one, newest.get(one[1].id)) for one in found]


def counts(session: Session, user: StaffUser, *, channel_id: int) -> Mapping[View, int]:
    """Return how many tickets each view holds, solved ones left out."""
    mine, waiting, every = session.execute(
        sa.select(
            sa.func.count().filter(Ticket.agent_id == user.id),
            sa.func.count().filter(Ticket.agent_id.is_(None)),
            sa.func.count(),
        ).where(Ticket.channel_id == channel_id, UNSOLVED, _visible_to(user))
    ).one()
    return {View.MINE: mine, View.WAITING: waiting, View.ALL: every}


def unread(session: Session, user: StaffUser, *, channel_id: int) -> int:
    """Return on how many of the user's own tickets a customer waits for them: the number in the title."""
    return (
        session.scalar(sa.select(sa.func.count()).select_from(Ticket).where(_unread(user, channel_id))) or 0
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """A customer who waits for the user."""

    public_id: str
    contact_name: str | None
    since_answer_at: datetime | None
    """When they were answered last: who waits again after that waits anew."""


def waiting(session: Session, user: StaffUser, *, channel_id: int, limit: int = PAGE) -> Sequence[Waiting]:
    """Return the user's own tickets on which a customer waits for them, what was touched last first."""
    rows = session.execute(
        sa.select(Ticket.public_id, Contact.display_name, Ticket.last_answered_at)
        .join(Contact, Contact.id == Ticket.contact_id)
        .where(_unread(user, channel_id))
        .order_by(Ticket.touched_at.desc(), Ticket.public_id.desc())
        .limit(limit)
    )
    return [Waiting(*row) for row in rows]


def of_contact(session: Session, contact_id: int) -> Sequence[Ticket]:
    """Return every ticket a contact ever had, the newest first."""
    return session.scalars(
        sa.select(Ticket)
        .where(Ticket.contact_id == contact_id)
        .options(sa.orm.joinedload(Ticket.queue), sa.orm.joinedload(Ticket.agent))
        .order_by(Ticket.id.desc())
    ).all()


def _visible_to(user: StaffUser) -> sa.ColumnElement[bool]:
    if may(user.role, Permission.SEE_ALL_TICKETS):
        return sa.true()
    if not may(user.role, Permission.SEE_INBOX):
        return sa.false()
    served = sa.select(QueueMember.queue_id).where(QueueMember.user_id == user.id)
    return sa.or_(Ticket.agent_id == user.id, Ticket.queue_id.in_(served))


def _unread(user: StaffUser, channel_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(
        Ticket.channel_id == channel_id,
        Ticket.agent_id == user.id,
        UNSOLVED,
        Ticket.state == TicketState.OPEN,
    )


def _in(view: View, user: StaffUser) -> sa.ColumnElement[bool]:
    match view:
        case View.MINE:
            return sa.and_(Ticket.agent_id == user.id, UNSOLVED)
        case View.WAITING:
            return UNASSIGNED
        case View.ALL:
            return UNSOLVED
        case View.SOLVED:
            return SOLVED


def _newest(session: Session, contact_ids: Sequence[int]) -> Mapping[int, TimelineEntry]:
    """Return the newest message of each contact."""
    newest = (
        sa.select(TimelineEntry.id)
        .where(
            TimelineEntry.contact_id == Contact.id,
            TimelineEntry.kind.in_((EntryKind.RECEIVED, EntryKind.SENT)),
        )
        .order_by(TimelineEntry.at.desc(), TimelineEntry.id.desc())
        .limit(1)
        .correlate(Contact)
        .scalar_subquery()
    )
    # Found for each contact once; joined to the entries it would be asked of every line of every story.
    ids = sa.select(newest).where(Contact.id.in_(contact_ids))
    rows = session.scalars(sa.select(TimelineEntry).where(TimelineEntry.id.in_(ids)))
    return {row.contact_id: row for row in rows}


def _row(
    ticket: Ticket,
    contact: Contact,
    queue: Queue,
    agent: str | None,
    login: str | None,
    newest: TimelineEntry | None,
) -> Row:
    return Row(
        public_id=ticket.public_id,
        state=ticket.state,
        contact_id=contact.id,
        contact_public_id=contact.public_id,
        contact_name=contact.display_name,
        picture_url=contact.picture_url,
        is_following=contact.is_following,
        queue=queue.key,
        queue_labels=queue.labels,
        agent=agent,
        agent_login=login,
        reason=ticket.reason,
        opened_at=ticket.opened_at,
        touched_at=ticket.touched_at,
        customer_wrote_at=ticket.customer_wrote_at,
        last_answered_at=ticket.last_answered_at,
        first_answered_at=ticket.first_answered_at,
        satisfaction=ticket.satisfaction,
        newest=newest,
    )
