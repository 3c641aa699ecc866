"""Ids: written so that postbacks can carry them, and each given once."""

import re
from collections.abc import Iterable, Iterator

from content.steps import Button
from playbook.draft import AnyPart, Draft
from playbook.faults import Faults
from playbook.loader import Folder
from playbook.locate import Path
from playbook.source import Node
from playbook.walk import models

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
TAG = re.compile(r"[^\s,|\x00-\x1f]{1,64}")
FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}")
MENU_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,19}")
"""With its language it must fit LINE's 32 characters for an alias."""

_AN_ID = "1 to 40 letters A-Z, digits, _ and -, beginning with a letter or digit"
_A_TAG = "1 to 64 characters without spaces, commas and |"


def check_ids(draft: Draft, faults: Faults) -> None:
    """Name every id that is written badly or given twice."""
    folder = draft.folder
    groups = list(_items(folder, "tags.yaml", "groups"))
    _once("tags.yaml", "tag group", groups, "id", faults)
    tags = [tag for group in groups for tag in _below(group, "tags")]
    _once("tags.yaml", "tag", tags, "name", faults, shape=TAG, words=_A_TAG)
    _once("welcome.yaml", "greeting", _items(folder, "welcome.yaml", "greetings"), "id", faults)
    _once("cards.yaml", "card", _items(folder, "cards.yaml", "cards"), "id", faults)
    _once("auto_replies.yaml", "rule", _items(folder, "auto_replies.yaml", "rules"), "id", faults)
    _once("segments.yaml", "segment", _items(folder, "segments.yaml", "segments"), "id", faults)
    _once("segments.yaml", "score", _items(folder, "segments.yaml", "scores"), "id", faults)
    _once("routing.yaml", "queue", _items(folder, "routing.yaml", "queues"), "id", faults)
    _once("routing.yaml", "rule", _items(folder, "routing.yaml", "rules"), "id", faults)
    _once("campaigns.yaml", "campaign", _items(folder, "campaigns.yaml", "campaigns"), "id", faults)
    for file, key, node in folder.under("questionnaires"):
        if not ID.fullmatch(key):
            faults.add(file, 1, f"the file's name is the questionnaire's id and must be {_AN_ID}")
        questions = list(_below(node, "questions"))
        _once(file, "question", questions, "id", faults)
        for question in questions:
            _once(file, "choice of this question", _below(question, "choices"), "id", faults)
            _fields(file, question, faults)
    for file, key, _ in folder.under("rich_menus"):
        if not MENU_KEY.fullmatch(key):
            faults.add(file, 1, "the file's name is the menu's id and must be 1 to 20 of a-z, 0-9, _ and -")
    for part in draft.parts():
        for owner in _owners(part):
            _buttons(part, owner, faults)


def _once(
    file: str,
    noun: str,
    nodes: Iterable[Node],
    key: str,
    faults: Faults,
    *,
    shape: re.Pattern[str] = ID,
    words: str = _AN_ID,
) -> None:
    seen: dict[str, int] = {}
    for node in nodes:
        for entry in node.entries():
            if entry.key != key or not isinstance(entry.node.value, str):
                continue
            name = entry.node.value
            if not shape.fullmatch(name):
                faults.add(file, entry.line, f"{name!r} cannot name a {noun}: it must be {words}")
            if name in seen:
                faults.add(file, entry.line, f"there is a {noun} {name!r} already, on line {seen[name]}")
            seen.setdefault(name, entry.line)


def _fields(file: str, question: Node, faults: Faults) -> None:
    written = [(entry.node.value, entry.line) for entry in question.entries() if entry.key == "field"]
    for choice in _below(question, "choices"):
        fields = choice.get("fields")
        written += [(entry.key, entry.line) for entry in (fields.entries() if fields is not None else ())]
    for name, line in written:
        if isinstance(name, str) and not FIELD.fullmatch(name):
            faults.add(
                file,
                line,
                f"{name!r} cannot name a field: it must be 1 to 40 of a-z, 0-9 and _, a letter first",
            )


def _owners(part: AnyPart) -> Iterator[Path]:
    """Yield the places of everything that a postback names as the owner of a button."""
    for name in ("greetings", "rules", "cards", "campaigns"):
        for place, _ in enumerate(getattr(part.value, name, ())):
            yield (name, place)
    yield from (
        (name,)
        for name in ("buttons", "areas", "ending")
        if isinstance(getattr(part.value, name, None), tuple)
    )
    if hasattr(part.value, "fallback"):
        yield from (("fallback", "first"), ("fallback", "second"))


def _buttons(part: AnyPart, owner: Path, faults: Faults) -> None:
    """Two different buttons of one owner must not share an id: a tap could mean either."""
    seen: dict[str, tuple[Button, int]] = {}
    for path, model in models(part.value):
        if path[: len(owner)] != owner or not isinstance(model, Button) or not model.id:
            continue
        line = part.line((*path, "id"))
        if not ID.fullmatch(model.id):
            faults.add(part.file, line, f"{model.id!r} cannot name a button: it must be {_AN_ID}")
        first, first_line = seen.setdefault(model.id, (model, line))
        if first != model:
            faults.add(
                part.file,
                line,
                f"another button with the id {model.id!r} stands beside it, on line {first_line}",
            )


def _items(folder: Folder, file: str, field: str) -> Iterator[Node]:
    node = folder.sources.get(file)
    if node is not None:
        yield from _below(node, field)


def _below(node: Node, field: str) -> Iterator[Node]:
    inner = node.get(field)
    if inner is not None:
        yield from inner.items()
