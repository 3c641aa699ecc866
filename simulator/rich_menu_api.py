"""The rich-menu endpoints."""

import re
from typing import Any

from simulator.menus import MOST_MENUS, RichMenu
from simulator.messaging_api import USER_ID
from simulator.rich_menu_rules import ALIAS, check_rich_menu, is_menu_picture
from simulator.state import Line
from simulator.wire import ACCEPTED, OK, Answer, Call, Fault, Refusal, answer_json, json_object, refuse_body

_PICTURES = ("image/png", "image/jpeg")
_MOST_USERS = 500
_MOST_OPERATIONS = 1000
_RESUME_KEY = re.compile(r"[0-9a-zA-Z\-_]{1,100}")


def create(line: Line, call: Call) -> Answer:
    """Create a menu; its picture follows."""
    body = _checked(call)
    with line.lock:
        if len(line.menus.menus) >= MOST_MENUS:
            raise Refusal(400, "The number of rich menus has reached the limit", with_details=True)
        return answer_json({"richMenuId": line.menus.add(body).rich_menu_id})


def validate(_line: Line, call: Call) -> Answer:
    """Check a menu without creating it."""
    _checked(call)
    return OK


def _checked(call: Call) -> dict[str, Any]:
    body = json_object(call)
    faults = check_rich_menu(body)
    if faults:
        raise refuse_body(faults)
    return body


def get(line: Line, call: Call) -> Answer:
    """Show one menu."""
    return answer_json(_menu(line, call.args[0]).as_json)


def list_all(line: Line, _call: Call) -> Answer:
    """Show all menus."""
    with line.lock:
        return answer_json({"richmenus": [menu.as_json for menu in line.menus.menus.values()]})


def delete(line: Line, call: Call) -> Answer:
    """Delete a menu."""
    with line.lock:
        _menu(line, call.args[0])
        line.menus.drop(call.args[0])
    return OK


def upload(line: Line, call: Call) -> Answer:
    """Take the picture of a menu, once."""
    menu = _menu(line, call.args[0])
    if call.media_type not in _PICTURES:
        raise Refusal(415, f"The content type, {call.media_type or 'none'}, is not supported")
    if menu.picture:
        raise Refusal(400, "An image has already been uploaded to the richmenu", with_details=True)
    if not is_menu_picture(call.media_type, call.body):
        raise Refusal(400, "The image size is not allowed for richmenu", with_details=True)
    with line.lock:
        menu.picture, menu.media_type = call.body, call.media_type
    return OK


def download(line: Line, call: Call) -> Answer:
    """Return the picture of a menu."""
    menu = _menu(line, call.args[0])
    if not menu.picture:
        raise _not_found()
    return Answer(200, menu.picture, menu.media_type)


def set_default(line: Line, call: Call) -> Answer:
    """Make a menu everybody's who has none of their own."""
    with line.lock:
        _usable(line, call.args[0])
        line.menus.make_default(call.args[0])
    return OK


def get_default(line: Line, _call: Call) -> Answer:
    """Tell which menu is everybody's."""
    if line.menus.default_id is None:
        raise Refusal(404, "no default richmenu", with_details=True)
    return answer_json({"richMenuId": line.menus.default_id})


def clear_default(line: Line, _call: Call) -> Answer:
    """Leave nobody a default menu."""
    with line.lock:
        line.menus.make_default(None)
    return OK


def link(line: Line, call: Call) -> Answer:
    """Give a person a menu of their own; without effect unless they are a friend."""
    user_id, rich_menu_id = call.args
    _check_user(user_id)
    with line.lock:
        _usable(line, rich_menu_id)
        person = line.find(user_id)
        if person is not None:
            line.menus.link(person, rich_menu_id)
    return OK


def unlink(line: Line, call: Call) -> Answer:
    """Take a person's own menu away."""
    _check_user(call.args[0])
    with line.lock:
        person = line.find(call.args[0])
        if person is not None:
            line.menus.link(person, None)
    return OK


def get_linked(line: Line, call: Call) -> Answer:
    """Tell which menu is a person's own."""
    _check_user(call.args[0])
    with line.lock:
        person = line.find(call.args[0])
        own = None if person is None else line.menus.own_id(person)
    if own is None:
        raise Refusal(404, "the user has no richmenu", with_details=True)
    return answer_json({"richMenuId": own})


def bulk_link(line: Line, call: Call) -> Answer:
    """Give up to 500 persons a menu; done some time after the answer."""
    body = json_object(call)
    user_ids = _user_ids(body)
    with line.lock:
        _usable(line, str(body.get("richMenuId", "")))
        line.menus.link_later(user_ids, str(body["richMenuId"]))
    return ACCEPTED


def bulk_unlink(line: Line, call: Call) -> Answer:
    """Take the own menus of up to 500 persons away."""
    user_ids = _user_ids(json_object(call))
    with line.lock:
        line.menus.link_later(user_ids, None)
    return ACCEPTED


def batch(line: Line, call: Call) -> Answer:
    """Replace or remove menus for everybody linked to them; every step sees the state before."""
    body = json_object(call)
    operations = _operations(line, body)
    with line.lock:
        moves: list[tuple[str, str | None]] = []
        for user_id, person in line.persons.items():
            own = line.menus.own_id(person)
            for operation in operations:
                if operation["type"] == "unlinkAll" and own is not None:
                    moves.append((user_id, None))
                elif own is not None and operation.get("from") == own:
                    moves.append((user_id, operation.get("to")))
        for user_id, target in moves:
            line.menus.link_later((user_id,), target)
        line.menus.batches[call.request_id] = line.clock.now_ms()
    return ACCEPTED


def validate_batch(line: Line, call: Call) -> Answer:
    """Check a batch without doing it."""
    _operations(line, json_object(call))
    return OK


def batch_progress(line: Line, call: Call) -> Answer:
    """Tell how far a batch is."""
    accepted = line.menus.batches.get(call.query.get("requestId", ""))
    if accepted is None:
        raise _not_found()
    is_done = line.clock.now_ms() >= accepted + line.menus.bulk_seconds * 1000
    return answer_json(
        {"phase": "succeeded" if is_done else "ongoing", "acceptedTime": line.clock.now().isoformat()}
    )


def create_alias(line: Line, call: Call) -> Answer:
    """Name a menu, so that a tab can switch to it."""
    body = json_object(call)
    alias = body.get("richMenuAliasId")
    if not isinstance(alias, str) or not ALIAS.fullmatch(alias):
        raise refuse_body([Fault("invalid rich menu alias id", "richMenuAliasId")])
    with line.lock:
        if alias in line.menus.aliases:
            raise Refusal(400, "conflict richmenu alias id", with_details=True)
        if len(line.menus.aliases) >= MOST_MENUS:
            raise Refusal(400, "The number of rich menu aliases has reached the limit", with_details=True)
        line.menus.aliases[alias] = _alias_target(line, body)
    return OK


def update_alias(line: Line, call: Call) -> Answer:
    """Point a name at another menu."""
    body = json_object(call)
    with line.lock:
        _alias(line, call.args[0])
        line.menus.aliases[call.args[0]] = _alias_target(line, body)
    return OK


def get_alias(line: Line, call: Call) -> Answer:
    """Tell what a name points at."""
    return answer_json({"richMenuAliasId": call.args[0], "richMenuId": _alias(line, call.args[0])})


def delete_alias(line: Line, call: Call) -> Answer:
    """Forget a name."""
    with line.lock:
        _alias(line, call.args[0])
        del line.menus.aliases[call.args[0]]
    return OK


def list_aliases(line: Line, _call: Call) -> Answer:
    """Show all names."""
    with line.lock:
        return answer_json(
            {
                "aliases": [
                    {"richMenuAliasId": alias, "richMenuId": target}
                    for alias, target in line.menus.aliases.items()
                ]
            }
        )


def _not_found() -> Refusal:
    return Refusal(404, "Not found", with_details=True)


def _menu(line: Line, rich_menu_id: str) -> RichMenu:
    menu = line.menus.menus.get(rich_menu_id)
    if menu is None:
        raise _not_found()
    return menu


def _usable(line: Line, rich_menu_id: str) -> RichMenu:
    menu = _menu(line, rich_menu_id)
    if not menu.picture:
        raise Refusal(400, "must upload richmenu image before applying it to user", with_details=True)
    return menu


def _alias(line: Line, alias: str) -> str:
    target = line.menus.aliases.get(alias)
    if target is None:
        raise Refusal(404, "richmenu alias not found", with_details=True)
    return target


def _alias_target(line: Line, body: dict[str, Any]) -> str:
    menu = line.menus.menus.get(str(body.get("richMenuId", "")))
    if menu is None or not menu.picture:
        raise Refusal(400, "richmenu not found", with_details=True)
    return menu.rich_menu_id


def _check_user(user_id: str) -> None:
    if not USER_ID.fullmatch(user_id):
        raise Refusal(400, "The value for the 'userId' parameter is invalid", with_details=True)


def _user_ids(body: dict[str, Any]) -> tuple[str, ...]:
    user_ids = body.get("userIds")
    if not isinstance(user_ids, list) or not 1 <= len(user_ids) <= _MOST_USERS:
        raise refuse_body([Fault(f"Size must be between 1 and {_MOST_USERS}", "userIds")])
    for number, user_id in enumerate(user_ids):
        if not isinstance(user_id, str) or not USER_ID.fullmatch(user_id):
            raise refuse_body([Fault("invalid user id", f"userIds[{number}]")])
    return tuple(user_ids)


def _operations(line: Line, body: dict[str, Any]) -> list[dict[str, Any]]:
    operations = body.get("operations")
    if not isinstance(operations, list) or not 1 <= len(operations) <= _MOST_OPERATIONS:
        raise refuse_body([Fault(f"Size must be between 1 and {_MOST_OPERATIONS}", "operations")])
    faults = []
    seen: set[str] = set()
    for number, operation in enumerate(operations):
        where = f"operations[{number}]"
        kind = operation.get("type") if isinstance(operation, dict) else None
        if kind not in ("link", "unlink", "unlinkAll"):
            faults.append(Fault("Must be one of the following values: link, unlink, unlinkAll", where))
            continue
        if kind == "unlinkAll" and len(operations) > 1:
            faults.append(Fault("unlinkAll must be alone", where))
        if kind != "unlinkAll":
            source = str(operation.get("from", ""))
            faults += [Fault("from is repeated", where)] if source in seen else []
            faults += [] if source in line.menus.menus else [Fault("richmenu not found", f"{where}.from")]
            seen.add(source)
        if kind == "link":
            target = line.menus.menus.get(str(operation.get("to", "")))
            faults += (
                [] if target is not None and target.picture else [Fault("richmenu not found", f"{where}.to")]
            )
    key = body.get("resumeRequestKey")
    if key is not None and not (isinstance(key, str) and _RESUME_KEY.fullmatch(key)):
        faults.append(Fault("invalid resume request key", "resumeRequestKey"))
    if faults:
        raise refuse_body(faults)
    return operations
