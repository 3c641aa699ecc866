"""Imagemap messages: one picture, 1040 wide, with areas that do something when tapped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from line.json import given
from line.limits_imagemap import WIDTH
from line.messages import Message, checked


@dataclass(frozen=True, slots=True)
class Area:
    """In pixels of the picture at its full width."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class TapArea:
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Video:
    """A video that plays inside the picture, and the link shown when it has ended."""

    url: str
    preview_url: str
    area: Area
    link: str | None = None
    link_label: str | None = None


def opens(area: Area, address: str, *, label: str | None = None) -> TapArea:
    return TapArea(given(type="uri", label=label, linkUri=address, area=_area(area)))


def says(area: Area, words: str, *, label: str | None = None) -> TapArea:
    """Say `words` in the person's name."""
    return TapArea(given(type="message", label=label, text=words, area=_area(area)))


def copies(area: Area, words: str, *, label: str | None = None) -> TapArea:
    """Put `words` on the clipboard."""
    return TapArea(given(type="clipboard", label=label, clipboardText=words, area=_area(area)))


def imagemap(
    base_url: str, *, height: int, areas: Sequence[TapArea], alt_text: str, video: Video | None = None
) -> Message:
    """Build an imagemap; LINE asks `base_url`/240, /300, /460, /700 and /1040 for the picture."""
    return checked(
        given(
            type="imagemap",
            baseUrl=base_url,
            altText=alt_text,
            baseSize={"width": WIDTH, "height": height},
            actions=[area.body for area in areas],
            video=_video(video) if video else None,
        )
    )


def _area(area: Area) -> dict[str, int]:
    return {"x": area.x, "y": area.y, "width": area.width, "height": area.height}


def _video(video: Video) -> dict[str, Any]:
    link = given(linkUri=video.link, label=video.link_label)
    return given(
        originalContentUrl=video.url,
        previewImageUrl=video.preview_url,
        area=_area(video.area),
        externalLink=link or None,
    )
