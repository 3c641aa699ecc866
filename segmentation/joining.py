"""What leaves and rules are made of: lists of contacts, conditions on a contact, and how they are put together.

`whom` goes through them one after the other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class Listed:
    """That a table has rows about the contact."""

    ids: sa.Select[Any]
    """The contacts' ids; some may come more than once."""
    each: Callable[[sa.SQLColumnExpression[int]], sa.ColumnElement[bool]]
    """The same of the contact whose id a column holds: never NULL."""
    one_in: int = 50
    """Where no more than one in so many people is left, it is quicker to look each of them up.

    Of a million people SQLite reads the 220,000 of a tag in 54 ms, and looks one up in 1.6 µs. 1: there may be so
    many rows that everybody is better looked up.
    """


@dataclass(frozen=True, slots=True)
class AllOf:
    """That all of some hold; of none at all it is said of nobody."""

    parts: Sequence["Meant"]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """That one of some holds."""

    parts: Sequence["Meant"]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """That it does not hold."""

    part: "Meant"


@dataclass(frozen=True, slots=True)
class Totalled:
    """That points come to a number that fits: so many for each part that holds."""

    parts: Sequence[tuple[int, "Meant"]]
    fits: Callable[[int], bool]


Meant: TypeAlias = Listed | AllOf | AnyOf | NoneOf | Totalled | sa.ColumnElement[bool]
"""Whom a leaf or a rule means; a condition on Contact is never NULL."""

NOBODY = AnyOf(())


def all_of(*parts: Meant) -> Meant:
    """Return that all hold."""
    return parts[0] if len(parts) == 1 else AllOf(parts)


def any_of(*parts: Meant) -> Meant:
    """Return that one of them holds."""
    return parts[0] if len(parts) == 1 else AnyOf(parts)


def none_of(part: Meant) -> Meant:
    """Return that it does not hold."""
    return part.part if isinstance(part, NoneOf) else NoneOf(part)
