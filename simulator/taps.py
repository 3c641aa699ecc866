"""What a phone does when an action is tapped."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from simulator.action_rules import parse_picked

if TYPE_CHECKING:
    from simulator.person import Person

_FORMS = {"date": "%Y-%m-%d", "time": "%H:%M", "datetime": "%Y-%m-%dT%H:%M"}
_OA_MESSAGE = "/R/oaMessage/"


class CannotTap(Exception):  # noqa: N818 - what a hand cannot do, told to the test
    """The phone would not let this happen: no such button, or a date outside its limits."""


def perform(person: "Person", action: dict[str, Any], value: str | None = None) -> None:
    """Do what LINE does for an action; `value` is the date or time picked in a picker."""
    match action["type"]:
        case "postback":
            _postback(person, action)
        case "message":
            person.says(action["text"])
        case "uri":
            _open(person, action["uri"])
        case "datetimepicker":
            _pick(person, action, value)
        case "camera" | "cameraRoll":
            person.sends_photo()
        case "location":
            person.sends_location()
        case "richmenuswitch":
            _switch_menu(person, action)
        case "clipboard":
            person.state.clipboard = action["clipboardText"]
        case kind:
            message = f"a phone does not know the action {kind!r}"
            raise CannotTap(message)


def _postback(person: "Person", action: dict[str, Any]) -> None:
    state = person.state
    option = action.get("inputOption")
    if option in ("openRichMenu", "closeRichMenu"):
        state.is_menu_open = option == "openRichMenu"
    elif option == "openKeyboard":
        state.is_menu_open = False
        state.draft = action.get("fillInText", "")
    if action.get("text") is not None:
        # The deprecated form: the text goes out as a message of its own, and the postback follows.
        person.says(action["text"])
    person.posts_back(action.get("data", ""), shown=action.get("displayText"))


def _open(person: "Person", address: str) -> None:
    person.state.opened.append(address)
    text = text_of_entry_link(address)
    if text is not None:
        person.state.draft = text
    person.line.touch(person.state)


def text_of_entry_link(address: str) -> str | None:
    """Return the text that an oaMessage link makes ready to send, None for any other address."""
    _, found, rest = address.partition(_OA_MESSAGE)
    if not found:
        return None
    _, _, text = rest.partition("?")
    return unquote(text)


def _pick(person: "Person", action: dict[str, Any], value: str | None) -> None:
    mode = action["mode"]
    picked = parse_picked(mode, value if value is not None else _first_offer(person, action))
    if picked is None:
        message = f"{value!r} is not a {mode}"
        raise CannotTap(message)
    least, most = (parse_picked(mode, action.get(key)) for key in ("min", "max"))
    if (least is not None and picked < least) or (most is not None and picked > most):
        message = f"{value!r} is outside {action.get('min')} to {action.get('max')}"
        raise CannotTap(message)
    person.posts_back(action.get("data", ""), params={mode: picked.strftime(_FORMS[mode])})


def _first_offer(person: "Person", action: dict[str, Any]) -> str:
    """What a picker shows when it opens: its initial value, else its least, else now."""
    mode = action["mode"]
    now = _local(person).strftime(_FORMS[mode])
    least = action.get("min")
    return str(action.get("initial") or (least if least and least > now else now))


def _local(person: "Person") -> datetime:
    # Where the phone is is not known; Taipei's date is what the demo persons expect.
    return person.line.clock.now().astimezone(person.line.zone)


def _switch_menu(person: "Person", action: dict[str, Any]) -> None:
    menus = person.line.menus
    alias = action["richMenuAliasId"]
    target = menus.aliases.get(alias)
    if target is None:
        params = {"status": "RICHMENU_ALIAS_ID_NOTFOUND"}
    elif target not in menus.menus:
        params = {"status": "RICHMENU_NOTFOUND"}
    elif person.state.friendship.value != "friend":
        params = {"status": "FAILED"}
    else:
        params = {"status": "SUCCESS", "newRichMenuAliasId": alias}
        with person.line.lock:
            menus.link(person.state, target)
            person.state.is_menu_open = True
    person.posts_back(action.get("data", ""), params=params, keeps_quick_replies=True)
