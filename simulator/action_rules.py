"""LINE's rules for actions, quick replies and the sender."""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from simulator.checks import GRAPHEMES, Checker


class Place(Enum):
    """Where an action stands."""

    TEMPLATE = "template"
    IMAGE_CAROUSEL = "image carousel"
    QUICK_REPLY = "quick reply"
    FLEX_BUTTON = "flex button"
    FLEX = "flex"
    RICH_MENU = "rich menu"
    DEFAULT_ACTION = "default action"


_LABELS: dict[Place, tuple[bool, int]] = {
    Place.TEMPLATE: (True, 20),
    Place.IMAGE_CAROUSEL: (False, 12),
    Place.QUICK_REPLY: (True, 20),
    Place.FLEX_BUTTON: (True, 40),
    Place.FLEX: (False, 40),
    Place.RICH_MENU: (False, 20),
    Place.DEFAULT_ACTION: (False, 20),
}
"""Whether a label is required there, and how long it may be."""
_EVERYWHERE: tuple[str, ...] = ("postback", "message", "uri", "datetimepicker", "clipboard")
_QUICK_REPLY_ONLY: tuple[str, ...] = ("camera", "cameraRoll", "location")
_INPUT_OPTIONS = ("closeRichMenu", "openRichMenu", "openKeyboard", "openVoice")
_PICKER_FORMATS = {
    "date": (re.compile(r"\d{4}-\d{2}-\d{2}"), "%Y-%m-%d"),
    "time": (re.compile(r"\d{2}:\d{2}"), "%H:%M"),
    "datetime": (re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}"), "%Y-%m-%dT%H:%M"),
}
_ALIAS = re.compile(r"[a-z0-9_-]{1,32}")
MOST_QUICK_REPLIES = 13
_BANNED_SENDERS = re.compile(r"\bLINE\b", re.IGNORECASE)


def check_action(check: Checker, action: object, where: str, place: Place) -> None:
    """Check one action object."""
    known = check.mapping(action, where)
    if known is None:
        return
    kind = check.choice(known, "type", where, _kinds(place), required=True)
    if kind is None:
        return
    required, most = _LABELS[place]
    check.text(known, "label", where, most, unit=GRAPHEMES, required=required)
    match kind:
        case "postback":
            _check_postback(check, known, where)
        case "message":
            check.text(known, "text", where, 300, unit=GRAPHEMES)
        case "uri":
            _check_uri(check, known, where)
        case "datetimepicker":
            _check_picker(check, known, where)
        case "clipboard":
            check.text(known, "clipboardText", where, 1000)
        case "richmenuswitch":
            _check_switch(check, known, where)


def _kinds(place: Place) -> tuple[str, ...]:
    if place is Place.QUICK_REPLY:
        return _EVERYWHERE + _QUICK_REPLY_ONLY
    return (*_EVERYWHERE, "richmenuswitch") if place is Place.RICH_MENU else _EVERYWHERE


def _check_uri(check: Checker, action: Mapping[str, Any], where: str) -> None:
    check.link(action, "uri", where)
    if "altUri" in action:
        desktop = check.mapping(action["altUri"], f"{where}.altUri")
        if desktop is not None:
            check.link(desktop, "desktop", f"{where}.altUri", required=False)


def _check_switch(check: Checker, action: Mapping[str, Any], where: str) -> None:
    check.text(action, "data", where, 300, least=0)
    alias = check.text(action, "richMenuAliasId", where, 32)
    if alias is not None and not _ALIAS.fullmatch(alias):
        check.fault("invalid rich menu alias id", f"{where}.richMenuAliasId")


def _check_postback(check: Checker, action: Mapping[str, Any], where: str) -> None:
    check.text(action, "data", where, 300, least=0)
    for key in ("displayText", "text"):
        check.text(action, key, where, 300, unit=GRAPHEMES, required=False)
    if action.get("displayText") is not None and action.get("text") is not None:
        check.fault("displayText and text cannot be used together", where)
    option = check.choice(action, "inputOption", where, _INPUT_OPTIONS)
    fill_in = check.text(action, "fillInText", where, 300, unit=GRAPHEMES, required=False)
    if fill_in is not None and option != "openKeyboard":
        check.fault("fillInText can only be used when inputOption is openKeyboard", f"{where}.fillInText")


def _check_picker(check: Checker, action: Mapping[str, Any], where: str) -> None:
    check.text(action, "data", where, 300, least=0)
    mode = check.choice(action, "mode", where, ("date", "time", "datetime"), required=True)
    if mode is None:
        return
    values = {}
    for key in ("initial", "min", "max"):
        value = action.get(key)
        if value is None:
            continue
        parsed = parse_picked(mode, value)
        if parsed is None:
            check.fault(f"Must be a valid {mode}", f"{where}.{key}")
        else:
            values[key] = parsed
    if "min" in values and "max" in values and not values["max"] > values["min"]:
        check.fault("max must be greater than min", f"{where}.max")


def parse_picked(mode: str, value: object) -> datetime | None:
    """Return a picker's value as a naive time, or None when it has not the form of its mode."""
    pattern, form = _PICKER_FORMATS[mode]
    if not isinstance(value, str) or not pattern.fullmatch(value):
        return None
    try:
        parsed = datetime.strptime(value.replace("t", "T"), form)  # noqa: DTZ007 - LINE's pickers know no zone
    except ValueError:
        return None
    inside = mode == "time" or 1900 <= parsed.year <= 2100
    return parsed if inside else None


def check_quick_reply(check: Checker, quick_reply: object, where: str) -> None:
    """Check a message's quick replies."""
    known = check.mapping(quick_reply, where)
    if known is None:
        return
    for number, item in enumerate(check.items(known, "items", where, 1, MOST_QUICK_REPLIES)):
        place = f"{where}.items[{number}]"
        item_known = check.mapping(item, place)
        if item_known is None:
            continue
        check.choice(item_known, "type", place, ("action",), required=True)
        check.media_url(item_known, "imageUrl", place, required=False)
        check_action(check, item_known.get("action"), f"{place}.action", Place.QUICK_REPLY)


def check_sender(check: Checker, sender: object, where: str) -> None:
    """Check the name and icon that stand in for the account's."""
    known = check.mapping(sender, where)
    if known is None:
        return
    name = check.text(known, "name", where, 20, required=False)
    if name is not None and _BANNED_SENDERS.search(name):
        check.fault("The name contains a word that is not allowed", f"{where}.name")
    check.media_url(known, "iconUrl", where, required=False)
