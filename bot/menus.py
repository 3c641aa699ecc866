"""The rich menus of a published revision as LINE wants them: each menu in each language."""

from typing import Any

import structlog

from content.model import MenuArea, RichMenu
from content.revisions import Published, button_name
from content.text import pick
from handlers.rich_menu import menu_name
from line import actions
from line.actions import Action
from line.postback import ButtonTap, pack
from line.rich_menus import WantedMenu, alias_of
from line.units import Unit, cut

BAR_LIMIT = 14
LABEL_LIMIT = 20
SHOWN_LIMIT = 300
AREAS_LIMIT = 20

log = structlog.get_logger()


def wanted_menus(published: Published) -> tuple[WantedMenu, ...]:
    """Return what should exist at LINE; a menu without a picture is left out and logged."""
    content = published.content
    found = []
    for menu in content.rich_menus:
        for language in content.languages:
            sha256 = _picture(published, menu, language)
            if sha256 is None:
                log.error("menu.no_picture", menu=menu.key, language=language)
                continue
            found.append(
                WantedMenu(
                    name=menu_name(menu.key, language),
                    body=_body(menu, language, content.default_language),
                    picture_sha256=sha256,
                    is_default=menu.default and language == content.default_language,
                )
            )
    return tuple(found)


def _picture(published: Published, menu: RichMenu, language: str) -> str | None:
    """Return the hash of the picture in this language, else in the default one, else in any."""
    name = menu.picture
    if isinstance(name, dict):
        name = (
            name.get(language)
            or name.get(published.content.default_language)
            or next(iter(name.values()), None)
        )
    return None if name is None else published.assets.get(f"rich_menus/{name}")


def _body(menu: RichMenu, language: str, default_language: str) -> dict[str, Any]:
    from content.pictures import areas_of  # brings Pillow along, which a starting worker can do without

    width, height = menu.size
    places = zip(menu.areas, areas_of(menu), strict=True)
    return {
        "size": {"width": width, "height": height},
        "selected": menu.opened,
        "chatBarText": cut(pick(menu.bar, language, default_language), BAR_LIMIT, Unit.GRAPHEME),
        "areas": [
            {
                "bounds": {"x": x, "y": y, "width": w, "height": h},
                "action": dict(_action(menu, area, language, default_language).body),
            }
            for area, (x, y, w, h) in list(places)[:AREAS_LIMIT]
        ],
    }


def _action(menu: RichMenu, area: MenuArea, language: str, default_language: str) -> Action:
    said = pick(area.label, language, default_language)
    label = cut(said, LABEL_LIMIT, Unit.GRAPHEME)
    if area.url is not None:
        return actions.uri(label, area.url)
    data = pack(ButtonTap(owner=f"menu.{menu.key}", button=button_name(area)))
    if area.open is not None:
        return actions.rich_menu_switch(label, alias_of(menu_name(area.open, language)), data)
    return actions.postback(label, data, display_text=cut(said, SHOWN_LIMIT, Unit.GRAPHEME))
