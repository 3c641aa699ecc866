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
from segmentation.leaves import LEAVES, LeafKind, Mention
from segmentation.people import Erased, Person
from segmentation.rules import AllOf, AnyOf, Leaf, Not, Path, Rule
from segmentation.why import Reason, Unfinished

RULES_KEPT = 1000


class Segments:
    """Reads rules and says what they mean; holds the leaf table."""

    def __init__(self, kinds: Iterable[LeafKind[Any]] = LEAVES) -> None:
        self._kinds = {kind.key: kind for kind in kinds}
        self._forms = {key: kind.form for key, kind in self._kinds.items()}
        self._read = lru_cache(maxsize=RULES_KEPT)(lambda raw: self.parse(orjson.loads(raw)))

    @property
    def keys(self) -> Sequence[str]:
        """What a rule may begin with."""
        return ("all", "any", "not", *self._kinds)

    def parse(self, raw: object) -> Rule:
        """Read a rule as somebody wrote it.

        :raises FaultyRule: with every fault in it.
        """
        return rules.parse(raw, self._forms)

    def read(self, stored: Mapping[str, Any]) -> Rule:
        """Read a rule that was stored; those read lately are kept, since every turn may ask for them."""
        return self._read(orjson.dumps(stored))

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
            case Leaf(kind, asks):
                return Reason(rule, holds, self._kinds[kind].fact(asks, person))
            case _:
                assert_never(rule)
