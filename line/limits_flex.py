"""The limits of Flex messages: bubbles, carousels of bubbles, and how big they may grow."""

from collections.abc import Iterator, Mapping
from typing import Any

from line.json import dumps
from line.limits_actions import IN_FLEX, action
from line.limits_flex_components import COLOUR, box, image, video
from line.shapes import Fault, flag, listing, one_of, record, under, variant

BUBBLE_BYTES = 30_000
"""LINE says 30 KB and not which kind; the smaller reading is right under both."""
CAROUSEL_BYTES = 50_000
BUBBLES_LIMIT = 12
ANIMATED_LIMIT = 10
DEFAULT_SIZE = "mega"
VIDEO_SIZES = ("kilo", "mega", "giga")

_BLOCKS = ("header", "hero", "body", "footer")
_BOX = variant({"box": box}, here="as a block of a bubble")
_STYLE = record({}, {"backgroundColor": COLOUR, "separator": flag, "separatorColor": COLOUR})


def _some_block(bubble: Mapping[str, Any], path: str) -> Iterator[Fault]:
    if not any(block in bubble for block in _BLOCKS):
        yield Fault(under(path, "body"), "a bubble needs a header, hero, body or footer")


def _room_for_video(bubble: Mapping[str, Any], path: str) -> Iterator[Fault]:
    is_video = bubble.get("hero", {}).get("type") == "video"
    if is_video and bubble.get("size", DEFAULT_SIZE) not in VIDEO_SIZES:
        yield Fault(under(path, "size"), f"must be {', '.join(VIDEO_SIZES)} when the hero is a video")


def _bubble_bytes(bubble: Mapping[str, Any], path: str) -> Iterator[Fault]:
    yield from _at_most({**bubble, "type": "bubble"}, BUBBLE_BYTES, path)


def _carousel_bytes(carousel: Mapping[str, Any], path: str) -> Iterator[Fault]:
    yield from _at_most({**carousel, "type": "carousel"}, CAROUSEL_BYTES, path)


def _at_most(container: Mapping[str, Any], limit: int, path: str) -> Iterator[Fault]:
    size = len(dumps(container))
    if size > limit:
        yield Fault(path, f"at most {limit:,} bytes of JSON, this has {size:,}")


def _one_size(carousel: Mapping[str, Any], path: str) -> Iterator[Fault]:
    first, *others = (bubble.get("size", DEFAULT_SIZE) for bubble in carousel["contents"])
    for position, size in enumerate(others, start=1):
        if size != first:
            place = f"{under(path, 'contents')}[{position}].size"
            yield Fault(place, f"all bubbles need one size: the first is {first}, this is {size}")


_BUBBLE = record(
    {},
    {
        "size": one_of("nano", "micro", "deca", "hecto", "kilo", "mega", "giga"),
        "direction": one_of("ltr", "rtl"),
        "header": _BOX,
        "hero": variant({"box": box, "image": image, "video": video}, here="as the hero of a bubble"),
        "body": _BOX,
        "footer": _BOX,
        "styles": record({}, dict.fromkeys(_BLOCKS, _STYLE)),
        "action": action(IN_FLEX),
    },
    _some_block,
    _room_for_video,
    _bubble_bytes,
)
CONTAINER = variant(
    {
        "bubble": _BUBBLE,
        "carousel": record(
            {"contents": listing(variant({"bubble": _BUBBLE}, here="in a carousel"), 1, BUBBLES_LIMIT)},
            {},
            _one_size,
            _carousel_bytes,
        ),
    }
)


def few_animations(message: Mapping[str, Any], path: str) -> Iterator[Fault]:
    """Check how many pictures of one message move."""
    moving = _count_animated(message["contents"])
    if moving > ANIMATED_LIMIT:
        place = under(path, "contents")
        yield Fault(place, f"at most {ANIMATED_LIMIT} animated pictures in one message, this has {moving}")


def _count_animated(part: object) -> int:
    if isinstance(part, Mapping):
        return (part.get("animated") is True) + sum(map(_count_animated, part.values()))
    if isinstance(part, (list, tuple)):
        return sum(map(_count_animated, part))
    return 0
