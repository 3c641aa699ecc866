"""Every limit: what just fits is taken, one more is refused, in the unit that LINE counts in."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.limits import check_message
from line.shapes import Fault
from line.units import Unit, graphemes, measure
from tests.line import samples
from tests.line.bodies import (
    URL,
    Body,
    area,
    bubble,
    column,
    fields,
    flex,
    flex_carousel,
    imagemap,
    playing,
    quick_reply,
    say,
    template,
    with_action,
)

FAMILY = "👨‍👩‍👧"
Make = Callable[[str], Body]
U, G = Unit.UTF16, Unit.GRAPHEME
TEXTS: dict[str, tuple[Make, str, int, Unit]] = {
    "text": (lambda t: {"type": "text", "text": t}, "text", 5_000, U),
    "textV2": (lambda t: {"type": "textV2", "text": t}, "text", 5_000, U),
    "flex altText": (lambda t: flex() | {"altText": t}, "altText", 1_500, U),
    "template altText": (lambda t: with_action(say()) | {"altText": t}, "altText", 1_500, U),
    "imagemap altText": (lambda t: imagemap() | {"altText": t}, "altText", 1_500, U),
    "location title": (
        lambda t: {"type": "location", "title": t, "address": "a", "latitude": 1, "longitude": 1},
        "title",
        100,
        U,
    ),
    "location address": (
        lambda t: {"type": "location", "title": "a", "address": t, "latitude": 1, "longitude": 1},
        "address",
        100,
        U,
    ),
    "sender name": (lambda t: {"type": "text", "text": "a", "sender": {"name": t}}, "sender.name", 20, U),
    "imagemap text": (lambda t: imagemap(area(type="message", text=t)), "actions[0].text", 400, U),
    "imagemap label": (
        lambda t: imagemap(area(type="message", text="a", label=t)),
        "actions[0].label",
        100,
        U,
    ),
    "imagemap clipboard": (
        lambda t: imagemap(area(type="clipboard", clipboardText=t)),
        "actions[0].clipboardText",
        1_000,
        U,
    ),
    "imagemap video label": (lambda t: imagemap(video=playing(t)), "video.externalLink.label", 30, U),
    "buttons text": (
        lambda t: template(type="buttons", text=t, actions=[say()]),
        "template.text",
        160,
        G,
    ),
    "buttons text beside title": (
        lambda t: template(type="buttons", text=t, title="a", actions=[say()]),
        "template.text",
        60,
        G,
    ),
    "buttons text beside picture": (
        lambda t: template(type="buttons", text=t, thumbnailImageUrl=URL, actions=[say()]),
        "template.text",
        60,
        G,
    ),
    "buttons title": (
        lambda t: template(type="buttons", text="a", title=t, actions=[say()]),
        "template.title",
        40,
        G,
    ),
    "confirm text": (
        lambda t: template(type="confirm", text=t, actions=[say(), say()]),
        "template.text",
        240,
        G,
    ),
    "column text": (
        lambda t: template(type="carousel", columns=[column(text=t)]),
        "template.columns[0].text",
        120,
        G,
    ),
    "column text beside title": (
        lambda t: template(type="carousel", columns=[column(text=t, title="a")]),
        "template.columns[0].text",
        60,
        G,
    ),
    "column title": (
        lambda t: template(type="carousel", columns=[column(title=t)]),
        "template.columns[0].title",
        40,
        G,
    ),
    "template label": (lambda t: with_action(say(label=t)), "template.actions[0].label", 20, G),
    "image carousel label": (
        lambda t: template(type="image_carousel", columns=[{"imageUrl": URL, "action": say(label=t)}]),
        "template.columns[0].action.label",
        12,
        G,
    ),
    "quick reply label": (
        lambda t: quick_reply(say(label=t)),
        "quickReply.items[0].action.label",
        20,
        G,
    ),
    "camera label": (
        lambda t: quick_reply({"type": "camera", "label": t}),
        "quickReply.items[0].action.label",
        20,
        G,
    ),
    "flex button label": (
        lambda t: flex(type="button", action=say(label=t)),
        "contents.body.contents[0].action.label",
        40,
        G,
    ),
    "flex picture label": (
        lambda t: flex(type="image", url=URL, action=say(label=t)),
        "contents.body.contents[0].action.label",
        40,
        G,
    ),
    "message action text": (lambda t: with_action(say(text=t)), "template.actions[0].text", 300, G),
    "postback data": (
        lambda t: with_action({"type": "postback", "label": "a", "data": t}),
        "template.actions[0].data",
        300,
        U,
    ),
    "picker data": (
        lambda t: with_action({"type": "datetimepicker", "label": "a", "data": t, "mode": "date"}),
        "template.actions[0].data",
        300,
        U,
    ),
    "displayText": (
        lambda t: with_action({"type": "postback", "label": "a", "data": "d", "displayText": t}),
        "template.actions[0].displayText",
        300,
        G,
    ),
    "fillInText": (
        lambda t: with_action(
            {"type": "postback", "label": "a", "data": "d", "inputOption": "openKeyboard", "fillInText": t}
        ),
        "template.actions[0].fillInText",
        300,
        G,
    ),
    "clipboardText": (
        lambda t: with_action({"type": "clipboard", "label": "a", "clipboardText": t}),
        "template.actions[0].clipboardText",
        1_000,
        U,
    ),
}
MAY_BE_EMPTY = {"postback data", "picker data"}
EVERY_TEXT = pytest.mark.parametrize("name", sorted(TEXTS))


def filled(limit: int, unit: Unit, piece: str) -> str:
    """Fill up to the limit with one piece, and what it leaves with single letters."""
    each = measure(piece, unit)
    return piece * (limit // each) + "x" * (limit % each)


@EVERY_TEXT
@pytest.mark.parametrize("piece", ["a", "好", "🏠", FAMILY])
def test_a_text_at_its_limit_is_taken_and_one_more_refused(name: str, piece: str) -> None:
    make, field, limit, unit = TEXTS[name]
    full = filled(limit, unit, piece)
    assert measure(full, unit) == limit
    assert fields(make(full)) == []
    assert fields(make(full + "x")) == [field]


@EVERY_TEXT
@given(
    pieces=st.lists(st.sampled_from(["a", "好", "🏠", FAMILY, "🇹🇼", "e\u0301"]), min_size=1),
    over=st.integers(0, 12),
)
def test_only_the_unit_of_the_field_counts(name: str, pieces: list[str], over: int) -> None:
    make, field, limit, unit = TEXTS[name]
    mixed = "".join(pieces) * (limit // measure("".join(pieces), unit)) + "a" * over
    expected = [field] if measure(mixed, unit) > limit else []
    assert not mixed or fields(make(mixed)) == expected


@EVERY_TEXT
def test_an_empty_text_is_refused_where_line_wants_one(name: str) -> None:
    make, field, _, _ = TEXTS[name]
    assert fields(make("")) == ([] if name in MAY_BE_EMPTY else [field])


def test_a_long_reason_says_how_line_counts() -> None:
    (fault,) = check_message({"type": "text", "text": FAMILY * 626})
    assert fault == Fault(
        "text",
        "at most 5,000 characters as LINE counts them (an emoji counts as 2 or more), this has 5,008",
    )


LISTS: dict[str, tuple[Callable[[int], Body], str, int, int]] = {
    "buttons": (
        lambda n: template(type="buttons", text="a", actions=[say()] * n),
        "template.actions",
        1,
        4,
    ),
    "confirm": (
        lambda n: template(type="confirm", text="a", actions=[say()] * n),
        "template.actions",
        2,
        2,
    ),
    "columns": (lambda n: template(type="carousel", columns=[column()] * n), "template.columns", 1, 10),
    "column buttons": (
        lambda n: template(type="carousel", columns=[column(actions=[say()] * n)]),
        "template.columns[0].actions",
        1,
        3,
    ),
    "image columns": (
        lambda n: template(type="image_carousel", columns=[{"imageUrl": URL, "action": say()}] * n),
        "template.columns",
        1,
        10,
    ),
    "quick replies": (lambda n: quick_reply(say(), n), "quickReply.items", 1, 13),
    "bubbles": (lambda n: flex_carousel(*[bubble()] * n), "contents.contents", 1, 12),
    "imagemap areas": (
        lambda n: imagemap(*[area(type="message", text="a")] * n),
        "actions",
        0,
        50,
    ),
    "emojis": (
        lambda n: {
            "type": "text",
            "text": "$" * n + "!",
            "emojis": [{"index": i, "productId": "p", "emojiId": "e"} for i in range(n)],
        },
        "emojis",
        0,
        20,
    ),
    "mentions": (
        lambda n: {
            "type": "textV2",
            "text": "{a}" * n + "!",
            "substitution": {"a": {"type": "mention", "mentionee": {"type": "all"}}},
        },
        "text",
        0,
        20,
    ),
    "emoji placeholders": (
        lambda n: {
            "type": "textV2",
            "text": "{a}" * n + "!",
            "substitution": {"a": {"type": "emoji", "productId": "p", "emojiId": "e"}},
        },
        "text",
        0,
        20,
    ),
    "substitutions": (
        lambda n: {
            "type": "textV2",
            "text": "a",
            "substitution": {f"k{i}": {"type": "emoji", "productId": "p", "emojiId": "e"} for i in range(n)},
        },
        "substitution",
        0,
        100,
    ),
    "animated pictures": (
        lambda n: flex_carousel(*[bubble(type="image", url=URL, animated=True)] * n, bubble()),
        "contents",
        0,
        10,
    ),
}


@pytest.mark.parametrize("name", sorted(LISTS))
def test_a_list_between_its_limits_is_taken_and_one_beyond_refused(name: str) -> None:
    make, field, low, high = LISTS[name]
    assert fields(make(low)) == []
    assert fields(make(high)) == []
    assert fields(make(high + 1)) == [field]
    if low:
        assert fields(make(low - 1)) == [field]


def test_a_message_that_was_in_order_vouches_only_for_itself() -> None:
    place = {"type": "location", "title": "店", "address": "信義區", "latitude": 25.0, "longitude": 121.5}
    assert check_message(place) == []
    assert check_message(dict(place)) == []
    for changed in ({"latitude": float("nan")}, {"latitude": True}, {"title": "店\ud83d"}, {"title": None}):
        assert check_message(place | changed) != []


def test_what_a_button_answers_matters_to_line_by_its_length_only() -> None:
    def asked(data: object) -> dict[str, object]:
        button = {"type": "button", "action": {"type": "postback", "label": "好", "data": data}}
        box = {"type": "box", "layout": "vertical", "contents": [button]}
        return {"type": "flex", "altText": "好嗎", "contents": {"type": "bubble", "body": box}}

    assert check_message(asked("1|a|x3g9szka|1|area|taipei")) == []
    assert check_message(asked("1|a|2j3g6gz4|1|pets|noneya")) == []
    assert check_message(asked("a" * 300)) == []
    assert check_message(asked("a" * 5)) == []
    for refused in ("a" * 301, "\x00" * 5, "\ud83d", 5, None):
        assert check_message(asked(refused)) != [], refused


def test_all_columns_of_a_carousel_are_built_alike() -> None:
    fewer = template(type="carousel", columns=[column(actions=[say()] * 2), column()])
    untitled = template(type="carousel", columns=[column(title="a"), column()])
    pictured = template(type="carousel", columns=[column(), column(thumbnailImageUrl=URL)])
    assert fields(fewer) == ["template.columns[1].actions"]
    assert fields(untitled) == ["template.columns[1].title"]
    assert fields(pictured) == ["template.columns[1].thumbnailImageUrl"]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3)
    ),
    max_leaves=6,
)


@given(name=st.sampled_from(sorted(samples.MESSAGES)), data=st.data())
def test_a_message_with_anything_anywhere_is_checked_without_raising(name: str, data: st.DataObject) -> None:
    body = json.loads(json.dumps(samples.MESSAGES[name].body))
    spoil(body, data)
    for fault in check_message(body):
        assert fault.field
        assert fault.reason


def spoil(part: Any, data: st.DataObject) -> None:
    """Put anything at a random place of a JSON value."""
    keys = sorted(part) if isinstance(part, dict) else range(len(part))
    key = data.draw(st.sampled_from(list(keys)))
    if isinstance(part[key], dict | list) and part[key] and data.draw(st.booleans()):
        spoil(part[key], data)
    else:
        part[key] = data.draw(JUNK)


def test_the_pieces_of_these_tests_are_single_characters() -> None:
    for piece in ("a", "好", "🏠", FAMILY, "🇹🇼", "e\u0301"):
        assert len(graphemes(piece)) == 1


def test_the_page_of_limits_tells_what_is_tried_here() -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "line-limits.md").read_text(encoding="utf-8")
    rows = {
        tuple(cell.strip() for cell in line.strip("|").split("|"))[:-1]
        for line in page.splitlines()
        if line.startswith("| ")
    }
    words = {Unit.UTF16: "UTF-16 units", Unit.GRAPHEME: "graphemes"}
    texts = {(name, f"{limit:,}", words[unit]) for name, (_, _, limit, unit) in TEXTS.items()}
    lists = {
        (name, f"{low} to {high}" if low < high else str(high)) for name, (_, _, low, high) in LISTS.items()
    }
    assert texts | lists <= rows
    assert {row for row in rows if row[-1] in words.values()} == texts
