"""What rules mean: whom of all, one verdict about one person, one explanation, from one leaf table."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, assert_never
from zoneinfo import ZoneInfo

import orjson
import sqlalchemy as sa

from contacts.models import Contact
from segmentation import comparing, joining, rules
from segmentation.comparing import SCORE
from segmentation.days import At
from segmentation.joining import Meant
from segmentation.leaf import LeafKind, Mention
from segmentation.leaves import LEAVES
from segmentation.people import NEW, STRANGER, Erased, Person
from segmentation.references import Others, Parsed, Resolving, named
from segmentation.rules import AllOf, AnyOf, Leaf, Member, Not, Path, Rule, Score, ScoreFits, Weighted
from segmentation.sources import Needs
from segmentation.why import Gives, Points, Reason, Tally, Unfinished

RULES_KEPT = 1000
IN_A_UNION = 100
"""SQLite takes five hundred."""


class Segments:
    """Reads rules and says what they mean; holds the leaf table."""

    def __init__(self, kinds: Iterable[LeafKind[Any]] = LEAVES) -> None:
        self._kinds = {kind.key: kind for kind in kinds}
        self._forms = {key: kind.form for key, kind in self._kinds.items()}
        self._read = lru_cache(maxsize=RULES_KEPT)(self._parse_stored)
        self._weigh = lru_cache(maxsize=RULES_KEPT)(self._parse_conditions)

    @property
    def keys(self) -> Sequence[str]:
        """What a rule may begin with."""
        return ("all", "any", "not", *self._kinds)

    def parse(self, raw: object) -> Rule:
        """Read a rule as somebody wrote it; the segments and scores it names are not looked up.

        :raises FaultyRule: with every fault in it.
        """
        return rules.parse(raw, self._forms)

    def read(self, stored: Mapping[str, Any], others: Others | None = None) -> Rule:
        """Read a rule that was stored; those read lately are kept, since every turn may ask for them.

        :param others: all segments and scores (`references.others_of`), where it may name one.
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
        """Return the ids of the segments and scores that a stored rule names itself."""
        return self._read(orjson.dumps(stored))[1]

    def resolve(self, rule: Rule, others: Others) -> Rule:
        """Return a parsed rule with the rules of the segments and scores that it names in their places.

        One that cannot be had (it is not there, it goes round in a circle, it grows too large) lets nobody in.
        """
        return self.resolving(rule, others).resolve(rule)

    def score(self, key: str, others: Others) -> Score:
        """Return a score, such as `score:heat`, with nothing left to look up in its conditions.

        :raises KeyError: there is none.
        """
        stored = others[key]
        assert stored is not None
        score = self.parse_score(key, stored["conditions"])
        return self.resolving(score, others).resolve_score(score)

    def parse_score(self, key: str, conditions: Sequence[Mapping[str, Any]]) -> Score:
        """Read the conditions of a score as they are stored; what they name is not looked up.

        :raises FaultyRule: one of them cannot be read.
        """
        return Score(key, self._weigh(orjson.dumps(conditions)))

    def parse_other(self, key: str, stored: Mapping[str, Any]) -> Parsed:
        """Read something that a rule may name, as `Others` holds it."""
        if key.startswith(SCORE):
            return self.parse_score(key, stored["conditions"])
        return self._read(orjson.dumps(stored))[0]

    def resolving(self, parsed: Parsed, others: Others) -> Resolving:
        """Return what resolves a rule or a score and knows afterwards whether it was too large."""
        found: dict[str, Parsed | None] = {}
        wanted = list(named(parsed))
        while wanted:
            key = wanted.pop()
            if key in found or key not in others:
                continue
            stored = others[key]
            found[key] = other = None if stored is None else self.parse_other(key, stored)
            wanted += () if other is None else named(other)
        return Resolving(found)

    def meant(self, rule: Rule, *, now: datetime, zone: ZoneInfo) -> Meant:
        """Return whom the rule means, erased people among them: `whom` finds the others."""
        return self._meant(rule, At(now, zone))

    def holds(self, rule: Rule, person: Person, *, now: datetime, zone: ZoneInfo) -> bool:
        """Say of one person what `meant` says of all."""
        return person.erased_at is None and self._verdict(rule, person, At(now, zone))

    def why(self, rule: Rule, person: Person, *, now: datetime, zone: ZoneInfo) -> Reason:
        """Return every verdict in the rule with the fact behind it; `holds` of its root is that of the rule."""
        if person.erased_at is not None:
            return Reason(rule, holds=False, fact=Erased(person.erased_at))
        return self._reason(rule, person, At(now, zone))

    def points(self, score: Score, person: Person, *, now: datetime, zone: ZoneInfo) -> Tally:
        """Return how many points a person has, and what gives them; whoever was erased has none."""
        if person.erased_at is not None:
            return Tally(score.key, 0, ())
        at = At(now, zone)
        gives = tuple(Gives(part.points, self._reason(part.rule, person, at)) for part in score.parts)
        return Tally(score.key, self._points(score, person, at), gives)

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
        facts = frozenset(
            fact for _path, leaf in rules.leaves(rule) for fact in self._kinds[leaf.kind].reads(leaf.asks)
        )
        # "Has not bought" is true of somebody new without any of what it reads having changed.
        means_strangers = self.holds(rule, STRANGER, now=STRANGER.last_seen.at, zone=ZoneInfo("UTC"))
        return facts | {NEW} if means_strangers else facts

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
        while len(ids) > 1:
            ids = [_united(ids[start : start + IN_A_UNION]) for start in range(0, len(ids), IN_A_UNION)]
        return Contact.id.in_(ids[0])

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

    def _parse_conditions(self, raw: bytes) -> tuple[Weighted, ...]:
        return tuple(Weighted(one["points"], self.parse(one["when"])) for one in orjson.loads(raw))

    def _parse_stored(self, raw: bytes) -> tuple[Rule, frozenset[str]]:
        rule = self.parse(orjson.loads(raw))
        return rule, frozenset(named(rule))

    def _meant(self, rule: Rule, at: At) -> Meant:
        match rule:
            case AllOf(()) | AnyOf(()):
                return joining.NOBODY
            case AllOf(inner):
                return joining.all_of(*(self._meant(one, at) for one in inner))
            case AnyOf(inner):
                return joining.any_of(*(self._meant(one, at) for one in inner))
            case Not(one):
                return joining.none_of(self._meant(one, at)) if rules.is_finished(one) else joining.NOBODY
            case Member(_, one):
                return self._meant(one, at)
            case ScoreFits(score, leaf):
                return self._score_meant(rule, score, leaf, at)
            case Leaf(kind, asks):
                return self._kinds[kind].sql(asks, at)
            case _:
                assert_never(rule)

    def weighed(self, score: Score, *, now: datetime, zone: ZoneInfo) -> Sequence[tuple[int, Meant]]:
        """Return the points of a score, with whoever has them."""
        return self._weighed(score, At(now, zone))

    def _weighed(self, score: Score, at: At) -> Sequence[tuple[int, Meant]]:
        return [(part.points, self._meant(part.rule, at)) for part in score.parts]

    def _score_meant(self, rule: ScoreFits, score: Score, leaf: Leaf, at: At) -> Meant:
        # Of half a score nobody knows anything, and `less_than` must not mean everybody.
        if not rules.is_finished(rule):
            return joining.NOBODY
        return joining.Totalled(self._weighed(score, at), partial(comparing.number_fits, leaf.asks))

    def _points(self, score: Score, person: Person, at: At) -> int:
        return sum(part.points for part in score.parts if self._verdict(part.rule, person, at))

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
            case ScoreFits(score, leaf):
                total = self._points(score, person, at)
                return rules.is_finished(rule) and comparing.number_fits(leaf.asks, total)
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
            case ScoreFits(score):
                saw = (
                    Points(score.key, self._points(score, person, at))
                    if rules.is_finished(rule)
                    else Unfinished()
                )
                reasons = tuple(self._reason(part.rule, person, at) for part in score.parts)
                return Reason(rule, holds, saw, reasons)
            case Leaf(kind, asks):
                return Reason(rule, holds, self._kinds[kind].fact(asks, person, at))
            case _:
                assert_never(rule)


def _united(lists: Sequence[sa.Select[int]]) -> sa.Select[int]:
    (id_,) = sa.union(*lists).subquery().c
    return sa.select(id_)
