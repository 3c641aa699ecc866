"""Build webhook events: the JSON that LINE sends, with the fields of each type."""

from typing import TYPE_CHECKING, Any

from simulator.persons import PersonState

if TYPE_CHECKING:
    from simulator.state import Line

_WITH_REPLY_TOKEN = frozenset(
    {
        "message",
        "messageEdited",
        "follow",
        "join",
        "memberJoined",
        "postback",
        "videoPlayComplete",
        "beacon",
        "accountLink",
        "membership",
    }
)


def event(line: "Line", person: PersonState, kind: str, **payload: Any) -> dict[str, Any]:
    """Return one event of a person's own chat, with a fresh reply token where its type has one."""
    now_ms = line.clock.now_ms()
    built: dict[str, Any] = {
        "type": kind,
        **payload,
        "webhookEventId": line.ids.event_id(now_ms),
        "deliveryContext": {"isRedelivery": False},
        "timestamp": now_ms,
        "source": {"type": "user", "userId": person.user_id},
    }
    if kind in _WITH_REPLY_TOKEN and not person.is_standby:
        token = line.ids.hex32()
        line.reply_tokens.issue(token, person.user_id, now_ms)
        built["replyToken"] = token
    built["mode"] = "standby" if person.is_standby else "active"
    return built


def text_message(line: "Line", text: str) -> dict[str, Any]:
    """Return the message object of a text that a person wrote."""
    return {"type": "text", **_named(line), "text": text}


def sticker_message(line: "Line", package_id: str, sticker_id: str) -> dict[str, Any]:
    """Return the message object of a sticker."""
    return {
        "type": "sticker",
        **_named(line),
        "stickerId": sticker_id,
        "packageId": package_id,
        "stickerResourceType": "STATIC",
        "keywords": ["hello", "smile"],
    }


def image_message(line: "Line", image_set: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the message object of a picture; `image_set` when several were sent at once."""
    message = {"type": "image", **_named(line), "contentProvider": {"type": "line"}}
    if image_set is not None:
        message["imageSet"] = image_set
    return message


def video_message(line: "Line", duration: int) -> dict[str, Any]:
    """Return the message object of a film."""
    return {"type": "video", **_named(line), "duration": duration, "contentProvider": {"type": "line"}}


def audio_message(line: "Line", duration: int) -> dict[str, Any]:
    """Return the message object of a recording; LINE gives it no quote token."""
    return {
        "type": "audio",
        **_named(line, quotable=False),
        "duration": duration,
        "contentProvider": {"type": "line"},
    }


def file_message(line: "Line", name: str, size: int) -> dict[str, Any]:
    """Return the message object of a file."""
    return {"type": "file", **_named(line, quotable=False), "fileName": name, "fileSize": size}


def location_message(
    line: "Line", title: str, address: str, latitude: float, longitude: float
) -> dict[str, Any]:
    """Return the message object of a place; LINE leaves out an empty title or address."""
    message: dict[str, Any] = {"type": "location", **_named(line, quotable=False)}
    if title:
        message["title"] = title
    if address:
        message["address"] = address
    return message | {"latitude": latitude, "longitude": longitude}


def _named(line: "Line", *, quotable: bool = True) -> dict[str, str]:
    named = {"id": line.ids.message_id()}
    if quotable:
        named["quoteToken"] = line.ids.token()
    return named
