"""Keep the simulated world over a restart: chats, friendships, menus, pictures in one JSON file.

Without it the bot would remember friends and menus that its LINE has forgotten. What lives for
minutes (reply tokens, faults, the log) is not kept.
"""

import base64
import json
import os
from dataclasses import asdict
from pathlib import Path
from threading import Event, Thread
from typing import Any

from simulator.contents import Content
from simulator.menus import RichMenu
from simulator.persons import Author, Entry, Friendship, PersonState, QuickReplies
from simulator.state import Line

_FORMAT = 1
_EVERY_SECONDS = 1.0
_MOST_CONTENT_BYTES = 32 * 1024 * 1024


def save(line: Line, path: Path) -> None:
    """Write the world to a file, which is replaced as a whole."""
    with line.lock:
        world = {
            "format": _FORMAT,
            "bot_user_id": line.bot_user_id,
            "persons": [_pack_person(person) for person in line.persons.values()],
            "menus": [
                {"id": menu.rich_menu_id, "body": menu.body, "picture": _pack_bytes(menu.picture),
                 "media_type": menu.media_type}
                for menu in line.menus.menus.values()
            ],
            "aliases": dict(line.menus.aliases),
            "default_menu": line.menus.default_id,
            "contents": _pack_contents(line),
        }  # fmt: skip
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    # Escapes, because a test may have let somebody write half a character.
    draft.write_text(json.dumps(world, ensure_ascii=True), encoding="ascii")
    draft.replace(path)


def load(line: Line, path: Path) -> bool:
    """Take the world from a file; return whether there was one to take.

    A file of another format, or one that is cut off, is left alone and the world starts empty.
    """
    try:
        world = json.loads(path.read_bytes())
        if world.get("format") != _FORMAT:
            return False
        persons = [_unpack_person(packed, line.chat_size) for packed in world["persons"]]
        menus = [
            RichMenu(packed["id"], packed["body"], base64.b64decode(packed["picture"]), packed["media_type"])
            for packed in world["menus"]
        ]
        contents = {
            message_id: Content(**(packed | {"body": base64.b64decode(packed["body"])}))
            for message_id, packed in world["contents"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    with line.lock:
        line.bot_user_id = world["bot_user_id"]
        for person in persons:
            line.adopt(person)
        line.menus.menus = {menu.rich_menu_id: menu for menu in menus}
        line.menus.aliases = world["aliases"]
        line.menus.default_id = world["default_menu"]
        line.contents.by_message = contents
    return True


class Keeper:
    """Saves the world about a second after it has changed."""

    def __init__(self, line: Line, path: Path) -> None:
        self._line = line
        self._path = path
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="keeper", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Save what is not saved yet, and end."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        saved = self._line.changes
        is_last = False
        while not is_last:
            is_last = self._stopped.wait(_EVERY_SECONDS)
            changes = self._line.changes
            if changes != saved:
                save(self._line, self._path)
                saved = changes


def _pack_person(person: PersonState) -> dict[str, Any]:
    packed = {name: getattr(person, name) for name in _PLAIN}
    strip = person.quick_replies
    return packed | {
        "friendship": person.friendship.value,
        "quick_replies": None if strip is None else asdict(strip),
        "chat": [
            {"message_id": entry.message_id, "author": entry.author.value, "body": entry.body,
             "at_ms": entry.at_ms, "request_id": entry.request_id, "event_id": entry.event_id,
             "is_unsent": entry.is_unsent}
            for entry in person.entries
        ],
    }  # fmt: skip


_PLAIN = (
    "user_id", "name", "language", "status_message", "picture", "has_consented", "is_standby", "was_friend",
    "wrote_at_ms", "rich_menu_id", "is_menu_open", "read_to", "draft", "version",
)  # fmt: skip


def _unpack_person(packed: dict[str, Any], chat_size: int) -> PersonState:
    person = PersonState(**{name: packed[name] for name in _PLAIN})
    person.friendship = Friendship(packed["friendship"])
    strip = packed["quick_replies"]
    if strip is not None:
        person.quick_replies = QuickReplies(
            strip["message_id"], tuple(strip["actions"]), tuple(strip["icons"])
        )
    for kept in packed["chat"][-chat_size:]:
        person.chat_of(chat_size).append(Entry(**(kept | {"author": Author(kept["author"])})))
    return person


def _pack_contents(line: Line) -> dict[str, Any]:
    packed: dict[str, Any] = {}
    left = _MOST_CONTENT_BYTES
    # The newest first, until the file is as large as a toy may be.
    for message_id, content in reversed(line.contents.by_message.items()):
        left -= len(content.body)
        if left < 0:
            break
        packed[message_id] = {name: getattr(content, name) for name in _CONTENT}
        packed[message_id]["body"] = _pack_bytes(content.body)
    return dict(reversed(packed.items()))


_CONTENT = ("kind", "media_type", "sent_at_ms", "ready_at_ms", "is_unsent")


def _pack_bytes(body: bytes) -> str:
    return base64.b64encode(body).decode()
