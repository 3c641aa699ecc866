"""What a person sees of LINE's messages: the words in their order, and what can be tapped."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Body = Mapping[str, Any]
"""One LINE message as JSON."""

_BLOCKS = ("header", "hero", "body", "footer")
_TEMPLATE_WORDS = ("title", "text")


@dataclass(frozen=True)
class Tappable:
    """A button, a quick reply, or anything else with an action."""

    label: str
    kind: str
    """LINE's action type: `postback`, `message`, `uri`, `datetimepicker`, …"""


def words_of(message: Body) -> str:
    """Return the visible words of a message, labels included, each on its line."""
    return "\n".join(words for words in _words(message) if words)


def tappables_of(message: Body) -> Sequence[Tappable]:
    """Return what can be tapped, in the order shown; quick replies come last."""
    return [Tappable(_label(action), str(action.get("type", ""))) for action in actions_of(message)]


def _words(node: Any) -> Iterator[str]:
    if not isinstance(node, Mapping):
        return
    if node.get("type") == "flex":
        yield from _words(node.get("contents"))
    elif node.get("type") == "template":
        yield from _template_words(node.get("template", {}))
    elif isinstance(node.get("text"), str):
        yield node["text"]
    for part in _parts(node):
        yield from _words(part)
    if "action" in node and node.get("type") == "button":
        yield _label(node["action"])
    for item in node.get("quickReply", {}).get("items", ()):
        yield _label(item.get("action", {}))


def _template_words(template: Body) -> Iterator[str]:
    for column in template.get("columns", [template]):
        for name in _TEMPLATE_WORDS:
            yield str(column.get(name, ""))
        for action in column.get("actions", ()):
            yield _label(action)


def actions_of(node: Any) -> Iterator[Body]:
    """Yield LINE's action objects of a message or a part of one, in the order of `tappables_of`."""
    if not isinstance(node, Mapping):
        return
    if node.get("type") == "flex":
        yield from actions_of(node.get("contents"))
    if node.get("type") == "template":
        template = node.get("template", {})
        for column in template.get("columns", [template]):
            yield from column.get("actions", ())
            if "action" in column:
                yield column["action"]
    for part in _parts(node):
        yield from actions_of(part)
    if isinstance(node.get("action"), Mapping):
        yield node["action"]
    for item in node.get("quickReply", {}).get("items", ()):
        yield item.get("action", {})


def _parts(node: Body) -> Iterator[Any]:
    """Yield what a Flex container or box holds, from top to bottom."""
    for block in _BLOCKS:
        if block in node:
            yield node[block]
    contents = node.get("contents")
    if isinstance(contents, list):
        yield from contents


def _label(action: Body) -> str:
    return str(action.get("label") or action.get("displayText") or action.get("text") or "")
