"""The one way a ticket changes its state."""

from core.errors import IllegalTransition
from tickets.models import TRANSITIONS, Ticket, TicketState


def move_to(ticket: Ticket, wanted: TicketState) -> None:
    """Let a ticket go on to another state.

    :raises IllegalTransition: none leads there from the one it is in.
    """
    if (ticket.state, wanted) not in TRANSITIONS:
        raise IllegalTransition("ticket", ticket.state, wanted)
    ticket.state = wanted
