"""A person takes over: the bot keeps silent on free text until it is given back.

Calling a person opens the contact's ticket (`handlers/ticket.py`); who has the floor and what is still
to be done are two questions, as `tickets/service.py` says.
"""

from contacts.timeline import EntryKind, note
from content.saying import with_buttons
from handlers.turn import Turn
from line import actions
from line.messages import Reply, text
from line.postback import ButtonTap, pack
from tickets.floor import BACK, CALL, DECLINE, OWNER, WANTS_HUMAN
from tickets.service import CALL as CALL_REASON

OFFERED = "rule:handoff/offered"
"""Who stands by a call that we offered after two misses, or after a poor rating."""


def hand_over(turn: Turn, *, source: str) -> Reply:
    """Call a person; free-text replies stop, menus and cards keep working."""
    turn.calls.append(reason_of(source))
    turn.contact.human_wanted_at = turn.now
    turn.contact.misses = 0
    turn.tags.set(WANTS_HUMAN, source=source)
    note(
        turn.session, turn.contact, EntryKind.HANDED_OVER, at=turn.now, event_key=turn.event_key, about=source
    )
    label = turn.phrase("back_to_bot")
    back = actions.postback(label, pack(ButtonTap(OWNER, BACK)), display_text=label)
    words = turn.phrase("handed_over" if turn.is_open else "handed_over_closed")
    return (with_buttons(words, [back], main=0),)


def reason_of(source: str) -> str:
    """Return a source of tags as the reason of a ticket: which questionnaire, which words, which button."""
    kind, _, rest = source.partition(":")
    if kind == "question":
        return f"questionnaire:{rest.partition('/')[0]}"
    if source == OFFERED or rest.startswith(("fallback.second", "fallback/second")):
        return f"{CALL_REASON}misses"
    return f"{CALL_REASON}{rest.removeprefix('handoff/')}"


def release(turn: Turn) -> Reply:
    """Give the conversation back to the bot, as the contact asks."""
    turn.is_withdrawn = True
    take_back(turn)
    return (text(turn.phrase("bot_is_back")),)


def take_back(turn: Turn) -> None:
    """End the silence without a word: the contact went on with the bot by themselves."""
    if turn.contact.human_wanted_at is None:
        return
    turn.contact.human_wanted_at = None
    turn.contact.misses = 0
    turn.tags.remove(WANTS_HUMAN, source="rule:handoff/released")
    note(turn.session, turn.contact, EntryKind.RELEASED, at=turn.now, event_key=turn.event_key)


def offer(turn: Turn, words: str = "offer_human") -> Reply:
    """Ask whether a person should help; `words` is the key of the sentence that asks."""
    yes, no = turn.phrase("human_yes"), turn.phrase("human_no")
    found = [
        actions.postback(yes, pack(ButtonTap(OWNER, CALL)), display_text=yes),
        actions.postback(no, pack(ButtonTap(OWNER, DECLINE)), display_text=no),
    ]
    return (with_buttons(turn.phrase(words), found),)


def tapped(turn: Turn, button: str) -> Reply | None:
    """Do what a button of this module stands for; None if it is none."""
    if button == BACK:
        return release(turn)
    if button == CALL:
        return hand_over(turn, source=OFFERED)
    if button == DECLINE:
        turn.contact.misses = 0
        return (text(turn.phrase("human_declined")),)
    return None
