"""Which handler answers which event: one table, read from top to bottom, the first match wins."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from contacts import service as contacts
from contacts.folding import fold, fold_word
from handlers import (
    auto_reply,
    handoff,
    pairing,
    places,
    questionnaire,
    rich_menu,
    taps,
    ticket,
    unsend,
    welcome,
)
from handlers.steps import follow_through
from handlers.turn import Turn
from line.events import (
    AudioSent,
    Event,
    FileSent,
    Followed,
    ImageSent,
    LocationSent,
    MessageUnsent,
    PostbackTapped,
    StickerSent,
    TextSent,
    Unfollowed,
    VideoSent,
)
from line.messages import SILENCE, Reply
from questionnaires.state import SentLocation, SentOther, SentPhoto


def _leave(event: Unfollowed, turn: Turn) -> Reply:
    contacts.unfollow(turn.contact, at=event.sent_at)
    return SILENCE


def _asks_for(name: str) -> Callable[[TextSent, Turn], bool]:
    def asks(event: TextSent, turn: Turn) -> bool:
        return fold(event.text) in {fold_word(word) for word in turn.keywords(name)}

    return asks


def _call_person(_event: TextSent, turn: Turn) -> Reply:
    return handoff.hand_over(turn, source="rule:handoff/asked")


def _back_to_bot(_event: TextSent, turn: Turn) -> Reply:
    return handoff.release(turn) + questionnaire.reopen(turn)


def _is_running(_event: Event, turn: Turn) -> bool:
    return turn.runs.running is not None and not turn.bot_is_silent


def _take_text(event: TextSent, turn: Turn) -> Reply:
    progress = questionnaire.typed(
        turn, event.text, aside=auto_reply.aside, aside_by_whole_text=auto_reply.aside_by_whole_text
    )
    return follow_through(turn, progress)


def _take_photo(event: ImageSent, turn: Turn) -> Reply:
    return follow_through(turn, questionnaire.sent(turn, SentPhoto(event.message_id)))


def _take_location(event: LocationSent, turn: Turn) -> Reply:
    where = SentLocation(event.latitude, event.longitude, event.title or "", event.address or "")
    return follow_through(turn, questionnaire.sent(turn, where))


def _take_other(_event: Event, turn: Turn) -> Reply:
    return follow_through(turn, questionnaire.sent(turn, SentOther()))


@dataclass(frozen=True, slots=True)
class Route:
    kind: type
    handler: Callable[[Any, Turn], Reply]
    when: Callable[[Any, Turn], bool] = lambda _event, _turn: True


ROUTES = (
    Route(Followed, welcome.greet),
    Route(Unfollowed, _leave),
    Route(MessageUnsent, unsend.take_back),
    Route(PostbackTapped, taps.tapped),
    Route(TextSent, welcome.enter, when=welcome.is_entry_code),
    Route(TextSent, pairing.pair, when=pairing.is_open_code),
    Route(TextSent, auto_reply.answer_always, when=auto_reply.must_answer),
    Route(TextSent, rich_menu.show_as_card, when=rich_menu.asks_for_menu),
    Route(TextSent, _call_person, when=_asks_for("human")),
    Route(TextSent, _back_to_bot, when=_asks_for("bot")),
    Route(TextSent, _take_text, when=_is_running),
    Route(TextSent, auto_reply.answer),
    Route(ImageSent, _take_photo, when=_is_running),
    Route(LocationSent, _take_location, when=_is_running),
    Route(StickerSent, _take_other, when=_is_running),
    Route(AudioSent, _take_other, when=_is_running),
    Route(VideoSent, _take_other, when=_is_running),
    Route(FileSent, _take_other, when=_is_running),
)


def react(event: Event, turn: Turn) -> Reply:
    """Return what the bot says to an event; nothing where no route wants it."""
    if not turn.bot_is_silent:
        handoff.take_back(turn)  # nobody has claimed the conversation for as long as the playbook waits
    reply = _first_route(event, turn)
    if isinstance(event, LocationSent):
        places.settle(event, turn)  # after an answer that sets the same fields
    ticket.settle(event, turn, reply)
    return reply


def _first_route(event: Event, turn: Turn) -> Reply:
    for route in ROUTES:
        if isinstance(event, route.kind) and route.when(event, turn):
            reply = route.handler(event, turn)
            rich_menu.settle(turn)
            return reply
    return SILENCE
