"""Doing what a button, a rule or an ending says, step by step."""

from collections.abc import Iterable, Mapping, Sequence

from contacts.timeline import EntryKind, note
from content.model import Card
from content.revisions import Published
from content.steps import Show, Step, Steps
from handlers import handoff, questionnaire, rich_menu
from handlers.progress import Progress
from handlers.say import card_carousel, say
from handlers.turn import NOTHING, Turn
from line.messages import Reply, text

MOST_MESSAGES = 5
"""LINE takes no more in one reply. The playbook's check proves that no path needs more."""


def perform(
    turn: Turn,
    steps: Steps,
    *,
    owner: str,
    source: str,
    card: str = "",
    variables: Mapping[str, object] = NOTHING,
) -> Reply:
    """Do the steps in order and return what they say.

    :param owner: whose buttons the texts carry, in postbacks.
    :param source: who stands by the tags that are set, e.g. `rule:welcome/new`.
    :param card: the card whose button was tapped.
    """
    known = {**variables, **(_about(turn, card) if card else {})}
    messages: Reply = ()
    for step in steps:
        messages += _do(turn, step, owner=owner, source=source, card=card, variables=known)
    return messages


def follow_through(turn: Turn, progress: Progress) -> Reply:
    """Return what a questionnaire said, and do what its ending says."""
    return progress.messages + perform(
        turn,
        progress.then,
        owner=progress.owner,
        source=progress.source,
        variables=progress.variables,
    )


def _do(
    turn: Turn, step: Step, *, owner: str, source: str, card: str, variables: Mapping[str, object]
) -> Reply:
    if step.say is not None:
        return say(turn, step.say, owner=owner, card=card, variables=variables)
    if step.show is not None:
        return _show(turn, step.show, variables)
    if step.start is not None:
        return follow_through(turn, questionnaire.begin(turn, step.start, variables))
    for name in step.tag or ():
        turn.tags.set(name, source=source)
    for name in step.untag or ():
        turn.tags.remove(name, source=source)
    if step.menu is not None:
        rich_menu.want(turn, step.menu)
    if step.hand_over:
        return handoff.hand_over(turn, source=source)
    if step.release:
        return handoff.release(turn)
    return ()


def _show(turn: Turn, show: Show, variables: Mapping[str, object]) -> Reply:
    cards = choose_cards(turn.published, show, turn.tags.names())
    if not cards:
        none = turn.words(show.none) if show.none is not None else turn.phrase("nothing_to_show")
        return (text(none),)
    about = {**variables, "count": len(cards)}
    intro = () if show.say is None else (text(turn.words(show.say, about)),)
    return (*intro, card_carousel(turn, cards))


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


def _about(turn: Turn, card_id: str) -> dict[str, object]:
    for card in turn.published.content.cards:
        if card.id == card_id:
            return {"card": {"id": card.id, "title": turn.words(card.title)}}
    return {"card": {"id": card_id, "title": ""}}


def record_tap(turn: Turn, about: str, label: str) -> None:
    """Write a tap into the contact's story."""
    note(
        turn.session,
        turn.contact,
        EntryKind.TAPPED,
        at=turn.now,
        event_key=turn.event_key,
        about=about,
        text=label,
    )
