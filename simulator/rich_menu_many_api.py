"""The rich-menu endpoints for many: bulk links, batches, aliases."""

import re
from typing import Any

from simulator.menus import MOST_MENUS
from simulator.messaging_api import USER_ID
from simulator.rich_menu_api import not_found, usable_menu
from simulator.rich_menu_rules import ALIAS
from simulator.state import Line
from simulator.wire import ACCEPTED, OK, Answer, Call, Fault, Refusal, answer_json, json_object, refuse_body

_MOST_USERS = 500
_MOST_OPERATIONS = 1000
_RESUME_KEY = re.compile(r"[0-9a-zA-Z\-_]{1,100}")


def bulk_link(line: Line, call: Call) -> Answer:
    """Give up to 500 persons a menu; done some time after the answer."""
    body = json_object(call)
    user_ids = _user_ids(body)
    with line.lock:
        usable_menu(line, str(body.get("richMenuId", "")))
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
        raise not_found()
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
