"""Menus that bring no picture get one, before they are published."""

from dataclasses import replace

from content.model import Content, RichMenu
from content.pictures import draw_menu
from playbook.schema import Playbook


def with_drawn_menus(playbook: Playbook, *, menu_font: str | None = None) -> Playbook:
    """Return the playbook with a picture per language for every menu that has none.

    Takes up to a second per picture, so it belongs before the transaction of `apply`. The
    same playbook gives the same pictures while font and Pillow stay the same.

    :param menu_font: the font file to draw with; an installed one is chosen when left out.
    :raises NoGlyphs: no font draws every label; `check` has named the characters already.
    """
    assets = dict(playbook.assets)
    menus = tuple(
        menu if menu.picture is not None else _drawn(menu, playbook.content, assets, menu_font)
        for menu in playbook.content.rich_menus
    )
    return replace(playbook, content=playbook.content.model_copy(update={"rich_menus": menus}), assets=assets)


def _drawn(menu: RichMenu, content: Content, assets: dict[str, bytes], menu_font: str | None) -> RichMenu:
    pictures = {}
    for language in content.languages:
        name = f"{menu.key}.{language}.drawn.png"
        assets[f"rich_menus/{name}"] = draw_menu(
            menu, language, content.default_language, menu_font=menu_font
        )
        pictures[language] = name
    return menu.model_copy(update={"picture": pictures})
