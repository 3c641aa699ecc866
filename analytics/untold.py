"""What rules ask events for and none has told so far: misspelt, still to come, or of a message that is long gone."""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from sqlalchemy.orm import Session

from analytics import buttons
from content.model import Content
from facts import event_properties
from questionnaires.definition import Questionnaire
from segmentation.leaf import Mention
from segmentation.rules import Path, Rule
from segmentation.segments import Segments


@dataclass(frozen=True, slots=True)
class Untold:
    """Something to doubt, and no fault."""

    path: Path
    events: str
    """`bought`, `bought, visited`."""
    name: str
    """Of the property."""
    value: str | None = None
    """None: the property itself has not been told."""
    known: AbstractSet[str] = frozenset()
    """The values that there are."""


@dataclass(frozen=True, slots=True)
class Told:
    """Where it is looked up what has been told, or can be."""

    session: Session
    channel_id: int
    content: Content | None
    """What is published, or about to be; None: nothing is."""
    questionnaires: Sequence[Questionnaire]


_LookUp = Callable[[Session, int, Content | None, Sequence[Questionnaire]], AbstractSet[str]]


def untold(told: Told, segments: Segments, rule: Rule) -> Iterator[Untold]:
    """Yield what has not been told; a property that our own events do not have would be a fault."""
    for path, mention in segments.mentions(rule):
        match mention.noun:
            case "property":
                yield from _property(told, path, mention)
            case "button":
                yield from _value(told, path, mention, buttons.button_names)
            case "owner":
                yield from _value(told, path, mention, buttons.owners)


def _property(told: Told, path: Path, mention: Mention) -> Iterator[Untold]:
    events, _slash, name = mention.name.partition("/")
    theirs = [one for one in events.split(",") if one not in event_properties.OF_TURNS]
    if theirs and not any(
        name in event_properties.told(told.session, told.channel_id, one) for one in theirs
    ):
        yield Untold(path, ", ".join(theirs), name)


def _value(told: Told, path: Path, mention: Mention, there: _LookUp) -> Iterator[Untold]:
    known = there(told.session, told.channel_id, told.content, told.questionnaires)
    if mention.name in known:
        return
    # Old messages stay tappable: what the playbook no longer has may be tapped all the same.
    known |= event_properties.texts_told(told.session, told.channel_id, "tap", mention.noun)
    if mention.name not in known:
        yield Untold(path, "tap", mention.noun, mention.name, known)
