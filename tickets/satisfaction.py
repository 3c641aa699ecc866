"""Asking a customer, once, how it was; and what they say to that."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact
from contacts.timeline import EntryKind, note
from content import hours
from content.dates import moment_line
from content.revisions import Published
from content.saying import with_buttons
from content.text import speak
from content.voice import Voice
from core.db import changed
from line import actions
from line.messages import Message
from line.outbox import Outgoing
from line.postback import ButtonTap, pack
from tickets.answering import free_reply, is_reachable, push
from tickets.models import Satisfaction, Ticket

OWNER = "ticket."
"""What the owner of the three buttons begins with; the ticket's public id follows."""


def ask(session: Session, ticket: Ticket, published: Published, *, now: datetime) -> Outgoing | None:
    """Ask how it was, if the playbook wants that; None: nothing is sent.

    Whom nobody answered is not asked, nor who blocked the account.
    """
    wanted = published.content.routing.satisfaction
    if not wanted.ask or ticket.first_answered_at is None or not is_reachable(ticket.contact):
        return None
    messages = (question(ticket, _voice(ticket.contact, published, now)),)
    key = f"satisfaction:{ticket.public_id}"
    row = free_reply(session, ticket.contact, messages, key=key, by="program:satisfaction", now=now)
    if row is not None:
        row.answers_at = None  # should it miss its minute, it is not worth a push
    elif wanted.push:
        row = push(session, ticket.contact, messages, key=key, by="program:satisfaction", now=now)
    return row


def question(ticket: Ticket, voice: Voice) -> Message:
    """Build the question with its three buttons."""
    found = []
    for satisfaction in Satisfaction:
        label = voice.phrase(f"satisfaction_{satisfaction}")
        data = pack(ButtonTap(f"{OWNER}{ticket.public_id}", satisfaction))
        found.append(actions.postback(label, data, display_text=label))
    return with_buttons(voice.phrase("satisfaction_ask"), found, main=0)


def find_solved(session: Session, contact: Contact, public_id: str) -> Ticket | None:
    """Return a solved ticket of this contact; None for one of somebody else, or one that nobody has solved."""
    return session.scalars(
        sa.select(Ticket).where(
            Ticket.public_id == public_id,
            Ticket.contact_id == contact.id,
            Ticket.solved_at.is_not(None),
        )
    ).one_or_none()


def rate(session: Session, contact: Contact, public_id: str, given: Satisfaction, *, now: datetime) -> bool:
    """Write down how it was; False, and nothing changes, where that was said before."""
    result = session.execute(
        sa.update(Ticket)
        .where(
            Ticket.public_id == public_id,
            Ticket.contact_id == contact.id,
            Ticket.solved_at.is_not(None),
            Ticket.satisfaction.is_(None),
        )
        .values(satisfaction=given, rated_at=now)
        .execution_options(synchronize_session=False)
    )
    if not changed(result):
        return False
    note(
        session,
        contact,
        EntryKind.TICKET_RATED,
        at=now,
        about=f"ticket:{public_id}",
        payload={"ticket": public_id, "satisfaction": given.value},
    )
    return True


def _voice(contact: Contact, published: Published, now: datetime) -> Voice:
    content = published.content
    language = speak(contact.language, content.languages, content.default_language)
    return Voice(published, language, "", _variables(contact, published, language, now))


def _variables(contact: Contact, published: Published, language: str, now: datetime) -> Mapping[str, object]:
    """Return what the sentence may use: the account's and the hours' names, not what a contact once told."""
    content, zone = published.content, published.zone
    opening = hours.opens_at(content.hours, now, zone)
    today = now.astimezone(zone)
    return {
        "name": contact.display_name or None,
        "contact": {"display_name": contact.display_name or None},
        "account": content.name,
        "privacy_url": content.privacy_url,
        "language": language,
        "time_zone": content.time_zone,
        "is_open": hours.is_open(content.hours, now, zone),
        "opens_at": "" if opening is None else moment_line(opening, today, language),
        "hours_today": hours.describe_day(content.hours, today.date(), language),
    }
