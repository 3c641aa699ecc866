"""Looks up what the things that a rule names are called here."""

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from campaigns.models import Campaign
from console.customer import Reader, staff_names
from console.field_names import field_names
from console.open_ticket import Desk
from console.rule_names import Labels
from console.score_names import scores_called
from facts import rfm
from segmentation.comparing import SCORE
from segmentation.consent import tag_for
from segmentation.kinds.happened import EventsSeen
from segmentation.models import Segment, Tag
from segmentation.people import Fact
from segmentation.rules import AllOf, AnyOf, Member, Not, Rule, ScoreFits, leaves
from tickets import queues


def labels_of(
    desk: Desk, rule: Rule, reader: Reader, sources: Sequence[str] = (), seen: Sequence[Fact] = ()
) -> Labels:
    """Return the labels of what a rule mentions, by a query for each noun that occurs.

    :param sources: of facts, of which some name staff.
    :param seen: what the rule's leaves saw of somebody.
    """
    mentioned: dict[str, set[str]] = {}
    for _path, mention in desk.segments.mentions(rule):
        mentioned.setdefault(mention.noun, set()).add(mention.name)
    events = _told_of_events(rule, seen)
    agreed = {tag_for(purpose) for purpose in mentioned.get("consent", ())}
    wanted = mentioned.get("tag", set()) | events.get("tags", set()) | agreed
    tags = desk.session.scalars(sa.select(Tag).where(Tag.channel_id == desk.channel_id, Tag.name.in_(wanted)))
    segments = mentioned.get("segment", set()) | {key for key in _named(rule) if not key.startswith(SCORE)}
    scored = mentioned.get("score", set()) | {
        key.removeprefix(SCORE) for key in _named(rule) if key.startswith(SCORE)
    }
    return Labels(
        tags={tag.name: tag for tag in tags},
        pick=reader.pick,
        title=reader.title,
        staff=staff_names(desk.session, sources) if sources else {},
        segments=_segments(desk, segments, reader) if segments else {},
        scores=scores_called(desk.session, desk.channel_id, reader) if scored else {},
        fields=_fields(desk, reader) if "field" in mentioned else {},
        queues=_queues(desk, reader) if "queue" in mentioned else {},
        campaigns=_campaigns(desk, mentioned["campaign"]) if "campaign" in mentioned else {},
        groups=_groups(desk, reader) if any(leaf.kind == "rfm" for _path, leaf in leaves(rule)) else {},
        answers=_answers(desk, reader) if "question" in mentioned or "question" in events else {},
        cards=_cards(desk, reader) if "card" in events else {},
    )


def _told_of_events(rule: Rule, seen: Sequence[Fact]) -> Mapping[str, set[str]]:
    """Return the values that the properties of events are compared with, and those that they have, by property."""
    found: dict[str, set[str]] = {}
    for _path, leaf in leaves(rule):
        if leaf.kind == "event":
            for name, values in leaf.asks.where.items():
                found.setdefault(name, set()).update(map(str, values))
    for fact in seen:
        if isinstance(fact, EventsSeen) and fact.last is not None:
            for name, told in fact.last.properties.items():
                found.setdefault(name, set()).update(map(str, told if isinstance(told, list) else [told]))
    return found


def _named(rule: Rule) -> Iterable[str]:
    """Yield the segments, and the scores as `score:KEY`, that stand in their places in a rule."""
    match rule:
        case AllOf(inner) | AnyOf(inner):
            for one in inner:
                yield from _named(one)
        case Not(one):
            yield from _named(one)
        case Member(key, one):
            yield key
            yield from _named(one)
        case ScoreFits(score):
            yield score.key
            for part in score.parts:
                yield from _named(part.rule)
        case _:
            return


def _segments(desk: Desk, keys: set[str], reader: Reader) -> Mapping[str, str]:
    rows = desk.session.scalars(
        sa.select(Segment).where(Segment.channel_id == desk.channel_id, Segment.key.in_(keys))
    )
    return {one.key: reader.pick(one.labels, one.key) for one in rows}


def _fields(desk: Desk, reader: Reader) -> Mapping[str, str]:
    return field_names(desk.session, desk.versions, desk.published, reader.pick)


def _queues(desk: Desk, reader: Reader) -> Mapping[str, str]:
    return {one.key: reader.pick(one.labels, one.key) for one in queues.live(desk.session, desk.channel_id)}


def _groups(desk: Desk, reader: Reader) -> Mapping[str, str]:
    return {one.key: reader.pick(one.labels, one.key) for one in rfm.groups(desk.session, desk.channel_id)}


def _campaigns(desk: Desk, keys: set[str]) -> Mapping[str, str]:
    rows = desk.session.execute(
        sa.select(Campaign.key, Campaign.public_id, Campaign.name).where(
            Campaign.channel_id == desk.channel_id,
            sa.or_(Campaign.key.in_(keys), Campaign.public_id.in_(keys)),
        )
    )
    return {id_: row.name for row in rows for id_ in (row.key, row.public_id) if id_ in keys}


def _answers(desk: Desk, reader: Reader) -> Mapping[str, str]:
    """Return what questions and choices are called, of the questionnaires as they are now."""
    found: dict[str, str] = {}
    if desk.published is None:
        return found
    for key, id_ in desk.published.version_ids.items():
        for question in desk.versions.get(desk.session, id_).definition.questions:
            place = f"{key}/{question.id}"
            found[place] = reader.pick(question.short or question.ask, question.id)
            for choice in question.choices:
                found[f"{place}/{choice.id}"] = reader.pick(choice.label, choice.id)
            for card in desk.published.content.cards if question.cards else ():
                found[f"{place}/{card.id}"] = reader.pick(card.title, card.id)
    return found


def _cards(desk: Desk, reader: Reader) -> Mapping[str, str]:
    cards = desk.published.content.cards if desk.published is not None else ()
    return {one.id: reader.pick(one.title, one.id) for one in cards}
