"""The scores of the account: what gives points, how many people have how many, and who has most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.contact_list import Line, line_of
from console.customer import Reader
from console.open_ticket import Desk, titles_of
from console.rule_labels import labels_of
from console.rule_words import sentence_of, tree
from console.value_words import points_words
from segmentation import scores
from segmentation.models import Score
from segmentation.rules import AnyOf

MOST_PEOPLE = 8


@dataclass(frozen=True, slots=True)
class GivesLine:
    """One condition."""

    points: str
    """Such as +10."""
    words: str
    playbook: str | None
    """What the playbook says it gives, where staff say otherwise."""


@dataclass(frozen=True, slots=True)
class Overview:
    """One score."""

    key: str
    label: str
    description: str
    gives: Sequence[GivesLine]
    spread: Mapping[int, int]
    """How many people have how many points, most points first."""
    highest: Sequence[tuple[Line, int]]
    """Some of those who have most, with their points; nobody without any."""

    @property
    def most(self) -> int:
        """How many people have what most of them have."""
        return max(self.spread.values(), default=0)


def overviews(desk: Desk) -> Sequence[Overview]:
    """Return the scores, in the playbook's order, by two queries about everybody for each."""
    rows = scores.current(desk.session, desk.channel_id)
    if not rows:
        return []
    reader = Reader(desk.language, desk.default_language, titles_of(desk))
    read = scores.read(desk.session, desk.segments, desk.channel_id, rows, now=desk.now, zone=desk.zone)
    conditions = AnyOf(tuple(part.rule for score in read.read for part in score.parts))
    labels = labels_of(desk, conditions, reader)
    spreads = scores.spread(desk.session, read, desk.channel_id)
    highest = scores.highest(desk.session, read, desk.channel_id, limit=MOST_PEOPLE)
    return [
        Overview(
            row.key,
            reader.pick(row.labels, row.key),
            reader.pick(row.descriptions, ""),
            [
                GivesLine(points_words(part.points), sentence_of(tree(part.rule, labels)), playbook)
                for part, playbook in zip(score.parts, _playbook_says(desk, row), strict=True)
            ],
            dict(sorted(spread.items(), reverse=True)),
            [(line_of(contact), points) for contact, points in people if points > 0],
        )
        for row, score, spread, people in zip(rows, read.read, spreads, highest, strict=True)
    ]


def _playbook_says(desk: Desk, row: Score) -> Sequence[str | None]:
    """Return what the playbook has each condition give, where that is not what it gives."""
    content = desk.published.content if desk.published is not None else None
    written = [one for one in content.scores if one.id == row.key] if content is not None else []
    says = [one.points for one in written[0].conditions] if written else []
    return [
        None if at >= len(says) or says[at] == one["points"] else points_words(says[at])
        for at, one in enumerate(row.conditions)
    ]
