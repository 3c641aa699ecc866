"""What happens to a ticket between the day it is opened and the day it is solved.

    open ⇄ waiting → solved        `tickets.models.TRANSITIONS`

*Open*: somebody of ours has to do something. *Waiting*: we have answered, and the customer has the
word; their next message opens it again. *Solved* ends it; a new need opens a new ticket. A contact
has at most one that is not solved: a second reason for it becomes a note.

Who has the floor is another matter (`Contact.human_wanted_at`). Going back to the bot gives the bot
the floor and nothing else: what a questionnaire promised is still to be done, and what an agent has
begun they end themselves. Only a ticket that is nothing but a call for a person, and that nobody has
answered yet, is withdrawn by it.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact
from contacts.timeline import EntryKind, note
from content.revisions import Published
from core.db import one_at_a_time
from core.errors import InvalidInput, NotAllowed, NotFound
from core.ids import new_public_id
from line.outbox import Outgoing
from staff.models import StaffUser
from staff.permissions import Permission, may
from tickets import floor, queues, satisfaction
from tickets.answering import answer, hold_contact
from tickets.assigning import (
    ASSIGNING,
    assign,
    drain,
    end_assignment,
    has_left,
    lock,
    move_to_queue,
    release_agent,
    requeue,
    take,
)
from tickets.models import Ticket, TicketNote, TicketState
from tickets.routing import Decision
from tickets.satisfaction import rate
from tickets.serving import UNSOLVED, serves
from tickets.states import move_to, tell

__all__ = [
    "access",
    "add_note",
    "answer",
    "assign",
    "customer_wrote",
    "drain",
    "move_to_queue",
    "open_or_note",
    "rate",
    "release_agent",
    "solve",
    "take",
    "unsolved_of",
    "withdraw",
]

CALL = "handoff:"
"""How the reasons begin that are nothing but a call for a person."""
WITHDRAWN = "withdrawn"
"""The program's note on a ticket whose customer went back to the bot."""
NOTE_LIMIT_CHARS = 5_000


def unsolved_of(session: Session, contact_id: int) -> Ticket | None:
    """Return the one ticket of a contact that is not solved."""
    return session.scalars(_UNSOLVED_OF, {"contact": contact_id}).one_or_none()


_UNSOLVED_OF = (
    sa.select(Ticket)
    .where(Ticket.contact_id == sa.bindparam("contact"), UNSOLVED)
    .execution_options(populate_existing=True)  # a turn looks twice: to decide, and when it writes
)
_HELD = _UNSOLVED_OF.with_for_update(key_share=True, of=Ticket)


def _hold_unsolved_of(session: Session, contact: Contact) -> Ticket | None:
    """Lock the row of the contact's ticket that is not solved and read it as it is now; see `assigning.lock`."""
    one_at_a_time(session, ASSIGNING)
    session.flush()  # reading anew would undo what this transaction has changed
    return session.scalars(_HELD, {"contact": contact.id}).one_or_none()


def open_or_note(
    session: Session,
    contact: Contact,
    *,
    reason: str,
    decision: Decision,
    event_key: str | None,
    now: datetime,
) -> Ticket:
    """Open the contact's ticket and give it to whoever is free; one they have already gets the reason as a note."""
    ticket = _hold_unsolved_of(session, contact)
    if ticket is None:
        ticket = _open(session, contact, reason, decision, event_key, now)
    else:
        _add_reason(session, ticket, reason, now)
    drain(session, contact.channel_id, now=now)
    return ticket


def customer_wrote(session: Session, contact: Contact, *, now: datetime) -> None:
    """Take down that the customer wrote to the person who has the floor; from now on they wait for us.

    If their agent has left meanwhile, the ticket goes to somebody who is there.
    """
    # It keeps everybody from going off duty between our look and what follows from it.
    ticket = _hold_unsolved_of(session, contact)
    if ticket is None:
        return
    _customer_has_spoken(session, ticket, now)
    if ticket.agent_id is None:
        drain(session, contact.channel_id, now=now)


def withdraw(session: Session, contact: Contact, *, now: datetime) -> None:
    """Take down that the customer asked for the bot again; a mere call that nobody answered is solved by that."""
    ticket = _hold_unsolved_of(session, contact)
    if ticket is None:
        return
    reasons = {ticket.reason, *_further_reasons(session, ticket)}
    if ticket.first_answered_at is None and all(reason.startswith(CALL) for reason in reasons):
        _end(session, ticket, None, now)
        drain(session, ticket.channel_id, now=now)
    else:
        session.add(TicketNote(ticket_id=ticket.id, at=now, text=WITHDRAWN))
        ticket.touched_at = now


def add_note(session: Session, ticket: Ticket, user: StaffUser, text: str, *, now: datetime) -> TicketNote:
    """Write something on a ticket that the customer never sees; solved ones take notes too.

    :raises NotAllowed: their role may not.
    :raises InvalidInput: it is empty, or longer than 5,000 characters.
    """
    if not may(user.role, Permission.NOTE):
        raise NotAllowed(f"writing notes needs the permission {Permission.NOTE}")
    words = text.replace("\x00", "").strip()
    if not words or len(words) > NOTE_LIMIT_CHARS:
        raise InvalidInput({"text": f"a note has 1 to {NOTE_LIMIT_CHARS:,} characters"})
    written = TicketNote(ticket_id=ticket.id, user_id=user.id, at=now, text=words)
    session.add(written)
    ticket.touched_at = now
    return written


def solve(
    session: Session, ticket: Ticket, user: StaffUser | None, *, published: Published, now: datetime
) -> Outgoing | None:
    """End a ticket: the bot has the floor again, the customer is asked how it was, the agent is free for the next.

    :param user: None: the command line.
    :returns: the question, where the playbook wants it asked.
    :raises NotAllowed: their role may not, or somebody else has the ticket.
    :raises Conflict: it is solved already.
    """
    hold_contact(session, ticket)
    lock(session, ticket)
    if user is not None:
        _may_solve(ticket, user)
    _end(session, ticket, user, now)
    floor.give_back(
        session, ticket.contact, by=f"staff:{user.login if user is not None else 'command line'}", now=now
    )
    asked = satisfaction.ask(session, ticket, published, now=now)
    drain(session, ticket.channel_id, now=now)
    return asked


def access(session: Session, user: StaffUser, public_id: str, *, channel_id: int) -> Ticket:
    """Return a ticket that this user may see: any, or those of their own queues and their own.

    :raises NotFound: there is none.
    :raises NotAllowed: it is not for them.
    """
    ticket = session.scalars(
        sa.select(Ticket).where(Ticket.public_id == public_id, Ticket.channel_id == channel_id)
    ).one_or_none()
    if ticket is None:
        raise NotFound(f"there is no ticket {public_id}")
    if may(user.role, Permission.SEE_ALL_TICKETS):
        return ticket
    if may(user.role, Permission.SEE_INBOX) and (
        ticket.agent_id == user.id or serves(session, user.id, ticket.queue_id)
    ):
        return ticket
    raise NotAllowed("this ticket belongs to a queue that you do not serve")


def _open(
    session: Session,
    contact: Contact,
    reason: str,
    decision: Decision,
    event_key: str | None,
    now: datetime,
) -> Ticket:
    ticket = Ticket(
        public_id=new_public_id(),
        channel_id=contact.channel_id,
        contact=contact,
        queue=queues.of_key(session, contact.channel_id, decision.queue),
        state=TicketState.OPEN,
        reason=reason[:160],
        event_key=event_key,
        routed=decision.to_json(),
        opened_at=now,
        touched_at=now,
        customer_wrote_at=now,
    )
    session.add(ticket)
    tell(session, ticket, now=now)
    note(
        session,
        contact,
        EntryKind.TICKET_OPENED,
        at=now,
        event_key=event_key,
        about=f"ticket:{ticket.public_id}",
        payload={"ticket": ticket.public_id, "queue": decision.queue, "reason": ticket.reason},
    )
    return ticket


def _add_reason(session: Session, ticket: Ticket, reason: str, now: datetime) -> None:
    """Note a further reason; one that is known already only moves the ticket up."""
    reason = reason[:160]
    if reason != ticket.reason and reason not in _further_reasons(session, ticket):
        session.add(TicketNote(ticket_id=ticket.id, at=now, text=reason))
    _customer_has_spoken(session, ticket, now)


def _further_reasons(session: Session, ticket: Ticket) -> set[str]:
    notes = session.scalars(
        sa.select(TicketNote.text).where(TicketNote.ticket_id == ticket.id, TicketNote.user_id.is_(None))
    )
    return {text for text in notes if text is not None and text != WITHDRAWN}


def _customer_has_spoken(session: Session, ticket: Ticket, now: datetime) -> None:
    ticket.customer_wrote_at = ticket.touched_at = now
    if ticket.state is TicketState.WAITING:
        move_to(ticket, TicketState.OPEN)
        tell(session, ticket, now=now)
    if has_left(session, ticket.agent_id):
        requeue(session, ticket, now=now)


def _may_solve(ticket: Ticket, user: StaffUser) -> None:
    if not may(user.role, Permission.SOLVE):
        raise NotAllowed(f"solving tickets needs the permission {Permission.SOLVE}")
    if ticket.agent_id != user.id and not may(user.role, Permission.ASSIGN):
        name = ticket.agent.display_name if ticket.agent is not None else "nobody yet"
        raise NotAllowed(f"{name} has this ticket: take it over before you solve it")


def _end(session: Session, ticket: Ticket, by: StaffUser | None, now: datetime) -> None:
    move_to(ticket, TicketState.SOLVED)
    tell(session, ticket, now=now)
    ticket.solved_at = ticket.touched_at = now
    ticket.solved_by_id = by.id if by is not None else None
    end_assignment(session, ticket, now=now)
    note(
        session,
        ticket.contact,
        EntryKind.TICKET_SOLVED,
        at=now,
        about=f"ticket:{ticket.public_id}",
        payload={"ticket": ticket.public_id, "by": by.display_name if by is not None else None},
    )
