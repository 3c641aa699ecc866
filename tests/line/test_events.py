"""Webhook events: recorded ones, broken ones, and any JSON at all."""

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line import events
from line.events import (
    AccountLinked,
    AudioSent,
    BeaconEntered,
    Event,
    FileSent,
    Followed,
    GroupSource,
    ImageSent,
    Joined,
    Left,
    LocationSent,
    MembershipChanged,
    MembersJoined,
    MembersLeft,
    MessageEdited,
    MessageUnsent,
    ModuleEvent,
    NotAnEvent,
    NotificationDelivered,
    PostbackTapped,
    RoomSource,
    StickerSent,
    TextSent,
    Unfollowed,
    Unsupported,
    UserSource,
    VideoPlayed,
    VideoSent,
    parse_event,
)
from tests.line.openapi import faults

PAYLOADS = Path(__file__).parent.parent / "payloads"
MINA = "U4af4980629c1f5e8e3b1d2a7c6f09e55"
BOT = "U8e742f61d673b39c7fff3cecb7536ef0"
RECEIVED_AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

# What LINE sends although its own description does not know it, or asks for more.
BEYOND_THE_DESCRIPTION = {"message_edited", "standby_follow", "unknown_event", "unknown_message"}

KINDS: dict[str, type[Event]] = {
    "text": TextSent,
    "text_with_emoji": TextSent,
    "text_with_mention": TextSent,
    "text_in_room": TextSent,
    "text_without_user": TextSent,
    "standby_text": TextSent,
    "redelivered_text": TextSent,
    "sticker": StickerSent,
    "sticker_with_text": StickerSent,
    "image": ImageSent,
    "image_external": ImageSent,
    "video": VideoSent,
    "audio": AudioSent,
    "file": FileSent,
    "location": LocationSent,
    "message_edited": MessageEdited,
    "unsend": MessageUnsent,
    "follow": Followed,
    "follow_again": Followed,
    "standby_follow": Followed,
    "unfollow": Unfollowed,
    "join": Joined,
    "join_room": Joined,
    "leave": Left,
    "member_joined": MembersJoined,
    "member_left": MembersLeft,
    "postback": PostbackTapped,
    "postback_date": PostbackTapped,
    "postback_time": PostbackTapped,
    "postback_datetime": PostbackTapped,
    "postback_rich_menu_switch": PostbackTapped,
    "video_play_complete": VideoPlayed,
    "beacon": BeaconEntered,
    "account_link": AccountLinked,
    "account_link_failed": AccountLinked,
    "membership": MembershipChanged,
    "delivery": NotificationDelivered,
    "module": ModuleEvent,
    "activated": ModuleEvent,
    "deactivated": ModuleEvent,
    "bot_suspended": ModuleEvent,
    "bot_resumed": ModuleEvent,
    "unknown_event": Unsupported,
    "unknown_message": Unsupported,
}


def captured(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_bytes())
    event: dict[str, Any] = body["events"][0]
    return event


def parsed(event: object) -> Event:
    return parse_event(json.dumps(event).encode())


def a_text(**changes: object) -> dict[str, Any]:
    return captured("text") | changes


def fields_of(event: Event) -> dict[str, object]:
    return {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_recorded_event_is_understood(name: str) -> None:
    assert type(parsed(captured(name))) is KINDS[name]


def test_every_recording_is_used() -> None:
    assert {path.stem for path in PAYLOADS.glob("*.json")} == {*KINDS, "empty", "several_people"}


def test_every_event_class_has_a_recording() -> None:
    assert set(KINDS.values()) == set(Event.__args__)


@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("*.json")), ids=lambda path: path.stem)
def test_recordings_look_as_line_describes_them(path: Path) -> None:
    body = json.loads(path.read_bytes())
    assert bool(faults("webhook.yml", "CallbackRequest", body)) is (path.stem in BEYOND_THE_DESCRIPTION)


def test_a_text_carries_everything_that_line_said() -> None:
    event = parsed(captured("text_with_emoji"))
    assert isinstance(event, TextSent)
    raw = captured("text_with_emoji")
    assert fields_of(event) == {
        "webhook_event_id": raw["webhookEventId"],
        "source": UserSource(events.LineUserId(MINA)),
        "sent_at": datetime.fromtimestamp(raw["timestamp"] / 1000, UTC),
        "reply_token": raw["replyToken"],
        "is_standby": False,
        "is_redelivery": False,
        "message_id": raw["message"]["id"],
        "quote_token": raw["message"]["quoteToken"],
        "quoted_message_id": "587126408314000001",
        "mark_as_read_token": raw["message"]["markAsReadToken"],
        "text": "(heart) 謝謝 😀",
        "emojis": (events.EmojiSpan(0, 7, "5ac1bfd5040ab15980c9b435", "001"),),
        "mentions": (),
    }
    assert event.user_id == MINA
    assert event.is_one_to_one


def test_mentions_tell_the_bot_from_everybody() -> None:
    event = parsed(captured("text_with_mention"))
    assert isinstance(event, TextSent)
    assert event.mentions == (
        events.Mention(0, 4, user_id=None, is_everyone=True, is_self=False),
        events.Mention(5, 5, user_id=events.LineUserId(BOT), is_everyone=False, is_self=True),
    )
    assert not event.is_one_to_one


def test_the_content_of_media_says_where_its_bytes_are() -> None:
    ours, elsewhere = parsed(captured("image")), parsed(captured("image_external"))
    assert isinstance(ours, ImageSent)
    assert isinstance(elsewhere, ImageSent)
    assert ours.content == events.ContentProvider(is_external=False)
    assert ours.image_set
    assert (ours.image_set.index, ours.image_set.total) == (1, 2)
    assert elsewhere.content.is_external
    assert elsewhere.content.original_url == "https://example.com/original.jpg"
    assert elsewhere.image_set is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sticker", {"package_id": "446", "sticker_id": "1988", "resource_type": "ANIMATION", "text": None}),
        ("sticker_with_text", {"text": "早安\n今天也請多指教", "keywords": ()}),
        ("video", {"duration_ms": 60_000}),
        ("audio", {"duration_ms": 60_000, "quote_token": None}),
        ("file", {"file_name": "租賃契約書（草案）.pdf", "size_bytes": 2_138_172}),
        ("location", {"title": "中山國小站", "latitude": 25.062653, "longitude": 121.526554}),
        ("message_edited", {"text": "更正：改約週六下午三點"}),
        ("unsend", {"message_id": "587126408315273472", "reply_token": None}),
        ("follow", {"is_unblocked": False}),
        ("follow_again", {"is_unblocked": True}),
        ("unfollow", {"reply_token": None}),
        ("postback", {"data": "q1:run=7&v=3&q=area&c=taipei", "params": {}}),
        ("postback_date", {"params": {"date": "2027-03-01"}}),
        ("postback_time", {"params": {"time": "06:15"}}),
        ("postback_datetime", {"params": {"datetime": "2027-03-01T15:30"}}),
        (
            "postback_rich_menu_switch",
            {"params": {"newRichMenuAliasId": "stores-zh-tw", "status": "SUCCESS"}},
        ),
        ("video_play_complete", {"tracking_id": "track-2027-spring"}),
        ("beacon", {"hardware_id": "d41d8cd98f", "action": "enter", "device_message": "0102030405"}),
        ("account_link", {"is_ok": True, "nonce": "bm9uY2UtZm9yLXRlc3RzLTAwMQ=="}),
        ("account_link_failed", {"is_ok": False, "source": None, "reply_token": None}),
        ("membership", {"change": "joined", "membership_id": 3189}),
        ("delivery", {"source": None}),
        ("module", {"kind": "module"}),
        ("bot_suspended", {"kind": "botSuspended"}),
        ("standby_text", {"is_standby": True, "reply_token": None}),
        ("standby_follow", {"is_standby": True, "reply_token": None, "is_unblocked": False}),
        ("redelivered_text", {"is_redelivery": True}),
        ("text_without_user", {"source": UserSource(None)}),
        ("unknown_event", {"kind": "things"}),
        ("unknown_message", {"kind": "message.hologram"}),
    ],
)
def test_the_fields_of_recorded_events(name: str, expected: dict[str, object]) -> None:
    fields = fields_of(parsed(captured(name)))
    assert {key: fields[key] for key in expected} == expected


def test_groups_and_rooms_are_told_from_persons() -> None:
    group, room = parsed(captured("text_with_mention")), parsed(captured("join_room"))
    assert isinstance(group.source, GroupSource)
    assert group.user_id == MINA
    assert isinstance(room.source, RoomSource)
    assert room.user_id is None
    assert not room.is_one_to_one


def test_members_are_listed() -> None:
    event = parsed(captured("member_joined"))
    assert isinstance(event, MembersJoined)
    assert [member.user_id for member in event.members] == [MINA, "Uc5a1d3f2e4b69788a0f1e2d3c4b5a697"]


def test_what_is_unsupported_keeps_its_payload() -> None:
    for name in ("unknown_event", "unknown_message"):
        event = parsed(captured(name))
        assert isinstance(event, Unsupported)
        assert event.payload == captured(name)
        assert event.user_id == MINA


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"source": None}, {"source": None}),
        ({"source": "U1"}, {"source": None}),
        ({"source": {"type": "group"}}, {"source": None}),
        ({"source": {"type": "planet", "userId": MINA}}, {"source": None}),
        ({"source": {"type": "user", "userId": ["U1"]}}, {"source": UserSource(None)}),
        ({"source": {"type": "user", "userId": "U" * 5_000}}, {"source": UserSource(None)}),
        ({"webhookEventId": 7}, {"webhook_event_id": "7"}),
        ({"webhookEventId": True}, {"webhook_event_id": None}),
        ({"webhookEventId": ""}, {"webhook_event_id": None}),
        ({"deliveryContext": None}, {"is_redelivery": False}),
        ({"deliveryContext": {"isRedelivery": "yes"}}, {"is_redelivery": False}),
        ({"mode": None}, {"is_standby": False}),
        ({"mode": "resting"}, {"is_standby": True}),
        ({"replyToken": ""}, {"reply_token": None}),
        ({"replyToken": 12}, {"reply_token": None}),
        (
            {"message": {"type": "text", "id": 587126408315273472, "text": "a"}},
            {"message_id": "587126408315273472"},
        ),
        ({"message": {"type": "text", "id": "1", "text": "a", "new": {"x": []}}}, {"text": "a"}),
        ({"message": {"type": "text", "id": "1", "text": ""}}, {"text": ""}),
        ({"message": {"type": "text", "id": "1", "text": "a", "emojis": [{"index": 0}, 3]}}, {"emojis": ()}),
        ({"message": {"type": "text", "id": "1", "text": "a", "mention": "all"}}, {"mentions": ()}),
        ({"message": {"type": "image", "id": "1"}}, {"content": events.ContentProvider(is_external=False)}),
        ({"message": {"type": "file", "id": "1"}}, {"file_name": None, "size_bytes": None}),
        ({"type": "follow"}, {"is_unblocked": None}),
        ({"type": "follow", "follow": {"isUnblocked": "true"}}, {"is_unblocked": None}),
        (
            {"type": "memberJoined", "joined": {"members": [1, {"userId": "U1"}]}},
            {"members": (UserSource(events.LineUserId("U1")),)},
        ),
        ({"type": "memberLeft"}, {"members": ()}),
        ({"type": "postback", "postback": {"data": "d", "params": ["x"]}}, {"data": "d", "params": {}}),
        (
            {"type": "postback", "postback": {"data": "d", "params": {"date": 1, "time": "06:15"}}},
            {"params": {"time": "06:15"}},
        ),
        ({"type": "membership", "membership": {"type": "left", "membershipId": "12"}}, {"membership_id": 12}),
    ],
)
def test_oddities_are_read_as_well_as_they_can_be(
    changes: dict[str, Any], expected: dict[str, object]
) -> None:
    fields = fields_of(parsed(a_text(**changes)))
    assert {key: fields[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"message": None}, "message"),
        ({"message": {"type": "text", "id": "1"}}, "message.text"),
        ({"message": {"type": "text", "id": "1", "text": 5}}, "message.text"),
        ({"message": {"type": "text", "text": "no id"}}, "message.text"),
        ({"message": {"type": 5, "id": "1"}}, "message"),
        ({"message": {"type": "location", "id": "1", "latitude": "25"}}, "message.location"),
        ({"message": {"type": "sticker", "id": "1"}}, "message.sticker"),
        ({"type": "messageEdited", "message": {"type": "text", "id": "1"}}, "messageEdited.text"),
        ({"type": "postback", "message": None}, "postback"),
        ({"type": "unsend", "message": None, "unsend": {}}, "unsend"),
        ({"type": "beacon", "message": None, "beacon": {"hwid": "1"}}, "beacon"),
        ({"type": None}, ""),
        ({"type": ["message"]}, ""),
        ({"type": "x" * 5_000}, "x" * 100),
    ],
)
def test_an_event_without_what_it_needs_is_unsupported(changes: dict[str, Any], kind: str) -> None:
    event = parsed(a_text(**changes))
    assert isinstance(event, Unsupported)
    assert event.kind == kind


@pytest.mark.parametrize(
    ("timestamp", "sent_at"),
    [
        (1_763_715_600_123, datetime(2025, 11, 21, 9, 0, 0, 123_000, tzinfo=UTC)),
        ("1763715600123", datetime(2025, 11, 21, 9, 0, 0, 123_000, tzinfo=UTC)),
        (1_763_715_600_123.0, datetime(2025, 11, 21, 9, 0, 0, 123_000, tzinfo=UTC)),
        (None, RECEIVED_AT),
        ("soon", RECEIVED_AT),
        (True, RECEIVED_AT),
        (-5, RECEIVED_AT),
        (10**18, RECEIVED_AT),
        (10**30, RECEIVED_AT),
        (4_102_444_800_000, RECEIVED_AT),
    ],
)
def test_an_event_is_never_later_than_its_arrival(timestamp: object, sent_at: datetime) -> None:
    raw = json.dumps(a_text(timestamp=timestamp)).encode()
    assert parse_event(raw, received_at=RECEIVED_AT).sent_at == sent_at


def test_an_event_without_any_time_is_older_than_all_others() -> None:
    assert parsed(a_text(timestamp=None)).sent_at == datetime(1970, 1, 1, tzinfo=UTC)


def test_texts_can_be_stored_in_any_database() -> None:
    raw = json.dumps(a_text(message={"type": "text", "id": "1", "text": "a\0b\ud800c👨‍👩‍👧"})).encode()
    event = parse_event(raw)
    assert isinstance(event, TextSent)
    assert event.text == "a�b�c👨‍👩‍👧"


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"null", b"7", b'"text"', b"{", b"NaN", b'{"a":1e400}', b"\xff", b"[" * 9_999]
)
def test_what_is_no_json_object_is_no_event(raw: bytes) -> None:
    with pytest.raises(NotAnEvent):
        parse_event(raw)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), ANYTHING))
def test_any_json_object_is_an_event_of_some_kind(fields: dict[str, object]) -> None:
    assert isinstance(parsed(fields), Unsupported)


@given(name=st.sampled_from(sorted(KINDS)), data=st.data())
def test_a_recording_with_anything_anywhere_is_still_read(name: str, data: st.DataObject) -> None:
    event = captured(name)
    for _ in range(data.draw(st.integers(1, 3))):
        spoil(event, data)
    read = parsed(event)
    assert read.sent_at.tzinfo is UTC
    assert read.source is None or isinstance(read.source, UserSource | GroupSource | RoomSource)


def spoil(part: Any, data: st.DataObject) -> None:
    """Walk to a random place of a JSON object; drop what is there or put something else."""
    key = data.draw(st.sampled_from(sorted(part)))
    if isinstance(part[key], dict) and part[key] and data.draw(st.booleans()):
        spoil(part[key], data)
    elif data.draw(st.booleans()):
        part[key] = data.draw(ANYTHING)
    elif len(part) > 1:
        del part[key]
