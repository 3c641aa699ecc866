"""One person's tickets: handed over, or erased so that counts stay."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from contacts.models import Contact
from tickets.assigning import drain, end_assignment, lock
from tickets.models import Ticket, TicketNote, TicketState
from tickets.service import unsolved_of
from tickets.states import move_to


def erase(session: Session, contact: Contact, *, now: datetime) -> None:
    """Blank what was noted about a contact, and end the ticket that is not solved; its agent is free then."""
    of_contact = sa.select(Ticket.id).where(Ticket.contact_id == contact.id)
    session.execute(sa.update(TicketNote).where(TicketNote.ticket_id.in_(of_contact)).values(text=None))
    ticket = unsolved_of(session, contact.id)
    if ticket is None:
        return
    lock(session, ticket)
    move_to(ticket, TicketState.SOLVED)
    ticket.solved_at = ticket.touched_at = now
    end_assignment(session, ticket, now=now)
    drain(session, contact.channel_id, now=now)


def export(session: Session, contact: Contact) -> Mapping[str, object]:
    """Return the tickets of a contact with what was noted on them, the oldest first."""
    tickets = session.scalars(
        sa.select(Ticket)
        .where(Ticket.contact_id == contact.id)
        .options(joinedload(Ticket.queue))
        .order_by(Ticket.id)
    ).all()
    notes = session.scalars(
        sa.select(TicketNote)
        .where(TicketNote.ticket_id.in_([ticket.id for ticket in tickets]))
        .order_by(TicketNote.id)
    ).all()
    return {
        "tickets": [
            {
                "id": ticket.public_id,
                "queue": ticket.queue.key,
                "state": ticket.state.value,
                "reason": ticket.reason,
                "opened_at": ticket.opened_at.isoformat(),
                "first_answered_at": _iso(ticket.first_answered_at),
                "solved_at": _iso(ticket.solved_at),
                "satisfaction": ticket.satisfaction.value if ticket.satisfaction is not None else None,
                "notes": [
                    {"at": note.at.isoformat(), "by_staff": note.user_id is not None, "text": note.text}
                    for note in notes
                    if note.ticket_id == ticket.id
                ],
            }
            for ticket in tickets
        ]
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
