"""What rules mean: one SQL condition, one verdict about one person, one explanation, from one leaf table."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, assert_never
from zoneinfo import ZoneInfo

import orjson
import sqlalchemy as sa

from contacts.models import Contact
from segmentation import rules
from segmentation.days import At
from segmentation.leaf import LeafKind, Mention
from segmentation.leaves import LEAVES
from segmentation.people import Erased, Person
from segmentation.references import Others, Resolving, named
from segmentation.rules import AllOf, AnyOf, Leaf, Member, Not, Path, Rule
from segmentation.sources import Needs
from segmentation.why import Reason, Unfinished

RULES_KEPT = 1000


class Segments:
    """Reads rules and says what they mean; holds the leaf table."""

    def __init__(self, kinds: Iterable[LeafKind[Any]] = LEAVES) -> None:
        self._kinds = {kind.key: kind for kind in kinds}
        self._forms = {key: kind.form for key, kind in self._kinds.items()}
        self._read = lru_cache(maxsize=RULES_KEPT)(self._parse_stored)

    @property
    def keys(self) -> Sequence[str]:
        """What a rule may begin with."""
        return ("all", "any", "not", *self._kinds)

    def parse(self, raw: object) -> Rule:
        """Read a rule as somebody wrote it; the segments it names are not looked up.

        :raises FaultyRule: with every fault in it.
        """
        return rules.parse(raw, self._forms)

    def read(self, stored: Mapping[str, Any], others: Others | None = None) -> Rule:
        """Read a rule that was stored; those read lately are kept, since every turn may ask for them.

        :param others: the rules of all segments (`references.others_of`), where it may name one.
        :raises ValueError: it names one and nothing was passed.
        """
        rule, names = self._read(orjson.dumps(stored))
        if not names:
            return rule
        if others is None:
            raise ValueError(
                f"the rule names {', '.join(sorted(names))}: pass the rules of the other segments"
            )
        return self.resolve(rule, others)

    def names(self, stored: Mapping[str, Any]) -> frozenset[str]:
        """Return the ids of the segments that a stored rule names itself."""
        return self._read(orjson.dumps(stored))[1]

    def resolve(self, rule: Rule, others: Others) -> Rule:
        """Return a parsed rule with the rules of the segments that it names in their places.

        One that cannot be had (it is not there, it goes round in a circle, it grows too large) lets nobody in.
        """
        return self.resolving(rule, others).resolve(rule)

    def resolving(self, rule: Rule, others: Others) -> Resolving:
        """Return what resolves a rule and knows afterwards whether it was too large."""
        found: dict[str, Rule | None] = {}
        wanted = list(named(rule))
        while wanted:
            key = wanted.pop()
            if key in found or key not in others:
                continue
            stored = others[key]
            found[key] = other = None if stored is None else self._read(orjson.dumps(stored))[0]
            wanted += () if other is None else named(other)
        return Resolving(found)

    def condition(self, rule: Rule, *, now: datetime, zone: ZoneInfo) -> sa.ColumnElement[bool]:
        """Return the condition on Contact; whoever was erased never fulfils it."""
        return sa.and_(Contact.erased_at.is_(None), self._sql(rule, At(now, zone)))

    def holds(self, rule: Rule, person: Person, *, now: datetime, zone: ZoneInfo) -> bool:
        """Say of one person what `condition` says of all."""
        return person.erased_at is None and self._verdict(rule, person, At(now, zone))

    def why(self, rule: Rule, person: Person, *, now: datetime, zone: ZoneInfo) -> Reason:
        """Return every verdict in the rule with the fact behind it; `holds` of its root is that of the rule."""
        if person.erased_at is not None:
            return Reason(rule, holds=False, fact=Erased(person.erased_at))
        return self._reason(rule, person, At(now, zone))

    def needs(self, read: Iterable[Rule]) -> Needs:
        """Return what `people.load` has to look up for some rules."""
        return frozenset(
            need
            for rule in read
            for _path, leaf in rules.leaves(rule)
            for need in self._kinds[leaf.kind].needs(leaf.asks)
        )

    def reads(self, rule: Rule) -> frozenset[str]:
        """Return the facts on which the verdict hangs: while none of them changes, only time changes it."""
        return frozenset(
            fact for _path, leaf in rules.leaves(rule) for fact in self._kinds[leaf.kind].reads(leaf.asks)
        )

    def crossing(
        self, rule: Rule, *, since: datetime, now: datetime, zone: ZoneInfo
    ) -> sa.ColumnElement[bool] | None:
        """Return the condition for contacts whose verdict may differ between two moments by time alone.

        None: time changes nothing. Whoever is left out has the same verdict at both, if nothing else changed.
        """
        before, after = At(since, zone), At(now, zone)
        ids = [
            found
            for _path, leaf in rules.leaves(rule)
            for found in self._kinds[leaf.kind].crossing(leaf.asks, before, after)
        ]
        if not ids:
            return None
        # One list made of all: of several joined by `or` PostgreSQL would go through every contact there is.
        return Contact.id.in_(sa.union(*ids) if len(ids) > 1 else ids[0])

    def mentions(self, rule: Rule) -> Iterator[tuple[Path, Mention]]:
        """Yield everything that the rule names, with its place in the rule as written."""
        for path, leaf in rules.leaves(rule):
            for mention in self._kinds[leaf.kind].mentions(leaf.asks):
                yield (*path, *mention.path), mention

    def never(self, rule: Rule) -> Iterator[tuple[Path, str]]:
        """Yield place and reason of every leaf that can hold for nobody."""
        for path, leaf in rules.leaves(rule):
            if (reason := self._kinds[leaf.kind].never(leaf.asks)) is not None:
                yield path, reason

    def json_schema(self) -> Mapping[str, Any]:
        """Return the JSON Schema of rules."""
        return rules.json_schema(self._forms)

    def _parse_stored(self, raw: bytes) -> tuple[Rule, frozenset[str]]:
        rule = self.parse(orjson.loads(raw))
        return rule, frozenset(named(rule))

    def _sql(self, rule: Rule, at: At) -> sa.ColumnElement[bool]:
        match rule:
            case AllOf(()) | AnyOf(()):
                return sa.false()
            case AllOf(inner):
                return sa.and_(*(self._sql(one, at) for one in inner))
            case AnyOf(inner):
                return sa.or_(*(self._sql(one, at) for one in inner))
            case Not(one):
                return sa.not_(self._sql(one, at)) if rules.is_finished(one) else sa.false()
            case Member(_, one):
                return self._sql(one, at)
            case Leaf(kind, asks):
                return self._kinds[kind].sql(asks, at)
            case _:
                assert_never(rule)

    def _verdict(self, rule: Rule, person: Person, at: At) -> bool:
        match rule:
            case AllOf(inner):
                return bool(inner) and all(self._verdict(one, person, at) for one in inner)
            case AnyOf(inner):
                return any(self._verdict(one, person, at) for one in inner)
            case Not(one):
                return rules.is_finished(one) and not self._verdict(one, person, at)
            case Member(_, one):
                return self._verdict(one, person, at)
            case Leaf(kind, asks):
                return self._kinds[kind].holds(asks, person, at)
            case _:
                assert_never(rule)

    def _reason(self, rule: Rule, person: Person, at: At) -> Reason:
        holds = self._verdict(rule, person, at)
        match rule:
            case AllOf(inner) | AnyOf(inner):
                reasons = tuple(self._reason(one, person, at) for one in inner)
                return Reason(rule, holds, None if inner else Unfinished(), reasons)
            case Not(one):
                fact = None if rules.is_finished(one) else Unfinished()
                return Reason(rule, holds, fact, (self._reason(one, person, at),))
            case Member(_, one):
                return Reason(rule, holds, None, (self._reason(one, person, at),))
            case Leaf(kind, asks):
                return Reason(rule, holds, self._kinds[kind].fact(asks, person, at))
            case _:
                assert_never(rule)
