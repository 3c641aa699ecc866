"""The limits of action objects, which differ by the place where the action stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from line.shapes import Check, Fault, matching, one_of, record, text, under, variant
from line.units import Unit
from line.urls import link

DATA_LIMIT = 300
DISPLAY_TEXT_LIMIT = 300
CLIPBOARD_LIMIT = 1_000
ALIAS = matching(r"[a-z0-9_-]{1,32}", "1 to 32 characters of a-z, 0-9, _ and -")
EARLIEST, LATEST = "1900-01-01", "2100-12-31"

_TIME = matching(r"(?:[01]\d|2[0-3]):[0-5]\d", "a time such as 06:15")


@dataclass(frozen=True, slots=True)
class ActionPlace:
    """Where an action stands, and what that place asks of it."""

    words: str
    label_limit: int
    is_label_required: bool
    extra_kinds: tuple[str, ...] = ()
    allows_desktop_uri: bool = True


IN_TEMPLATE = ActionPlace("in a template", 20, is_label_required=True)
IN_IMAGE_CAROUSEL = ActionPlace("in an image carousel", 12, is_label_required=False)
IN_QUICK_REPLY = ActionPlace(
    "in a quick reply",
    20,
    is_label_required=True,
    extra_kinds=("camera", "cameraRoll", "location"),
    allows_desktop_uri=False,
)
IN_FLEX_BUTTON = ActionPlace("in a Flex button", 40, is_label_required=True)
IN_FLEX = ActionPlace("in a Flex message", 40, is_label_required=False)
IN_RICH_MENU = ActionPlace("in a rich menu", 20, is_label_required=False, extra_kinds=("richmenuswitch",))


def action(place: ActionPlace) -> Check:
    """Return the check for an action object that stands in `place`."""
    label: Mapping[str, Check] = {"label": text(place.label_limit, Unit.GRAPHEME)}
    required = label if place.is_label_required else {}
    optional = {} if place.is_label_required else label
    desktop: Mapping[str, Check] = {"altUri": _ALT_URI} if place.allows_desktop_uri else {}
    kinds = {
        "postback": record(
            {**required, "data": _DATA},
            {
                **optional,
                "displayText": _DISPLAY_TEXT,
                "text": _DISPLAY_TEXT,
                "inputOption": one_of("closeRichMenu", "openRichMenu", "openKeyboard", "openVoice"),
                "fillInText": _DISPLAY_TEXT,
            },
            _one_echo,
            _fill_in_needs_keyboard,
        ),
        "message": record({**required, "text": _DISPLAY_TEXT}, optional),
        "uri": record({**required, "uri": link}, {**optional, **desktop}),
        "datetimepicker": record(
            {**required, "data": _DATA, "mode": one_of(*_PICKERS)},
            {**optional, "initial": _ANY_TEXT, "max": _ANY_TEXT, "min": _ANY_TEXT},
            _picker_range,
        ),
        "clipboard": record({**required, "clipboardText": text(CLIPBOARD_LIMIT)}, optional),
    }
    extras = {
        "camera": record(required, optional),
        "cameraRoll": record(required, optional),
        "location": record(required, optional),
        "richmenuswitch": record({**required, "richMenuAliasId": ALIAS, "data": _DATA}, optional),
    }
    return variant(kinds | {kind: extras[kind] for kind in place.extra_kinds}, here=place.words)


def _one_echo(postback: Mapping[str, Any], path: str) -> Iterator[Fault]:
    if "displayText" in postback and "text" in postback:
        yield Fault(under(path, "text"), "cannot stand beside displayText; leave it out")


def _fill_in_needs_keyboard(postback: Mapping[str, Any], path: str) -> Iterator[Fault]:
    if "fillInText" in postback and postback.get("inputOption") != "openKeyboard":
        yield Fault(under(path, "fillInText"), "works only with inputOption openKeyboard")


def _picker_range(picker: Mapping[str, Any], path: str) -> Iterator[Fault]:
    """Check the three bounds of a picker; written alike, they can be compared as text."""
    bounds = {name: picker[name].upper() for name in ("min", "initial", "max") if name in picker}
    faults = [
        fault
        for name, bound in bounds.items()
        for fault in _PICKERS[picker["mode"]](bound, under(path, name))
    ]
    yield from faults
    if faults:
        return
    if "min" in bounds and "max" in bounds and bounds["min"] >= bounds["max"]:
        yield Fault(under(path, "max"), "must be later than min")
    elif list(bounds.values()) != sorted(bounds.values()):
        yield Fault(under(path, "initial"), "must lie between min and max")


def _date(value: object, path: str) -> Iterator[Fault]:
    day = str(value)
    if not _is_date(day):
        yield Fault(path, "must be a date such as 2027-06-18")
    elif not EARLIEST <= day <= LATEST:
        yield Fault(path, f"must be a date from {EARLIEST} to {LATEST}")


def _date_and_time(value: object, path: str) -> Iterator[Fault]:
    day, separator, time = str(value).partition("T")
    if not separator or list(_TIME(time, path)):
        yield Fault(path, "must be a date and time such as 2027-06-18T06:15")
    else:
        yield from _date(day, path)


def _is_date(day: str) -> bool:
    try:
        return date.fromisoformat(day).isoformat() == day
    except ValueError:
        return False


_ANY_TEXT = text(20)
_DATA = text(DATA_LIMIT, at_least=0)
_DISPLAY_TEXT = text(DISPLAY_TEXT_LIMIT, Unit.GRAPHEME)
_ALT_URI = record({"desktop": link}, {})
_PICKERS: Mapping[str, Check] = {"date": _date, "time": _TIME, "datetime": _date_and_time}
