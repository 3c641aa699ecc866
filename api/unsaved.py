"""Rules that are sent along instead of being kept: read, and refused where they name what is not there."""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import sqlalchemy as sa
from flask import g
from sqlalchemy.orm import Session

from api.parts import Parts
from contacts.models import Contact, ContactField
from core.errors import InvalidInput
from questionnaires.definition import Question
from segmentation.models import Score, Segment, Tag
from segmentation.references import others_of
from segmentation.rules import Rule


def read(session: Session, parts: Parts, written: Mapping[str, Any]) -> Rule:
    """Read a rule. One that names an unknown tag, field or segment would count nobody without a word.

    :raises InvalidInput: with every fault in it, by its place.
    """
    rule = parts.segments.parse(written)
    if faults := dict(_unknown(session, parts, rule)):
        raise InvalidInput(faults)
    return parts.segments.resolve(rule, others_of(session, g.channel_id))


def _unknown(session: Session, parts: Parts, rule: Rule) -> Iterator[tuple[str, str]]:
    mentions = [*parts.segments.mentions(rule)]
    for noun, look_up in _LOOK_UP.items():
        asked = {mention.name for _path, mention in mentions if mention.noun == noun}
        known = look_up(session, parts, asked) if asked else frozenset[str]()
        for path, mention in mentions:
            if mention.noun == noun and mention.name not in known:
                yield ".".join(map(str, ("rule", *path))), f"there is no {noun} {mention.name}"


def _tags(session: Session, _parts: Parts, names: set[str]) -> set[str]:
    known = sa.select(Tag.name).where(Tag.channel_id == g.channel_id, Tag.name.in_(names))
    return set(session.scalars(known))


def _segments(session: Session, _parts: Parts, names: set[str]) -> set[str]:
    known = sa.select(Segment.key).where(
        Segment.channel_id == g.channel_id, Segment.key.in_(names), Segment.retired_at.is_(None)
    )
    return set(session.scalars(known))


def _scores(session: Session, _parts: Parts, names: set[str]) -> set[str]:
    known = sa.select(Score.key).where(
        Score.channel_id == g.channel_id, Score.key.in_(names), Score.retired_at.is_(None)
    )
    return set(session.scalars(known))


def _fields(session: Session, parts: Parts, names: set[str]) -> set[str]:
    """Return the fields that questionnaires fill, and those that anybody has."""
    versions = g.published.version_ids.values() if g.published is not None else ()
    asked = {
        field
        for version in versions
        for question in parts.versions.get(session, version).definition.questions
        for field in _written_by(question)
    }
    # One row of each is enough; of some names there are millions.
    ours = sa.select(ContactField.id).join(Contact).where(Contact.channel_id == g.channel_id).limit(1)
    return asked | {
        name for name in names - asked if session.scalar(ours.where(ContactField.name == name)) is not None
    }


def _written_by(question: Question) -> Iterator[str]:
    if question.field is not None:
        yield question.field
    for choice in question.choices:
        yield from choice.fields


_LOOK_UP: Mapping[str, Callable[[Session, Parts, set[str]], AbstractSet[str]]] = {
    "tag": _tags,
    "segment": _segments,
    "score": _scores,
    "field": _fields,
}
