"""The limits of template messages: buttons, confirm, carousel and image carousel."""

from collections.abc import Iterator, Mapping
from typing import Any

from line.limits_actions import IN_IMAGE_CAROUSEL, IN_TEMPLATE, action
from line.shapes import Check, Fault, listing, matching, one_of, record, text, under, variant
from line.units import Unit, grapheme_len
from line.urls import media_url

TITLE_LIMIT = 40
BUTTONS_TEXT_LIMIT = 160
CONFIRM_TEXT_LIMIT = 240
COLUMN_TEXT_LIMIT = 120
TEXT_LIMIT_BESIDE_PICTURE = 60
BUTTONS_LIMIT = 4
COLUMN_BUTTONS_LIMIT = 3
COLUMNS_LIMIT = 10

_ACTION = action(IN_TEMPLATE)
_TITLE = text(TITLE_LIMIT, Unit.GRAPHEME)
_COLOUR = matching(r"#[0-9A-Fa-f]{6}", "a colour such as #1A2B3C")
_PICTURE: Mapping[str, Check] = {
    "thumbnailImageUrl": media_url,
    "imageBackgroundColor": _COLOUR,
    "title": _TITLE,
    "defaultAction": _ACTION,
}
_FRAME: Mapping[str, Check] = {
    "imageAspectRatio": one_of("rectangle", "square"),
    "imageSize": one_of("cover", "contain"),
}


def _shorter_beside_picture(part: Mapping[str, Any], path: str) -> Iterator[Fault]:
    length = grapheme_len(part["text"])
    if ("title" in part or "thumbnailImageUrl" in part) and length > TEXT_LIMIT_BESIDE_PICTURE:
        limit = TEXT_LIMIT_BESIDE_PICTURE
        yield Fault(
            under(path, "text"), f"at most {limit} characters beside a title or picture, this has {length}"
        )


def _columns_alike(carousel: Mapping[str, Any], path: str) -> Iterator[Fault]:
    """Hold all columns to the first: LINE wants them built alike."""
    first, *others = carousel["columns"]
    for position, column in enumerate(others, start=1):
        place = f"{under(path, 'columns')}[{position}]"
        if len(column["actions"]) != len(first["actions"]):
            yield Fault(
                under(place, "actions"),
                f"every column needs the same number of buttons: the first has {len(first['actions'])},"
                f" this has {len(column['actions'])}",
            )
        for name, words in (("title", "a title"), ("thumbnailImageUrl", "a picture")):
            if (name in column) != (name in first):
                yield Fault(under(place, name), f"either every column has {words} or none has")


_COLUMN = record(
    {
        "text": text(COLUMN_TEXT_LIMIT, Unit.GRAPHEME),
        "actions": listing(_ACTION, 1, COLUMN_BUTTONS_LIMIT),
    },
    _PICTURE,
    _shorter_beside_picture,
)
_IMAGE_COLUMN = record({"imageUrl": media_url, "action": action(IN_IMAGE_CAROUSEL)}, {})

TEMPLATE = variant(
    {
        "buttons": record(
            {
                "text": text(BUTTONS_TEXT_LIMIT, Unit.GRAPHEME),
                "actions": listing(_ACTION, 1, BUTTONS_LIMIT),
            },
            {**_PICTURE, **_FRAME},
            _shorter_beside_picture,
        ),
        "confirm": record(
            {"text": text(CONFIRM_TEXT_LIMIT, Unit.GRAPHEME), "actions": listing(_ACTION, 2, 2)}, {}
        ),
        "carousel": record({"columns": listing(_COLUMN, 1, COLUMNS_LIMIT)}, _FRAME, _columns_alike),
        "image_carousel": record({"columns": listing(_IMAGE_COLUMN, 1, COLUMNS_LIMIT)}, {}),
    }
)
