"""The scores of a person: how many points, and every condition with what it gives and what it was decided by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from console.customer import Reader
from console.open_ticket import Desk
from console.rule_labels import labels_of
from console.rule_words import Labels, Node, sentence_of, tree
from console.value_words import points_words
from contacts.models import Contact
from segmentation import scores
from segmentation.rules import AnyOf
from segmentation.why import Gives


@dataclass(frozen=True, slots=True)
class GivesLine:
    """One condition."""

    points: str
    """Such as +10."""
    words: str
    holds: bool
    fact: str


@dataclass(frozen=True, slots=True)
class ScoreLine:
    key: str
    label: str
    description: str
    points: int
    gives: Sequence[GivesLine]


def scores_of(desk: Desk, contact: Contact, reader: Reader) -> Sequence[ScoreLine]:
    """Return the scores of a contact, in the playbook's order; whoever was erased has none."""
    rows = scores.current(desk.session, desk.channel_id)
    if not rows or contact.erased_at is not None:
        return []
    read = scores.read(desk.session, desk.segments, desk.channel_id, rows, now=desk.now, zone=desk.zone)
    conditions = AnyOf(tuple(part.rule for score in read.read for part in score.parts))
    labels = labels_of(desk, conditions, reader)
    tallies = scores.of_contacts(desk.session, read, [contact.id])[contact.id]
    return [
        ScoreLine(
            row.key,
            reader.pick(row.labels, row.key),
            reader.pick(row.descriptions, ""),
            tally.points,
            [_line(one, labels) for one in tally.gives],
        )
        for row, tally in zip(rows, tallies, strict=True)
    ]


def _line(one: Gives, labels: Labels) -> GivesLine:
    node = tree(one.reason.rule, labels, one.reason)
    facts = dict.fromkeys(_facts(node))
    return GivesLine(points_words(one.points), sentence_of(node), one.reason.holds, " · ".join(facts))


def _facts(node: Node) -> Iterator[str]:
    """Yield what the conditions inside were decided by, of those that are as the whole is."""
    if node.fact:
        yield node.fact
    else:
        for inner in node.inner:
            if inner.holds == node.holds or node.kind == "not":
                yield from _facts(inner)
