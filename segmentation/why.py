"""Why a rule holds for a person, or does not: its tree with every verdict and the fact behind it."""

from dataclasses import dataclass

from segmentation.people import Fact
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
