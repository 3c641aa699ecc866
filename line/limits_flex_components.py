"""The limits of Flex components: which may stand in which box, with which properties."""

from collections.abc import Iterator, Mapping
from typing import Any

from line.limits_actions import IN_FLEX, IN_FLEX_BUTTON, action
from line.shapes import Check, Fault, flag, integer, listing, matching, one_of, record, text, under, variant
from line.urls import media_url

DEPTH_LIMIT = 40
"""Ours: far beyond what a phone could show, far below what would exhaust this check."""

_MANY = 1_000_000
_SPACES = "none|xs|sm|md|lg|xl|xxl"
_SIZES = "xxs|xs|sm|md|lg|xl|xxl|3xl|4xl|5xl"
_PX = r"\d+(?:\.\d+)?px"
_PERCENT = r"\d+(?:\.\d+)?%"

COLOUR = matching(r"#(?:[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})", "a colour such as #1A2B3C or #1A2B3C80")
_SPACE = matching(f"{_SPACES}|{_PX}", "none, xs, sm, md, lg, xl, xxl or pixels such as 8px")
_PADDING = matching(f"{_SPACES}|{_PX}|{_PERCENT}", "none, xs, sm, md, lg, xl, xxl, or such as 8px or 10%")
_OFFSET = matching(f"{_SPACES}|-?{_PX}|-?{_PERCENT}", "none, xs, sm, md, lg, xl, xxl, or such as 8px or 10%")
_LENGTH = matching(f"{_PX}|{_PERCENT}", "such as 120px or 50%")
_PIXELS = matching(_PX, "pixels such as 8px")
_BORDER = matching(
    f"none|light|normal|medium|semi-bold|bold|{_PX}",
    "none, light, normal, medium, semi-bold, bold or pixels such as 2px",
)
_FONT_SIZE = matching(f"{_SIZES}|{_PX}", "a size from xxs to 5xl or pixels such as 14px")
_IMAGE_SIZE = matching(
    f"{_SIZES}|full|{_PX}|{_PERCENT}", "a size from xxs to 5xl, full, or such as 120px or 50%"
)
_ICON_SIZE = matching(f"{_SIZES}|{_PX}|{_PERCENT}", "a size from xxs to 5xl, or such as 20px or 50%")
_FLEX = integer(0, _MANY)
_ACTION = action(IN_FLEX)
_WORDS = text(_MANY)
_ALIGN = one_of("start", "end", "center")
_GRAVITY = one_of("top", "bottom", "center")


def _aspect_ratio(value: object, path: str) -> Iterator[Fault]:
    width, _, height = value.partition(":") if isinstance(value, str) else ("", "", "")
    if not (_is_ratio_part(width) and _is_ratio_part(height)):
        yield Fault(path, "must be such as 20:13, each side from 1 to 100000")
    elif int(height) > 3 * int(width):
        yield Fault(path, "the height must not be more than three times the width")


def _is_ratio_part(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and len(digits) <= 6 and 1 <= int(digits) <= 100_000


_OFFSETS: Mapping[str, Check] = {
    "margin": _SPACE,
    "position": one_of("relative", "absolute"),
    "offsetTop": _OFFSET,
    "offsetBottom": _OFFSET,
    "offsetStart": _OFFSET,
    "offsetEnd": _OFFSET,
}
_FONT: Mapping[str, Check] = {
    "size": _FONT_SIZE,
    "color": COLOUR,
    "weight": one_of("regular", "bold"),
    "style": one_of("normal", "italic"),
    "decoration": one_of("none", "underline", "line-through"),
}


def _some_words(component: Mapping[str, Any], path: str) -> Iterator[Fault]:
    if "text" not in component and not component.get("contents"):
        yield Fault(under(path, "text"), "is missing")


_SPAN = variant({"span": record({"text": _WORDS}, _FONT)}, here="inside a text")
_TEXT = record(
    {},
    {
        **_OFFSETS,
        **_FONT,
        "text": _WORDS,
        "contents": listing(_SPAN, 0, _MANY),
        "flex": _FLEX,
        "align": _ALIGN,
        "gravity": _GRAVITY,
        "wrap": flag,
        "maxLines": integer(0, _MANY),
        "lineSpacing": _PIXELS,
        "action": _ACTION,
        "adjustMode": one_of("shrink-to-fit"),
        "scaling": flag,
    },
    _some_words,
)
_BUTTON = record(
    {"action": action(IN_FLEX_BUTTON)},
    {
        **_OFFSETS,
        "flex": _FLEX,
        "color": COLOUR,
        "style": one_of("primary", "secondary", "link"),
        "gravity": _GRAVITY,
        "height": one_of("sm", "md"),
        "adjustMode": one_of("shrink-to-fit"),
        "scaling": flag,
    },
)
image = record(
    {"url": media_url},
    {
        **_OFFSETS,
        "flex": _FLEX,
        "align": _ALIGN,
        "gravity": _GRAVITY,
        "size": _IMAGE_SIZE,
        "aspectRatio": _aspect_ratio,
        "aspectMode": one_of("cover", "fit"),
        "backgroundColor": COLOUR,
        "action": _ACTION,
        "animated": flag,
    },
)
_ICON = record(
    {"url": media_url}, {**_OFFSETS, "size": _ICON_SIZE, "aspectRatio": _aspect_ratio, "scaling": flag}
)
_SEPARATOR = record({}, {"margin": _SPACE, "color": COLOUR})
_FILLER = record({}, {"flex": _FLEX})
_BACKGROUND = variant(
    {
        "linearGradient": record(
            {
                "angle": matching(r"(?:\d{1,2}|[12]\d\d|3[0-5]\d)(?:\.\d+)?deg", "such as 45deg"),
                "startColor": COLOUR,
                "endColor": COLOUR,
            },
            {
                "centerColor": COLOUR,
                "centerPosition": matching(r"(?:\d{1,2}(?:\.\d+)?|100)%", "from 0% to 100%"),
            },
        )
    }
)


_BOX_STYLE: Mapping[str, Check] = {
    **_OFFSETS,
    "flex": _FLEX,
    "spacing": _SPACE,
    "backgroundColor": COLOUR,
    "borderColor": COLOUR,
    "borderWidth": _BORDER,
    "cornerRadius": _SPACE,
    "width": _LENGTH,
    "maxWidth": _LENGTH,
    "height": _LENGTH,
    "maxHeight": _LENGTH,
    "paddingAll": _PADDING,
    "paddingTop": _PADDING,
    "paddingBottom": _PADDING,
    "paddingStart": _PADDING,
    "paddingEnd": _PADDING,
    "action": _ACTION,
    "justifyContent": one_of(
        "center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly"
    ),
    "alignItems": one_of("center", "flex-start", "flex-end"),
    "background": _BACKGROUND,
}
_LAYOUT = one_of("horizontal", "vertical", "baseline")


def box(value: object, path: str) -> Iterator[Fault]:
    """Check a box and all that is in it; what may be in it depends on its layout."""
    is_baseline = isinstance(value, Mapping) and value.get("layout") == "baseline"
    if path.count(".contents[") > DEPTH_LIMIT:
        yield Fault(path, f"boxes are nested more than {DEPTH_LIMIT} deep")
    else:
        yield from (_BASELINE_BOX if is_baseline else _UPRIGHT_BOX)(value, path)


def _box_of(children: Mapping[str, Check], words: str) -> Check:
    contents = listing(variant(children, here=words), 0, _MANY)
    layout = one_of("horizontal", "vertical", "baseline")
    return record({"layout": layout, "contents": contents}, _BOX_STYLE)


_BASELINE_BOX = _box_of({"text": _TEXT, "icon": _ICON, "filler": _FILLER}, "in a baseline box")
_UPRIGHT_BOX = _box_of(
    {
        "box": box,
        "text": _TEXT,
        "button": _BUTTON,
        "image": image,
        "separator": _SEPARATOR,
        "filler": _FILLER,
    },
    "in a horizontal or vertical box",
)
video = record(
    {
        "url": media_url,
        "previewUrl": media_url,
        "altContent": variant({"box": box, "image": image}, here="for phones that cannot play it"),
    },
    {"aspectRatio": _aspect_ratio, "action": _ACTION},
)
