"""What an agent writes to a customer: free while a reply is open, else as a push, and once either way."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact, Following
from contacts.timeline import EntryKind, TimelineEntry, note
from core.errors import Conflict, InvalidInput, NotAllowed
from core.ids import new_public_id
from line import outbox, reply_tokens
from line.messages import Message, check_reply
from line.outbox import Outgoing
from staff.models import StaffUser
from staff.permissions import Permission, may
from tickets.assigning import read_anew
from tickets.models import Ticket, TicketState
from tickets.states import move_to, tell


def answer(
    session: Session,
    ticket: Ticket,
    user: StaffUser,
    messages: Sequence[Message],
    *,
    now: datetime,
    answer_id: str | None = None,
) -> Outgoing:
    """Send up to five messages to the customer, who has the word then; the floor stays with people.

    Whoever commits sees to it that a worker sends the row. It takes the conversation's open reply token
    where there is one, and a reply that misses its minute becomes a push by itself (`bot/sender.py`).

    :param answer_id: what the form calls this answer: sent a second time, it changes nothing.
    :raises NotAllowed: their role may not answer, or somebody else has the ticket.
    :raises Conflict: the ticket is solved or waits for an agent, or nothing can be sent to the customer.
    :raises InvalidInput: LINE would refuse the messages.
    """
    _check(messages)
    hold_contact(session, ticket)
    read_anew(session, ticket)
    key = f"{outbox.BY_STAFF}{answer_id or new_public_id()}"
    if answer_id is not None and (sent := _sent(session, ticket, key)) is not None:
        return sent
    _may_answer(ticket, user)
    _can_be_reached(ticket.contact)
    by = f"staff:{user.login}"
    row = free_reply(session, ticket.contact, messages, key=key, by=by, now=now) or push(
        session, ticket.contact, messages, key=key, by=by, now=now
    )
    ticket.first_answered_at = ticket.first_answered_at or now
    ticket.last_answered_at = ticket.touched_at = now
    if ticket.state is TicketState.OPEN:
        move_to(ticket, TicketState.WAITING)
        tell(session, ticket, now=now)
    ticket.contact.human_wanted_at = now
    return row


def free_reply(
    session: Session, contact: Contact, messages: Sequence[Message], *, key: str, by: str, now: datetime
) -> Outgoing | None:
    """Write a request that spends the conversation's open reply token; None, and nothing, without one.

    :param key: names the one reason for it.
    :param by: who says it, as the story calls them.
    """
    taken = reply_tokens.take(session, contact.channel_id, contact.line_user_id, now=now)
    if taken is None:
        return None
    row = outbox.reply(
        channel_id=contact.channel_id,
        lane_key=contact.line_user_id,
        shard=contact.shard,
        token=taken.token,
        messages=tuple(messages),
        event_key=key,
        received_at=taken.received_at,
        now=now,
    )
    return _written(session, contact, messages, row, by=by, now=now)


def push(
    session: Session, contact: Contact, messages: Sequence[Message], *, key: str, by: str, now: datetime
) -> Outgoing:
    """Write a request that costs quota; see `free_reply`."""
    row = outbox.push(
        channel_id=contact.channel_id,
        user_id=contact.line_user_id,
        shard=contact.shard,
        messages=[dict(message.body) for message in messages],
        because=key,
        now=now,
    )
    row.event_key = key
    return _written(session, contact, messages, row, by=by, now=now)


def _written(
    session: Session,
    contact: Contact,
    messages: Sequence[Message],
    row: Outgoing,
    *,
    by: str,
    now: datetime,
) -> Outgoing:
    session.add(row)
    note(
        session,
        contact,
        EntryKind.SENT,
        at=now,
        event_key=row.event_key,
        about=by,
        payload={"messages": [dict(message.body) for message in messages]},
        outgoing=row,
    )
    return row


def hold_contact(session: Session, ticket: Ticket) -> None:
    """Lock the contact's row and read it as it is now.

    A turn writes its contact before it comes to the ticket; whoever changes both does it in that order.
    """
    session.flush()  # reading anew would undo what this transaction has changed
    session.scalars(_CONTACT, {"contact": ticket.contact_id}).one()


_CONTACT = (
    sa.select(Contact)
    .where(Contact.id == sa.bindparam("contact"))
    .with_for_update(key_share=True, of=Contact)
    .execution_options(populate_existing=True)
)


def is_reachable(contact: Contact) -> bool:
    """Say whether anything can be sent to somebody."""
    return contact.erased_at is None and contact.following is not Following.BLOCKED


def _check(messages: Sequence[Message]) -> None:
    faults = check_reply(messages)
    if faults:
        raise InvalidInput({fault.field: fault.reason for fault in faults})


def _may_answer(ticket: Ticket, user: StaffUser) -> None:
    if not user.is_active or not may(user.role, Permission.ANSWER):
        raise NotAllowed(f"answering customers needs the permission {Permission.ANSWER}")
    if ticket.state is TicketState.SOLVED:
        raise Conflict("this ticket is solved already, and the bot has the floor")
    if ticket.agent_id is None:
        raise Conflict("nobody has this ticket: take it first, then answer")
    if ticket.agent_id != user.id:
        name = ticket.agent.display_name if ticket.agent is not None else "somebody else"
        raise NotAllowed(f"{name} has this ticket, and only one person answers: take it over first")


def _can_be_reached(contact: Contact) -> None:
    if contact.erased_at is not None:
        raise Conflict("this person's data were erased; there is nobody to write to")
    if contact.following is Following.BLOCKED:
        raise Conflict("this person has blocked the account, so LINE would not deliver it")


def _sent(session: Session, ticket: Ticket, key: str) -> Outgoing | None:
    return session.scalars(_SENT, {"contact": ticket.contact_id, "event": key}).first()


_SENT = (
    sa.select(Outgoing)
    .join(TimelineEntry, TimelineEntry.outbox_id == Outgoing.id)
    .where(
        TimelineEntry.contact_id == sa.bindparam("contact"), TimelineEntry.event_key == sa.bindparam("event")
    )
)
