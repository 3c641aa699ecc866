"""The one way a ticket changes its state."""

from datetime import datetime

from sqlalchemy.orm import Session

from core.errors import IllegalTransition
from segmentation.touches import touch
from tickets.models import TRANSITIONS, Ticket, TicketState

TICKET = "ticket"
"""What leaves of rules call that something about somebody's tickets changed."""


def tell(session: Session, ticket: Ticket, *, now: datetime) -> None:
    """Have the segments that ask about tickets look again at this contact."""
    touch(session, ticket.contact, [TICKET], at=now)


def move_to(ticket: Ticket, wanted: TicketState) -> None:
    """Let a ticket go on to another state.

    :raises IllegalTransition: none leads there from the one it is in.
    """
    if (ticket.state, wanted) not in TRANSITIONS:
        raise IllegalTransition("ticket", ticket.state, wanted)
    ticket.state = wanted
