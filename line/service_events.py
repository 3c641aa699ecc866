"""Events of LINE's services beside the chat: videos, beacons, linked accounts, memberships, modules."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from line.event_header import Header, HeaderFields
from line.payload import Payload, needed


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoPlayed(Header):
    tracking_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BeaconEntered(Header):
    hardware_id: str
    action: str
    """enter, banner or stay."""
    device_message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLinked(Header):
    is_ok: bool
    nonce: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipChanged(Header):
    change: str
    """joined, left or renewed."""
    membership_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationDelivered(Header):
    data: str
    """A hashed phone number, or the tag that the sender of the notification chose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleEvent(Header):
    """Something about the module channel itself: accepted and ignored."""

    kind: str
    payload: Mapping[str, Any]


def read_video_played(event: Payload, header: HeaderFields) -> VideoPlayed:
    return VideoPlayed(**header, tracking_id=needed(event.part("videoPlayComplete").text("trackingId")))


def read_beacon(event: Payload, header: HeaderFields) -> BeaconEntered:
    beacon = event.part("beacon")
    return BeaconEntered(
        **header,
        hardware_id=needed(beacon.identifier("hwid")),
        action=needed(beacon.text("type")),
        device_message=beacon.text("dm"),
    )


def read_account_link(event: Payload, header: HeaderFields) -> AccountLinked:
    link = event.part("link")
    return AccountLinked(**header, is_ok=needed(link.text("result")) == "ok", nonce=link.text("nonce"))


def read_membership(event: Payload, header: HeaderFields) -> MembershipChanged:
    membership = event.part("membership")
    return MembershipChanged(
        **header,
        change=needed(membership.text("type")),
        membership_id=needed(membership.integer("membershipId")),
    )


def read_delivery(event: Payload, header: HeaderFields) -> NotificationDelivered:
    return NotificationDelivered(**header, data=needed(event.part("delivery").text("data")))
