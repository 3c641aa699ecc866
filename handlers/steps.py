"""Doing what a button, a rule or an ending says, step by step."""

from collections.abc import Mapping

from contacts.timeline import EntryKind, note
from content.saying import say, show
from content.steps import Step, Steps
from content.voice import NOTHING
from handlers import handoff, questionnaire, rich_menu
from handlers.progress import Progress
from handlers.turn import Turn
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
    """Return what a questionnaire said, and do what its ending says; the last answer is never met with silence."""
    ended = perform(
        turn,
        progress.then,
        owner=progress.owner,
        source=progress.source,
        variables=progress.variables,
    )
    if progress.owner and not (progress.messages or ended):
        return (text(turn.phrase("completed")),)
    return progress.messages + ended


def _do(
    turn: Turn, step: Step, *, owner: str, source: str, card: str, variables: Mapping[str, object]
) -> Reply:
    if step.say is not None:
        return say(turn.voice, step.say, owner=owner, card=card, variables=variables)
    if step.show is not None:
        return show(turn.voice, step.show, carried=turn.tags.names(), variables=variables)
    if step.start is not None:
        return follow_through(turn, questionnaire.begin(turn, step.start, variables))
    for name in step.tag or ():
        turn.tags.set(name, source=source)
    for name in step.untag or ():
        turn.tags.remove(name, source=source)
    if step.menu is not None:
        rich_menu.want(turn, step.menu)
    if step.hand_over == "later":
        turn.calls.append(handoff.reason_of(source))
    elif step.hand_over:
        return handoff.hand_over(turn, source=source)
    if step.release:
        return handoff.release(turn)
    return ()


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
