"""Acts of a person as JSON: the names under which `/sim` and the page call them."""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

from simulator.person import Person
from simulator.persons import Entry
from simulator.taps import CannotTap

_Act = Callable[[Person, Mapping[str, Any]], Entry | None]


def act(person: Person, name: str, given: Mapping[str, Any]) -> Entry | None:
    """Let a person act; return the bubble it made, if it made one.

    :raises KeyError: there is no such act.
    :raises CannotTap: a phone would not allow it, or a field is missing.
    """
    return _ACTS[name](person, given)


def _text(given: Mapping[str, Any], key: str) -> str:
    value = given.get(key)
    if not isinstance(value, str):
        message = f"{key} must be a text"
        raise CannotTap(message)
    return value


def _follow(person: Person, _given: Mapping[str, Any]) -> None:
    person.follows()


def _block(person: Person, _given: Mapping[str, Any]) -> None:
    person.unfollows()


def _delete(person: Person, _given: Mapping[str, Any]) -> None:
    person.deletes_account()


def _say(person: Person, given: Mapping[str, Any]) -> Entry:
    return person.says(_text(given, "text"))


def _sticker(person: Person, given: Mapping[str, Any]) -> Entry:
    return person.sends_sticker(str(given.get("package_id", "446")), str(given.get("sticker_id", "1988")))


def _photo(person: Person, given: Mapping[str, Any]) -> Entry:
    if "data" not in given:
        return person.sends_photo()
    media_type = str(given.get("media_type", "image/jpeg"))
    if media_type not in ("image/jpeg", "image/png", "image/gif", "image/webp"):
        message = "media_type must be a kind of picture"
        raise CannotTap(message)
    return person.sends_photo(_bytes(given), media_type)


def _file(person: Person, given: Mapping[str, Any]) -> Entry:
    return person.sends_file(_text(given, "name"), _bytes(given))


def _bytes(given: Mapping[str, Any]) -> bytes:
    try:
        return base64.b64decode(_text(given, "data"), validate=True)
    except binascii.Error as error:
        message = "data must be Base64"
        raise CannotTap(message) from error


def _location(person: Person, given: Mapping[str, Any]) -> Entry:
    known = {key: given[key] for key in ("title", "address", "latitude", "longitude") if key in given}
    return person.sends_location(**known)


def _message(person: Person, given: Mapping[str, Any]) -> Entry:
    message = given.get("message")
    if not isinstance(message, dict):
        problem = "message must be an object"
        raise CannotTap(problem)
    return person.sends_message(message)


def _tap(person: Person, given: Mapping[str, Any]) -> None:
    on = _entry(person, given["message_id"]) if "message_id" in given else None
    person.taps(_text(given, "label"), given.get("value"), on=on)


def _pick(person: Person, given: Mapping[str, Any]) -> None:
    person.picks_newest(_text(given, "value"))


def _perform(person: Person, given: Mapping[str, Any]) -> None:
    action = given.get("action")
    if not isinstance(action, dict) or not isinstance(action.get("type"), str):
        message = "action must be a LINE action"
        raise CannotTap(message)
    try:
        person.performs(action, given.get("value"))
    except KeyError as error:
        message = f"the action has no {error}"
        raise CannotTap(message) from error


def _post_back(person: Person, given: Mapping[str, Any]) -> None:
    person.posts_back(_text(given, "data"), params=given.get("params"), shown=given.get("shown"))


def _unsend(person: Person, given: Mapping[str, Any]) -> None:
    person.unsends(_entry(person, given.get("message_id")))


def _scan(person: Person, given: Mapping[str, Any]) -> None:
    person.scans(_text(given, "code"))


def _cause(person: Person, given: Mapping[str, Any]) -> None:
    payload = {key: value for key, value in given.items() if key != "type"}
    person.causes(_text(given, "type"), **payload)


def _menu(person: Person, given: Mapping[str, Any]) -> None:
    person.state.is_menu_open = bool(given.get("open"))
    person.line.touch(person.state)


def _entry(person: Person, message_id: object) -> Entry:
    for entry in person.chat:
        if entry.message_id == message_id:
            return entry
    message = f"there is no message {message_id!r} in this chat"
    raise CannotTap(message)


_ACTS: dict[str, _Act] = {
    "follow": _follow,
    "block": _block,
    "delete": _delete,
    "say": _say,
    "sticker": _sticker,
    "photo": _photo,
    "file": _file,
    "location": _location,
    "message": _message,
    "tap": _tap,
    "pick": _pick,
    "perform": _perform,
    "postback": _post_back,
    "unsend": _unsend,
    "scan": _scan,
    "cause": _cause,
    "menu": _menu,
}
ACTS = tuple(_ACTS)
"""The names of all acts."""
