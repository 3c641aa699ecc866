"""Rules that name other segments: what they come to, and those that go round in a circle.

A reference is put in place where a rule is read, so that whoever decides by it sees one tree. It means
that segment's rule as it is now, not who was in it when it was last swept: there is one truth.
"""

from collections.abc import Iterator, Mapping
from typing import Any, assert_never

import sqlalchemy as sa
from sqlalchemy.orm import Session

from segmentation import rules
from segmentation.models import Segment, SegmentKind
from segmentation.rules import DEPTH_LIMIT, NOBODY, SIZE_LIMIT, AllOf, AnyOf, Leaf, Member, Not, Rule

SEGMENT = "segment"
"""The key of the leaf."""
RESOLVED_DEPTH_LIMIT = 3 * DEPTH_LIMIT
RESOLVED_SIZE_LIMIT = 2 * SIZE_LIMIT
"""With the rules of all the segments it names; what is larger means nobody, and is refused before."""

Others = Mapping[str, Mapping[str, Any] | None]
"""The rule of every segment as it is stored, by id; None for a list of people, which has none."""


def others_of(session: Session, channel_id: int) -> Others:
    """Return the rules of a channel's segments, also of retired ones: what names them keeps its meaning."""
    rows = session.execute(
        sa.select(Segment.key, Segment.kind, Segment.rule).where(Segment.channel_id == channel_id)
    )
    return {key: None if kind is SegmentKind.STATIC else rule for key, kind, rule in rows}


def named(rule: Rule) -> Iterator[str]:
    """Yield the ids of the segments that a rule names itself, as it is parsed."""
    for _path, leaf in rules.leaves(rule):
        if leaf.kind == SEGMENT:
            yield leaf.asks


def circle(parsed: Mapping[str, Rule], key: str) -> tuple[str, ...]:
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

    def __init__(self, parsed: Mapping[str, Rule | None]) -> None:
        """:param parsed: the rule by id of the segment; None for a list of people."""
        self._parsed = parsed
        self._size = 0
        self.is_too_large = False

    def resolve(self, rule: Rule) -> Rule:
        """Return the rule with nothing left to look up."""
        resolved = self._rule(rule, (), 1)
        return NOBODY if self.is_too_large else resolved

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
            case Leaf(kind, asks):
                return self._member(rule, asks, way, depth) if kind == SEGMENT else rule
            case Member(key, one):
                return Member(key, self._rule(one, way, depth + 1))
            case _:
                assert_never(rule)

    def _member(self, leaf: Leaf, key: str, way: tuple[str, ...], depth: int) -> Rule:
        if key in way or key not in self._parsed:
            # Refused where rules are written. Met all the same, it lets nobody in, and no `not` turns that round.
            return Member(key, NOBODY)
        other = self._parsed[key]
        return leaf if other is None else Member(key, self._rule(other, (*way, key), depth + 1))
