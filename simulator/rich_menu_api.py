"""The rich-menu endpoints."""

from typing import Any

from simulator.menus import MOST_MENUS, RichMenu
from simulator.messaging_api import USER_ID
from simulator.rich_menu_rules import check_rich_menu, is_menu_picture
from simulator.state import Line
from simulator.wire import OK, Answer, Call, Refusal, answer_json, json_object, refuse_body

_PICTURES = ("image/png", "image/jpeg")


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
        raise not_found()
    return Answer(200, menu.picture, menu.media_type)


def set_default(line: Line, call: Call) -> Answer:
    """Make a menu everybody's who has none of their own."""
    with line.lock:
        usable_menu(line, call.args[0])
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
        usable_menu(line, rich_menu_id)
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


def not_found() -> Refusal:
    """Return LINE's refusal of a menu it does not know."""
    return Refusal(404, "Not found", with_details=True)


def _menu(line: Line, rich_menu_id: str) -> RichMenu:
    menu = line.menus.menus.get(rich_menu_id)
    if menu is None:
        raise not_found()
    return menu


def usable_menu(line: Line, rich_menu_id: str) -> RichMenu:
    """Return a menu that may be shown: one with a picture."""
    menu = _menu(line, rich_menu_id)
    if not menu.picture:
        raise Refusal(400, "must upload richmenu image before applying it to user", with_details=True)
    return menu


def _check_user(user_id: str) -> None:
    if not USER_ID.fullmatch(user_id):
        raise Refusal(400, "The value for the 'userId' parameter is invalid", with_details=True)
