"""Which of the names in a rule there are."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet

import sqlalchemy as sa

from campaigns.models import Campaign
from console.campaign_page import purposes
from console.open_ticket import Desk
from console.segment_choices import definitions_of, written_by
from contacts.models import ContactField
from segmentation import scores
from segmentation.models import Segment, Tag
from segmentation.rules import Rule
from tickets import queues


def known_names(desk: Desk, rule: Rule) -> Mapping[str, frozenset[str]]:
    """Return by noun those of the names in a rule that there are, by one small query for each noun in it."""
    mentioned: dict[str, set[str]] = {}
    for _path, mention in desk.segments.mentions(rule):
        mentioned.setdefault(mention.noun, set()).add(mention.name)
    return {
        noun: frozenset(_LOOK_UP[noun](desk, names)) & names
        for noun, names in mentioned.items()
        if noun in _LOOK_UP
    }


def asked_fields(desk: Desk) -> frozenset[str]:
    """Return the fields that questionnaires fill, whether or not anybody has answered yet."""
    return frozenset(
        name for one in definitions_of(desk) for question in one.questions for name in written_by(question)
    )


def _tags(desk: Desk, names: set[str]) -> set[str]:
    known = sa.select(Tag.name).where(Tag.channel_id == desk.channel_id, Tag.name.in_(names))
    return set(desk.session.scalars(known))


def _fields(desk: Desk, names: set[str]) -> frozenset[str]:
    asked = asked_fields(desk)
    # One row of each is enough; of some names there are millions.
    told = (
        name
        for name in names - asked
        if desk.session.scalar(sa.select(ContactField.id).where(ContactField.name == name).limit(1))
    )
    return asked | frozenset(told)


def _segments(desk: Desk, names: set[str]) -> set[str]:
    known = sa.select(Segment.key).where(Segment.channel_id == desk.channel_id, Segment.key.in_(names))
    return set(desk.session.scalars(known))


def _campaigns(desk: Desk, names: set[str]) -> set[str]:
    known = sa.select(Campaign.key).where(Campaign.channel_id == desk.channel_id, Campaign.key.in_(names))
    return {key for key in desk.session.scalars(known) if key is not None}


def _questionnaires(desk: Desk, _names: set[str]) -> set[str]:
    return {one.key for one in definitions_of(desk)}


def _questions(desk: Desk, _names: set[str]) -> set[str]:
    return {f"{one.key}/{question.id}" for one in definitions_of(desk) for question in one.questions}


def _choices(desk: Desk, _names: set[str]) -> set[str]:
    return {
        f"{one.key}/{question.id}/{choice.id}"
        for one in definitions_of(desk)
        for question in one.questions
        for choice in question.choices
    }


_LOOK_UP: Mapping[str, Callable[[Desk, set[str]], AbstractSet[str]]] = {
    "tag": _tags,
    "field": _fields,
    "segment": _segments,
    "campaign": _campaigns,
    "questionnaire": _questionnaires,
    "question": _questions,
    "choice": _choices,
    "queue": lambda desk, _names: {one.key for one in queues.live(desk.session, desk.channel_id)},
    "score": lambda desk, _names: {one.key for one in scores.current(desk.session, desk.channel_id)},
    "consent": lambda desk, _names: {purpose for purpose, _label in purposes(desk)},
}
"""By noun. Events are not looked up: one may be tracked for the first time tomorrow."""
