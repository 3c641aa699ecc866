"""What a tap does: LINE's action objects.

Limits depend on where an action ends up (line/limits_actions.py), so they are checked when
the message around it is built. The label comes first, because it is what people see; only
image carousels, Flex parts other than buttons, and rich menus do without.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Literal

from line.json import given

PickerMode = Literal["date", "time", "datetime"]
InputOption = Literal["closeRichMenu", "openRichMenu", "openKeyboard", "openVoice"]
Moment = date | datetime | time | str


@dataclass(frozen=True, slots=True)
class Action:
    body: Mapping[str, Any]


def postback(
    label: str | None,
    data: str,
    *,
    display_text: str | None = None,
    input_option: InputOption | None = None,
    fill_in_text: str | None = None,
) -> Action:
    """Send `data` back to us; `display_text` appears in the chat as if the person had said it."""
    return Action(
        given(
            type="postback",
            label=label,
            data=data,
            displayText=display_text,
            inputOption=input_option,
            fillInText=fill_in_text,
        )
    )


def message(label: str | None, words: str) -> Action:
    """Say `words` in the person's name; they come back as an ordinary text message."""
    return Action(given(type="message", label=label, text=words))


def uri(label: str | None, address: str, *, desktop_address: str | None = None) -> Action:
    desktop = given(desktop=desktop_address) or None
    return Action(given(type="uri", label=label, uri=address, altUri=desktop))


def datetime_picker(
    label: str | None,
    data: str,
    *,
    mode: PickerMode,
    initial: Moment | None = None,
    earliest: Moment | None = None,
    latest: Moment | None = None,
) -> Action:
    """Let the person pick a moment, which comes back with `data` and without a time zone."""
    return Action(
        given(
            type="datetimepicker",
            label=label,
            data=data,
            mode=mode,
            initial=_written(initial),
            max=_written(latest),
            min=_written(earliest),
        )
    )


def camera(label: str) -> Action:
    return Action({"type": "camera", "label": label})


def camera_roll(label: str) -> Action:
    return Action({"type": "cameraRoll", "label": label})


def location(label: str) -> Action:
    return Action({"type": "location", "label": label})


def rich_menu_switch(label: str | None, alias_id: str, data: str) -> Action:
    """Show another rich menu, and tell us by a postback that it was done."""
    return Action(given(type="richmenuswitch", label=label, richMenuAliasId=alias_id, data=data))


def clipboard(label: str | None, words: str) -> Action:
    return Action(given(type="clipboard", label=label, clipboardText=words))


def _written(moment: Moment | None) -> str | None:
    match moment:
        case datetime():
            return moment.strftime("%Y-%m-%dT%H:%M")
        case date():
            return moment.isoformat()
        case time():
            return moment.strftime("%H:%M")
        case _:
            return moment
