"""Which queue a new ticket goes to: pure, and able to say why."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from content.routing import FieldTest, Routing, RoutingRule, RoutingWhen

Value = bool | int | float | str


@dataclass(frozen=True)
class RoutingFacts:
    """What rules may ask about a contact."""

    tags: frozenset[str]
    fields: Mapping[str, Value]
    language: str
    """Which of the playbook's languages they read."""
    in_segment: Callable[[str], bool]
    """Says whether they are in a segment; asked only by rules that name one."""


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of a rule, and whether it held. Names only: what a field holds is not repeated here."""

    kind: str
    """`tag`, `without_tag`, `field`, `segment`, `language`."""
    name: str
    wanted: str
    """What a field was tested for; empty for the others."""
    holds: bool

    def __str__(self) -> str:
        have, lack = _WORDS[self.kind]
        return (have if self.holds else lack).format(name=self.name, wanted=self.wanted)


_WORDS = {
    "tag": ("carries {name}", "does not carry {name}"),
    "without_tag": ("does not carry {name}", "carries {name}"),
    "field": ("{name} is {wanted}", "{name} is not {wanted}"),
    "segment": ("is in the segment {name}", "is not in the segment {name}"),
    "language": ("reads {name}", "does not read {name}"),
}


@dataclass(frozen=True, slots=True)
class Tried:
    """One rule that was tried."""

    rule: str
    queue: str
    holds: bool
    checks: tuple[Check, ...]

    @property
    def because(self) -> str:
        """Return why it held, or what was missing."""
        telling = [str(check) for check in self.checks if check.holds == self.holds]
        return "; ".join(telling) or "it has no conditions"


@dataclass(frozen=True, slots=True)
class Decision:
    """Which queue, by which rule, and every rule that was tried on the way."""

    queue: str
    rule: str | None
    """None: no rule held, and the default queue takes it."""
    tried: tuple[Tried, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as `tickets.routed` keeps it."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Decision":
        """Read what `to_json` wrote."""
        tried = tuple(
            Tried(one["rule"], one["queue"], one["holds"], tuple(Check(**check) for check in one["checks"]))
            for one in kept["tried"]
        )
        return cls(kept["queue"], kept["rule"], tried)


def route(routing: Routing, facts: RoutingFacts) -> Decision:
    """Return the queue of the first rule whose conditions all hold, else the default one."""
    tried = []
    for place, rule in enumerate(routing.rules):
        tried.append(_try(rule_name(rule, place), rule, facts))
        if tried[-1].holds:
            return Decision(rule.queue, tried[-1].rule, tuple(tried))
    return Decision(routing.default, None, tuple(tried))


def rule_name(rule: RoutingRule, place: int) -> str:
    """Return what a rule is called: its id, else its place, counted from one."""
    return rule.id or f"{place + 1}"


def _try(name: str, rule: RoutingRule, facts: RoutingFacts) -> Tried:
    checks = tuple(_checks(rule.when, facts))
    return Tried(name, rule.queue, all(check.holds for check in checks), checks)


def _checks(when: RoutingWhen, facts: RoutingFacts) -> Iterator[Check]:
    for tag in when.tags:
        yield Check("tag", tag, "", tag in facts.tags)
    for tag in when.without_tags:
        yield Check("without_tag", tag, "", tag not in facts.tags)
    for name, test in when.fields.items():
        yield Check("field", name, _wanted(test), passes(test, facts.fields.get(name)))
    if when.segment is not None:
        yield Check("segment", when.segment, "", facts.in_segment(when.segment))
    if when.language:
        yield Check("language", ", ".join(when.language), "", facts.language in when.language)


def passes(test: FieldTest, value: Value | None) -> bool:
    """Say whether a field's value passes; None, for a field that is not known, passes `known: false` only."""
    if value is None:
        return test.known is False and test.is_ is None and test.between is None
    if test.known is False:
        return False
    if test.is_ is not None and (isinstance(value, bool) != isinstance(test.is_, bool) or value != test.is_):
        return False
    return test.between is None or _lies_between(value, *test.between)


def _lies_between(value: Value, low: Value, high: Value) -> bool:
    if isinstance(value, str) and isinstance(low, str) and isinstance(high, str):
        return low <= value <= high
    if isinstance(value, bool | str) or isinstance(low, str) or isinstance(high, str):
        return False
    return low <= value <= high


def _wanted(test: FieldTest) -> str:
    parts = []
    if test.known is not None:
        parts.append("known" if test.known else "unknown")
    if test.is_ is not None:
        parts.append(str(test.is_).lower() if isinstance(test.is_, bool) else str(test.is_))
    if test.between is not None:
        parts.append(f"between {test.between[0]} and {test.between[1]}")
    return " and ".join(parts)
