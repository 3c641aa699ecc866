"""LINE's limits for message objects, each at its edge and in its own unit."""

from typing import Any

import pytest

from simulator.validation import check_messages

PICTURE = "https://example.com/a.png"
POSTBACK = {"type": "postback", "label": "Go", "data": "x"}
FAMILY = "👨‍👩‍👧"  # one grapheme, 8 UTF-16 units


def faults(*messages: object) -> list[str]:
    return [fault.where for fault in check_messages({"messages": list(messages)})]


def text(length: int, letter: str = "a") -> dict[str, Any]:
    return {"type": "text", "text": letter * length}


def buttons(**fields: Any) -> dict[str, Any]:
    template = {"type": "buttons", "text": "t", "actions": [POSTBACK]} | fields
    return {"type": "template", "altText": "a", "template": template}


def confirm(**fields: Any) -> dict[str, Any]:
    template = {"type": "confirm", "text": "t", "actions": [POSTBACK, POSTBACK]} | fields
    return {"type": "template", "altText": "a", "template": template}


def column(**fields: Any) -> dict[str, Any]:
    return {"text": "t", "actions": [POSTBACK]} | fields


def carousel(*columns: dict[str, Any]) -> dict[str, Any]:
    return {"type": "template", "altText": "a", "template": {"type": "carousel", "columns": list(columns)}}


def pictures(count: int, **action: Any) -> dict[str, Any]:
    one = {"imageUrl": PICTURE, "action": {"type": "message", "text": "t"} | action}
    return {
        "type": "template",
        "altText": "a",
        "template": {"type": "image_carousel", "columns": [one] * count},
    }


def quick(count: int = 1, **action: Any) -> dict[str, Any]:
    item = {"type": "action", "action": POSTBACK | action}
    return text(1) | {"quickReply": {"items": [item] * count}}


def bubble(*contents: Any, **fields: Any) -> dict[str, Any]:
    body = {"type": "box", "layout": "vertical", "contents": list(contents)}
    return {"type": "bubble", "body": body} | fields


def flex(contents: Any, alt: str = "a") -> dict[str, Any]:
    return {"type": "flex", "altText": alt, "contents": contents}


def picker(**fields: Any) -> dict[str, Any]:
    return buttons(
        actions=[{"type": "datetimepicker", "label": "When", "data": "d", "mode": "date"} | fields]
    )


def flex_button(label: str) -> dict[str, Any]:
    return flex(bubble({"type": "button", "action": POSTBACK | {"label": label}}))


def imagemap(**fields: Any) -> dict[str, Any]:
    area = {"x": 0, "y": 0, "width": 10, "height": 10}
    actions = [{"type": "message", "text": "t", "area": area}]
    size = {"width": 1040, "height": 500}
    base = {"type": "imagemap", "baseUrl": PICTURE, "altText": "a", "baseSize": size, "actions": actions}
    return base | fields


FITS: list[dict[str, Any]] = [
    text(5000),
    text(2500, "🍎"),
    {"type": "textV2", "text": "{{ {smile} }}", "substitution": {"smile": {"type": "emoji", "productId": "p",
                                                                       "emojiId": "e"}}},
    {"type": "text", "text": "🍎$", "emojis": [{"index": 2, "productId": "p", "emojiId": "e"}]},
    {"type": "sticker", "packageId": "446", "stickerId": "1988"},
    {"type": "image", "originalContentUrl": PICTURE, "previewImageUrl": "http://127.0.0.1:8000/a.png"},
    {"type": "video", "originalContentUrl": PICTURE, "previewImageUrl": PICTURE, "trackingId": "a-1{}"},
    {"type": "audio", "originalContentUrl": PICTURE, "duration": 1000},
    {"type": "location", "title": "t" * 100, "address": "a", "latitude": -90, "longitude": 180.0},
    {"type": "coupon", "couponId": "01J", "deliveryTag": "tag_1"},
    imagemap(),
    buttons(text="a" * 160, actions=[POSTBACK] * 4),
    buttons(text=FAMILY * 60, title=FAMILY * 40),
    buttons(actions=[POSTBACK | {"label": FAMILY * 20, "displayText": FAMILY * 300, "data": "d" * 300}]),
    confirm(text="a" * 240),
    carousel(*[column(text="a" * 120)] * 10),
    pictures(10),
    pictures(1, label="a" * 12),
    quick(13),
    quick(type="camera"),
    picker(initial="2027-03-01", min="2027-01-01", max="2027-12-31"),
    picker(mode="datetime", min="2027-01-01t00:00"),
    flex_button("a" * 40),
    flex({"type": "carousel", "contents": [bubble()] * 12}),
    flex(bubble({"type": "text", "text": "x", "size": "18px", "color": "#11223344", "margin": "md"})),
    text(1) | {"sender": {"name": "Ann", "iconUrl": PICTURE}},
]  # fmt: skip

BREAKS: list[tuple[dict[str, Any], str]] = [
    (text(5001), "messages[0].text"),
    (text(2501, "🍎"), "messages[0].text"),
    (text(3, " "), "messages[0].text"),
    ({"type": "text"}, "messages[0].text"),
    ({"type": "text", "text": 5}, "messages[0].text"),
    ({"type": "text", "text": "a$", "emojis": [{"index": 0, "productId": "p", "emojiId": "e"}]},
     "messages[0].emojis[0].index"),
    ({"type": "textV2", "text": "Hi {name}"}, "messages[0].text"),
    ({"type": "textV2", "text": "Hi {"}, "messages[0].text"),
    ({"type": "textV2", "text": "x", "substitution": {"a-b": {"type": "emoji", "productId": "p", "emojiId": "e"}}},
     "messages[0].substitution.a-b"),
    ({"type": "sticker", "packageId": "x", "stickerId": "1"}, "messages[0].packageId"),
    ({"type": "image", "originalContentUrl": "http://example.com/a.png", "previewImageUrl": PICTURE},
     "messages[0].originalContentUrl"),
    ({"type": "image", "originalContentUrl": PICTURE}, "messages[0].previewImageUrl"),
    ({"type": "audio", "originalContentUrl": PICTURE}, "messages[0].duration"),
    ({"type": "location", "title": "t" * 101, "address": "a", "latitude": 0, "longitude": 0}, "messages[0].title"),
    ({"type": "location", "title": "t", "address": "a", "latitude": 91, "longitude": 0}, "messages[0].latitude"),
    (imagemap(baseSize={"width": 1000, "height": 1}), "messages[0].baseSize.width"),
    (imagemap(altText="a" * 1501), "messages[0].altText"),
    (imagemap(actions=[{"type": "message", "text": "t"}]), "messages[0].actions[0].area"),
    (buttons(text="a" * 161), "messages[0].template.text"),
    (buttons(text="a" * 61, title="t"), "messages[0].template.text"),
    (buttons(text="a" * 61, thumbnailImageUrl=PICTURE), "messages[0].template.text"),
    (buttons(title="a" * 41), "messages[0].template.title"),
    (buttons(actions=[POSTBACK] * 5), "messages[0].template.actions"),
    (buttons(actions=[]), "messages[0].template.actions"),
    (buttons(actions=[POSTBACK | {"label": "a" * 21}]), "messages[0].template.actions[0].label"),
    (buttons(actions=[POSTBACK | {"label": FAMILY * 21}]), "messages[0].template.actions[0].label"),
    (buttons(actions=[{"type": "postback", "data": "x"}]), "messages[0].template.actions[0].label"),
    (buttons(actions=[POSTBACK | {"data": "🍎" * 151}]), "messages[0].template.actions[0].data"),
    (buttons(actions=[POSTBACK | {"displayText": "a", "text": "b"}]), "messages[0].template.actions[0]"),
    (buttons(actions=[POSTBACK | {"fillInText": "a"}]), "messages[0].template.actions[0].fillInText"),
    (buttons(actions=[{"type": "camera", "label": "c"}]), "messages[0].template.actions[0].type"),
    (buttons(actions=[{"type": "uri", "label": "u", "uri": "javascript:x"}]), "messages[0].template.actions[0].uri"),
    (confirm(text="a" * 241), "messages[0].template.text"),
    (confirm(actions=[POSTBACK]), "messages[0].template.actions"),
    (carousel(*[column()] * 11), "messages[0].template.columns"),
    (carousel(column(text="a" * 121)), "messages[0].template.columns[0].text"),
    (carousel(column(actions=[POSTBACK] * 4)), "messages[0].template.columns[0].actions"),
    (carousel(column(), column(actions=[POSTBACK] * 2)), "messages[0].template.columns"),
    (carousel(column(title="t"), column()), "messages[0].template.columns"),
    (pictures(11), "messages[0].template.columns"),
    (pictures(1, label="a" * 13), "messages[0].template.columns[0].action.label"),
    (quick(14), "messages[0].quickReply.items"),
    (quick(label="a" * 21), "messages[0].quickReply.items[0].action.label"),
    (picker(mode="week"), "messages[0].template.actions[0].mode"),
    (picker(min="2027-02-30"), "messages[0].template.actions[0].min"),
    (picker(min="2027-03-02", max="2027-03-01"), "messages[0].template.actions[0].max"),
    (picker(max="2101-01-01"), "messages[0].template.actions[0].max"),
    (flex_button("a" * 41), "messages[0].contents.body.contents[0].action.label"),
    (flex({"type": "carousel", "contents": [bubble()] * 13}), "messages[0].contents.contents"),
    (flex({"type": "carousel", "contents": [bubble(size="kilo"), bubble()]}), "messages[0].contents.contents"),
    (flex(bubble(size="huge")), "messages[0].contents.size"),
    (flex({"type": "bubble"}), "messages[0].contents"),
    (flex(bubble({"type": "text"})), "messages[0].contents.body.contents[0].text"),
    (flex(bubble({"type": "text", "text": "x", "color": "red"})), "messages[0].contents.body.contents[0].color"),
    (flex(bubble({"type": "video", "url": PICTURE})), "messages[0].contents.body.contents[0].type"),
    (flex(bubble(*[{"type": "text", "text": "a" * 1500}] * 21)), "messages[0].contents"),
    (flex(bubble(), alt=""), "messages[0].altText"),
    (text(1) | {"sender": {"name": "a" * 21}}, "messages[0].sender.name"),
    (text(1) | {"sender": {"name": "LINE"}}, "messages[0].sender.name"),
    ({"type": "file", "fileName": "a.pdf"}, "messages[0].type"),
]  # fmt: skip


@pytest.mark.parametrize("message", FITS, ids=lambda message: str(message["type"]))
def test_what_fits_is_let_through(message: dict[str, Any]) -> None:
    assert faults(message) == []


@pytest.mark.parametrize(
    ("message", "where"), BREAKS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_breaks_a_limit_is_named(message: dict[str, Any], where: str) -> None:
    assert faults(message) == [where]


@pytest.mark.parametrize("messages", [None, "text", [None], [[]], ["x"], {}])
def test_what_is_no_list_of_messages_is_refused(messages: object) -> None:
    assert check_messages({"messages": messages})
