"""Check message objects as LINE does, written from LINE's rules and not from our own builders."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from simulator.action_rules import check_quick_reply, check_sender
from simulator.checks import Checker
from simulator.flex_rules import check_flex
from simulator.template_rules import check_template
from simulator.wire import Fault

MOST_MESSAGES = 5
_MOST_EMOJIS = 20
_SUBSTITUTION_KEY = re.compile(r"[0-9A-Za-z_]{1,20}")
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([0-9A-Za-z_]{1,20})\}|[{}]")
_TRACKING_ID = re.compile(r"[-A-Za-z0-9.=,+*()%$&;:@{}!?<>\[\]]{1,100}")
_DELIVERY_TAG = re.compile(r"[A-Za-z0-9_]{1,30}")
_UNIT = re.compile(r"[A-Za-z0-9_]{1,30}")


def check_messages(body: Mapping[str, Any], *, loopback_media: bool = True) -> list[Fault]:
    """Return everything that is wrong with a body's `messages`; nothing wrong is an empty list."""
    check = Checker(loopback_media=loopback_media)
    for number, message in enumerate(check.items(body, "messages", "", 1, MOST_MESSAGES)):
        where = f"messages[{number}]"
        known = check.mapping(message, where)
        if known is not None:
            _check_message(check, known, where)
    return check.faults


def check_flag(body: Mapping[str, Any], key: str) -> list[Fault]:
    """Return the fault of an optional boolean at the top of a body."""
    check = Checker(loopback_media=True)
    check.flag(body, key, "")
    return check.faults


def check_units(body: Mapping[str, Any]) -> list[Fault]:
    """Return the faults of `customAggregationUnits`."""
    check = Checker(loopback_media=True)
    for unit in check.items(body, "customAggregationUnits", "", 0, 1, required=False):
        if not isinstance(unit, str) or not _UNIT.fullmatch(unit):
            check.fault("Must match [A-Za-z0-9_]{1,30}", "customAggregationUnits[0]")
    return check.faults


def _check_message(check: Checker, message: Mapping[str, Any], where: str) -> None:
    kind = check.choice(message, "type", where, tuple(_CHECKS), required=True)
    if kind is None:
        return
    _CHECKS[kind](check, message, where)
    if message.get("quickReply") is not None:
        check_quick_reply(check, message["quickReply"], f"{where}.quickReply")
    if message.get("sender") is not None:
        check_sender(check, message["sender"], f"{where}.sender")


def _check_text(check: Checker, message: Mapping[str, Any], where: str) -> None:
    text = check.text(message, "text", where, 5000)
    check.text(message, "quoteToken", where, 1000, required=False)
    if "emojis" not in message:
        return
    for number, emoji in enumerate(check.items(message, "emojis", where, 0, _MOST_EMOJIS, required=False)):
        place = f"{where}.emojis[{number}]"
        known = check.mapping(emoji, place)
        if known is None:
            continue
        check.text(known, "productId", place, 100)
        check.text(known, "emojiId", place, 100)
        index = check.number(known, "index", place, 0, 5000)
        if text is not None and index is not None and _unit_at(text, int(index)) != "$":
            check.fault("emoji index is invalid", f"{place}.index")


def _unit_at(text: str, index: int) -> str:
    units = text.encode("utf-16-le", "surrogatepass")[index * 2 : index * 2 + 2]
    return units.decode("utf-16-le", "replace")


def _check_text_v2(check: Checker, message: Mapping[str, Any], where: str) -> None:
    text = check.text(message, "text", where, 5000)
    given = message.get("substitution")
    substitution = check.mapping(given, f"{where}.substitution") if given is not None else {}
    if text is None or substitution is None:
        return
    if len(substitution) > 100:
        check.fault("Size must be between 0 and 100", f"{where}.substitution")
    for key, value in substitution.items():
        _check_substitute(check, key, value, f"{where}.substitution.{key}")
    for found in _PLACEHOLDER.finditer(text):
        if found[0] in ("{", "}"):
            check.fault("Braces must be doubled", f"{where}.text")
        elif found[1] is not None and found[1] not in substitution:
            check.fault(f"Placeholder '{found[1]}' has no substitution", f"{where}.text")


def _check_substitute(check: Checker, key: str, value: object, where: str) -> None:
    if not _SUBSTITUTION_KEY.fullmatch(key):
        check.fault("Must match [0-9A-Za-z_]{1,20}", where)
    known = check.mapping(value, where)
    if known is None:
        return
    kind = check.choice(known, "type", where, ("mention", "emoji"), required=True)
    if kind == "mention":
        check.fault("mention is only available in groups and rooms", where)
    elif kind == "emoji":
        check.text(known, "productId", where, 100)
        check.text(known, "emojiId", where, 100)


def _check_sticker(check: Checker, message: Mapping[str, Any], where: str) -> None:
    for key in ("packageId", "stickerId"):
        value = check.text(message, key, where, 20)
        if value is not None and not (value.isascii() and value.isdigit()):
            check.fault("Must be digits", f"{where}.{key}")


def _check_image(check: Checker, message: Mapping[str, Any], where: str) -> None:
    check.media_url(message, "originalContentUrl", where)
    check.media_url(message, "previewImageUrl", where)


def _check_video(check: Checker, message: Mapping[str, Any], where: str) -> None:
    _check_image(check, message, where)
    tracking = check.text(message, "trackingId", where, 100, required=False)
    if tracking is not None and not _TRACKING_ID.fullmatch(tracking):
        check.fault("invalid tracking id", f"{where}.trackingId")


def _check_audio(check: Checker, message: Mapping[str, Any], where: str) -> None:
    check.media_url(message, "originalContentUrl", where)
    check.number(message, "duration", where, 1, 24 * 60 * 60 * 1000)


def _check_location(check: Checker, message: Mapping[str, Any], where: str) -> None:
    check.text(message, "title", where, 100)
    check.text(message, "address", where, 100)
    check.number(message, "latitude", where, -90, 90)
    check.number(message, "longitude", where, -180, 180)


def _check_coupon(check: Checker, message: Mapping[str, Any], where: str) -> None:
    check.text(message, "couponId", where, 100)
    tag = check.text(message, "deliveryTag", where, 30, required=False)
    if tag is not None and not _DELIVERY_TAG.fullmatch(tag):
        check.fault("Must match [A-Za-z0-9_]{1,30}", f"{where}.deliveryTag")


def _check_imagemap(check: Checker, message: Mapping[str, Any], where: str) -> None:
    check.media_url(message, "baseUrl", where)
    check.text(message, "altText", where, 1500)
    size = check.mapping(message.get("baseSize"), f"{where}.baseSize")
    if size is not None:
        check.number(size, "width", f"{where}.baseSize", 1040, 1040)
        check.number(size, "height", f"{where}.baseSize", 1, 10_000)
    for number, action in enumerate(check.items(message, "actions", where, 0, 50)):
        place = f"{where}.actions[{number}]"
        known = check.mapping(action, place)
        if known is not None:
            _check_imagemap_action(check, known, place)
    if message.get("video") is not None:
        _check_imagemap_video(check, message["video"], f"{where}.video")


def _check_imagemap_action(check: Checker, action: Mapping[str, Any], where: str) -> None:
    kind = check.choice(action, "type", where, ("uri", "message", "clipboard"), required=True)
    check.text(action, "label", where, 100, required=False)
    if kind == "uri":
        check.link(action, "linkUri", where)
    elif kind == "message":
        check.text(action, "text", where, 400)
    elif kind == "clipboard":
        check.text(action, "clipboardText", where, 1000)
    _check_area(check, action.get("area"), f"{where}.area")


def _check_imagemap_video(check: Checker, video: object, where: str) -> None:
    known = check.mapping(video, where)
    if known is None:
        return
    _check_image(check, known, where)
    _check_area(check, known.get("area"), f"{where}.area")
    if known.get("externalLink") is not None:
        link = check.mapping(known["externalLink"], f"{where}.externalLink")
        if link is not None:
            check.text(link, "label", f"{where}.externalLink", 30)
            check.link(link, "linkUri", f"{where}.externalLink")


def _check_area(check: Checker, area: object, where: str) -> None:
    known = check.mapping(area, where)
    if known is not None:
        for key in ("x", "y"):
            check.number(known, key, where, 0, 10_000)
        for key in ("width", "height"):
            check.number(known, key, where, 1, 10_000)


_CHECKS: dict[str, Callable[[Checker, Mapping[str, Any], str], None]] = {
    "text": _check_text,
    "textV2": _check_text_v2,
    "sticker": _check_sticker,
    "image": _check_image,
    "video": _check_video,
    "audio": _check_audio,
    "location": _check_location,
    "coupon": _check_coupon,
    "imagemap": _check_imagemap,
    "template": check_template,
    "flex": check_flex,
}
