"""Events that happened, with what is known of each, in words."""

from collections.abc import Iterator
from typing import Any

from console.event_words import EVENTS, event_name, property_name
from console.rule_names import Labels
from console.times import ago, moment
from console.value_words import one_of, quoted, value
from console.words import _
from segmentation.kinds.happened import EventsSeen, Happened

MOST_SHOWN = 3
"""Properties of an event of which no property was asked about."""


def called(name: str, said: Any, labels: Labels, *, questionnaire: str = "", question: str = "") -> str:
    """Return what a property's value is called where the playbook has a name for it.

    :param questionnaire: that the event is about, where there is just one; its `question` likewise.
    """
    match name:
        case "tags":
            return labels.tag(str(said))
        case "questionnaire":
            return labels.title(str(said))
        case "card":
            return labels.cards.get(str(said), str(said))
        case "question" if questionnaire:
            return labels.answer(f"{questionnaire}/{said}")
        case "choice" if questionnaire and question:
            return labels.answer(f"{questionnaire}/{question}/{said}")
        case _:
            return value(said)


def event_words(name: str) -> str:
    """Return what an event is called; one from outside, which has but its name, in quotes."""
    return event_name(name) if name in EVENTS else quoted(name)


def last_of(seen: EventsSeen, labels: Labels) -> str:
    """Return the last event that a leaf counted: when, which, and the properties that it was asked for."""
    assert seen.last is not None
    when = _("last %(when)s", when=f"{moment(seen.last.at)} ({ago(seen.last.at)})")
    name = [event_words(seen.last.name)] if len(seen.names) > 1 else []
    return " · ".join([when, *name, *_properties(seen.last, seen.asked, labels)])


def _properties(event: Happened, asked: tuple[str, ...], labels: Labels) -> Iterator[str]:
    told = event.properties
    place = {key: str(told.get(key, "")) for key in ("questionnaire", "question")}
    for name in asked or list(told)[:MOST_SHOWN]:
        if name in told:
            values = told[name] if isinstance(told[name], list) else [told[name]]
            shown = one_of(called(name, said, labels, **place) for said in values)
            yield _("%(property)s: %(values)s", property=property_name(event.name, name), values=shown)
