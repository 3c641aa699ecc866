"""One YAML file as a tree that knows its lines.

The tree is built from ruamel's nodes, not from its objects: every repeated key is found
at once, and what a plain word means is decided here, by the few rules authors need.
Only `true`, `false`, `null` and decimal numbers are anything but text; so `NO`, `12:30`,
`2027-03-01` and `0912345678` stay as they are written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from playbook.faults import Faults

NODES_LIMIT = 50_000
"""More than any playbook needs, and the end of files that unfold themselves by aliases."""
DEPTH_LIMIT = 60

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,18})")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CORE = "tag:yaml.org,2002:"

Scalar = str | int | float | bool | None


@dataclass(frozen=True)
class Node:
    """A value of the file: a scalar, a tuple of nodes, or a tuple of entries."""

    line: int
    value: "Scalar | tuple[Node, ...] | tuple[Entry, ...]"
    kind: str
    """`scalar`, `list` or `map`."""

    def entries(self) -> "tuple[Entry, ...]":
        """Return the entries of a map; nothing for anything else."""
        return tuple(e for e in self.value if isinstance(e, Entry)) if isinstance(self.value, tuple) else ()

    def items(self) -> "tuple[Node, ...]":
        """Return the items of a list; nothing for anything else."""
        return tuple(n for n in self.value if isinstance(n, Node)) if isinstance(self.value, tuple) else ()

    def get(self, key: str) -> "Node | None":
        """Return what a map holds under `key`."""
        return next((entry.node for entry in self.entries() if entry.key == key), None)

    def plain(self) -> Any:
        """Return the value as dicts, lists and scalars."""
        if self.kind == "map":
            return {entry.key: entry.node.plain() for entry in self.entries()}
        if self.kind == "list":
            return [node.plain() for node in self.items()]
        return self.value


@dataclass(frozen=True)
class Entry:
    key: str
    line: int
    node: Node


def read(text: str, file: str, faults: Faults) -> Node | None:
    """Read YAML 1.2; return None when not even a tree came of it, the reason being in `faults`."""
    yaml = YAML(typ="rt", pure=True)
    yaml.Composer = _Composer
    try:
        root = yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = " ".join(part for part in (error.context, error.problem) if part)
        faults.add(file, mark.line + 1 if mark else 1, f"is not YAML: {reason}")
        return None
    except YAMLError as error:
        position = getattr(error, "position", 0)
        faults.add(file, text.count("\n", 0, position) + 1, "is not YAML: holds a control character")
        return None
    except _TooMuchError as error:
        faults.add(file, error.line, error.what)
        return None
    if root is None:
        return Node(1, (), "map")
    try:
        return _Reader(file, faults).node(root, ())
    except _TooMuchError as error:
        faults.add(file, error.line, error.what)
        return None


class _TooMuchError(Exception):
    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line
        self.what = what


class _Composer(Composer):
    """Stops far beyond the limit, to the point of which `_Reader` keeps: a RecursionError would take seconds."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.depth += 1
        if self.depth > 3 * DEPTH_LIMIT:
            line = self.loader.parser.peek_event().start_mark.line + 1
            raise _TooMuchError(line, f"is nested more than {DEPTH_LIMIT} levels deep")
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


class _Reader:
    def __init__(self, file: str, faults: Faults) -> None:
        self.file = file
        self.faults = faults
        self.count = 0

    def node(self, raw: Any, above: tuple[int, ...]) -> Node:
        line = raw.start_mark.line + 1
        self.count += 1
        if self.count > NODES_LIMIT:
            raise _TooMuchError(line, f"unfolds to more than {NODES_LIMIT:,} values")
        if id(raw) in above:
            raise _TooMuchError(line, "an alias (*) stands inside what it repeats")
        if len(above) >= DEPTH_LIMIT:
            raise _TooMuchError(line, f"is nested more than {DEPTH_LIMIT} levels deep")
        if not str(raw.tag).startswith(_CORE):
            self.faults.add(self.file, line, f"the YAML tag {raw.tag} means nothing here; leave it out")
        inside = (*above, id(raw))
        if isinstance(raw, MappingNode):
            return Node(line, tuple(self.entries(raw, inside)), "map")
        if isinstance(raw, SequenceNode):
            return Node(line, tuple(self.node(item, inside) for item in raw.value), "list")
        return Node(line, self.scalar(raw, line), "scalar")

    def entries(self, raw: MappingNode, above: tuple[int, ...]) -> Iterator[Entry]:
        seen: dict[str, int] = {}
        for key_node, value_node in raw.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self.faults.add(self.file, line, "a key must be one word, not a list or a map")
                continue
            key = str(key_node.value)
            self.check_text(key, line)
            if key in seen:
                self.faults.add(self.file, line, f"{key!r} is written twice; first on line {seen[key]}")
                continue
            seen[key] = line
            yield Entry(key, line, self.node(value_node, above))

    def scalar(self, raw: ScalarNode, line: int) -> Scalar:
        text = str(raw.value)
        self.check_text(text, line)
        if raw.style in {"|", ">"}:
            # The line break that ends a block is the file's, not the message's.
            return text.rstrip("\n")
        if raw.style is not None or raw.tag == f"{_CORE}str":
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        return float(text) if _DECIMAL.fullmatch(text) else text

    def check_text(self, text: str, line: int) -> None:
        if _UNSTORABLE.search(text):
            self.faults.add(self.file, line, "holds a NUL or half a character (\\0, \\ud800 …); take it out")
