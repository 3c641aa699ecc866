"""Build HTML out of hostile values: the one place where tags are written."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup, escape

_VOID = frozenset({"img", "br", "hr"})
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
NOTHING = Markup()


def element(tag: str, *children: str, **attributes: str | bool | None) -> Markup:
    """Return one element; plain strings among the children are escaped, Markup stays.

    Attribute names are written `class_` and `data_action`; None and False leave one out, True writes
    it bare.
    """
    written = "".join(_attribute(name, value) for name, value in attributes.items())
    # Tag and attribute names are constants of this package; values are escaped one by one.
    opened = Markup(f"<{tag}{written}>")  # noqa: S704
    if tag in _VOID:
        return opened
    return Markup("{}{}{}").format(opened, join(children), Markup(f"</{tag}>"))  # noqa: S704


def _attribute(name: str, value: object) -> str:
    if value is None or value is False:
        return ""
    name = name.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(clean(str(value)))}"'


def join(parts: Iterable[str]) -> Markup:
    """Return the parts one after the other, plain strings escaped."""
    return Markup().join(parts)


def words(value: object) -> Markup:
    """Return a text that keeps its direction to itself, with its line breaks (by `white-space`)."""
    return element("bdi", as_text(value), dir="auto")


def clean(text: str) -> str:
    """Return a text without what cannot stand in a page: control characters, half surrogates."""
    # Pairs of halves, as JSON may spell an emoji, become the character they mean.
    if _CONTROL.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    return text


def as_text(value: object) -> str:
    """Return a string or number as text, and nothing for anything else."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value) if -1e18 < value < 1e18 else ""
    return ""


def as_map(value: object) -> Mapping[str, Any]:
    """Return an object as it is, and an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def as_maps(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a list, and none for anything else."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def as_number(value: object) -> float | None:
    """Return a finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -1e9 < value < 1e9 else None
