"""What the rule builder shows for a condition: the parts it is made of, each with a kind of input.

A leaf of the rule language is described here by data, and so a new one needs no script of its own.
What no description fits is still shown, as the text that it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Control(StrEnum):
    """A kind of input."""

    CHOICE = "choice"
    """One of many, found by its label."""
    CHOICES = "choices"
    """Several of them: written as one name, or as a list."""
    ONE = "one"
    """One of a few."""
    TEXT = "text"
    NUMBER = "number"
    DURATION = "duration"
    """`30d`."""
    DAY = "day"
    """`2027-03-01`, `today`, `+30d`."""
    TIME = "time"
    """`09:30`."""
    VALUE = "value"
    """A text, a number, a day, or yes or no; what is known of `of` says which is offered first."""
    SPAN = "span"
    """Two numbers, or two days."""
    MEASURE = "measure"
    """A number with how it is compared: `{at_least: 3}`."""
    WHEN = "when"
    """`{within: 30d}` or `{not_within: 30d}`."""
    AROUND = "around"
    """Two days around today: `[today, +7d]`."""
    PERCENT = "percent"
    """A share, written as a part of one."""
    FILTERS = "filters"
    """A map of names to values, each one or several of which one has to fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One input of a condition."""

    key: str
    """The property that it writes; empty: it writes the whole value."""
    control: Control
    words: str = ""
    """Said before it."""
    after: str = ""
    """Said behind it."""
    offer: str = ""
    """On the button that adds it; the words before it when left out."""
    must: bool = True
    source: str = ""
    """Which choices of the page (`segment_choices`)."""
    of: str = ""
    """The part whose value narrows the choices, or says of what kind a value is; `=city`: that very value."""
    free: bool = False
    """Words that are no choice may be typed."""
    options: tuple[tuple[Any, str], ...] = ()
    """Of `ONE`: value and words."""
    options_of: str = ""
    """Of `ONE`: which choices of the page."""
    kinds: tuple[str, ...] = ()
    """Of `VALUE`: `text`, `number`, `day`, `flag`; all when left out."""
    is_list: bool = False
    """Of `CHOICES`: one alone is written as a list too."""
    placeholder: str = ""
    whole: bool = False
    min: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One of the ways in which a condition can be put."""

    label: str = ""
    parts: tuple[Part, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Properties that make it this way."""
    value: Any = None
    """The whole value, of a way without inputs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafForm:
    """How the builder shows one kind of leaf."""

    kind: str
    group: str
    label: str
    icon: str
    hint: str = ""
    lead: tuple[Part, ...] = ()
    """Inputs that every way begins with."""
    ways: tuple[Way, ...] = (Way(),)
    short: str = ""
    """The part that may stand alone: `tag: vip` for `tag: {name: vip}`."""


def as_data(form: LeafForm) -> dict[str, Any]:
    """Return a form as the page's script reads it, in words of the page's language."""
    return {
        "kind": form.kind,
        "group": form.group,
        "label": str(form.label),
        "icon": form.icon,
        "hint": str(form.hint),
        "lead": len(form.lead),
        "ways": [_way(form, way) for way in form.ways],
    }


def unknown_leaf(kind: str) -> dict[str, Any]:
    """Return the form of a leaf that nobody described: it is written as text."""
    return {"kind": kind, "group": "more", "label": kind, "icon": "code", "hint": "", "lead": 0, "ways": []}


def _way(form: LeafForm, way: Way) -> dict[str, Any]:
    made: dict[str, Any] = {
        "label": str(way.label),
        "parts": [_part(part) for part in (*form.lead, *way.parts)],
        "fixed": dict(way.fixed),
    }
    if way.value is not None:
        made["value"] = way.value
    if form.short:
        made["short"] = form.short
    return made


def _part(part: Part) -> dict[str, Any]:
    return {
        "key": part.key,
        "control": part.control.value,
        "words": str(part.words),
        "after": str(part.after),
        "offer": str(part.offer),
        "must": part.must,
        "source": part.source,
        "of": part.of,
        "free": part.free,
        "placeholder": str(part.placeholder),
        "whole": part.whole,
        "min": part.min,
        "max": part.max,
        "kinds": list(part.kinds),
        "list": part.is_list,
        "options_of": part.options_of,
        **({"options": _options(part.options)} if part.options else {}),
    }


def _options(options: Sequence[tuple[Any, str]]) -> list[dict[str, Any]]:
    return [{"value": value, "label": str(words)} for value, words in options]
