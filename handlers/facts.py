"""What a turn takes down for rules to ask about: what was sent, tapped and answered (docs/facts.md)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from contacts.models import Contact
from content.steps import Button
from facts.events import Property, occurred
from handlers import places
from handlers.turn import Turn
from line.events import (
    AudioSent,
    Event,
    FileSent,
    Followed,
    ImageSent,
    LocationSent,
    StickerSent,
    TextSent,
    Unfollowed,
    VideoSent,
)
from line.postback import ButtonTap
from questionnaires.models import Run
from questionnaires.state import Step

_KINDS = {
    TextSent: "text",
    StickerSent: "sticker",
    ImageSent: "image",
    VideoSent: "video",
    AudioSent: "audio",
    FileSent: "file",
    LocationSent: "location",
}


def came(session: Session, contact: Contact, event: Event, *, event_key: str) -> None:
    """Take down a message, a follow or a block, of the kind and never of the words; of a location also where it is."""
    at = event.sent_at
    match event:
        case Followed():
            is_returning = contact.times_followed > 0 or bool(event.is_unblocked)
            properties: dict[str, Property] = {"returning": is_returning}
            occurred(session, contact, "follow", at=at, event_key=event_key, properties=properties)
        case Unfollowed():
            occurred(session, contact, "block", at=at, event_key=event_key)
        case _ if type(event) in _KINDS:
            kind = {"kind": _KINDS[type(event)]}
            occurred(session, contact, "message", at=at, event_key=event_key, properties=kind)
            if isinstance(event, LocationSent):
                told = places.properties(event)
                occurred(session, contact, "place", at=at, event_key=event_key, properties=told)
        case _:
            pass  # a tap is known by what was tapped, and others are no act of theirs


def did(turn: Turn, name: str, *, at: datetime | None = None, **properties: Property | None) -> None:
    """Take down something that the contact did in this turn, with the properties that it has."""
    given = {key: value for key, value in properties.items() if value not in (None, "", [])}
    occurred(
        turn.session,
        turn.contact,
        name,
        at=at or turn.now,
        event_key=turn.event_key,
        properties=given,
    )


def tapped(turn: Turn, tap: ButtonTap, button: Button | None, *, at: datetime) -> None:
    """Take down a tap on a button that exists, with what the button and its card are about."""
    # Postback data can be forged: a card that is not there is no card.
    card_id = tap.card or (tap.owner.removeprefix("card.") if tap.owner.startswith("card.") else "")
    card = next((one for one in turn.published.content.cards if one.id == card_id), None)
    tags = dict.fromkeys(card.tags if card is not None else ())
    if button is not None:
        tags |= dict.fromkeys(button.about)
        tags |= dict.fromkeys(name for step in button.do for name in step.tag or ())
    did(
        turn,
        "tap",
        at=at,
        owner=tap.owner,
        button=tap.button,
        card=None if card is None else card.id,
        tags=list(tags),
    )


def answered(turn: Turn, run: Run, step: Step) -> None:
    """Take down that a question was answered, and by which choices; words of their own stay in the run."""
    answer = None if step.answered is None else step.state.answers.get(step.answered)
    if answer is not None:
        chosen: Sequence[str] = answer.choices
        did(
            turn,
            "answer",
            questionnaire=run.questionnaire,
            question=step.answered,
            choice=chosen[0] if len(chosen) == 1 else list(chosen),
        )
