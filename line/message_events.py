"""The messages that people send: one class per message type, one small parser beside each table row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypedDict

from line.event_header import Header, HeaderFields, LineUserId, read_user_id
from line.payload import MissingField, Payload, needed, usable


@dataclass(frozen=True, slots=True)
class EmojiSpan:
    """A LINE emoji inside a text, where it stands as words such as "(hello)"."""

    index: int
    length: int
    product_id: str
    emoji_id: str


@dataclass(frozen=True, slots=True)
class Mention:
    index: int
    length: int
    user_id: LineUserId | None
    is_everyone: bool
    is_self: bool
    """Whether it is this bot that was mentioned."""


@dataclass(frozen=True, slots=True)
class ContentProvider:
    """Where the bytes of a picture, video or recording are to be had."""

    is_external: bool
    """The bytes come from `original_url`, not from LINE's content endpoint."""
    original_url: str | None = None
    preview_url: str | None = None


@dataclass(frozen=True, slots=True)
class ImageSet:
    """Pictures sent together; they arrive in any order."""

    set_id: str
    index: int | None
    total: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent(Header):
    """What all messages from a person have in common."""

    message_id: str
    quote_token: str | None
    quoted_message_id: str | None
    mark_as_read_token: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSent(MessageSent):
    text: str
    emojis: tuple[EmojiSpan, ...]
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StickerSent(MessageSent):
    package_id: str
    sticker_id: str
    resource_type: str | None
    keywords: tuple[str, ...]
    text: str | None
    """What the person wrote on a message sticker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSent(MessageSent):
    content: ContentProvider
    image_set: ImageSet | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoSent(MessageSent):
    content: ContentProvider
    duration_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioSent(MessageSent):
    content: ContentProvider
    duration_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSent(MessageSent):
    file_name: str | None
    size_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationSent(MessageSent):
    latitude: float
    longitude: float
    title: str | None
    address: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdited(Header):
    """A text was changed (groups only); of several edits the latest `sent_at` holds."""

    message_id: str
    """The id of the message that was changed."""
    text: str
    quote_token: str | None
    emojis: tuple[EmojiSpan, ...]
    mentions: tuple[Mention, ...]


AnyMessageSent = TextSent | StickerSent | ImageSent | VideoSent | AudioSent | FileSent | LocationSent


class _MessageFields(HeaderFields):
    message_id: str
    quote_token: str | None
    quoted_message_id: str | None
    mark_as_read_token: str | None


class _Wording(TypedDict):
    text: str
    emojis: tuple[EmojiSpan, ...]
    mentions: tuple[Mention, ...]


def read_message(message: Payload, header: HeaderFields) -> AnyMessageSent:
    """Read the message of a message event.

    :raises MissingField: the message type is unknown, or a field it needs is missing.
    """
    parser = _PARSERS.get(needed(message.text("type")))
    if parser is None:
        raise MissingField
    return parser(
        message,
        {
            **header,
            "message_id": needed(message.identifier("id")),
            "quote_token": message.text("quoteToken"),
            "quoted_message_id": message.identifier("quotedMessageId"),
            "mark_as_read_token": message.text("markAsReadToken"),
        },
    )


def read_edit(message: Payload, header: HeaderFields) -> MessageEdited:
    """Read the message of a messageEdited event, of which only texts exist.

    :raises MissingField: its id or text is missing.
    """
    return MessageEdited(
        **header,
        **_wording(message),
        message_id=needed(message.identifier("id")),
        quote_token=message.text("quoteToken"),
    )


def _text(message: Payload, fields: _MessageFields) -> TextSent:
    return TextSent(**fields, **_wording(message))


def _sticker(message: Payload, fields: _MessageFields) -> StickerSent:
    return StickerSent(
        **fields,
        package_id=needed(message.identifier("packageId")),
        sticker_id=needed(message.identifier("stickerId")),
        resource_type=message.text("stickerResourceType"),
        keywords=message.texts("keywords"),
        text=message.text("text"),
    )


def _image(message: Payload, fields: _MessageFields) -> ImageSent:
    return ImageSent(**fields, content=_content(message), image_set=_image_set(message.part("imageSet")))


def _video(message: Payload, fields: _MessageFields) -> VideoSent:
    return VideoSent(**fields, content=_content(message), duration_ms=message.integer("duration"))


def _audio(message: Payload, fields: _MessageFields) -> AudioSent:
    return AudioSent(**fields, content=_content(message), duration_ms=message.integer("duration"))


def _file(message: Payload, fields: _MessageFields) -> FileSent:
    return FileSent(**fields, file_name=message.text("fileName"), size_bytes=message.integer("fileSize"))


def _location(message: Payload, fields: _MessageFields) -> LocationSent:
    return LocationSent(
        **fields,
        latitude=needed(message.number("latitude")),
        longitude=needed(message.number("longitude")),
        title=message.text("title"),
        address=message.text("address"),
    )


_PARSERS: Mapping[str, Callable[[Payload, _MessageFields], AnyMessageSent]] = MappingProxyType(
    {
        "text": _text,
        "sticker": _sticker,
        "image": _image,
        "video": _video,
        "audio": _audio,
        "file": _file,
        "location": _location,
    }
)


def _wording(message: Payload) -> _Wording:
    return {
        "text": needed(message.text("text")),
        "emojis": tuple(usable(_emoji, message.parts("emojis"))),
        "mentions": tuple(usable(_mention, message.part("mention").parts("mentionees"))),
    }


def _emoji(emoji: Payload) -> EmojiSpan:
    return EmojiSpan(
        index=needed(emoji.integer("index")),
        length=needed(emoji.integer("length")),
        product_id=needed(emoji.identifier("productId")),
        emoji_id=needed(emoji.identifier("emojiId")),
    )


def _mention(mentionee: Payload) -> Mention:
    return Mention(
        index=needed(mentionee.integer("index")),
        length=needed(mentionee.integer("length")),
        user_id=read_user_id(mentionee),
        is_everyone=mentionee.text("type") == "all",
        is_self=mentionee.flag("isSelf") or False,
    )


def _content(message: Payload) -> ContentProvider:
    provider = message.part("contentProvider")
    return ContentProvider(
        is_external=provider.text("type") == "external",
        original_url=provider.text("originalContentUrl"),
        preview_url=provider.text("previewImageUrl"),
    )


def _image_set(images: Payload) -> ImageSet | None:
    set_id = images.identifier("id")
    return ImageSet(set_id, images.integer("index"), images.integer("total")) if set_id else None
