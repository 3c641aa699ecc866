"""A rule as text: YAML as in a playbook, for those who would rather write than click."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from ruamel.yaml import YAML

from playbook.faults import Faults
from playbook.locate import line_of
from playbook.source import Node, read
from segmentation.rules import Path

FILE = "rule"
"""What the reader calls it; nobody sees it."""
LINE_CHARS = 4096
"""Longer than any line: what belongs together is not broken."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a text says."""

    rule: Any
    """As dicts, lists and scalars; None where it is no YAML."""
    faults: Sequence[tuple[int, str]]
    """Line and what is wrong there."""
    _tree: Node | None

    def line_of(self, path: Path) -> int | None:
        """Return where a part of the rule is written."""
        return line_of(self._tree, path) if self._tree is not None else None


def as_text(rule: Mapping[str, Any]) -> str:
    """Return a rule as one would write it."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = LINE_CHARS
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    out = StringIO()
    yaml.dump(dict(rule), out)
    return out.getvalue() if rule else ""


def from_text(text: str) -> Written:
    """Read what somebody wrote."""
    faults = Faults()
    tree = read(text, FILE, faults)
    told = [(fault.line, fault.what) for fault in faults.sorted()]
    return Written(tree.plain() if tree is not None and not told else None, told, tree)
