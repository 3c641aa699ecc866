"""Messages as LINE takes them; a builder refuses what LINE would refuse.

    MessageRefused (a ValueError)
        .faults     every Fault(field, reason), LINE's own field names
        .field      of the first: "template.actions[0].label"
        .reason     of the first, in words for the person who must mend it

Templates, imagemaps and the parts of Flex messages have modules of their own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from line.actions import Action
from line.flex import Container
from line.json import given
from line.limits import check_message, check_messages
from line.shapes import Fault

__all__ = [
    "SILENCE",
    "Emoji",
    "Fault",
    "Message",
    "MessageRefused",
    "QuickReply",
    "Reply",
    "Substitution",
    "audio",
    "check_message",
    "check_reply",
    "checked",
    "coupon",
    "escape_braces",
    "flex",
    "image",
    "location",
    "mention",
    "mention_everyone",
    "sticker",
    "text",
    "text_v2",
    "video",
    "with_quick_replies",
    "with_sender",
]


@dataclass(frozen=True, slots=True)
class Message:
    body: Mapping[str, Any]
    """LINE's JSON, already checked when it came from a builder or from `checked`."""


Reply = tuple[Message, ...]
SILENCE: Reply = ()


class MessageRefused(ValueError):  # noqa: N818 - the name is what happened to the message
    """LINE would answer this message with 400."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = tuple(faults)

    @property
    def field(self) -> str:
        return self.faults[0].field

    @property
    def reason(self) -> str:
        return self.faults[0].reason


@dataclass(frozen=True, slots=True)
class Emoji:
    """One of LINE's own emoji."""

    product_id: str
    emoji_id: str


@dataclass(frozen=True, slots=True)
class Substitution:
    """What stands in for a {placeholder} of a text_v2."""

    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class QuickReply:
    """A button under the message, on phones only; gone after a tap or the next message."""

    action: Action
    icon_url: str | None = None


def checked(body: Mapping[str, Any]) -> Message:
    """Take a message that was written as JSON.

    :raises MessageRefused: LINE would refuse it.
    """
    faults = check_message(body)
    if faults:
        raise MessageRefused(faults)
    return Message(body)


def check_reply(messages: Sequence[Message]) -> list[Fault]:
    """Name everything that LINE would refuse in one request, its length of 1 to 5 included."""
    return check_messages([message.body for message in messages])


def text(words: str, *, emojis: Mapping[int, Emoji] | None = None, quote_token: str | None = None) -> Message:
    """Build a text; `emojis` replace the $ at the given places, counted in UTF-16 units from 0."""
    placed = [
        {"index": index, "productId": emoji.product_id, "emojiId": emoji.emoji_id}
        for index, emoji in (emojis or {}).items()
    ]
    return checked(given(type="text", text=words, emojis=placed or None, quoteToken=quote_token))


def text_v2(
    words: str,
    *,
    substitution: Mapping[str, Substitution | Emoji] | None = None,
    quote_token: str | None = None,
) -> Message:
    """Build a text with {placeholders}; anything foreign in `words` goes through `escape_braces` first."""
    bodies = {key: _substitution_body(entry) for key, entry in (substitution or {}).items()}
    return checked(given(type="textV2", text=words, substitution=bodies or None, quoteToken=quote_token))


def escape_braces(words: str) -> str:
    """Double the braces, so that a text_v2 shows them and takes none for a placeholder."""
    return words.replace("{", "{{").replace("}", "}}")


def mention(user_id: str) -> Substitution:
    """Mention a member of the group that the message goes to."""
    return Substitution({"type": "mention", "mentionee": {"type": "user", "userId": user_id}})


def mention_everyone() -> Substitution:
    return Substitution({"type": "mention", "mentionee": {"type": "all"}})


def sticker(package_id: str, sticker_id: str, *, quote_token: str | None = None) -> Message:
    return checked(given(type="sticker", packageId=package_id, stickerId=sticker_id, quoteToken=quote_token))


def image(url: str, *, preview_url: str | None = None) -> Message:
    """Build a picture message; the picture is its own preview unless a smaller one (1 MB) is given."""
    return checked({"type": "image", "originalContentUrl": url, "previewImageUrl": preview_url or url})


def video(url: str, *, preview_url: str, tracking_id: str | None = None) -> Message:
    """Build a video message; a `tracking_id` (not in groups) brings a VideoPlayed when it was watched."""
    return checked(
        given(type="video", originalContentUrl=url, previewImageUrl=preview_url, trackingId=tracking_id)
    )


def audio(url: str, *, duration_ms: int) -> Message:
    return checked({"type": "audio", "originalContentUrl": url, "duration": duration_ms})


def location(title: str, address: str, *, latitude: float, longitude: float) -> Message:
    return checked(
        {
            "type": "location",
            "title": title,
            "address": address,
            "latitude": latitude,
            "longitude": longitude,
        }
    )


def coupon(coupon_id: str, *, delivery_tag: str | None = None) -> Message:
    return checked(given(type="coupon", couponId=coupon_id, deliveryTag=delivery_tag))


def flex(alt_text: str, container: Container | Mapping[str, Any]) -> Message:
    """Build a Flex message from line.flex, or from contents that were written as JSON."""
    contents = container.body if isinstance(container, Container) else container
    return checked({"type": "flex", "altText": alt_text, "contents": contents})


def with_quick_replies(message: Message, items: Iterable[QuickReply | Action]) -> Message:
    """Hang quick replies under a message: the last of a reply, for LINE shows no others."""
    return checked({**message.body, "quickReply": {"items": [_quick_reply_body(item) for item in items]}})


def with_sender(message: Message, name: str | None = None, icon_url: str | None = None) -> Message:
    """Show who speaks, for instance which member of staff."""
    return checked({**message.body, "sender": given(name=name, iconUrl=icon_url)})


def _quick_reply_body(item: QuickReply | Action) -> dict[str, Any]:
    reply = item if isinstance(item, QuickReply) else QuickReply(item)
    return given(type="action", imageUrl=reply.icon_url, action=reply.action.body)


def _substitution_body(entry: Substitution | Emoji) -> Mapping[str, Any]:
    if isinstance(entry, Emoji):
        return {"type": "emoji", "productId": entry.product_id, "emojiId": entry.emoji_id}
    return entry.body
