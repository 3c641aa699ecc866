"""One webhook event: LINE's JSON in, a frozen dataclass out.

LINE adds event types, message types and properties without notice, so reading is tolerant:
what is unknown, or lacks a field it means nothing without, becomes Unsupported and keeps
its payload. Texts hold neither NUL nor lone surrogates (line/json.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from line.event_header import (
    GroupSource,
    Header,
    HeaderFields,
    LineUserId,
    ReplyToken,
    RoomSource,
    Source,
    UserSource,
    read_header,
    read_user_id,
)
from line.json import BadJson, loads
from line.message_events import (
    AnyMessageSent,
    AudioSent,
    ContentProvider,
    EmojiSpan,
    FileSent,
    ImageSent,
    ImageSet,
    LocationSent,
    Mention,
    MessageEdited,
    MessageSent,
    StickerSent,
    TextSent,
    VideoSent,
    read_edit,
    read_message,
)
from line.payload import LONGEST_ID, MissingField, Payload, needed
from line.service_events import (
    AccountLinked,
    BeaconEntered,
    MembershipChanged,
    ModuleEvent,
    NotificationDelivered,
    VideoPlayed,
    read_account_link,
    read_beacon,
    read_delivery,
    read_membership,
    read_video_played,
)

__all__ = [
    "AccountLinked",
    "AudioSent",
    "BeaconEntered",
    "ContentProvider",
    "EmojiSpan",
    "Event",
    "FileSent",
    "Followed",
    "GroupSource",
    "ImageSent",
    "ImageSet",
    "Joined",
    "Left",
    "LineUserId",
    "LocationSent",
    "MembersJoined",
    "MembersLeft",
    "MembershipChanged",
    "Mention",
    "MessageEdited",
    "MessageSent",
    "MessageUnsent",
    "ModuleEvent",
    "NotAnEvent",
    "NotificationDelivered",
    "PostbackTapped",
    "ReplyToken",
    "RoomSource",
    "Source",
    "StickerSent",
    "TextSent",
    "Unfollowed",
    "Unsupported",
    "UserSource",
    "VideoPlayed",
    "VideoSent",
    "parse_event",
]


class NotAnEvent(ValueError):  # noqa: N818 - the name says what the bytes are
    """The bytes hold no JSON object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageUnsent(Header):
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed(Header):
    is_unblocked: bool | None
    """True after a block, False for a new friend, None when LINE did not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfollowed(Header):
    """The person blocked the account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined(Header):
    """The bot was added to a group or room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left(Header):
    """The bot was removed from a group or room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersJoined(Header):
    members: tuple[UserSource, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersLeft(Header):
    members: tuple[UserSource, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostbackTapped(Header):
    data: str
    """As it was sent out, or forged: never a proof of anything."""
    params: Mapping[str, str]
    """One of date, time, datetime after a picker; status and newRichMenuAliasId after a menu tab."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported(Header):
    kind: str
    """LINE's event type, and after a dot the message type: "things", "message.hologram"."""
    message_id: str | None
    """Of the message in it, if there is one: its sender may take it back like any other."""
    payload: Mapping[str, Any]


Event = (
    AnyMessageSent
    | MessageEdited
    | MessageUnsent
    | Followed
    | Unfollowed
    | Joined
    | Left
    | MembersJoined
    | MembersLeft
    | PostbackTapped
    | VideoPlayed
    | BeaconEntered
    | AccountLinked
    | MembershipChanged
    | NotificationDelivered
    | ModuleEvent
    | Unsupported
)


def parse_event(raw: bytes, *, received_at: datetime | None = None) -> Event:
    """Read one item of a webhook's `events`.

    `sent_at` is capped at `received_at`, which also stands in for a missing timestamp;
    without either the event was sent in 1970.

    :raises NotAnEvent: this is no JSON object; nothing else is ever raised.
    """
    try:
        fields = loads(raw)
    except BadJson as error:
        raise NotAnEvent(str(error)) from error
    if not isinstance(fields, dict):
        raise NotAnEvent(f"a JSON object was expected, not {type(fields).__name__}")
    event = Payload(fields)
    header = read_header(event, received_at=received_at)
    kind = event.text("type") or ""
    if kind in _MODULE_KINDS:
        return ModuleEvent(**header, kind=kind, payload=fields)
    parser = _PARSERS.get(kind)
    try:
        if parser:
            return parser(event, header)
    except MissingField:
        kind = f"{kind}.{event.part('message').text('type') or ''}".rstrip(".")
    message_id = event.part("message").identifier("id")
    return Unsupported(**header, kind=kind[:LONGEST_ID], message_id=message_id, payload=fields)


def _bare(event_class: type[Unfollowed | Joined | Left]) -> "_Parser":
    return lambda _event, header: event_class(**header)


def _message(event: Payload, header: HeaderFields) -> Event:
    return read_message(event.part("message"), header)


def _edit(event: Payload, header: HeaderFields) -> Event:
    return read_edit(event.part("message"), header)


def _unsend(event: Payload, header: HeaderFields) -> Event:
    return MessageUnsent(**header, message_id=needed(event.part("unsend").identifier("messageId")))


def _follow(event: Payload, header: HeaderFields) -> Event:
    return Followed(**header, is_unblocked=event.part("follow").flag("isUnblocked"))


def _members_joined(event: Payload, header: HeaderFields) -> Event:
    return MembersJoined(**header, members=_members(event.part("joined")))


def _members_left(event: Payload, header: HeaderFields) -> Event:
    return MembersLeft(**header, members=_members(event.part("left")))


def _members(change: Payload) -> tuple[UserSource, ...]:
    return tuple(UserSource(read_user_id(member)) for member in change.parts("members"))


def _postback(event: Payload, header: HeaderFields) -> Event:
    postback = event.part("postback")
    return PostbackTapped(**header, data=needed(postback.text("data")), params=postback.text_map("params"))


_Parser = Callable[[Payload, HeaderFields], Event]
_PARSERS: Mapping[str, _Parser] = MappingProxyType(
    {
        "message": _message,
        "messageEdited": _edit,
        "unsend": _unsend,
        "follow": _follow,
        "unfollow": _bare(Unfollowed),
        "join": _bare(Joined),
        "leave": _bare(Left),
        "memberJoined": _members_joined,
        "memberLeft": _members_left,
        "postback": _postback,
        "videoPlayComplete": read_video_played,
        "beacon": read_beacon,
        "accountLink": read_account_link,
        "membership": read_membership,
        "delivery": read_delivery,
    }
)
_MODULE_KINDS = frozenset({"module", "activated", "deactivated", "botSuspended", "botResumed"})
