"""Texts: line breaks, links, LINE emoji, mentions, placeholders."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from rendering.addresses import link
from rendering.elements import as_map, as_maps, as_number, as_text, element, join

_ADDRESS = re.compile(r"https?://[^\s\"'<>\\^`{|}()。，、！？；：「」（）]+", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([0-9A-Za-z_]{1,20})\}")


def render_text(message: Mapping[str, Any]) -> Markup:
    """Return the words of a text message."""
    text = message.get("text")
    raw = text if isinstance(text, str) else as_text(text)
    parts = join(_marked(raw, sorted(_marks(message))))
    return element("bdi", parts, dir="auto", class_="ln-words")


def render_text_v2(message: Mapping[str, Any]) -> Markup:
    """Return the words of a textV2 message, its placeholders filled in."""
    text = as_text(message.get("text"))
    substitution = as_map(message.get("substitution"))
    parts: list[str] = []
    end = 0
    for found in _PLACEHOLDER.finditer(text):
        parts.append(linked(text[end : found.start()]))
        key = found[1]
        parts.append(found[0][0] if key is None else _substitute(key, as_map(substitution.get(key))))
        end = found.end()
    parts.append(linked(text[end:]))
    return element("bdi", join(parts), dir="auto", class_="ln-words")


def _substitute(key: str, value: Mapping[str, Any]) -> Markup:
    if value.get("type") == "emoji":
        return _emoji(f"{as_text(value.get('productId'))}/{as_text(value.get('emojiId'))}", "(emoji)")
    if value.get("type") == "mention":
        return element("span", f"@{key}", class_="ln-mention")
    return element("span", f"{{{key}}}", class_="ln-mention")


def linked(text: str) -> Markup:
    """Return a text with its web addresses as links."""
    parts: list[str] = []
    end = 0
    for found in _ADDRESS.finditer(text):
        address = link(found[0].rstrip(".,!?;:"))
        if address is None:
            continue
        parts.append(text[end : found.start()])
        parts.append(element("a", address, href=address, rel="noopener", target="_blank", class_="ln-link"))
        end = found.start() + len(address)
    parts.append(text[end:])
    return join(parts)


def _marks(message: Mapping[str, Any]) -> Iterator[tuple[int, int, str, str]]:
    """Return (start, length, kind, name) in UTF-16 units of what is more than plain words."""
    for emoji in as_maps(message.get("emojis")):
        start, length = as_number(emoji.get("index")), as_number(emoji.get("length"))
        if start is not None:
            name = f"{as_text(emoji.get('productId'))}/{as_text(emoji.get('emojiId'))}"
            yield int(start), int(length or 1), "emoji", name
    for mentioned in as_maps(as_map(message.get("mention")).get("mentionees")):
        start, length = as_number(mentioned.get("index")), as_number(mentioned.get("length"))
        if start is not None and length is not None:
            yield int(start), int(length), "mention", ""


def _marked(text: str, marks: list[tuple[int, int, str, str]]) -> Iterator[Markup]:
    units = text.encode("utf-16-le", "surrogatepass")
    end = 0
    for start, length, kind, name in marks:
        if start < end or length < 1 or (start + length) * 2 > len(units):
            continue
        yield linked(_slice(units, end, start))
        marked = _slice(units, start, start + length)
        if kind == "emoji":
            yield _emoji(name, "(emoji)" if marked == "$" else marked)
        else:
            yield element("span", marked, class_="ln-mention")
        end = start + length
    yield linked(_slice(units, end, len(units) // 2))


def _slice(units: bytes, start: int, end: int) -> str:
    return as_text(units[start * 2 : end * 2].decode("utf-16-le", "replace"))


def _emoji(name: str, alternative: str) -> Markup:
    return element("span", alternative, class_="ln-emoji", title=name)
