"""How a campaign's message looks on a phone: to one person, in one language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from markupsafe import Markup
from sqlalchemy.orm import Session

from campaigns import messages
from campaigns.people import about_contact
from console.drawn import draw_ours
from console.refusals import in_words
from contacts.models import Contact
from content.model import CampaignMessage
from content.revisions import Published
from content.voice import Voice
from line.limits import check_messages
from line.messages import MessageRefused

NOBODY_ID = "preview00000"


@dataclass(frozen=True, slots=True)
class Look:
    """A message as it would arrive."""

    parts: Sequence[Markup]
    count: int
    """How many messages it is."""
    faults: Sequence[str]
    language: str
    is_personal: bool
    """Everybody gets their own words."""


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom it is written."""

    contact: Contact | None
    """None: nobody in particular."""
    language: str


def reader_of(
    session: Session, channel_id: int, published: Published, *, person: str, language: str
) -> Reader:
    """Return the person of a public id, if there is one, with the language they would get unless another is asked for."""
    contact = None
    if person:
        contact = session.scalars(
            sa.select(Contact).where(Contact.channel_id == channel_id, Contact.public_id == person)
        ).one_or_none()
    told = contact.language if contact is not None else None
    wanted = language if language in published.content.languages else messages.language_for(published, told)
    return Reader(contact, wanted)


def look(
    session: Session,
    message: CampaignMessage,
    reader: Reader,
    published: Published,
    *,
    base_url: str,
    now: datetime,
) -> Look:
    """Write the message for its reader, and draw it; faults are told beside what could be drawn."""
    faults: list[str] = []
    shared = messages.for_everybody(published, reader.language, now)
    personal, tags = (
        ({}, frozenset[str]()) if reader.contact is None else about_contact(session, reader.contact, now=now)
    )

    def tell(why: str) -> None:
        faults.append(f"the placeholders cannot be filled in: {why}")

    voice = Voice(published, reader.language, base_url, {**shared, **personal}, tell)
    is_personal = False
    parts: tuple[Markup, ...] = ()
    bodies: list[dict[str, object]] = []
    try:
        said = messages.compose(message, voice, owner=messages.owner_of(NOBODY_ID), carried=tags)
        bodies = [dict(one.body) for one in said]
        if bodies:
            faults += [str(fault) for fault in check_messages(bodies)]
        parts = draw_ours(bodies)
        is_personal = bool(messages.personal_names(message, published, base_url=base_url, now=now))
    except MessageRefused as refused:
        faults.append(str(refused))
    return Look(parts, len(bodies), [in_words(one) for one in faults], reader.language, is_personal)
