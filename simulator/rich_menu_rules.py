"""LINE's rules for rich menus and their pictures."""

import io
import re
from collections.abc import Mapping
from typing import Any

from PIL import Image, UnidentifiedImageError

from simulator.action_rules import Place, check_action
from simulator.checks import GRAPHEMES, Checker
from simulator.wire import Fault

ALIAS = re.compile(r"[a-z0-9_-]{1,32}")
MOST_PICTURE_BYTES = 1024 * 1024
_WIDTHS = (800, 2500)
_LEAST_HEIGHT = 250
_LEAST_RATIO = 1.45
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG"}


def check_rich_menu(body: Mapping[str, Any]) -> list[Fault]:
    """Return everything that is wrong with a rich menu object."""
    check = Checker(loopback_media=True)
    size = check.mapping(body.get("size"), "size")
    if size is not None:
        width = check.number(size, "width", "size", *_WIDTHS)
        height = check.number(size, "height", "size", _LEAST_HEIGHT, _WIDTHS[1])
        if width is not None and height is not None and width / height < _LEAST_RATIO:
            check.fault("The aspect ratio must be 1.45 or more", "size")
    if not isinstance(body.get("selected"), bool):
        check.fault("May not be empty", "selected")
    top = {"name": body.get("name"), "chatBarText": body.get("chatBarText")}
    check.text(top, "name", "richMenu", 300, unit=GRAPHEMES)
    check.text(top, "chatBarText", "richMenu", 14, unit=GRAPHEMES)
    for number, area in enumerate(check.items(body, "areas", "", 0, 20)):
        where = f"areas[{number}]"
        known = check.mapping(area, where)
        if known is not None:
            _check_area(check, known, where)
    return [Fault(fault.message, fault.where.removeprefix("richMenu.")) for fault in check.faults]


def _check_area(check: Checker, area: Mapping[str, Any], where: str) -> None:
    bounds = check.mapping(area.get("bounds"), f"{where}.bounds")
    if bounds is not None:
        for key in ("x", "y"):
            check.number(bounds, key, f"{where}.bounds", 0, 2500)
        for key in ("width", "height"):
            check.number(bounds, key, f"{where}.bounds", 1, 2500)
    check_action(check, area.get("action"), f"{where}.action", Place.RICH_MENU)


def is_menu_picture(media_type: str, body: bytes) -> bool:
    """Tell whether bytes are a PNG or JPEG of a size that LINE takes for a rich menu."""
    if len(body) > MOST_PICTURE_BYTES:
        return False
    try:
        with Image.open(io.BytesIO(body), formats=[_FORMATS[media_type]]) as picture:
            width, height = picture.size
    except (UnidentifiedImageError, OSError, ValueError):
        return False
    fits = _WIDTHS[0] <= width <= _WIDTHS[1] and height >= _LEAST_HEIGHT
    return fits and width / height >= _LEAST_RATIO
