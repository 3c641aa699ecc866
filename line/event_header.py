"""What every webhook event carries: where it happened, when, and whether it may be answered."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType, TypedDict

from line.payload import EPOCH, Payload

LineUserId = NewType("LineUserId", str)
ReplyToken = NewType("ReplyToken", str)


@dataclass(frozen=True, slots=True)
class UserSource:
    user_id: LineUserId | None
    """None for people who never consented to its being shared (they use LINE on a computer only)."""


@dataclass(frozen=True, slots=True)
class GroupSource:
    group_id: str
    user_id: LineUserId | None


@dataclass(frozen=True, slots=True)
class RoomSource:
    room_id: str
    user_id: LineUserId | None


Source = UserSource | GroupSource | RoomSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The part that all events share, whatever happened."""

    webhook_event_id: str | None
    source: Source | None
    sent_at: datetime
    """When it happened by LINE's clock, never later than it was received."""
    reply_token: ReplyToken | None
    is_standby: bool
    """Another channel has the floor in this chat: the event may be recorded, nothing may be sent."""
    is_redelivery: bool

    @property
    def user_id(self) -> LineUserId | None:
        return self.source.user_id if self.source else None

    @property
    def is_one_to_one(self) -> bool:
        return isinstance(self.source, UserSource)


class HeaderFields(TypedDict):
    """The same, on its way into one of the event classes."""

    webhook_event_id: str | None
    source: Source | None
    sent_at: datetime
    reply_token: ReplyToken | None
    is_standby: bool
    is_redelivery: bool


def read_header(event: Payload, *, received_at: datetime | None) -> HeaderFields:
    """Read the shared fields; nothing in them can make an event unreadable.

    An event without a usable timestamp counts as sent when it was received, and one from
    the future too. When that is not known either, it was sent in 1970, before all others.
    """
    sent_at = event.instant("timestamp") or received_at or EPOCH
    return {
        "webhook_event_id": event.identifier("webhookEventId"),
        "source": _source(event.part("source")),
        "sent_at": min(sent_at, received_at) if received_at else sent_at,
        "reply_token": _reply_token(event),
        # A mode that we have never heard of does not say that we have the floor.
        "is_standby": event.text("mode") not in {"active", None},
        "is_redelivery": event.part("deliveryContext").flag("isRedelivery") or False,
    }


def read_user_id(fields: Payload) -> LineUserId | None:
    user_id = fields.identifier("userId")
    return LineUserId(user_id) if user_id else None


def _reply_token(event: Payload) -> ReplyToken | None:
    token = event.text("replyToken")
    return ReplyToken(token) if token else None


def _source(source: Payload) -> Source | None:
    user_id = read_user_id(source)
    group_id, room_id = source.identifier("groupId"), source.identifier("roomId")
    match source.text("type"):
        case "user":
            return UserSource(user_id)
        case "group" if group_id:
            return GroupSource(group_id, user_id)
        case "room" if room_id:
            return RoomSource(room_id, user_id)
        case _:
            return None
