"""Flex messages: bubbles composed of boxes, texts, buttons and pictures.

Style properties go by keyword in snake case (`padding_all` becomes LINE's `paddingAll`).
Where a component is expected, JSON written by hand is taken as well. What is composed here
is checked when `messages.flex` makes a message of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Unpack

from line.actions import Action
from line.flex_styles import (
    BoxStyle,
    BubbleSize,
    BubbleStyles,
    ButtonStyle,
    Font,
    IconStyle,
    ImageStyle,
    Layout,
    SeparatorStyle,
    TextStyle,
)
from line.json import given


@dataclass(frozen=True, slots=True)
class Component:
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Container:
    """A bubble or a carousel: what a Flex message can hold."""

    body: Mapping[str, Any]


Part = Component | Mapping[str, Any]


def box(
    layout: Layout, contents: Sequence[Part], *, action: Action | None = None, **style: Unpack[BoxStyle]
) -> Component:
    parts = [_body(part) for part in contents]
    return Component(
        given(type="box", layout=layout, contents=parts, action=_action(action), **_camel(style))
    )


def text(words: str, *, action: Action | None = None, **style: Unpack[TextStyle]) -> Component:
    return Component(given(type="text", text=words, action=_action(action), **_camel(style)))


def rich_text(
    spans: Sequence[Part], *, action: Action | None = None, **style: Unpack[TextStyle]
) -> Component:
    """Build a text of differently styled spans."""
    contents = [_body(part) for part in spans]
    return Component(given(type="text", contents=contents, action=_action(action), **_camel(style)))


def span(words: str, **font: Unpack[Font]) -> Component:
    return Component({"type": "span", "text": words, **_camel(font)})


def button(action: Action, **style: Unpack[ButtonStyle]) -> Component:
    return Component({"type": "button", "action": action.body, **_camel(style)})


def image(url: str, *, action: Action | None = None, **style: Unpack[ImageStyle]) -> Component:
    return Component(given(type="image", url=url, action=_action(action), **_camel(style)))


def icon(url: str, **style: Unpack[IconStyle]) -> Component:
    """Build an icon, which stands in baseline boxes only."""
    return Component({"type": "icon", "url": url, **_camel(style)})


def separator(**style: Unpack[SeparatorStyle]) -> Component:
    return Component({"type": "separator", **_camel(style)})


def video(
    url: str,
    *,
    preview_url: str,
    alt_content: Part,
    aspect_ratio: str | None = None,
    action: Action | None = None,
) -> Component:
    """Build a video for the hero of a bubble; `alt_content` shows where it cannot be played."""
    return Component(
        given(
            type="video",
            url=url,
            previewUrl=preview_url,
            altContent=_body(alt_content),
            aspectRatio=aspect_ratio,
            action=_action(action),
        )
    )


def linear_gradient(
    angle_degrees: int, start: str, end: str, *, centre: str | None = None, centre_percent: int | None = None
) -> dict[str, Any]:
    """Build the `background` of a box."""
    return given(
        type="linearGradient",
        angle=f"{angle_degrees}deg",
        startColor=start,
        endColor=end,
        centerColor=centre,
        centerPosition=None if centre_percent is None else f"{centre_percent}%",
    )


def bubble(
    *,
    header: Part | None = None,
    hero: Part | None = None,
    body: Part | None = None,
    footer: Part | None = None,
    size: BubbleSize | None = None,
    direction: Literal["ltr", "rtl"] | None = None,
    styles: BubbleStyles | None = None,
    action: Action | None = None,
) -> Container:
    blocks = {"header": header, "hero": hero, "body": body, "footer": footer}
    looks = {name: _camel(style) for name, style in (styles or {}).items() if isinstance(style, dict)}
    return Container(
        given(
            type="bubble",
            size=size,
            direction=direction,
            styles=looks or None,
            action=_action(action),
            **{name: _body(block) for name, block in blocks.items() if block is not None},
        )
    )


def carousel(bubbles: Sequence[Container]) -> Container:
    """Put up to 12 bubbles of one size side by side."""
    return Container({"type": "carousel", "contents": [bubble.body for bubble in bubbles]})


def _body(part: Part) -> Mapping[str, Any]:
    return part.body if isinstance(part, Component) else part


def _action(action: Action | None) -> Mapping[str, Any] | None:
    return action.body if action else None


def _camel(style: Mapping[str, Any]) -> dict[str, Any]:
    return {_camel_case(name): value for name, value in style.items()}


@cache
def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
