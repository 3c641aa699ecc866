"""Where a part of the content model is written in its file.

The model is more regular than what people write: `then: {tag: x, say: y}` becomes two
steps, a text becomes a map of languages, and verbs beside a label become `do`. A path
through the model is followed through the file with the same rules as `content.steps`.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from content.steps import VERBS
from playbook.source import Entry, Node

Path = tuple[str | int, ...]
"""Field names, list positions and keys, as pydantic gives them in `loc`."""


def line_of(root: Node, path: Sequence[str | int]) -> int:
    """Return the line where the thing at `path` is written, or that of the nearest thing around it."""
    node, line = root, root.line
    for above, part in pairwise((None, *path)):
        found = _step_into(node, part, above)
        if found is not None:
            node, line = found.node, found.line
    return line


def node_at(root: Node, path: Sequence[str | int]) -> Node:
    """Return what is written at `path`, or the nearest thing around it."""
    node = root
    for above, part in pairwise((None, *path)):
        found = _step_into(node, part, above)
        if found is not None:
            node = found.node
    return node


def _step_into(node: Node, part: str | int | None, above: str | int | None) -> Entry | None:
    if isinstance(part, int):
        # A transcript's lines may say `menu` as steps do, and are none.
        return _item(node, part, are_steps=above != "lines" and _are_steps(node))
    for entry in node.entries():
        if entry.key == part and not (part == "do" and _verbs(node)):
            return entry
    if part == "do" and _verbs(node):
        steps = Node(node.line, tuple(_flat_button(node)), "list")
        return Entry("do", steps.items()[0].line, steps)
    return None


def _item(node: Node, position: int, *, are_steps: bool) -> Entry | None:
    if node.kind == "list":
        items = list(_flat(node)) if are_steps else list(node.items())
    elif node.kind == "map" and _is_step(node):
        items = list(_one_by_one(node))
    else:
        return None
    return Entry("", items[position].line, items[position]) if position < len(items) else None


def _flat_button(button: Node) -> Iterator[Node]:
    for entry in _verbs(button):
        yield Node(entry.line, (entry,), "map")
    rest = button.get("do")
    if rest is None:
        return
    yield from _flat(rest) if rest.kind == "list" else _one_by_one(rest)


def _flat(steps: Node) -> Iterator[Node]:
    for item in steps.items():
        if item.kind == "map":
            yield from _one_by_one(item)
        else:
            yield item


def _one_by_one(step: Node) -> Iterator[Node]:
    if step.kind != "map":
        yield step
    for entry in step.entries():
        yield Node(entry.line, (entry,), "map")


def _verbs(button: Node) -> tuple[Entry, ...]:
    if button.get("label") is None:
        return ()
    return tuple(entry for entry in button.entries() if entry.key in VERBS)


def _are_steps(node: Node) -> bool:
    return any(_is_step(item) for item in node.items())


def _is_step(node: Node) -> bool:
    keys = {entry.key for entry in node.entries()}
    return bool(keys & set(VERBS)) and not keys & {"label", "id"}
