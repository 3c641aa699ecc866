"""Words and buttons as LINE messages."""

from collections.abc import Iterable, Mapping, Sequence

from content.model import Card
from content.revisions import Published, button_name
from content.steps import Button, Say, Show
from content.voice import NOTHING, Voice
from line import actions, flex
from line.actions import Action
from line.messages import Message, Reply, image, text, with_quick_replies
from line.messages import flex as flex_message
from line.postback import ButtonTap, pack
from line.units import Unit, cut

ACCENT = "#06C755"
PRICE = "#0B7A3B"
"""LINE's green is too light for words on white."""
MUTED = "#6B7280"
INK = "#111827"
ALT_LIMIT = 400
NAMELESS = "–"
"""Stands where words are due and a placeholder had none."""
LABEL_LIMIT = 40
QUICK_LABEL_LIMIT = 20
FLEX_WORDS_LIMIT = 2_000
"""Of one text of a bubble, in UTF-16 units. LINE names no number; the simulated one takes no more, so we offer none."""


def say(
    voice: Voice, what: Say, *, owner: str, card: str = "", variables: Mapping[str, object] = NOTHING
) -> Reply:
    """Build a text with its buttons; `owner` says in postbacks whose buttons they are."""
    words = voice.words(what.text, variables)
    picture = () if what.picture is None else _picture(voice, what.picture)
    if not words:
        return picture
    if not what.buttons:
        return (*picture, text(words))
    found = [button_action(voice, b, owner=owner, card=card, variables=variables) for b in what.buttons]
    if what.style == "quick_replies":
        return (*picture, with_quick_replies(text(words), [short(action) for action in found]))
    return (*picture, with_buttons(words, found))


def plain(words: str) -> Reply:
    """Build a text; nothing where its conditions left no words of it."""
    return (text(words),) if words.strip() else ()


def with_buttons(words: str, found: Sequence[Action], *, main: int = 1) -> Message:
    """Build a bubble of words above buttons, which every device shows; the first `main` stand out."""
    said = cut(words, FLEX_WORDS_LIMIT, Unit.UTF16)
    body = above_buttons([flex.text(said, wrap=True, size="md", color=INK)])
    return flex_message(alt(words), flex.bubble(body=body, footer=button_box(found, main=main)))


def above_buttons(parts: Sequence[flex.Component]) -> flex.Component:
    """Stack what stands above buttons, close enough to them that menu, question and buttons fit a screen."""
    return flex.box("vertical", parts, spacing="sm", padding_bottom="md")


def button_box(found: Sequence[Action], *, main: int = 1) -> flex.Component:
    """Stack buttons; the first `main` are filled, the others are quiet."""
    return flex.box(
        "vertical",
        [
            flex.button(action, style="primary", color=ACCENT, height="sm", adjust_mode="shrink-to-fit")
            if position < main
            else flex.button(action, style="secondary", height="sm", adjust_mode="shrink-to-fit")
            for position, action in enumerate(found)
        ],
        spacing="sm",
    )


def button_action(
    voice: Voice, button: Button, *, owner: str, card: str = "", variables: Mapping[str, object] = NOTHING
) -> Action:
    """Return what tapping a button of the content does."""
    label = cut(voice.words(button.label, variables), LABEL_LIMIT, Unit.GRAPHEME).strip() or NAMELESS
    if button.url is not None:
        return actions.uri(label, button.url)
    data = pack(ButtonTap(owner=owner, button=button_name(button), card=card))
    return actions.postback(label, data, display_text=label)


def short(action: Action) -> Action:
    """Return the action with a label that a quick reply can carry."""
    label = cut(str(action.body.get("label", "")), QUICK_LABEL_LIMIT, Unit.GRAPHEME)
    return Action({**action.body, "label": label})


def show(
    voice: Voice,
    what: Show,
    *,
    carried: Iterable[str],
    owner: str | None = None,
    variables: Mapping[str, object] = NOTHING,
) -> Reply:
    """Build the carousel of a step, with its sentence before it, or what is said when no card fits.

    :param carried: the contact's tags.
    :param owner: whose buttons the cards carry, in postbacks; None: the cards' own.
    """
    cards = choose_cards(voice.published, what, carried)
    if not cards:
        none = voice.words(what.none) if what.none is not None else voice.phrase("nothing_to_show")
        return plain(none)
    about = {**variables, "count": len(cards)}
    intro = () if what.say is None else plain(voice.words(what.say, about))
    return (*intro, card_carousel(voice, cards, owner=owner))


def choose_cards(published: Published, show: Show, carried: Iterable[str]) -> Sequence[Card]:
    """Return the cards to show, in their own order.

    In each group of `fitting`, a card and a contact that both say something must agree in one tag.
    """
    carried = set(carried)
    groups = {group.id: {tag.name for tag in group.tags} for group in published.content.tag_groups}

    def fits(card: Card) -> bool:
        tags = set(card.tags)
        if (show.cards and card.id not in show.cards) or not tags.issuperset(show.tagged):
            return False
        return all(
            not (tags & groups.get(name, set()))
            or not (carried & groups.get(name, set()))
            or bool(tags & carried & groups.get(name, set()))
            for name in show.fitting
        )

    return [card for card in published.content.cards if fits(card)][: show.limit]


def card_carousel(voice: Voice, cards: Sequence[Card], *, owner: str | None = None) -> Message:
    """Build cards side by side: picture, title, text, price, and what one can do with each."""
    alt_text = voice.phrase("cards_alt", count=len(cards))
    bubbles = [_card_bubble(voice, card, owner) for card in cards]
    return flex_message(alt(alt_text), bubbles[0] if len(bubbles) == 1 else flex.carousel(bubbles))


def _card_bubble(voice: Voice, card: Card, owner: str | None) -> flex.Container:
    title = voice.words(card.title)
    lines = [flex.text(title.strip() or NAMELESS, weight="bold", size="lg", wrap=True, color=INK)]
    if card.price is not None and (price := voice.words(card.price)).strip():
        lines.append(flex.text(price, size="md", color=PRICE, weight="bold"))
    if card.text is not None and (words := voice.words(card.text)).strip():
        said = cut(words, FLEX_WORDS_LIMIT, Unit.UTF16)
        lines.append(flex.text(said, size="sm", color=MUTED, wrap=True))
    about = {"card": {"id": card.id, "title": title}}
    found = [
        *(
            button_action(voice, b, owner=owner or f"card.{card.id}", card=card.id, variables=about)
            for b in card.buttons
        ),
        *(
            button_action(voice, b, owner=owner or "cards", card=card.id, variables=about)
            for b in voice.published.content.card_buttons
        ),
    ]
    url = voice.asset_url(f"pictures/{card.picture}") if card.picture else None
    hero = None if url is None else flex.image(url, size="full", aspect_ratio="20:13", aspect_mode="cover")
    return flex.bubble(
        hero=hero,
        body=above_buttons(lines) if found else flex.box("vertical", lines, spacing="sm"),
        footer=button_box(found) if found else None,
        size="kilo",
    )


def _picture(voice: Voice, name: str) -> Reply:
    url = voice.asset_url(f"pictures/{name}")
    return () if url is None else (image(url, preview_url=url),)


def alt(words: str) -> str:
    """Return the words as the text shown in notifications and chat lists."""
    return cut(" ".join(words.split()), ALT_LIMIT, Unit.UTF16)
