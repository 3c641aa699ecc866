"""One segment: its rule in words, how many it has, some of them, why somebody is in, and what uses it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from console.contact_list import Line, chips_of, line_of
from console.customer import Reader
from console.open_ticket import Desk
from console.rule_labels import labels_of
from console.rule_words import Node, tree
from contacts import search
from contacts.models import Contact
from core.errors import NotFound
from segmentation import audience, people
from segmentation.models import Segment, Tag
from segmentation.people import Person
from segmentation.preview import Asked, Reach, reach
from segmentation.reading import rule_of
from segmentation.why import Reason, facts_of

SAMPLE = 8
CANDIDATES = 8


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of one person."""

    line: Line
    holds: bool
    node: Node


@dataclass(frozen=True, slots=True)
class Other:
    """Another segment, by its name."""

    public_id: str
    label: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody whom a search for the why found."""

    line: Line
    holds: bool


def get(session: Session, channel_id: int, public_id: str) -> Segment:
    """Return the segment of a public id, retired or not.

    :raises NotFound: there is none.
    """
    stmt = sa.select(Segment).where(Segment.channel_id == channel_id, Segment.public_id == public_id)
    found = session.scalars(stmt).one_or_none()
    if found is None:
        raise NotFound("there is no such segment")
    return found


def numbers(desk: Desk, segment: Segment) -> Reach:
    """Count a segment."""
    rule = rule_of(desk.session, desk.segments, segment)
    return reach(desk.session, Asked(desk.segments, rule, segment.channel_id, desk.now, desk.zone))


def rule_tree(desk: Desk, segment: Segment, reader: Reader) -> Node:
    """Return the rule in words."""
    rule = rule_of(desk.session, desk.segments, segment)
    return tree(rule, labels_of(desk, rule, reader))


def sample(desk: Desk, segment: Segment, reader: Reader) -> Sequence[Line]:
    """Return some of the people, those seen last."""
    some = audience.sample(desk.session, desk.segments, segment, limit=SAMPLE, now=desk.now, zone=desk.zone)
    chips = chips_of(desk.session, [one.id for one in some], reader, now=desk.now)
    return [line_of(one, chips.get(one.id, ())) for one in some]


def candidates(desk: Desk, segment: Segment, query: str) -> Sequence[Candidate]:
    """Return people whom a search finds by what they are called and told us, each with the verdict."""
    found = desk.session.scalars(
        sa.select(Contact)
        .where(
            Contact.channel_id == segment.channel_id,
            Contact.erased_at.is_(None),
            search.found(desk.session, Contact.id, query, where=search.ABOUT_THEM),
        )
        .order_by(Contact.last_seen_at.desc(), Contact.id.desc())
        .limit(CANDIDATES)
    ).all()
    rule = rule_of(desk.session, desk.segments, segment)
    needs = desk.segments.needs([rule])
    known = people.load(desk.session, [one.id for one in found], now=desk.now, needs=needs)
    return [
        Candidate(line_of(one), desk.segments.holds(rule, known[one.id], now=desk.now, zone=desk.zone))
        for one in found
    ]


def verdict(desk: Desk, segment: Segment, contact: Contact, reader: Reader) -> Verdict:
    """Return why somebody is in the segment, or is not."""
    rule = rule_of(desk.session, desk.segments, segment)
    needs = desk.segments.needs([rule])
    person = people.load(desk.session, [contact.id], now=desk.now, needs=needs)[contact.id]
    reason = desk.segments.why(rule, person, now=desk.now, zone=desk.zone)
    return Verdict(line_of(contact), reason.holds, _explained(desk, segment, person, reason, reader))


def reason_tree(desk: Desk, segment: Segment, contact: Contact, reason: Reason, reader: Reader) -> Node:
    """Return a rule in words with verdicts that were reached elsewhere."""
    person = people.load(desk.session, [contact.id], now=desk.now)[contact.id]
    return _explained(desk, segment, person, reason, reader)


def _explained(desk: Desk, segment: Segment, person: Person, reason: Reason, reader: Reader) -> Node:
    sources = [tag.source for tag in person.tags.values()] + [one.source for one in person.fields.values()]
    rule = rule_of(desk.session, desk.segments, segment)
    return tree(rule, labels_of(desk, rule, reader, sources, tuple(facts_of(reason))), reason)


def given_tag(desk: Desk, segment: Segment, reader: Reader) -> str | None:
    """Return what the tag is called that a segment gives; None: it gives none."""
    name = segment.gives_tag
    if name is None:
        return None
    wanted = sa.select(Tag.labels).where(Tag.channel_id == desk.channel_id, Tag.name == name)
    return reader.pick(desk.session.scalar(wanted) or {}, name)


def queue_names(desk: Desk, reader: Reader) -> Mapping[str, str]:
    """Return what the queues are called to which rules of routing.yaml may lead somebody."""
    if desk.published is None:
        return {}
    return {queue.id: reader.pick(queue.label, queue.id) for queue in desk.published.content.routing.queues}


def others(desk: Desk, reader: Reader) -> Mapping[str, Other]:
    """Return the segments by their keys, for links to those that ask for this one."""
    return {
        one.key: Other(one.public_id, reader.pick(one.labels, one.key))
        for one in audience.current(desk.session, desk.channel_id)
    }
