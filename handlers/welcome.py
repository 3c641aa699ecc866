"""Greeting people who add the account, or come back to it."""

from datetime import datetime

import sqlalchemy as sa

from contacts import service as contacts
from contacts.models import EntrySource
from facts.models import ContactEvent, EventType
from handlers.facts import did
from handlers.steps import perform
from handlers.turn import FOLLOW_ENTRY_WINDOW, Turn
from line.events import Followed, TextSent
from line.messages import SILENCE, Reply

CODE_LIMIT_CHARS = 100


def greet(event: Followed, turn: Turn) -> Reply:
    """Welcome a contact who added or unblocked the account; their tags stay as they were."""
    is_first = turn.contact.times_followed == 0
    if not contacts.follow(turn.contact, at=event.sent_at, was_blocked=bool(event.is_unblocked)):
        return SILENCE
    if is_first and turn.contact.entry_source is not None:
        turn.contact.entry_source = _source_of_follow(turn, turn.contact.entry_source, event.sent_at)
    # LINE may have dropped the link to their menu while they were gone.
    turn.contact.menu_linked = None
    turn.contact.misses = 0
    return _say_greeting(turn)


def is_entry_code(event: TextSent, turn: Turn) -> bool:
    """Say whether the text is the code of an entry link, as a QR code types it."""
    code = event.text.strip()
    if not code.startswith("#"):
        return False
    declared = {name for greeting in turn.published.content.greetings for name in greeting.when.entry}
    return code in declared or _is_registered(turn, code)


def enter(event: TextSent, turn: Turn) -> Reply:
    """Take down where the contact came from, and say that entry's own greeting.

    A code soon after following says where the friend came from; later it is a visit. From somebody who does not
    follow it may be either: their follow event may be late, or never come. Once it comes, it decides.
    """
    turn.entry_code = event.text.strip()
    since = turn.contact.following_since_at
    is_fresh = since is not None and event.sent_at - since <= FOLLOW_ENTRY_WINDOW
    if turn.contact.entry_source is None and (is_fresh or not turn.contact.is_following):
        turn.contact.entry_source = turn.entry_code
    turn.decisions.append("entry")
    did(turn, "entry", at=event.sent_at, code=turn.entry_code[:CODE_LIMIT_CHARS])
    has_own = any(turn.entry_code in greeting.when.entry for greeting in turn.published.content.greetings)
    # Without words of its own for this entry, a friend of a minute ago has been greeted already.
    return SILENCE if is_fresh and not has_own else _say_greeting(turn)


def _source_of_follow(turn: Turn, so_far: str, followed_at: datetime) -> str | None:
    """Return the code of the entry by which a friend came who follows for the first time.

    :param so_far: a code that counts until now; one that nobody typed, but that a file brought, stays.
    """
    typed = turn.session.execute(
        sa.select(ContactEvent.at, ContactEvent.properties)
        .join(EventType, EventType.id == ContactEvent.type_id)
        .where(ContactEvent.contact_id == turn.contact.id, EventType.name == "entry")
        .order_by(ContactEvent.at, ContactEvent.id)
    )
    codes = [(at, (properties or {}).get("code")) for at, properties in typed]
    if so_far[:CODE_LIMIT_CHARS] not in [code for _at, code in codes]:
        return so_far
    return next((code for at, code in codes if abs(followed_at - at) <= FOLLOW_ENTRY_WINDOW), None)


def _say_greeting(turn: Turn) -> Reply:
    for greeting in turn.published.content.greetings:
        if turn.holds(greeting.when):
            turn.decisions.append(f"greeting.{greeting.id}")
            return perform(
                turn,
                greeting.then,
                owner=f"greeting.{greeting.id}",
                source=f"rule:welcome/{greeting.id}",
            )
    return SILENCE


def _is_registered(turn: Turn, code: str) -> bool:
    return (
        turn.session.scalar(
            sa.select(EntrySource.id).where(
                EntrySource.channel_id == turn.contact.channel_id, EntrySource.code == code
            )
        )
        is not None
    )
