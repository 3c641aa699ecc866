"""What a LINE message looks like to a reader: its words, and what can be tapped in it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Tappable:
    """Something to tap: the names a reader may know it by, the first being what is written on it."""

    names: tuple[str, ...]
    action: dict[str, Any]

    @property
    def label(self) -> str:
        """What is written on it."""
        return self.names[0] if self.names else ""


def words(message: Mapping[str, Any]) -> str:
    """Return a message as plain text, without the labels of its buttons."""
    kind = str(message.get("type"))
    reader = _READERS.get(kind)
    return f"[{kind}]" if reader is None else reader(message)


def _named(kind: str, *keys: str) -> Callable[[Mapping[str, Any]], str]:
    def read(message: Mapping[str, Any]) -> str:
        return f"[{' '.join([kind, *(str(message[key]) for key in keys if message.get(key))])}]"

    return read


def _template_words(template: Mapping[str, Any]) -> str:
    cards = template.get("columns") or [template]
    return "\n".join(str(card[key]) for card in cards for key in ("title", "text") if card.get(key))


def _flex_words(part: Mapping[str, Any]) -> Iterator[str]:
    if part.get("type") == "text":
        spans = part.get("contents")
        text = "".join(str(span.get("text", "")) for span in spans) if spans else str(part.get("text", ""))
        if text:
            yield text
        return
    for child in _flex_children(part):
        yield from _flex_words(child)


def _flex_children(part: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for block in ("header", "hero", "body", "footer", "altContent"):
        if isinstance(part.get(block), dict):
            yield part[block]
    contents = part.get("contents")
    if isinstance(contents, list):
        yield from (child for child in contents if isinstance(child, dict))


def tappables(message: Mapping[str, Any]) -> Iterator[Tappable]:
    """Return everything in a message that does something when tapped, from top to bottom."""
    match message.get("type"):
        case "template":
            template = message["template"]
            for card in template.get("columns") or [template]:
                yield from _card_tappables(card)
        case "flex":
            yield from _flex_tappables(message["contents"])
        case "imagemap":
            for area in message.get("actions") or []:
                action = {key: value for key, value in area.items() if key != "area"}
                if "linkUri" in action:
                    action["uri"] = action.pop("linkUri")
                yield tappable(action)


def _card_tappables(card: Mapping[str, Any]) -> Iterator[Tappable]:
    if card.get("defaultAction"):
        yield tappable(card["defaultAction"], card.get("title") or card.get("text") or "")
    if card.get("action"):
        yield tappable(card["action"])
    for action in card.get("actions") or []:
        yield tappable(action)


def _flex_tappables(part: Mapping[str, Any]) -> Iterator[Tappable]:
    action = part.get("action")
    if isinstance(action, dict):
        written = "" if part.get("type") == "button" else " ".join(_flex_words(part))
        yield tappable(action, written)
    for child in _flex_children(part):
        yield from _flex_tappables(child)


def tappable(action: dict[str, Any], written: str = "") -> Tappable:
    """Return an action with the names it goes by."""
    candidates = (
        written,
        action.get("label"),
        action.get("displayText"),
        action.get("text"),
        action.get("uri"),
        action.get("clipboardText"),
        action.get("data"),
    )
    names = dict.fromkeys(str(name) for name in candidates if name)
    return Tappable(tuple(names), action)


_READERS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "text": lambda message: str(message.get("text", "")),
    "textV2": lambda message: str(message.get("text", "")).replace("{{", "{").replace("}}", "}"),
    "sticker": _named("sticker", "packageId", "stickerId"),
    "location": _named("location", "title", "address"),
    "file": _named("file", "fileName"),
    "coupon": _named("coupon", "couponId"),
    "imagemap": lambda message: str(message.get("altText", "")),
    "template": lambda message: _template_words(message.get("template") or {}),
    "flex": lambda message: "\n".join(_flex_words(message.get("contents") or {})),
}
