"""Whatever stands in a message, the markup that comes out is ours alone."""

import json
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rendering import render_incoming, render_message, render_quick_replies

TAGS = frozenset({"div", "span", "bdi", "button", "a", "img", "video", "audio"})
ATTRIBUTES = frozenset({
    "class", "type", "data-action", "data-ln-style", "aria-label", "aria-hidden", "title", "href", "rel",
    "target", "src", "alt", "loading", "poster", "controls", "preload", "dir", "role", "tabindex", "download",
})  # fmt: skip
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</bdi></div></button>",
    "{{ 7 * 7 }} ${x} $& {x} %s {0} {{x}}",
    "\u202egnp.exe\u202c \u2066\u2067\u202e",
    "a\x00b\x0bc\ud800d",
    "javascript:alert(1)",
    "&lt;b&gt; &amp;#34;",
    "😀" * 1000,
)


class Reader(HTMLParser):
    """Reads markup strictly: known tags and attributes only, everything closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.actions: list[dict[str, Any]] = []
        self.links: list[str] = []
        self.styles: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        given = dict(attrs)
        assert given.keys() <= ATTRIBUTES
        assert len(given) == len(attrs)
        if tag != "img":
            assert not (tag == "button" and "button" in self.open), "a button inside a button"
            self.open.append(tag)
        if "data-action" in given:
            self.actions.append(json.loads(given["data-action"] or ""))
        self.links += [given[name] or "" for name in ("href", "src", "poster") if given.get(name)]
        self.styles.append(given.get("data-ln-style") or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        pytest.fail("a comment")


def read(markup: str) -> Reader:
    reader = Reader()
    reader.feed(markup)
    reader.close()
    assert not reader.open
    markup.encode()  # would fail on half surrogates
    for link in reader.links:
        assert link.lower().startswith(("http://", "https://", "tel:", "line://", "/"))
    return reader


texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40))
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts)
NAMES = (
    "type", "text", "contents", "body", "hero", "header", "footer", "action", "actions", "columns", "template",
    "quickReply", "items", "label", "uri", "data", "url", "color", "backgroundColor", "size", "flex", "layout",
    "emojis", "index", "length", "mention", "mentionees", "substitution", "sender", "name", "iconUrl", "title",
    "address", "latitude", "altText", "baseUrl", "baseSize", "width", "height", "area", "x", "defaultAction",
    "thumbnailImageUrl", "margin", "spacing", "paddingAll", "styles", "background", "angle", "startColor",
    "aspectRatio", "maxLines", "fileName", "fileSize", "keywords", "duration", "originalContentUrl", "linkUri",
)  # fmt: skip
KINDS = (
    "text", "textV2", "sticker", "image", "video", "audio", "location", "coupon", "imagemap", "template", "flex",
    "file", "bubble", "carousel", "box", "button", "icon", "span", "separator", "filler", "buttons", "confirm",
    "image_carousel", "postback", "uri", "message", "datetimepicker", "action", "linearGradient", "emoji",
)  # fmt: skip
names = st.one_of(st.sampled_from(NAMES), texts)
values = st.recursive(
    st.one_of(scalars, st.sampled_from(KINDS)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=6)),
    max_leaves=30,
)
messages = st.builds(
    lambda kind, fields: fields | {"type": kind},
    st.one_of(st.sampled_from(KINDS), texts),
    st.dictionaries(names, values, max_size=8),
)
parts = st.recursive(
    st.fixed_dictionaries(
        {"type": st.sampled_from(("text", "button", "image", "icon", "separator", "filler", "video"))},
        optional={
            "text": texts, "url": texts, "size": texts, "color": texts, "margin": texts, "flex": scalars,
            "action": st.fixed_dictionaries({"type": st.sampled_from(("uri", "postback"))}, optional={
                "label": texts, "uri": texts, "data": texts}),
        },
    ),
    lambda inner: st.fixed_dictionaries(
        {"type": st.just("box"), "contents": st.lists(inner, max_size=4)},
        optional={"layout": st.sampled_from(("vertical", "horizontal", "baseline")), "cornerRadius": texts,
                  "action": st.fixed_dictionaries({"type": st.just("message"), "text": texts})},
    ),
    max_leaves=12,
)  # fmt: skip


@given(messages)
def test_any_json_becomes_safe_markup(message: dict[str, Any]) -> None:
    for markup in (render_message(message), render_quick_replies(message), render_incoming(message)):
        read(markup)


@given(parts)
def test_any_flex_becomes_safe_markup(part: dict[str, Any]) -> None:
    contents = {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": [part]}}
    read(render_message({"type": "flex", "contents": contents}))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_name_stays_words_wherever_it_stands(hostile: str) -> None:
    """Faults 32 and 33: a display name that our own texts carry into every kind of message."""
    action = {"type": "postback", "label": hostile, "data": hostile, "displayText": hostile}
    bubble = {
        "type": "bubble",
        "action": action,
        "body": {
            "type": "box", "layout": "vertical", "backgroundColor": hostile, "action": action,
            "contents": [
                {"type": "text", "text": hostile, "color": hostile, "size": hostile, "weight": hostile},
                {"type": "text", "contents": [{"type": "span", "text": hostile}]},
                {"type": "image", "url": hostile, "aspectRatio": hostile},
                {"type": "button", "action": action},
            ],
        },
    }  # fmt: skip
    column = {"title": hostile, "text": hostile, "thumbnailImageUrl": hostile, "actions": [action]}
    sent: list[dict[str, Any]] = [
        {"type": "text", "text": hostile, "sender": {"name": hostile, "iconUrl": hostile}},
        {"type": "textV2", "text": hostile, "substitution": {"x": {"type": "mention"}}},
        {"type": "template", "altText": hostile, "template": {"type": "carousel", "columns": [column]}},
        {"type": "location", "title": hostile, "address": hostile, "latitude": 1, "longitude": 2},
        {"type": "flex", "altText": hostile, "contents": bubble},
        {"type": hostile},
    ]
    for message in sent:
        read(render_message(message))
    for message in ({"type": "file", "fileName": hostile, "fileSize": 3}, {"type": "text", "text": hostile}):
        read(render_incoming(message, hostile))
    items = [{"type": "action", "imageUrl": hostile, "action": action}]
    read(render_quick_replies({"quickReply": {"items": items}}))


def test_text_arrives_letter_by_letter() -> None:
    text = 'a <b> & "c" \' {{x}} $& ${y}\n第二行 👨‍👩‍👧'
    assert read(render_message({"type": "text", "text": text})).text == text


def test_an_action_arrives_byte_by_byte() -> None:
    action = {"type": "postback", "label": 'L"<', "data": "a=1&b='\"><", "displayText": "👍"}
    body = {"type": "template", "template": {"type": "buttons", "text": "t", "actions": [action]}}
    assert read(render_message(body)).actions == [action]


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", " javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x", "vbscript:x",
        "java\tscript:alert(1)", "//evil.example", "https:evil", "file:///etc/passwd", "blob:x", "\x01https://x",
    ],
)  # fmt: skip
def test_an_address_of_another_scheme_is_shown_as_text(address: str) -> None:
    action = {"type": "uri", "label": "Open", "uri": address}
    body = {"type": "template", "template": {"type": "confirm", "text": "t", "actions": [action]}}
    reader = read(render_message(body))
    assert reader.links == []
    assert "Open" in reader.text


@pytest.mark.parametrize("address", ["https://example.com/a?b=c", "tel:0212345678", "line://ti/p/@x"])
def test_an_address_of_a_known_scheme_is_a_link(address: str) -> None:
    action = {"type": "uri", "label": "Open", "uri": address}
    body = {"type": "template", "template": {"type": "confirm", "text": "t", "actions": [action]}}
    assert read(render_message(body)).links == [address]


@pytest.mark.parametrize("colour", ["red", "#12345", "#1234567", "url(x)", "#123456;top:0", "#GGGGGG"])
def test_what_is_no_colour_is_dropped(colour: str) -> None:
    text = {"type": "text", "text": "x", "color": colour}
    contents = {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": [text]}}
    assert not any(
        "color" in style for style in read(render_message({"type": "flex", "contents": contents})).styles
    )


def test_a_deep_flex_is_cut_off() -> None:
    part: dict[str, Any] = {"type": "text", "text": "deep"}
    for _ in range(200):
        part = {"type": "box", "layout": "vertical", "contents": [part]}
    markup = render_message({"type": "flex", "contents": {"type": "bubble", "body": part}})
    assert "deep" not in read(markup).text


def test_a_wide_flex_is_cut_off() -> None:
    many = [{"type": "text", "text": "x"}] * 50_000
    contents = {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": many}}
    assert len(read(render_message({"type": "flex", "contents": contents})).text) < 3000
