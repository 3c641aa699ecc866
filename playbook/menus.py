"""Rich menus and pictures: what LINE takes, and what can be drawn here."""

import re
import warnings
from io import BytesIO

from PIL import Image

from content.fonts import missing_characters
from content.model import Card, RichMenu
from content.pictures import PICTURE_LIMIT_BYTES
from content.steps import Say
from content.text import Frozen, pick
from playbook.draft import Draft
from playbook.faults import Faults
from playbook.loader import Folder
from playbook.parse import Part
from playbook.walk import models

WIDTHS = (800, 2500)
LEAST_HEIGHT = 250
LEAST_ASPECT = 1.45
AREAS_LIMIT = 20
CARD_PICTURE_SIDE = 1024
"""What a Flex message shows at most."""
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def check_menus(draft: Draft, faults: Faults, *, menu_font: str | None = None) -> None:
    """Name menus, menu pictures and other pictures that LINE would refuse, and labels that cannot be drawn.

    :param menu_font: the font file to draw with; an installed one is chosen when left out.
    """
    defaults = [part for part in draft.rich_menus if part.value.default]
    for part in defaults[1:]:
        what = f"there is a default menu already, {defaults[0].file}; one is enough"
        part.blame(faults, ("default",), what)
    for part in draft.rich_menus:
        _size(part, faults)
        _areas(part, faults)
        _menu_pictures(part, draft.folder, faults)
        if draft.account is not None and part.value.picture is None:
            _glyphs(part, draft.account.value.all_languages(), menu_font, faults)
    for name, content in draft.folder.assets.items():
        if name.startswith("pictures/"):
            _picture(name, content, faults)
    if draft.tags is not None:
        for place, group in enumerate(draft.tags.value.groups):
            if not _COLOUR.fullmatch(group.colour):
                what = f"{group.colour!r} is not a colour; write it like #2f6f8f, in quotes"
                draft.tags.blame(faults, ("groups", place, "colour"), what)


def pictures_used(*roots: Frozen) -> frozenset[str]:
    """Return the paths of all pictures that content and questionnaires show."""
    used: set[str] = set()
    for root in roots:
        for _, model in models(root):
            if isinstance(model, Card | Say) and model.picture is not None:
                used.add(f"pictures/{model.picture}")
            elif isinstance(model, RichMenu) and model.picture is not None:
                named = [model.picture] if isinstance(model.picture, str) else model.picture.values()
                used |= {f"rich_menus/{name}" for name in named}
    return frozenset(used)


def _size(part: Part[RichMenu], faults: Faults) -> None:
    width, height = part.value.size
    if not WIDTHS[0] <= width <= WIDTHS[1]:
        what = f"a menu is {WIDTHS[0]} to {WIDTHS[1]} pixels wide, not {width}"
        part.blame(faults, ("size",), what)
    elif height < LEAST_HEIGHT or width / height < LEAST_ASPECT:
        most = int(width / LEAST_ASPECT)
        what = f"a menu {width} wide is {LEAST_HEIGHT} to {most} pixels high, not {height}"
        part.blame(faults, ("size",), what)


def _areas(part: Part[RichMenu], faults: Faults) -> None:
    menu = part.value
    if not menu.areas and part.is_whole:
        part.blame(faults, ("areas",), "a menu needs at least one area")
    if len(menu.areas) > AREAS_LIMIT:
        part.blame(faults, ("areas",), f"{len(menu.areas)} areas; LINE takes {AREAS_LIMIT}")
    placed = [place for place, area in enumerate(menu.areas) if area.bounds is not None]
    if placed and len(placed) < len(menu.areas):
        part.blame(faults, ("areas",), "either every area has bounds, or none has")
    for place in placed:
        x, y, width, height = menu.areas[place].bounds or (0, 0, 0, 0)
        is_inside = x >= 0 and y >= 0 and x + width <= menu.size[0] and y + height <= menu.size[1]
        if width < 1 or height < 1 or not is_inside:
            what = (
                f"bounds [{x}, {y}, {width}, {height}] leave the picture of {menu.size[0]} × {menu.size[1]}"
            )
            part.blame(faults, ("areas", place, "bounds"), f"{what}; they are x, y, width, height")


def _menu_pictures(part: Part[RichMenu], folder: Folder, faults: Faults) -> None:
    picture = part.value.picture
    named = {"": picture} if isinstance(picture, str) else picture or {}
    for language, name in named.items():
        content = folder.assets.get(f"rich_menus/{name}")
        if content is None:
            continue
        path = ("picture", language) if language else ("picture",)
        if len(content) > PICTURE_LIMIT_BYTES:
            what = f"{name} has {len(content):,} bytes; LINE takes {PICTURE_LIMIT_BYTES:,} for a menu"
            part.blame(faults, path, what)
        size = _measured(content)
        width, height = part.value.size
        if size is None:
            part.blame(faults, path, f"{name} is not a PNG or JPEG picture, or it is damaged")
        elif size != (width, height):
            what = f"{name} is {size[0]} × {size[1]} pixels, and the menu's size is {width} × {height}"
            part.blame(faults, path, what)


def _glyphs(part: Part[RichMenu], languages: tuple[str, ...], menu_font: str | None, faults: Faults) -> None:
    for language in languages:
        words = "".join(pick(area.label, language, languages[0]) for area in part.value.areas)
        missing = missing_characters(words, menu_font=menu_font)
        if missing:
            what = f"the picture cannot be drawn for {language}: no font here has {' '.join(missing)}"
            hint = "install one (fonts-noto-cjk), name one in MENU_FONT, or bring a picture"
            part.blame(faults, ("areas",), f"{what}; {hint}")


def _picture(name: str, content: bytes, faults: Faults) -> None:
    size = _measured(content)
    if size is None:
        faults.add(name, 1, "is not a PNG or JPEG picture, or it is damaged")
    elif max(size) > CARD_PICTURE_SIDE:
        what = (
            f"is {size[0]} × {size[1]} pixels; LINE shows {CARD_PICTURE_SIDE} × {CARD_PICTURE_SIDE} at most"
        )
        faults.add(name, 1, what)
    if len(content) > PICTURE_LIMIT_BYTES:
        what = f"has {len(content):,} bytes; as its own preview LINE takes {PICTURE_LIMIT_BYTES:,}"
        faults.add(name, 1, what)


def _measured(content: bytes) -> tuple[int, int] | None:
    """Return width and height of a whole PNG or JPEG; None for anything else."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(BytesIO(content), formats=("PNG", "JPEG"))
            size = image.size
            # Bigger ones are refused by their size; decoding them would only cost memory.
            if size[0] * size[1] <= WIDTHS[1] * WIDTHS[1]:
                image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    return size
