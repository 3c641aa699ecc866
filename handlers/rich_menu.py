"""The menu at the bottom of the chat: which one a contact should have, and as a card where there is none."""

from contacts.folding import fold, fold_word
from content.model import Content, RichMenu, When
from content.saying import above_buttons, alt, button_action, button_box
from handlers.conditions import Circumstances, hold
from handlers.turn import Turn
from line import flex
from line.events import TextSent
from line.messages import Message, Reply, text
from line.messages import flex as flex_message


def wanted_menu(content: Content, kept: str | None, here: Circumstances) -> RichMenu | None:
    """Return the menu a step linked, else the first whose conditions hold, else the default one."""
    menus = content.rich_menus
    linked = [menu for menu in menus if menu.key == kept]
    special = (menu for menu in menus if menu.when != When() and hold(menu.when, here))
    return next(iter([*linked, *special, *(menu for menu in menus if menu.default)]), None)


def wish(content: Content, kept: str | None, here: Circumstances) -> str | None:
    """Return the name of the menu that somebody should be linked to; None: the default one, which needs no link."""
    menu = wanted_menu(content, kept, here)
    if menu is None or (menu.default and here.language == content.default_language):
        return None
    return menu_name(menu.key, here.language)


def settle(turn: Turn) -> None:
    """Bring the contact's wanted menu in line with tags and language, at the end of a turn."""
    name = wish(turn.published.content, turn.contact.menu_kept, turn)
    if name != turn.contact.menu_wanted:
        turn.contact.menu_wanted = name
        # Written even if it is due already: that tells whoever is linking the old one just now.
        turn.contact.menu_due_at = turn.now
    elif turn.contact.menu_linked is None and name is not None and turn.contact.menu_due_at is None:
        turn.contact.menu_due_at = turn.now


def want(turn: Turn, key: str) -> None:
    """Keep this menu for the contact, whatever their tags say."""
    turn.contact.menu_kept = key


def menu_name(key: str, language: str) -> str:
    """Return the name of a menu in one language on LINE's side."""
    return f"{key}/{language}"


def asks_for_menu(event: TextSent, turn: Turn) -> bool:
    """Say whether the text is a word for the menu."""
    return fold(event.text) in {fold_word(word) for word in turn.keywords("menu")}


def show_as_card(_event: TextSent, turn: Turn) -> Reply:
    """Send the menu as a card, for devices that show no rich menus."""
    menu = wanted_menu(turn.published.content, turn.contact.menu_kept, turn)
    if menu is None:
        return (text(turn.phrase("nothing_to_show")),)
    turn.decisions.append(f"menu.{menu.key}")
    return (menu_card(turn, menu),)


def menu_card(turn: Turn, menu: RichMenu) -> Message:
    """Build a menu as a bubble of its labels."""
    found = [button_action(turn.voice, area, owner=f"menu.{menu.key}") for area in menu.areas]
    title = turn.phrase("menu_title")
    body = above_buttons([flex.text(title, wrap=True, weight="bold")])
    return flex_message(alt(title), flex.bubble(body=body, footer=button_box(found)))
