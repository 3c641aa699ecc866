"""What LINE accepts as a message, checked on the finished JSON.

One table per kind of object, in LINE's own units; docs/line-limits.md lists the figures.
The same check serves the builders, stored JSON and the playbook.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import orjson

from line import limits_imagemap as imagemap
from line.limits_actions import IN_QUICK_REPLY, action
from line.limits_flex import CONTAINER, few_animations
from line.limits_templates import TEMPLATE
from line.shapes import Check, Fault, integer, listing, matching, number, one_of, record, text, under, variant
from line.urls import media_url

TEXT_LIMIT = 5_000
ALT_TEXT_LIMIT = 1_500
EMOJIS_LIMIT = 20
MENTIONS_LIMIT = 20
SUBSTITUTIONS_LIMIT = 100
QUICK_REPLIES_LIMIT = 13
SENDER_NAME_LIMIT = 20
REPLY_LIMIT = 5
MOST_REMEMBERED = 4_096

_ANY = text(TEXT_LIMIT)
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([0-9A-Za-z_]{1,20})\}|([{}])")
_DIGITS = matching(r"\d{1,20}", "a number of LINE's published list")
_DURATION = integer(1, 24 * 60 * 60 * 1000)


def check_message(body: Mapping[str, Any]) -> list[Fault]:
    """Name everything that LINE would refuse in one message object; an empty list means none.

    Most messages are said again and again: one that was in order is known by its content, which takes
    10 µs, where looking through a bubble of two buttons takes 150.
    """
    seen = _fingerprint(body)
    if seen in _in_order:
        return []
    faults = list(_MESSAGE(body, ""))
    if not faults and seen is not None:
        if len(_in_order) >= MOST_REMEMBERED:
            _in_order.clear()
        _in_order.add(seen)
    return faults


_in_order: set[bytes] = set()


def _fingerprint(body: Mapping[str, Any]) -> bytes | None:
    """Return what tells messages apart; None for one that is no JSON, and so not in order either."""
    try:
        written = _POSTBACK_DATA.sub(_length_of, orjson.dumps(body))
    except orjson.JSONEncodeError:
        return None
    return blake2b(written, digest_size=16).digest()


# What a question is asked with differs in each run by nothing but the data of its buttons.
_POSTBACK_DATA = re.compile(rb'"data":"([\w|%&=+.,:/~-]*)"')


def _length_of(data: re.Match[bytes]) -> bytes:
    """Return the one thing about postback data in plain ASCII that LINE looks at, as no JSON could have it."""
    return b'"data"#%d' % len(data[1])


def check_messages(bodies: Sequence[Mapping[str, Any]]) -> list[Fault]:
    """Name everything that LINE would refuse in the messages of one request."""
    if 1 <= len(bodies) <= REPLY_LIMIT and all(_fingerprint(body) in _in_order for body in bodies):
        return []
    return list(_MESSAGES(bodies, "messages"))


def _emojis_fit(message: Mapping[str, Any], path: str) -> Iterator[Fault]:
    dollars = set(_utf16_positions(message["text"], "$"))
    for position, emoji in enumerate(message.get("emojis", ())):
        place = f"{under(path, 'emojis')}[{position}].index"
        if emoji["index"] not in dollars:
            yield Fault(place, "must be the place of a $ in the text, counted in UTF-16 units from 0")
        dollars.discard(emoji["index"])


def _utf16_positions(words: str, wanted: str) -> Iterator[int]:
    position = 0
    for character in words:
        if character == wanted:
            yield position
        position += 2 if character > "\uffff" else 1


def _placeholders_fit(message: Mapping[str, Any], path: str) -> Iterator[Fault]:
    substitution = message.get("substitution", {})
    used: list[str] = []
    for found in _PLACEHOLDER.finditer(message["text"]):
        key, lone_brace = found.groups()
        if lone_brace:
            words = f"the {lone_brace} at {found.start()} must be doubled, or belong to a {{placeholder}}"
            yield Fault(under(path, "text"), words)
        elif key and key not in substitution:
            yield Fault(under(path, "text"), f"{{{key}}} has no substitution")
        elif key:
            used.append(substitution[key]["type"])
    for kind, limit in (("mention", MENTIONS_LIMIT), ("emoji", EMOJIS_LIMIT)):
        if used.count(kind) > limit:
            yield Fault(under(path, "text"), f"at most {limit} of kind {kind}, this has {used.count(kind)}")


def _substitutions(value: object, path: str) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield Fault(path, "must be an object")
        return
    if len(value) > SUBSTITUTIONS_LIMIT:
        yield Fault(path, f"at most {SUBSTITUTIONS_LIMIT} substitutions, this has {len(value)}")
    for key, entry in value.items():
        yield from _KEY(key, under(path, str(key)))
        yield from _SUBSTITUTION(entry, under(path, str(key)))


def _sender_name(value: object, path: str) -> Iterator[Fault]:
    yield from text(SENDER_NAME_LIMIT)(value, path)
    if isinstance(value, str) and re.search(r"\bLINE\b", value, re.ASCII):
        yield Fault(path, "must not contain the word LINE")


_KEY = matching(r"[0-9A-Za-z_]{1,20}", "named with 1 to 20 of A-Z, a-z, 0-9 and _")
_MENTIONEE = variant({"user": record({"userId": _ANY}, {}), "all": record({}, {})})
_SUBSTITUTION = variant(
    {
        "mention": record({"mentionee": _MENTIONEE}, {}),
        "emoji": record({"productId": _ANY, "emojiId": _ANY}, {}),
    }
)
_EMOJI = record({"index": integer(0, TEXT_LIMIT), "productId": _ANY, "emojiId": _ANY}, {})
_QUICK_REPLY_ITEM = record(
    {"type": one_of("action"), "action": action(IN_QUICK_REPLY)}, {"imageUrl": media_url}
)
_EVERY: Mapping[str, Check] = {
    "quickReply": record({"items": listing(_QUICK_REPLY_ITEM, 1, QUICK_REPLIES_LIMIT)}, {}),
    "sender": record({}, {"name": _sender_name, "iconUrl": media_url}),
}
_QUOTING: Mapping[str, Check] = {**_EVERY, "quoteToken": _ANY}
_ALT_TEXT = text(ALT_TEXT_LIMIT)
_PLACE = text(100)

_MESSAGE = variant(
    {
        "text": record(
            {"text": text(TEXT_LIMIT)},
            {**_QUOTING, "emojis": listing(_EMOJI, 0, EMOJIS_LIMIT)},
            _emojis_fit,
        ),
        "textV2": record(
            {"text": text(TEXT_LIMIT)}, {**_QUOTING, "substitution": _substitutions}, _placeholders_fit
        ),
        "sticker": record({"packageId": _DIGITS, "stickerId": _DIGITS}, _QUOTING),
        "image": record({"originalContentUrl": media_url, "previewImageUrl": media_url}, _EVERY),
        "video": record(
            {"originalContentUrl": media_url, "previewImageUrl": media_url},
            {
                **_EVERY,
                "trackingId": matching(
                    r"[A-Za-z0-9\-.=,+*()%$&;:@{}!?<>\[\]]{1,100}",
                    "1 to 100 letters, digits and -.=,+*()%$&;:@{}!?<>[]",
                ),
            },
        ),
        "audio": record({"originalContentUrl": media_url, "duration": _DURATION}, _EVERY),
        "location": record(
            {
                "title": _PLACE,
                "address": _PLACE,
                "latitude": number(-90, 90),
                "longitude": number(-180, 180),
            },
            _EVERY,
        ),
        "coupon": record(
            {"couponId": _ANY},
            {**_EVERY, "deliveryTag": matching(r"\w{1,30}", "1 to 30 of A-Z, a-z, 0-9 and _")},
        ),
        "imagemap": record({"altText": _ALT_TEXT, **imagemap.REQUIRED}, {**_EVERY, **imagemap.OPTIONAL}),
        "template": record({"altText": _ALT_TEXT, "template": TEMPLATE}, _EVERY),
        "flex": record({"altText": _ALT_TEXT, "contents": CONTAINER}, _EVERY, few_animations),
    }
)
_MESSAGES = listing(_MESSAGE, 1, REPLY_LIMIT)
