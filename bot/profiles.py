"""Asking LINE who somebody is, before a turn: whether, and what came of it."""

from dataclasses import dataclass
from datetime import datetime

from contacts import service as contacts
from contacts.models import Contact
from line.events import Event, Followed, MessageEdited, MessageUnsent, Unfollowed, Unsupported
from line.messenger import LineProfile


@dataclass(frozen=True, slots=True)
class ProfileAnswer:
    """What asking LINE for a profile came to, before the turn."""

    profile: LineProfile | None
    was_refused: bool = False
    """LINE does not tell: blocked, unknown or no consent."""
    was_asked: bool = True
    """False while there is no use in asking."""


def wants_profile(event: Event, contact: Contact | None, *, now: datetime) -> bool:
    """Say whether LINE should be asked who this is before the turn."""
    if isinstance(event, Unfollowed | MessageUnsent | MessageEdited | Unsupported):
        return False
    # Somebody who had not let us know them may have by following.
    is_news = isinstance(event, Followed) and contact is not None and contact.display_name is None
    return is_news or contacts.needs_profile(contact, now=now)


def learn(contact: Contact, answer: ProfileAnswer | None, *, now: datetime) -> None:
    """Keep what LINE told, or when to ask again."""
    if answer is None:
        return
    if answer.profile is not None:
        contacts.learn_profile(contact, answer.profile, now=now)
    elif answer.was_asked and not answer.was_refused:
        contacts.want_profile(contact, now=now)
    else:
        contacts.postpone_profile(contact, refused=answer.was_refused, now=now)
