"""Why a rule holds for a person, or does not: its tree with every verdict and the fact behind it."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from segmentation.people import Fact, KnownField
from segmentation.rules import Rule


@dataclass(frozen=True, slots=True)
class Unfinished(Fact):
    """A group inside is empty, so nobody fits."""


@dataclass(frozen=True, slots=True)
class Points(Fact):
    """How many points of a score somebody has."""

    score: str
    points: int


@dataclass(frozen=True, slots=True)
class Reason:
    """One node of the rule. Whoever shows it makes the words."""

    rule: Rule
    holds: bool
    fact: Fact | None = None
    """What a leaf saw, None where it saw nothing; for groups only why they were not asked at all."""
    reasons: "tuple[Reason, ...]" = ()
    """One for each rule inside, in its order; also those that could not change the verdict any more."""


def as_data(fact: Fact) -> Mapping[str, Any]:
    """Return a fact as programs read it: its `kind`, and everything in it, times as `datetime`."""
    told: dict[str, Any] = asdict(fact)
    if isinstance(fact, KnownField):
        del told["text"], told["number"]
        told["field_kind"] = told.pop("kind")
    return {"kind": type(fact).__name__, **told}


def facts_of(reason: Reason) -> Iterator[Fact]:
    """Yield what the leaves of a rule saw."""
    if reason.fact is not None:
        yield reason.fact
    for inner in reason.reasons:
        yield from facts_of(inner)


@dataclass(frozen=True, slots=True)
class Gives:
    """One condition of a score."""

    points: int
    """What it gives where it holds."""
    reason: Reason


@dataclass(frozen=True, slots=True)
class Tally:
    """How many points of a score somebody has, and why."""

    score: str
    points: int
    gives: tuple[Gives, ...]
    """Every condition in its order, whether or not it holds."""
