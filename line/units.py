"""Text as LINE counts it: mostly in UTF-16 code units, here and there in grapheme clusters.

A family emoji made of three people is one grapheme and eight UTF-16 units, and Python's
len() says five: whoever measures a text for LINE must measure it here.
"""

from enum import StrEnum
from itertools import accumulate

import regex

_GRAPHEME = regex.compile(r"\X")


class Unit(StrEnum):
    UTF16 = "utf16"
    GRAPHEME = "grapheme"


def utf16_len(text: str) -> int:
    """Count UTF-16 code units; half of a surrogate pair counts as one."""
    if text.isascii() or max(text) <= "\uffff":
        return len(text)
    return len(text) + sum(character > "\uffff" for character in text)


def graphemes(text: str) -> list[str]:
    """Split into what a reader takes for single characters."""
    return _GRAPHEME.findall(text)


def grapheme_len(text: str) -> int:
    if text.isascii() and "\r" not in text:
        return len(text)
    return len(graphemes(text))


def measure(text: str, unit: Unit) -> int:
    return utf16_len(text) if unit is Unit.UTF16 else grapheme_len(text)


def cut(text: str, limit: int, unit: Unit) -> str:
    """Keep as many whole graphemes from the start as fit; a single one too long for `limit` is dropped."""
    if len(text) * 2 <= limit or measure(text, unit) <= limit:
        return text
    pieces = graphemes(text)
    if unit is Unit.GRAPHEME:
        return "".join(pieces[: max(limit, 0)])
    fitting = sum(total <= limit for total in accumulate(map(utf16_len, pieces)))
    return "".join(pieces[:fitting])
