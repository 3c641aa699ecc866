"""Flex messages: bubbles and carousels of nested boxes."""

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from rendering.actions import render_action, render_cover
from rendering.addresses import media
from rendering.elements import NOTHING, as_map, as_maps, as_text, element, join
from rendering.look import BORDERS, IMAGE_SIZES, SPACES, TEXT_SIZES, Look

_DEEPEST = 24
_MOST_PARTS = 2000
_SIZES = ("nano", "micro", "deca", "hecto", "kilo", "mega", "giga")
_ALIGN = ("start", "center", "end")
_GRAVITY = ("top", "center", "bottom")
_JUSTIFY = ("flex-start", "center", "flex-end", "space-between", "space-around", "space-evenly")


class _Budget:
    """Bounds what one message may cost to draw, since Flex that we store may come from anywhere."""

    def __init__(self) -> None:
        self.left = _MOST_PARTS

    def spend(self) -> bool:
        self.left -= 1
        return self.left >= 0


def render_flex(message: Mapping[str, Any]) -> Markup:
    """Return the contents of a Flex message."""
    contents = as_map(message.get("contents"))
    budget = _Budget()
    if contents.get("type") == "carousel":
        bubbles = [_bubble(bubble, budget) for bubble in as_maps(contents.get("contents"))]
        return element("div", *bubbles, class_="ln-carousel", tabindex="0", role="group")
    return _bubble(contents, budget)


def _bubble(bubble: Mapping[str, Any], budget: _Budget) -> Markup:
    size = as_text(bubble.get("size"))
    look = Look("ln-bubble", f"ln-bubble-{size if size in _SIZES else 'mega'}")
    styles = as_map(bubble.get("styles"))
    blocks = []
    for name in ("header", "hero", "body", "footer"):
        block = bubble.get(name)
        if not isinstance(block, Mapping):
            continue
        style = as_map(styles.get(name))
        block_look = Look("ln-block", f"ln-{name}")
        block_look.colour("background-color", style.get("backgroundColor"))
        if style.get("separator") is True:
            block_look.add("ln-separated")
            block_look.colour("border-top-color", style.get("separatorColor"))
        drawn = _part(block, "vertical", budget, 0)
        blocks.append(element("div", drawn, class_=block_look.classes, data_ln_style=block_look.styles))
    action = as_map(bubble.get("action"))
    cover = render_cover(action) if action else NOTHING
    direction = "rtl" if bubble.get("direction") == "rtl" else "ltr"
    return element("div", cover, *blocks, class_=look.classes, dir=direction)


def _part(part: Mapping[str, Any], layout: str, budget: _Budget, depth: int, margin: object = None) -> Markup:
    draw = _DRAWN.get(as_text(part.get("type")))
    if draw is None or depth > _DEEPEST or not budget.spend():
        return NOTHING
    look = Look()
    _place(part, look, layout, margin)
    return draw(part, look, budget, depth)


def _place(part: Mapping[str, Any], look: Look, layout: str, margin: object) -> None:
    """Say how a part stands in its box."""
    is_row = layout in ("horizontal", "baseline")
    grows = is_row and part.get("type") in ("box", "text", "image", "button", "filler")
    fixed = part.get("type") == "box" and part.get("width") is not None
    look.grow(part.get("flex"), 0 if fixed or not grows else 1)
    if part.get("type") == "filler" and part.get("flex") is None:
        look.grow(1, 1)
    if margin is not None:
        look.length("margin-inline-start" if is_row else "margin-top", margin, SPACES)
    look.word(part.get("gravity"), _GRAVITY, "ln-gravity")
    if part.get("position") == "absolute":
        look.add("ln-absolute")
    for key, name in (
        ("offsetTop", "top"), ("offsetBottom", "bottom"), ("offsetStart", "left"), ("offsetEnd", "right"),
    ):  # fmt: skip
        look.length(name, part.get(key), SPACES)


def _box(box: Mapping[str, Any], look: Look, budget: _Budget, depth: int) -> Markup:
    layout = as_text(box.get("layout"))
    layout = layout if layout in ("horizontal", "vertical", "baseline") else "vertical"
    look.add("ln-box", f"ln-{layout}")
    look.colour("background-color", box.get("backgroundColor"))
    look.colour("border-color", box.get("borderColor"))
    look.length("border-width", box.get("borderWidth"), BORDERS)
    look.length("border-radius", box.get("cornerRadius"), SPACES)
    for key, name in (
        ("width", "width"), ("height", "height"), ("maxWidth", "max-width"), ("maxHeight", "max-height"),
    ):  # fmt: skip
        look.length(name, box.get(key), {})
    for key, name in (
        ("paddingAll", "padding"), ("paddingTop", "padding-top"), ("paddingBottom", "padding-bottom"),
        ("paddingStart", "padding-inline-start"), ("paddingEnd", "padding-inline-end"),
    ):  # fmt: skip
        look.length(name, box.get(key), SPACES)
    look.word(box.get("justifyContent"), _JUSTIFY, "ln-justify")
    look.word(box.get("alignItems"), _JUSTIFY[:3], "ln-items")
    background = as_map(box.get("background"))
    if background.get("type") == "linearGradient":
        stops: list[tuple[object, object]] = [
            (background.get("startColor"), None),
            (background.get("endColor"), None),
        ]
        if background.get("centerColor"):
            stops.insert(1, (background["centerColor"], background.get("centerPosition", "50%")))
        look.gradient(background.get("angle"), stops)
    children = []
    for number, child in enumerate(as_maps(box.get("contents"))):
        margin = child.get("margin", box.get("spacing")) if number else None
        children.append(_part(child, layout, budget, depth + 1, margin))
    return _tapped(box, look, join(children))


def _tapped(part: Mapping[str, Any], look: Look, inside: Markup) -> Markup:
    action = as_map(part.get("action"))
    cover = NOTHING
    if action:
        look.add("ln-covered")
        cover = render_cover(action)
    return element("div", cover, inside, class_=look.classes, data_ln_style=look.styles)


def _text(part: Mapping[str, Any], look: Look, budget: _Budget, _depth: int) -> Markup:
    look.add("ln-flex-text")
    _write(part, look)
    look.word(part.get("align"), _ALIGN, "ln-align")
    look.length("line-height", part.get("lineSpacing"), {})
    if part.get("wrap") is True:
        look.add("ln-wrap")
    look.lines(part.get("maxLines"))
    spans = part.get("contents")
    if isinstance(spans, list) and spans:
        written = join(_span(span) for span in as_maps(spans) if budget.spend())
    else:
        written = Markup.escape(as_text(part.get("text")))
    return _tapped(part, look, element("bdi", written, dir="auto"))


def _span(span: Mapping[str, Any]) -> Markup:
    look = Look("ln-span")
    _write(span, look)
    return element("span", as_text(span.get("text")), class_=look.classes, data_ln_style=look.styles)


def _write(part: Mapping[str, Any], look: Look) -> None:
    look.length("font-size", part.get("size"), TEXT_SIZES)
    look.colour("color", part.get("color"))
    look.word(part.get("weight"), ("regular", "bold"), "ln-weight")
    look.word(part.get("style"), ("normal", "italic"), "ln-style")
    look.word(part.get("decoration"), ("none", "underline", "line-through"), "ln-decoration")


def _button(part: Mapping[str, Any], look: Look, _budget: _Budget, _depth: int) -> Markup:
    style = as_text(part.get("style"))
    style = style if style in ("primary", "secondary") else "link"
    button = Look(f"ln-button ln-button-{style}")
    if part.get("height") == "sm":
        button.add("ln-button-sm")
    button.colour("color" if style == "link" else "background-color", part.get("color"))
    look.add("ln-button-place")
    action = as_map(part.get("action"))
    drawn = render_action(action, kind=button.classes, look=button.styles)
    return element("div", drawn, class_=look.classes, data_ln_style=look.styles)


def _image(part: Mapping[str, Any], look: Look, _budget: _Budget, _depth: int) -> Markup:
    look.add("ln-flex-image")
    look.word(part.get("align"), _ALIGN, "ln-place")
    frame = Look("ln-frame")
    frame.length("width", part.get("size", "md"), IMAGE_SIZES)
    frame.ratio(part.get("aspectRatio", "1:1"))
    frame.colour("background-color", part.get("backgroundColor"))
    if part.get("aspectMode") == "cover":
        frame.add("ln-cover-fit")
    picture = element("img", src=media(part.get("url")), alt="", loading="lazy", class_="ln-picture")
    framed = element("div", picture, class_=frame.classes, data_ln_style=frame.styles)
    return _tapped(part, look, framed)


def _icon(part: Mapping[str, Any], look: Look, _budget: _Budget, _depth: int) -> Markup:
    look.add("ln-icon")
    look.length("font-size", part.get("size"), TEXT_SIZES)
    look.ratio(part.get("aspectRatio", "1:1"))
    return element("img", src=media(part.get("url")), alt="", class_=look.classes, data_ln_style=look.styles)


def _video(part: Mapping[str, Any], look: Look, budget: _Budget, depth: int) -> Markup:
    source = media(part.get("url"))
    if source is None:
        return _part(as_map(part.get("altContent")), "vertical", budget, depth + 1)
    look.add("ln-flex-video")
    look.ratio(part.get("aspectRatio", "16:9"))
    return element(
        "video", class_=look.classes, data_ln_style=look.styles, src=source, poster=media(part.get("previewUrl")),
        controls=True, preload="none",
    )  # fmt: skip


def _separator(part: Mapping[str, Any], look: Look, _budget: _Budget, _depth: int) -> Markup:
    look.add("ln-separator")
    look.colour("background-color", part.get("color"))
    return element("div", class_=look.classes, data_ln_style=look.styles, role="presentation")


def _filler(_part: Mapping[str, Any], look: Look, _budget: _Budget, _depth: int) -> Markup:
    look.add("ln-filler")
    return element("div", class_=look.classes, data_ln_style=look.styles)


_DRAWN: dict[str, Callable[[Mapping[str, Any], Look, _Budget, int], Markup]] = {
    "box": _box,
    "text": _text,
    "button": _button,
    "image": _image,
    "icon": _icon,
    "video": _video,
    "separator": _separator,
    "filler": _filler,
}
