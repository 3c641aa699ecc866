"""The form of a campaign: texts in the account's languages and cards, a step at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from werkzeug.datastructures import MultiDict

from campaigns.service import NAME_LIMIT_CHARS, PURPOSE_LIMIT_CHARS, Draft
from console.words import _
from content.model import CampaignMessage, Content
from content.steps import Say, Show, Step
from content.text import DEFAULT, Text
from core.errors import InvalidInput

MOST_STEPS = 5
WORDS_LIMIT_CHARS = 5000
TEXT, CARDS = "text", "cards"


@dataclass(frozen=True, slots=True)
class StepForm:
    """One step as the form shows it."""

    kind: str
    words: Mapping[str, str]
    """By language; of cards, what is said before them."""
    cards: tuple[str, ...] = ()
    fitting: bool = False
    """Only cards that fit what each person told us."""
    origin: int | None = None
    """Its place in the stored message, whose buttons and picture it keeps."""


@dataclass(frozen=True, slots=True)
class Form:
    """A campaign as its form shows it."""

    name: str = ""
    segment: str = ""
    consent: str = ""
    steps: tuple[StepForm, ...] = (StepForm(TEXT, {}),)
    version: int = 0

    def changed(self, do: str) -> "Form":
        """Return the form after one of its own buttons: `add-text`, `add-cards`, `remove-1`, `up-1`."""
        what, _dash, place = do.partition("-")
        steps = list(self.steps)
        if what == "add" and place in {TEXT, CARDS} and len(steps) < MOST_STEPS:
            steps.append(StepForm(place, {}))
        at = int(place) if place.isdecimal() else len(steps)
        if what == "remove" and at < len(steps) and len(steps) > 1:
            del steps[at]
        if what == "up" and 0 < at < len(steps):
            steps[at - 1], steps[at] = steps[at], steps[at - 1]
        return replace(self, steps=tuple(steps))


def read(fields: "MultiDict[str, str]", content: Content) -> Form:
    """Read what a browser sent; what is no part of the form is left out."""
    known = {card.id for card in content.cards}
    steps = [
        StepForm(
            kind=CARDS if fields.get(f"kind.{name}") == CARDS else TEXT,
            words={
                language: words
                for language in content.languages
                if (words := _clean(fields.get(f"words.{name}.{language}", ""), WORDS_LIMIT_CHARS))
            },
            cards=tuple(card for card in fields.getlist(f"cards.{name}") if card in known),
            fitting=f"fitting.{name}" in fields,
            origin=_number(fields.get(f"from.{name}", "")),
        )
        for name in fields.getlist("step")[:MOST_STEPS]
        if name.isdecimal()
    ]
    return Form(
        name=_clean(fields.get("name", ""), NAME_LIMIT_CHARS + 1),
        segment=_clean(fields.get("segment", ""), 60),
        consent=_clean(fields.get("consent", ""), PURPOSE_LIMIT_CHARS + 1),
        steps=tuple(steps) or (StepForm(TEXT, {}),),
        version=_number(fields.get("version", "")) or 0,
    )


def show(draft: Draft, content: Content, *, version: int) -> Form:
    """Return the form of a campaign that there is."""
    steps = []
    for place, step in enumerate(draft.message.steps):
        if step.say is not None:
            steps.append(StepForm(TEXT, _by_language(step.say.text, content), origin=place))
        elif step.show is not None:
            words = _by_language(step.show.say or {}, content)
            cards = step.show.cards
            steps.append(StepForm(CARDS, words, cards, fitting=bool(step.show.fitting), origin=place))
    return Form(draft.name, draft.segment, draft.consent or "", tuple(steps), version)


def message_of(form: Form, stored: CampaignMessage | None, content: Content) -> CampaignMessage:
    """Return what the form says, with the buttons and pictures that the stored message has in the same steps."""
    old = stored.steps if stored is not None else ()
    return CampaignMessage(steps=tuple(_step(one, old, content) for one in form.steps))


def draft_of(form: Form, stored: CampaignMessage | None, content: Content) -> Draft:
    """Return the draft.

    :raises InvalidInput: it has no name or segment, or a text no words in the account's own language.
    """
    faults = {}
    if not form.name:
        faults["name"] = _("Give it a name.")
    if not form.segment:
        faults["segment"] = _("Choose a segment.")
    language = content.default_language
    if any(step.kind == TEXT and language not in step.words for step in form.steps):
        faults["message"] = _("Every text needs words in %(language)s.", language=language)
    if faults:
        raise InvalidInput(faults)
    return Draft(form.name, form.segment, message_of(form, stored, content), form.consent or None)


def fitting_groups(content: Content) -> tuple[str, ...]:
    """Return the groups of tags in which cards can agree or disagree with a person."""
    on_cards = {tag for card in content.cards for tag in card.tags}
    return tuple(group.id for group in content.tag_groups if any(tag.name in on_cards for tag in group.tags))


def kept_of(form: Form, stored: CampaignMessage | None) -> Sequence[int]:
    """Return for each step how many buttons of the stored message it keeps."""
    old = stored.steps if stored is not None else ()
    return [len(say.buttons) if (say := _say(one, old)) is not None else 0 for one in form.steps]


def _step(one: StepForm, old: Sequence[Step], content: Content) -> Step:
    words: Text = dict(one.words)
    if one.kind == TEXT:
        say = _say(one, old)
        return Step(say=Say(text=words) if say is None else say.model_copy(update={"text": words}))
    before = old[one.origin].show if one.origin is not None and one.origin < len(old) else None
    fitting = (
        ((before.fitting if before is not None else ()) or fitting_groups(content)) if one.fitting else ()
    )
    update = {"cards": one.cards, "fitting": fitting, "say": words or None}
    return Step(show=(before or Show()).model_copy(update=update))


def _say(one: StepForm, old: Sequence[Step]) -> Say | None:
    if one.kind != TEXT or one.origin is None or one.origin >= len(old):
        return None
    return old[one.origin].say


def _by_language(text: Text, content: Content) -> Mapping[str, str]:
    made = {language: text[language] for language in content.languages if text.get(language)}
    if content.default_language not in made and text.get(DEFAULT):
        made[content.default_language] = text[DEFAULT]
    return made


def _clean(words: str, limit: int) -> str:
    return words.replace("\r\n", "\n").replace("\x00", "").strip()[:limit]


def _number(words: str) -> int | None:
    return int(words) if words.isdecimal() and len(words) < 9 else None
