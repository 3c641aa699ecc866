"""Who has the floor: the bot, or a person."""

from datetime import datetime

from sqlalchemy.orm import Session

from contacts.models import Contact
from contacts.timeline import EntryKind, note
from segmentation.tags import TagBook
from segmentation.touches import touch

WANTS_HUMAN = "wants:human"

OWNER = "bot"
"""Of the buttons that move the floor, in postbacks."""
BACK = "back"
"""The button that gives the conversation back to the bot."""
CALL = "call"
"""The button that calls a person."""
DECLINE = "decline"


def give_back(session: Session, contact: Contact, *, by: str, now: datetime) -> None:
    """Let the bot answer free text again; nothing changes where it does so already.

    :param by: who gives it back, as tags and the story call them: `staff:lin`.
    """
    if contact.human_wanted_at is None:
        return
    contact.human_wanted_at = None
    contact.misses = 0
    TagBook(session, contact, event_key=None, now=now).remove(WANTS_HUMAN, source=by)
    touch(session, contact, [f"tag:{WANTS_HUMAN}"], at=now)
    note(session, contact, EntryKind.RELEASED, at=now, about=by)
