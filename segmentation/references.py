"""Rules that name other segments or scores: what they come to, and those that go round in a circle.

A reference is put in place where a rule is read, so that whoever decides by it sees one tree. It means
that segment's rule as it is now, not who was in it when it was last swept: there is one truth. A score
is the sum of what its conditions give now, and is stored nowhere (docs/decisions/0016).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, assert_never

import sqlalchemy as sa
from sqlalchemy.orm import Session

from content import model as written
from segmentation import models, rules
from segmentation.comparing import SCORE
from segmentation.models import Segment, SegmentKind
from segmentation.rules import (
    DEPTH_LIMIT,
    NOBODY,
    SIZE_LIMIT,
    AllOf,
    AnyOf,
    Leaf,
    Member,
    Not,
    Rule,
    Score,
    ScoreFits,
    Weighted,
)

SEGMENT = "segment"
"""The key of the leaf."""
RESOLVED_DEPTH_LIMIT = 3 * DEPTH_LIMIT
"""How deep the rules of all of them may stand in each other."""
RESOLVED_SIZE_LIMIT = 2 * SIZE_LIMIT
"""With the rules of all the segments it names; what is larger means nobody, and is refused before."""

Others = Mapping[str, Mapping[str, Any] | None]
"""What rules may name, as it is stored: the rule of every segment by id, None for a list of people, which
has none; and by `score:KEY` the conditions of every score, as `{"conditions": [{"points": 10, "when": …}]}`."""

Parsed = Rule | Score


def others_of(session: Session, channel_id: int) -> Others:
    """Return what the rules of a channel may name, also what is retired: whatever names it keeps its meaning."""
    rows = session.execute(
        sa.select(Segment.key, Segment.kind, Segment.rule).where(Segment.channel_id == channel_id)
    )
    found = {key: None if kind is SegmentKind.STATIC else rule for key, kind, rule in rows}
    return found | scores_of(session, channel_id)


def scores_of(session: Session, channel_id: int) -> dict[str, Mapping[str, Any]]:
    """Return the scores among them."""
    rows = session.execute(
        sa.select(models.Score.key, models.Score.conditions).where(models.Score.channel_id == channel_id)
    )
    return {f"{SCORE}{row.key}": {"conditions": row.conditions} for row in rows}


def others_in(segments: Iterable[written.Segment], scores: Iterable[written.Score]) -> Others:
    """Return the same of a playbook: what its rules may name."""
    found: dict[str, Mapping[str, Any]] = {one.id: one.rule for one in segments}
    return found | {f"{SCORE}{one.id}": {"conditions": conditions_of(one)} for one in scores}


def rules_among(others: Others) -> Mapping[str, Mapping[str, Any]]:
    """Return the rules of segments alone."""
    return {key: stored for key, stored in others.items() if stored is not None and not key.startswith(SCORE)}


def conditions_of(score: written.Score) -> list[dict[str, Any]]:
    """Return the conditions of a score as they are stored."""
    return [{"points": one.points, "when": one.when} for one in score.conditions]


def is_about_score(leaf: Leaf) -> bool:
    """Say whether a leaf compares a score."""
    return leaf.kind == "field" and leaf.asks.is_score


def named(parsed: Parsed) -> Iterator[str]:
    """Yield the ids of the segments and scores that a rule or a score names itself, as it is parsed."""
    several = [part.rule for part in parsed.parts] if isinstance(parsed, Score) else [parsed]
    for one in several:
        for _path, leaf in rules.leaves(one):
            if (key := reference(leaf)) is not None:
                yield key


def reference(leaf: Leaf) -> str | None:
    """Return the segment or the score that a leaf names."""
    if is_about_score(leaf):
        return str(leaf.asks.name)
    return leaf.asks if leaf.kind == SEGMENT else None


def circle(parsed: Mapping[str, Parsed], key: str) -> tuple[str, ...]:
    """Return the ids on a way that leads from a segment back to itself, both ends included; empty: there is none."""
    ways: list[tuple[str, tuple[str, ...]]] = [(key, (key,))]
    seen: set[str] = set()
    while ways:
        at, way = ways.pop()
        for other in named(parsed[at]) if at in parsed else ():
            if other == key:
                return (*way, key)
            if other not in seen:
                seen.add(other)
                ways.append((other, (*way, other)))
    return ()


class Resolving:
    """Puts rules in the place of references, as far as the limits go."""

    def __init__(self, parsed: Mapping[str, Parsed | None]) -> None:
        """:param parsed: what may be named, by id; None for a list of people."""
        self._parsed = parsed
        self._size = 0
        self.is_too_large = False

    def resolve(self, rule: Rule) -> Rule:
        """Return the rule with nothing left to look up."""
        resolved = self._rule(rule, (), 1)
        return NOBODY if self.is_too_large else resolved

    def resolve_score(self, score: Score) -> Score:
        """Return a score with nothing left to look up; one that is too large gives nobody anything."""
        resolved = self._score(score, (score.key,), 1)
        return Score(score.key, ()) if self.is_too_large else resolved

    def _rule(self, rule: Rule, way: tuple[str, ...], depth: int) -> Rule:
        self._size += 1
        if self._size > RESOLVED_SIZE_LIMIT or depth > RESOLVED_DEPTH_LIMIT:
            self.is_too_large = True
            return NOBODY
        match rule:
            case AllOf(inner):
                return AllOf(tuple(self._rule(one, way, depth + 1) for one in inner))
            case AnyOf(inner):
                return AnyOf(tuple(self._rule(one, way, depth + 1) for one in inner))
            case Not(one):
                return Not(self._rule(one, way, depth + 1))
            case Leaf():
                key = reference(rule)
                return rule if key is None else self._named(rule, key, way, depth)
            case Member(key, one):
                return Member(key, self._rule(one, way, depth + 1))
            case ScoreFits(score, leaf):
                return ScoreFits(self._score(score, way, depth), leaf)
            case _:
                assert_never(rule)

    def _score(self, score: Score, way: tuple[str, ...], depth: int) -> Score:
        parts = (Weighted(part.points, self._rule(part.rule, way, depth + 1)) for part in score.parts)
        return Score(score.key, tuple(parts))

    def _named(self, leaf: Leaf, key: str, way: tuple[str, ...], depth: int) -> Rule:
        if key in way or key not in self._parsed:
            # Refused where rules are written. Met all the same, it lets nobody in, and no `not` turns that round.
            return Member(key, NOBODY)
        other = self._parsed[key]
        if other is None:
            return leaf
        if isinstance(other, Score):
            return ScoreFits(self._score(other, (*way, key), depth), leaf)
        return Member(key, self._rule(other, (*way, key), depth + 1))
