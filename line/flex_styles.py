"""The style properties of Flex components, by LINE's names in snake case."""

from typing import Any, Literal, TypedDict

Layout = Literal["horizontal", "vertical", "baseline"]
BubbleSize = Literal["nano", "micro", "deca", "hecto", "kilo", "mega", "giga"]
Align = Literal["start", "end", "center"]
Gravity = Literal["top", "bottom", "center"]


class Placement(TypedDict, total=False):
    """Where a component stands in its box; lengths are keywords or pixels ("md", "8px")."""

    margin: str
    position: Literal["relative", "absolute"]
    offset_top: str
    offset_bottom: str
    offset_start: str
    offset_end: str


class Font(TypedDict, total=False):
    size: str
    color: str
    weight: Literal["regular", "bold"]
    style: Literal["normal", "italic"]
    decoration: Literal["none", "underline", "line-through"]


class TextStyle(Placement, Font, total=False):
    flex: int
    align: Align
    gravity: Gravity
    wrap: bool
    max_lines: int
    line_spacing: str
    adjust_mode: Literal["shrink-to-fit"]
    scaling: bool


class ButtonStyle(Placement, total=False):
    flex: int
    color: str
    style: Literal["primary", "secondary", "link"]
    gravity: Gravity
    height: Literal["sm", "md"]
    adjust_mode: Literal["shrink-to-fit"]
    scaling: bool


class ImageStyle(Placement, total=False):
    flex: int
    align: Align
    gravity: Gravity
    size: str
    aspect_ratio: str
    aspect_mode: Literal["cover", "fit"]
    background_color: str
    animated: bool


class IconStyle(Placement, total=False):
    size: str
    aspect_ratio: str
    scaling: bool


class SeparatorStyle(TypedDict, total=False):
    margin: str
    color: str


class BoxStyle(Placement, total=False):
    flex: int
    spacing: str
    background_color: str
    border_color: str
    border_width: str
    corner_radius: str
    width: str
    max_width: str
    height: str
    max_height: str
    padding_all: str
    padding_top: str
    padding_bottom: str
    padding_start: str
    padding_end: str
    justify_content: Literal[
        "center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly"
    ]
    align_items: Literal["center", "flex-start", "flex-end"]
    background: dict[str, Any]
    """As `flex.linear_gradient` builds it."""


class BlockStyle(TypedDict, total=False):
    """How one block of a bubble looks."""

    background_color: str
    separator: bool
    separator_color: str


class BubbleStyles(TypedDict, total=False):
    header: BlockStyle
    hero: BlockStyle
    body: BlockStyle
    footer: BlockStyle
