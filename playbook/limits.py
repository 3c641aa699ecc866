"""LINE's limits, in LINE's own units, before anybody taps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from content.liquid import render
from content.model import Card, MenuArea, RichMenu
from content.saying import FLEX_WORDS_LIMIT
from content.steps import Button, Say, Show
from content.text import Frozen, Text
from line.limits import QUICK_REPLIES_LIMIT, TEXT_LIMIT
from line.limits_templates import BUTTONS_LIMIT, BUTTONS_TEXT_LIMIT
from line.units import Unit, measure
from line.urls import link
from playbook.draft import AnyPart, Draft
from playbook.faults import Faults
from playbook.locate import Path
from playbook.schema import CardsFile, PlaybookFile
from playbook.walk import models
from questionnaires.bounds import MOMENTS
from questionnaires.definition import Choice, Question, Questionnaire, Reminder

FLEX_LABEL_LIMIT = 40
SHORT_LABEL_LIMIT = 20
"""Of quick replies, of templates' buttons and of rich menu areas."""
BAR_LIMIT = 14
FLEX_BUTTONS_LIMIT = 30
"""A bubble holds 30 KB; with labels of 40 characters that is some fifty buttons, and nobody reads thirty."""
_MOST_CHOICES = {
    "flex": FLEX_BUTTONS_LIMIT,
    "buttons": BUTTONS_LIMIT,
    # “Back” and “cancel” stand beside the choices and count.
    "quick_replies": QUICK_REPLIES_LIMIT - 2,
}
CARD_LIMIT_BYTES = 5_000
"""Ten cards share the 50 KB of one carousel."""
_CARD_FRAME_BYTES, _CARD_BUTTON_BYTES = 900, 400

LABEL_PHRASES = frozenset(
    {"done", "skip", "back", "cancel", "pick_date", "pick_time", "pick_datetime", "take_photo", "from_album",
     "send_location", "confirm", "change", "restart", "continue", "start_again", "human_yes", "human_no",
     "back_to_bot"}
)  # fmt: skip
"""The sentences of the program that stand on buttons."""


@dataclass(frozen=True)
class _Place:
    part: AnyPart
    path: Path
    faults: Faults
    cards: tuple[Card, ...] = ()
    """What a question offers that says `cards: true`."""

    def blame(self, where: Path, what: str) -> None:
        self.part.blame(self.faults, (*self.path, *where), what)

    def length(self, where: Path, words: Text | None, limit: int, unit: Unit, kind: str) -> None:
        """Note every language in which a text is too long, placeholders counted as nothing."""
        for language, text in (words or {}).items():
            length = measure(render(text, {}), unit)
            if length > limit:
                called = "characters" if unit is Unit.GRAPHEME else "UTF-16 units"
                what = f"{kind} has {length:,} {called}; LINE takes {limit:,}"
                self.blame((*where, language) if language else where, what)


def check_limits(draft: Draft, faults: Faults) -> None:
    """Name every text, label, address and number of buttons that LINE would refuse."""
    cards = draft.cards.value.cards if draft.cards is not None else ()
    for part in draft.parts():
        quick = _quick_labels(part)
        for path, model in models(part.value):
            place = _Place(part, path, faults, cards)
            if isinstance(model, Button):
                _button(model, place, is_short=path in quick)
            elif type(model) in _CHECKS:
                _CHECKS[type(model)](model, place)


def _quick_labels(part: AnyPart) -> set[Path]:
    """Return the places of buttons that are quick replies."""
    return {
        (*path, "buttons", place)
        for path, model in models(part.value)
        if isinstance(model, Say) and model.style == "quick_replies"
        for place, _ in enumerate(model.buttons)
    }


def _button(button: Button, place: _Place, *, is_short: bool) -> None:
    is_area = isinstance(button, MenuArea)
    limit = SHORT_LABEL_LIMIT if is_short or is_area else FLEX_LABEL_LIMIT
    kind = "a menu area's label" if is_area else "a quick reply's label" if is_short else "a button's label"
    place.length(("label",), button.label, limit, Unit.GRAPHEME, kind)
    opens = isinstance(button, MenuArea) and button.open is not None
    does = [
        what for what, is_there in (("url", button.url), ("steps", button.do), ("open", opens)) if is_there
    ]
    if not does:
        place.blame((), "this button does nothing; give it a verb such as say, start or show, or a url")
    elif button.url is not None and len(does) > 1:
        place.blame(("url",), f"LINE opens a url and tells nobody, so {does[1]} beside it never happens")
    elif is_area and opens and button.do and _says(button):
        place.blame(
            ("open",), "an area that opens a tab can set tags, but says nothing; leave one of them out"
        )
    if button.url is not None:
        for fault in link(button.url, "url"):
            place.blame(("url",), f"url {fault.reason}")


def _says(button: Button) -> bool:
    return any(
        step.say or step.show or step.start or step.hand_over is True or step.release for step in button.do
    )


def _say(say: Say, place: _Place) -> None:
    if say.buttons and say.style == "buttons":
        place.length(("text",), say.text, FLEX_WORDS_LIMIT, Unit.UTF16, "a text above buttons")
    else:
        place.length(("text",), say.text, TEXT_LIMIT, Unit.UTF16, "a text")
    limit = QUICK_REPLIES_LIMIT if say.style == "quick_replies" else FLEX_BUTTONS_LIMIT
    if len(say.buttons) > limit:
        place.blame(("buttons",), f"{len(say.buttons)} buttons; a message takes {limit}")


def _show(show: Show, place: _Place) -> None:
    place.length(("say",), show.say, TEXT_LIMIT, Unit.UTF16, "a text")
    place.length(("none",), show.none, TEXT_LIMIT, Unit.UTF16, "a text")


def _question(question: Question, place: _Place) -> None:
    has_bubble = bool(question.choices or question.cards or question.kind in MOMENTS)
    if question.style == "buttons":
        what, limit, unit = "a question as buttons", BUTTONS_TEXT_LIMIT, Unit.GRAPHEME
    elif question.style == "flex" and has_bubble:
        what, limit, unit = "a question above buttons", FLEX_WORDS_LIMIT, Unit.UTF16
    else:
        what, limit, unit = "a question", TEXT_LIMIT, Unit.UTF16
    place.length(("ask",), question.ask, limit, unit, what)
    place.length(("invalid",), question.invalid, TEXT_LIMIT, Unit.UTF16, "a text")
    label_limit = FLEX_LABEL_LIMIT if question.style == "flex" else SHORT_LABEL_LIMIT
    for position, choice in enumerate(question.choices):
        place.length(
            ("choices", position, "label"), choice.label, label_limit, Unit.GRAPHEME, "a choice's label"
        )
    cards = place.cards if question.cards else ()
    for card in cards:
        place.length(("cards",), card.title, label_limit, Unit.GRAPHEME, f"as a choice, card {card.id!r}")
    for card_id in sorted({card.id for card in cards} & {choice.id for choice in question.choices}):
        place.blame(("choices",), f"the choice {card_id!r} has the id of a card that is offered as well")
    count = len(cards) + len(question.choices) + question.optional + question.multiple
    most = _MOST_CHOICES[question.style]
    if count > most:
        hint = "" if question.style == "flex" else "; leave `as` out, a Flex message takes more"
        what = f"{count} choices, “done” and “skip” included; `as: {question.style}` takes {most}{hint}"
        place.blame(("choices",), what)


def _choice(choice: Choice, place: _Place) -> None:
    place.length(("say",), choice.say, TEXT_LIMIT, Unit.UTF16, "a text")


def _questionnaire(questionnaire: Questionnaire, place: _Place) -> None:
    place.length(("before",), questionnaire.before, TEXT_LIMIT, Unit.UTF16, "a text")
    if questionnaire.timeout.total_seconds() <= 0:
        place.blame(("timeout",), "timeout must be longer than nothing")


def _reminder(reminder: Reminder, place: _Place) -> None:
    place.length(("say",), reminder.say, TEXT_LIMIT, Unit.UTF16, "a text")


def _menu(menu: RichMenu, place: _Place) -> None:
    place.length(("bar",), menu.bar, BAR_LIMIT, Unit.GRAPHEME, "bar")


def _cards(cards: CardsFile, place: _Place) -> None:
    for position, card in enumerate(cards.cards):
        _card(
            card,
            len(card.buttons) + len(cards.buttons),
            _Place(place.part, ("cards", position), place.faults),
        )


def _card(card: Card, buttons: int, place: _Place) -> None:
    texts = [words for words in (card.title, card.text, card.price) if words is not None]
    words_bytes = sum(max((len(text.encode()) for text in words.values()), default=0) for words in texts)
    size = _CARD_FRAME_BYTES + buttons * _CARD_BUTTON_BYTES + words_bytes
    if size > CARD_LIMIT_BYTES:
        what = f"this card needs about {size:,} bytes; ten of them must fit into 50,000: shorten its text"
        place.blame((), what)


def _account(account: PlaybookFile, place: _Place) -> None:
    for key, words in account.phrases.items():
        if key in LABEL_PHRASES:
            place.length(("phrases", key), words, SHORT_LABEL_LIMIT, Unit.GRAPHEME, f"the button {key!r}")
        else:
            place.length(("phrases", key), words, TEXT_LIMIT, Unit.UTF16, "a text")


_CHECKS: Mapping[type[Frozen], Callable[[Any, _Place], None]] = {
    Say: _say,
    Show: _show,
    Question: _question,
    Choice: _choice,
    Questionnaire: _questionnaire,
    Reminder: _reminder,
    RichMenu: _menu,
    CardsFile: _cards,
    PlaybookFile: _account,
}
