"""One person's phone as the page draws it: the chat as HTML, the strip, the menu, the state."""

from itertools import islice
from typing import Any

from rendering import render_incoming, render_message, render_quick_replies
from simulator.describe import describe_person
from simulator.menus import RichMenu
from simulator.person import Person
from simulator.persons import Author, Entry
from simulator.seen import tappable
from simulator.state import Line
from simulator.webhooks import Outcome

MOST_PERSONS = 60
"""How many people the page lists; a load test may bring many more."""


def draw_screen(person: Person) -> dict[str, Any]:
    """Return everything that the phone of a person shows."""
    line, state = person.line, person.state
    with line.lock:
        menu = line.menus.shown_to(state)
        is_menu_open = line.menus.is_open_for(state)
        typing_ms = max(0, state.loading_until_ms - line.clock.now_ms())
    return describe_person(person) | {
        "entries": [_draw_entry(line, entry, state.read_to) for entry in person.chat],
        "quick": _draw_strip(person),
        "menu": None if menu is None else _draw_menu(menu),
        "is_menu_open": is_menu_open,
        "typing_ms": typing_ms,
        "draft": state.draft,
    }


def _draw_entry(line: Line, entry: Entry, read_to: str) -> dict[str, Any]:
    is_own = entry.author is Author.PERSON
    return {
        "id": entry.message_id,
        "is_own": is_own,
        "at_ms": entry.at_ms,
        "is_unsent": entry.is_unsent,
        "is_read": is_own and _is_read(line, entry, read_to),
        "can_unsend": is_own and bool(entry.event_id) and not entry.is_unsent,
        "html": "" if entry.is_unsent else str(_html(line, entry)),
    }


def _html(line: Line, entry: Entry) -> str:
    if entry.author is Author.BOT:
        return render_message(entry.body)
    content = line.contents.find(entry.message_id)
    return render_incoming(entry.body, None if content is None else f"/content/{entry.message_id}")


def _is_read(line: Line, entry: Entry, read_to: str) -> bool:
    # With the account's chat switched off LINE marks everything as read by itself.
    return line.chat_mode == "bot" or (bool(read_to) and int(entry.message_id) <= int(read_to))


def _draw_strip(person: Person) -> str:
    strip = person.state.quick_replies
    if strip is None:
        return ""
    items = [
        {"type": "action", "action": action, **({"imageUrl": icon} if icon else {})}
        for action, icon in zip(strip.actions, strip.icons, strict=True)
    ]
    return str(render_quick_replies({"quickReply": {"items": items}}))


def _draw_menu(menu: RichMenu) -> dict[str, Any]:
    size = menu.body["size"]
    width, height = size["width"], size["height"]
    areas = []
    for area in menu.body["areas"]:
        bounds = area["bounds"]
        areas.append({
            "label": tappable(area["action"]).label,
            "action": area["action"],
            "left": 100 * bounds["x"] / width, "top": 100 * bounds["y"] / height,
            "width": 100 * bounds["width"] / width, "height": 100 * bounds["height"] / height,
        })  # fmt: skip
    return {
        "id": menu.rich_menu_id, "name": menu.body["name"], "bar": menu.body["chatBarText"],
        "selected": menu.body["selected"], "ratio": f"{width} / {height}",
        "picture": f"/menus/{menu.rich_menu_id}", "areas": areas,
    }  # fmt: skip


def draw_pulse(line: Line) -> dict[str, Any]:
    """Return what tells the page that something has changed, small enough to send often."""
    with line.lock:
        shown = islice(line.persons.values(), MOST_PERSONS)
        persons = {person.user_id: [person.version, person.friendship.value] for person in shown}
    return {
        "persons": persons,
        "log": line.log.total,
        "trouble": tell_trouble(line.webhooks.last_outcome, line.webhook_url),
    }


def tell_trouble(outcome: Outcome | None, url: str | None) -> str:
    """Return in a sentence why the last webhook failed; nothing when it did not."""
    if outcome is None or outcome.is_ok:
        return ""
    match outcome.reason:
        case "REQUEST_TIMEOUT":
            told = "it took longer than 2 seconds"
        case "COULD_NOT_CONNECT":
            told = f"nobody listens at {url}" if url else "no webhook address is set"
        case _:
            told = f"it said {outcome.status}"
    return f"The bot did not answer: {told}"
