"""LINE's rules for Flex messages."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from simulator.action_rules import Place, check_action
from simulator.checks import Checker

_BUBBLE_BYTES = 30 * 1024
_CAROUSEL_BYTES = 50 * 1024
_MOST_BUBBLES = 12
_DEEPEST = 20
_BUBBLE_SIZES = ("nano", "micro", "deca", "hecto", "kilo", "mega", "giga")
_LAYOUTS = ("horizontal", "vertical", "baseline")
_COMPONENTS = ("box", "button", "image", "video", "icon", "text", "span", "separator", "filler")
_INSIDE = {
    "horizontal": ("box", "button", "image", "text", "separator", "filler"),
    "vertical": ("box", "button", "image", "text", "separator", "filler"),
    "baseline": ("icon", "text", "filler"),
}
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?")
_RATIO = re.compile(r"[1-9]\d{0,4}(\.\d+)?:[1-9]\d{0,4}(\.\d+)?")
_PIXELS = r"\d{1,4}(\.\d+)?px"
_PERCENT = r"\d{1,3}(\.\d+)?%"
_SPACE = re.compile(rf"none|xs|sm|md|lg|xl|xxl|{_PIXELS}")
_PADDING = re.compile(rf"none|xs|sm|md|lg|xl|xxl|{_PIXELS}|{_PERCENT}")
_TEXT_SIZE = re.compile(rf"xxs|xs|sm|md|lg|xl|xxl|3xl|4xl|5xl|{_PIXELS}")
_IMAGE_SIZE = re.compile(rf"xxs|xs|sm|md|lg|xl|xxl|3xl|4xl|5xl|full|{_PIXELS}|{_PERCENT}")
_WORDS: dict[str, tuple[str, ...]] = {
    "align": ("start", "end", "center"),
    "gravity": ("top", "bottom", "center"),
    "weight": ("regular", "bold"),
    "style": ("normal", "italic"),
    "decoration": ("none", "underline", "line-through"),
    "position": ("relative", "absolute"),
    "aspectMode": ("cover", "fit"),
    "adjustMode": ("shrink-to-fit",),
    "justifyContent": ("flex-start", "center", "flex-end", "space-between", "space-around", "space-evenly"),
    "alignItems": ("flex-start", "center", "flex-end"),
}
_COLOURS = ("color", "backgroundColor", "borderColor")


def check_flex(check: Checker, message: Mapping[str, Any], where: str) -> None:
    """Check a Flex message."""
    check.text(message, "altText", where, 1500)
    where = f"{where}.contents"
    contents = check.mapping(message.get("contents"), where)
    if contents is None:
        return
    kind = check.choice(contents, "type", where, ("bubble", "carousel"), required=True)
    if kind == "bubble":
        _check_bubble(check, contents, where)
    elif kind == "carousel":
        _check_carousel(check, contents, where)


def _check_carousel(check: Checker, carousel: Mapping[str, Any], where: str) -> None:
    if len(orjson.dumps(carousel)) > _CAROUSEL_BYTES:
        check.fault("The carousel is too large", where)
        return
    sizes = set()
    for number, bubble in enumerate(check.items(carousel, "contents", where, 1, _MOST_BUBBLES)):
        place = f"{where}.contents[{number}]"
        known = check.mapping(bubble, place)
        if known is None:
            continue
        check.choice(known, "type", place, ("bubble",), required=True)
        _check_bubble(check, known, place)
        sizes.add(known.get("size", "mega"))
    if len(sizes) > 1:
        check.fault("All bubbles of a carousel must have the same size", f"{where}.contents")


def _check_bubble(check: Checker, bubble: Mapping[str, Any], where: str) -> None:
    if len(orjson.dumps(bubble)) > _BUBBLE_BYTES:
        check.fault("The bubble is too large", where)
        return
    check.choice(bubble, "size", where, _BUBBLE_SIZES)
    check.choice(bubble, "direction", where, ("ltr", "rtl"))
    blocks = [name for name in ("header", "hero", "body", "footer") if bubble.get(name) is not None]
    if not blocks:
        check.fault("At least one block must be specified", where)
    for name in blocks:
        place = f"{where}.{name}"
        block = check.mapping(bubble[name], place)
        if block is None:
            continue
        allowed = ("box", "image", "video") if name == "hero" else ("box",)
        if check.choice(block, "type", place, allowed, required=True):
            _check_component(check, block, place, 0)
    if bubble.get("action") is not None:
        check_action(check, bubble["action"], f"{where}.action", Place.FLEX)


def _check_component(check: Checker, part: Mapping[str, Any], where: str, depth: int) -> None:
    if depth > _DEEPEST:
        check.fault("The contents are nested too deeply", where)
        return
    _check_looks(check, part, where)
    _KINDS[part["type"]](check, part, where, depth)
    if part.get("action") is not None and part["type"] != "button":
        check_action(check, part["action"], f"{where}.action", Place.FLEX)


def _check_button(check: Checker, part: Mapping[str, Any], where: str, _depth: int) -> None:
    check_action(check, part.get("action"), f"{where}.action", Place.FLEX_BUTTON)
    check.choice(part, "style", where, ("primary", "secondary", "link"))
    check.choice(part, "height", where, ("sm", "md"))


def _check_image(check: Checker, part: Mapping[str, Any], where: str, _depth: int) -> None:
    check.media_url(part, "url", where)
    _check_pattern(check, part, "size", where, _IMAGE_SIZE)
    _check_pattern(check, part, "aspectRatio", where, _RATIO)


def _check_icon(check: Checker, part: Mapping[str, Any], where: str, _depth: int) -> None:
    check.media_url(part, "url", where)
    _check_pattern(check, part, "size", where, _TEXT_SIZE)


def _check_video(check: Checker, part: Mapping[str, Any], where: str, depth: int) -> None:
    check.media_url(part, "url", where)
    check.media_url(part, "previewUrl", where)
    if check.mapping(part.get("altContent"), f"{where}.altContent") is not None:
        _check_child(check, part["altContent"], f"{where}.altContent", ("box", "image"), depth)


def _check_span(check: Checker, part: Mapping[str, Any], where: str, _depth: int) -> None:
    check.text(part, "text", where, 2000, required=False)
    _check_pattern(check, part, "size", where, _TEXT_SIZE)


def _check_nothing(_check: Checker, _part: Mapping[str, Any], _where: str, _depth: int) -> None:
    pass


def _check_box(check: Checker, box: Mapping[str, Any], where: str, depth: int) -> None:
    layout = check.choice(box, "layout", where, _LAYOUTS, required=True)
    _check_pattern(check, box, "spacing", where, _SPACE)
    for key in ("paddingAll", "paddingTop", "paddingBottom", "paddingStart", "paddingEnd"):
        _check_pattern(check, box, key, where, _PADDING)
    if not isinstance(box.get("contents"), list):
        check.fault("May not be empty", f"{where}.contents")
        return
    allowed = _INSIDE.get(layout or "vertical", _COMPONENTS)
    for number, child in enumerate(box["contents"]):
        _check_child(check, child, f"{where}.contents[{number}]", allowed, depth)


def _check_text(check: Checker, part: Mapping[str, Any], where: str, depth: int) -> None:
    spans = part.get("contents")
    check.text(part, "text", where, 2000, required=spans is None)
    _check_pattern(check, part, "size", where, _TEXT_SIZE)
    check.flag(part, "wrap", where)
    check.number(part, "maxLines", where, 0, 10_000, required=False)
    if spans is not None:
        for number, span in enumerate(check.items(part, "contents", where, 0, 100)):
            _check_child(check, span, f"{where}.contents[{number}]", ("span",), depth)


def _check_child(check: Checker, child: object, where: str, allowed: tuple[str, ...], depth: int) -> None:
    known = check.mapping(child, where)
    if known is not None and check.choice(known, "type", where, allowed, required=True):
        _check_component(check, known, where, depth + 1)


def _check_looks(check: Checker, part: Mapping[str, Any], where: str) -> None:
    for key in part.keys() & _WORDS.keys():
        if key == "style" and part["type"] == "button":
            continue
        check.choice(part, key, where, _WORDS[key])
    for key in _COLOURS:
        _check_pattern(check, part, key, where, _COLOUR)
    _check_pattern(check, part, "margin", where, _SPACE)
    check.number(part, "flex", where, 0, 1000, required=False)


def _check_pattern(
    check: Checker, owner: Mapping[str, Any], key: str, where: str, pattern: re.Pattern[str]
) -> None:
    value = owner.get(key)
    if value is not None and not (isinstance(value, str) and pattern.fullmatch(value)):
        check.fault("invalid property", f"{where}.{key}")


_KINDS: dict[str, Callable[[Checker, Mapping[str, Any], str, int], None]] = {
    "box": _check_box,
    "button": _check_button,
    "image": _check_image,
    "icon": _check_icon,
    "video": _check_video,
    "text": _check_text,
    "span": _check_span,
    "separator": _check_nothing,
    "filler": _check_nothing,
}
