"""Small checks from which the limits of LINE's JSON are composed (line/limits*.py).

A check looks at one finished value and yields what is wrong with it, naming the field the
way LINE does ("template.actions[0].label"). Rules look at a whole object, and only when
its single properties are right, so they may trust the types.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from line.json import clean_text
from line.units import Unit, measure


@dataclass(frozen=True, slots=True)
class Fault:
    field: str
    reason: str
    """For the person who must mend it."""

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}" if self.field else self.reason


Check = Callable[[object, str], Iterator[Fault]]
Rule = Callable[[Mapping[str, Any], str], Iterator[Fault]]

_UNIT_WORDS = {
    Unit.UTF16: "characters as LINE counts them (an emoji counts as 2 or more)",
    Unit.GRAPHEME: "characters",
}


def under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def text(at_most: int, unit: Unit = Unit.UTF16, *, at_least: int = 1) -> Check:
    def check(value: object, path: str) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield Fault(path, "must be text")
        elif clean_text(value) != value:
            yield Fault(path, "contains a NUL or half of an emoji")
        elif (length := measure(value, unit)) > at_most:
            yield Fault(path, f"at most {at_most:,} {_UNIT_WORDS[unit]}, this has {length:,}")
        elif length < at_least:
            yield Fault(path, "must not be empty")

    return check


def matching(pattern: str, words: str) -> Check:
    compiled = re.compile(pattern, re.ASCII)

    def check(value: object, path: str) -> Iterator[Fault]:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            yield Fault(path, f"must be {words}")

    return check


def one_of(*values: str) -> Check:
    def check(value: object, path: str) -> Iterator[Fault]:
        if value not in values:
            yield Fault(path, f"must be {_either(values)}")

    return check


def flag(value: object, path: str) -> Iterator[Fault]:
    if not isinstance(value, bool):
        yield Fault(path, "must be true or false")


def integer(low: int, high: int) -> Check:
    def check(value: object, path: str) -> Iterator[Fault]:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            words = f"{low:,}" if low == high else f"a whole number from {low:,} to {high:,}"
            yield Fault(path, f"must be {words}")

    return check


def number(low: float, high: float) -> Check:
    def check(value: object, path: str) -> Iterator[Fault]:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            yield Fault(path, "must be a number")
        elif not math.isfinite(value) or not low <= value <= high:
            yield Fault(path, f"must be a number from {low:g} to {high:g}")

    return check


def listing(item: Check, low: int, high: int) -> Check:
    def check(value: object, path: str) -> Iterator[Fault]:
        if isinstance(value, str) or not isinstance(value, Sequence):
            yield Fault(path, "must be a list")
            return
        if not low <= len(value) <= high:
            words = f"exactly {low}" if low == high else f"{low} to {high}"
            yield Fault(path, f"must have {words} items, this has {len(value)}")
        for position, entry in enumerate(value):
            yield from item(entry, f"{path}[{position}]")

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check], *rules: Rule) -> Check:
    """Check an object: what it must have, what it may have, nothing else, then the rules."""
    known = {**optional, **required}

    def check(value: object, path: str) -> Iterator[Fault]:
        if not isinstance(value, Mapping):
            yield Fault(path, "must be an object")
            return
        faults = [Fault(under(path, name), "is missing") for name in required if value.get(name) is None]
        for name, entry in value.items():
            if name not in known:
                faults.append(Fault(under(path, str(name)), "LINE knows no such property here"))
            elif entry is not None or name in optional:
                faults += known[name](entry, under(path, name))
        yield from faults
        if not faults:
            for rule in rules:
                yield from rule(value, path)

    return check


def variant(kinds: Mapping[str, Check], *, here: str = "") -> Check:
    """Check an object by its `type`; the checks see it without that property.

    `here` completes the sentence when the type is not one of `kinds`: "in a quick reply".
    """

    def check(value: object, path: str) -> Iterator[Fault]:
        if not isinstance(value, Mapping):
            yield Fault(path, "must be an object")
            return
        kind = value.get("type")
        chosen = kinds.get(kind) if isinstance(kind, str) else None
        if chosen is None:
            yield Fault(under(path, "type"), f"must be {_either(tuple(kinds))} {here}".rstrip())
            return
        yield from chosen({name: entry for name, entry in value.items() if name != "type"}, path)

    return check


def _either(values: Sequence[str]) -> str:
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} or {values[-1]}"
