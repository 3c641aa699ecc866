"""Every builder against LINE's own description and models, and against what LINE refuses."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from linebot.v3.messaging import Message as SdkMessage

from line import actions, messages, templates
from line.messages import SILENCE, Message, MessageRefused, check_message, check_reply
from tests.line import samples
from tests.line.openapi import faults

BUILT = pytest.mark.parametrize("name", sorted(samples.MESSAGES))


@BUILT
def test_line_knows_every_property_that_we_build(name: str) -> None:
    assert faults("messaging-api.yml", "Message", samples.MESSAGES[name].body) == []


@BUILT
def test_the_sdk_keeps_every_property_that_we_build(name: str) -> None:
    body = samples.MESSAGES[name].body
    kept = SdkMessage.from_dict(body)
    assert kept is not None
    assert list(lost(body, json.loads(kept.to_json()))) == []


def test_the_comparison_notices_what_the_sdk_drops() -> None:
    body = {"type": "text", "text": "a", "txt": "b", "emojis": [{"index": 0, "size": 1}]}
    kept = SdkMessage.from_dict(body)
    assert kept is not None
    assert list(lost(body, json.loads(kept.to_json()))) == [
        ".txt: 'b' became None",
        ".emojis[0].size: 1 became None",
    ]


def lost(built: object, kept: object, path: str = "") -> Iterator[str]:
    """Name what is missing or changed; the SDK may write out LINE's defaults beside it."""
    if isinstance(built, Mapping) and isinstance(kept, Mapping):
        for name, value in built.items():
            yield from lost(value, kept.get(name), f"{path}.{name}")
    elif isinstance(built, list) and isinstance(kept, list) and len(built) == len(kept):
        for position, pair in enumerate(zip(built, kept, strict=True)):
            yield from lost(*pair, f"{path}[{position}]")
    elif built != kept:
        yield f"{path}: {built!r} became {kept!r}"


@BUILT
def test_what_was_built_is_also_right_when_it_was_stored(name: str) -> None:
    stored = json.loads(json.dumps(samples.MESSAGES[name].body))
    assert check_message(stored) == []
    assert messages.checked(stored).body == stored


def test_the_samples_leave_no_message_type_out() -> None:
    kinds = {str(message.body["type"]) for message in samples.MESSAGES.values()}
    assert kinds == {
        *("text", "textV2", "sticker", "image", "video", "audio", "location", "coupon"),
        *("imagemap", "template", "flex"),
    }
    built = {str(m.body["template"]["type"]) for m in samples.MESSAGES.values() if "template" in m.body}
    assert built == {"buttons", "confirm", "carousel", "image_carousel"}


def test_the_check_against_the_description_finds_a_misspelt_property() -> None:
    spoilt = json.loads(json.dumps(samples.MESSAGES["flex bubble"].body).replace("maxLines", "maxlines"))
    assert faults("messaging-api.yml", "Message", spoilt)
    assert [fault.field for fault in check_message(spoilt)] == ["contents.body.contents[0].maxlines"]


def test_a_refusal_names_the_field_and_every_fault() -> None:
    with pytest.raises(MessageRefused) as refused:
        templates.confirm("好嗎？", actions.postback("是" * 21, "d"), actions.message("否", "n" * 301))
    assert refused.value.field == "template.actions[0].label"
    assert refused.value.reason == "at most 20 characters, this has 21"
    assert [fault.field for fault in refused.value.faults] == [
        "template.actions[0].label",
        "template.actions[1].text",
    ]
    assert "template.actions[1].text: at most 300 characters, this has 301" in str(refused.value)


def test_nothing_is_added_to_what_was_asked_for() -> None:
    assert messages.text("hi").body == {"type": "text", "text": "hi"}
    assert templates.confirm("q", actions.message("y", "y"), actions.message("n", "n")).body == {
        "type": "template",
        "altText": "q",
        "template": {
            "type": "confirm",
            "text": "q",
            "actions": [
                {"type": "message", "label": "y", "text": "y"},
                {"type": "message", "label": "n", "text": "n"},
            ],
        },
    }


def test_quick_replies_and_sender_leave_the_message_itself_alone() -> None:
    plain = messages.text("hi")
    replied = messages.with_quick_replies(plain, [actions.message("a", "a")])
    assert plain.body == {"type": "text", "text": "hi"}
    assert messages.with_sender(replied, "Mina").body == {
        "type": "text",
        "text": "hi",
        "quickReply": {
            "items": [{"type": "action", "action": {"type": "message", "label": "a", "text": "a"}}]
        },
        "sender": {"name": "Mina"},
    }


@pytest.mark.parametrize("count", [1, 5])
def test_a_reply_has_one_to_five_messages(count: int) -> None:
    assert check_reply((messages.text("hi"),) * count) == []


@pytest.mark.parametrize("count", [0, 6])
def test_a_reply_of_none_or_six_is_refused(count: int) -> None:
    (fault,) = check_reply((messages.text("hi"),) * count)
    assert fault.field == "messages"
    assert fault.reason == f"must have 1 to 5 items, this has {count}"


def test_a_fault_in_a_reply_names_the_message() -> None:
    (fault,) = check_reply((messages.text("hi"), Message({"type": "text", "text": ""})))
    assert str(fault) == "messages[1].text: must not be empty"


def test_silence_is_the_empty_reply() -> None:
    assert SILENCE == ()


@pytest.mark.parametrize(
    "name", ["{{ contact.display_name }}", "$&", '"', "{x}", "\u202eevil", "<b>", "}{", "{{x}", "\\u0000"]
)
def test_a_foreign_name_stays_literal(name: str) -> None:
    message = messages.text_v2(
        messages.escape_braces(name) + " {smile}", substitution={"smile": messages.Emoji("1", "2")}
    )
    assert (
        json.loads(json.dumps(message.body))["text"]
        == name.replace("{", "{{").replace("}", "}}") + " {smile}"
    )
    assert messages.text(name).body["text"] == name


@pytest.mark.parametrize(
    ("build", "field"),
    [
        (lambda: messages.text("a$", emojis={0: messages.Emoji("1", "2")}), "emojis[0].index"),
        (lambda: messages.text("🏠$", emojis={1: messages.Emoji("1", "2")}), "emojis[0].index"),
        (lambda: messages.text("a\0"), "text"),
        (lambda: messages.text("a\ud83d"), "text"),
        (lambda: messages.text_v2("{who}"), "text"),
        (lambda: messages.text_v2("{who} {"), "text"),
        (lambda: messages.text_v2("a } b"), "text"),
        (lambda: messages.text_v2("{名}"), "text"),
        (lambda: messages.text_v2("a", substitution={"a-b": messages.mention("U1")}), "substitution.a-b"),
        (lambda: messages.sticker("cony", "1"), "packageId"),
        (lambda: messages.audio("https://a.example/a.m4a", duration_ms=0), "duration"),
        (lambda: messages.location("a", "b", latitude=91, longitude=0), "latitude"),
        (lambda: messages.location("a", "b", latitude=0, longitude=float("nan")), "longitude"),
        (lambda: messages.location("", "b", latitude=0, longitude=0), "title"),
        (lambda: messages.coupon("c", delivery_tag="spring sale"), "deliveryTag"),
        (
            lambda: messages.video("https://a.example/v", preview_url="https://a.example/p", tracking_id="/"),
            "trackingId",
        ),
        (lambda: messages.with_sender(messages.text("a"), "LINE staff"), "sender.name"),
        (lambda: messages.with_quick_replies(messages.text("a"), []), "quickReply.items"),
        (
            lambda: messages.with_quick_replies(
                messages.text("a"),
                [actions.uri("a", "https://a.example", desktop_address="https://b.example")],
            ),
            "quickReply.items[0].action.altUri",
        ),
        (
            lambda: messages.with_quick_replies(messages.text("a"), [actions.message(None, "a")]),
            "quickReply.items[0].action.label",
        ),
        (lambda: templates.buttons("a", [actions.camera("a")]), "template.actions[0].type"),
        (
            lambda: templates.buttons("a", [actions.rich_menu_switch("a", "b", "c")]),
            "template.actions[0].type",
        ),
    ],
)
def test_what_line_would_refuse_is_refused(build: Callable[[], Message], field: str) -> None:
    with pytest.raises(MessageRefused) as refused:
        build()
    assert refused.value.field == field


@pytest.mark.parametrize("name", ["Pauline", "line", "Outline 雅婷"])
def test_a_name_that_merely_contains_line_is_a_name(name: str) -> None:
    assert messages.with_sender(messages.text("a"), name).body["sender"] == {"name": name}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "type"),
        ({"type": "file"}, "type"),
        ({"type": None}, "type"),
        ({"type": ["text"]}, "type"),
        ({"type": "text"}, "text"),
        ({"type": "text", "text": None}, "text"),
        ({"type": "text", "text": 5}, "text"),
        ({"type": "text", "text": "a", "txt": "b"}, "txt"),
        ({"type": "text", "text": "a", "emojis": {}}, "emojis"),
        ({"type": "text", "text": "a", "emojis": [None]}, "emojis[0]"),
        ({"type": "text", "text": "a", "sender": []}, "sender"),
        ({"type": "text", "text": "a", "quoteToken": None}, "quoteToken"),
        ({"type": "textV2", "text": "a", "substitution": []}, "substitution"),
        (
            {"type": "textV2", "text": "a", "substitution": {"a": {"type": "mention"}}},
            "substitution.a.mentionee",
        ),
        ({"type": "template", "altText": "a", "template": "buttons"}, "template"),
        ({"type": "audio", "originalContentUrl": "https://a.example/", "duration": True}, "duration"),
        ({"type": "location", "title": "a", "address": "b", "latitude": "1", "longitude": 1}, "latitude"),
        (
            {"type": "image", "originalContentUrl": 1, "previewImageUrl": "https://a.example/"},
            "originalContentUrl",
        ),
    ],
)
def test_stored_json_of_any_shape_is_checked_and_raises_nothing(body: dict[str, Any], field: str) -> None:
    assert [fault.field for fault in check_message(body)] == [field]
