"""A person takes over: the bot keeps silent on free text until it is given back."""

from contacts.timeline import EntryKind, note
from content.saying import with_buttons
from handlers.turn import Turn
from line import actions
from line.messages import Reply, text
from line.postback import ButtonTap, pack

WANTS_HUMAN = "wants:human"
OWNER = "bot"
BACK = "back"
"""The button that gives the conversation back to the bot."""
CALL = "call"
"""The button that calls a person."""
DECLINE = "decline"


def hand_over(turn: Turn, *, source: str) -> Reply:
    """Call a person; free-text replies stop, menus and cards keep working."""
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


def release(turn: Turn) -> Reply:
    """Give the conversation back to the bot."""
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


def offer(turn: Turn) -> Reply:
    """Ask whether a person should help."""
    yes, no = turn.phrase("human_yes"), turn.phrase("human_no")
    found = [
        actions.postback(yes, pack(ButtonTap(OWNER, CALL)), display_text=yes),
        actions.postback(no, pack(ButtonTap(OWNER, DECLINE)), display_text=no),
    ]
    return (with_buttons(turn.phrase("offer_human"), found),)


def tapped(turn: Turn, button: str) -> Reply | None:
    """Do what a button of this module stands for; None if it is none."""
    if button == BACK:
        return release(turn)
    if button == CALL:
        return hand_over(turn, source="rule:handoff/offered")
    if button == DECLINE:
        turn.contact.misses = 0
        return (text(turn.phrase("human_declined")),)
    return None
