"""Flex messages: how big they may be, and what may stand where."""

import json
from collections.abc import Callable

import pytest

from line.limits import check_message
from line.shapes import Fault
from tests.line import samples
from tests.line.bodies import URL, Body, bubble, fields, flex, flex_carousel, say


def padded(container: Callable[[str], Body], size: int) -> Body:
    empty = len(json.dumps(container("")["contents"], ensure_ascii=False, separators=(",", ":")).encode())
    return container("a" * (size - empty))


@pytest.mark.parametrize(
    ("container", "limit"),
    [
        (lambda pad: flex(type="text", text=pad), 30_000),
        (
            lambda pad: flex_carousel(bubble(type="text", text="b" * 24_000), bubble(type="text", text=pad)),
            50_000,
        ),
    ],
)
def test_flex_is_measured_in_bytes_of_json(container: Callable[[str], Body], limit: int) -> None:
    assert fields(padded(container, limit)) == []
    (fault,) = check_message(padded(container, limit + 1))
    assert fault == Fault("contents", f"at most {limit:,} bytes of JSON, this has {limit + 1:,}")


def test_flex_bytes_are_those_of_utf_8() -> None:
    assert fields(flex(type="text", text="好" * 9_000)) == []
    assert fields(flex(type="text", text="好" * 10_000)) == ["contents"]


def test_all_bubbles_of_a_carousel_have_one_size() -> None:
    assert fields(flex_carousel(bubble(), bubble() | {"size": "mega"})) == []
    assert fields(flex_carousel(bubble(), bubble() | {"size": "kilo"})) == ["contents.contents[1].size"]


FLEX_FAULTS: dict[str, tuple[Body, str]] = {
    "unknown property": ({"type": "text", "text": "a", "colour": "#112233"}, "colour"),
    "empty text": ({"type": "text", "text": ""}, "text"),
    "no text": ({"type": "text"}, "text"),
    "colour name": ({"type": "text", "text": "a", "color": "red"}, "color"),
    "font size": ({"type": "text", "text": "a", "size": "huge"}, "size"),
    "margin": ({"type": "text", "text": "a", "margin": "5"}, "margin"),
    "flex": ({"type": "text", "text": "a", "flex": -1}, "flex"),
    "wrap": ({"type": "text", "text": "a", "wrap": "true"}, "wrap"),
    "icon outside a baseline box": ({"type": "icon", "url": URL}, "type"),
    "video outside the hero": (
        {"type": "video", "url": URL, "previewUrl": URL, "altContent": {"type": "image", "url": URL}},
        "type",
    ),
    "span outside a text": ({"type": "span", "text": "a"}, "type"),
    "button in a baseline box": (
        {"type": "box", "layout": "baseline", "contents": [{"type": "button", "action": say()}]},
        "contents[0].type",
    ),
    "layout": ({"type": "box", "layout": "grid", "contents": []}, "layout"),
    "button without label": ({"type": "button", "action": {"type": "message", "text": "a"}}, "action.label"),
    "camera": ({"type": "button", "action": {"type": "camera", "label": "a"}}, "action.type"),
    "ratio": ({"type": "image", "url": URL, "aspectRatio": "16/9"}, "aspectRatio"),
    "tall ratio": ({"type": "image", "url": URL, "aspectRatio": "1:4"}, "aspectRatio"),
    "huge ratio": ({"type": "image", "url": URL, "aspectRatio": "100001:1"}, "aspectRatio"),
    "gradient": (
        {
            "type": "box",
            "layout": "vertical",
            "contents": [],
            "background": {
                "type": "linearGradient",
                "angle": "360deg",
                "startColor": "#112233",
                "endColor": "#112233",
            },
        },
        "background.angle",
    ),
}


@pytest.mark.parametrize("name", sorted(FLEX_FAULTS))
def test_flex_components_are_held_to_their_place_and_values(name: str) -> None:
    component, field = FLEX_FAULTS[name]
    assert fields(flex(**component)) == [f"contents.body.contents[0].{field}"]


def test_a_bubble_needs_something_in_it() -> None:
    assert fields({"type": "flex", "altText": "a", "contents": {"type": "bubble"}}) == ["contents.body"]


@pytest.mark.parametrize(
    ("size", "faulty"), [("micro", True), ("kilo", False), ("mega", False), ("giga", False)]
)
def test_a_video_needs_a_big_bubble(size: str, faulty: bool) -> None:
    body = json.loads(json.dumps(samples.a_video_bubble().body)) | {"size": size}
    expected = ["contents.size"] if faulty else []
    assert fields({"type": "flex", "altText": "a", "contents": body}) == expected


@pytest.mark.parametrize("depth", [41, 120])
def test_boxes_without_end_are_refused(depth: int) -> None:
    inner: Body = {"type": "box", "layout": "vertical", "contents": []}
    for _ in range(depth):
        inner = {"type": "box", "layout": "vertical", "contents": [inner]}
    (fault,) = check_message({"type": "flex", "altText": "a", "contents": {"type": "bubble", "body": inner}})
    assert fault.reason == "boxes are nested more than 40 deep"
