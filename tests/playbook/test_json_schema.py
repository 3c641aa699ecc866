"""The JSON Schema of playbooks: it takes what the program takes, and knows no key that the program refuses."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bot.segmenting import SEGMENTS
from playbook.faults import Faults
from playbook.json_schema import FILES, schema
from playbook.source import read
from tests.playbook.folders import GOOD
from tests.shop import EXAMPLES

WRITTEN = [
    *((path.relative_to(EXAMPLES / name).as_posix(), path.read_text())
      for name in ("rental", "tea_shop") for path in sorted((EXAMPLES / name).rglob("*.yaml"))),
    *((name, text) for name, text in GOOD.items() if isinstance(text, str)),
]  # fmt: skip


def as_data(text: str) -> Any:
    tree = read(text, "file", Faults())
    assert tree is not None
    return tree.plain()


def kind_of(file: str) -> str:
    return next(kind for kind in FILES if Path(file).match(kind))


def faults(written: Any, form: Mapping[str, Any]) -> list[str]:
    return [fault.message for fault in Draft202012Validator(form).iter_errors(written)]


def test_it_is_a_schema() -> None:
    for file in (None, *FILES):
        Draft202012Validator.check_schema(schema(SEGMENTS, file))


def test_it_takes_every_file_of_the_examples() -> None:
    forms = {kind: schema(SEGMENTS, kind) for kind in FILES}
    assert {kind_of(file) for file, _ in WRITTEN} == set(FILES)
    found = {file: faults(as_data(text), forms[kind_of(file)]) for file, text in WRITTEN}
    assert {file: told for file, told in found.items() if told} == {}


def test_it_takes_a_whole_folder() -> None:
    folder = {file: as_data(text) for file, text in GOOD.items() if isinstance(text, str)}
    assert faults(folder, schema(SEGMENTS)) == []
    assert faults({**folder, "rich_menus/main.yaml": {"bar": "Menu"}}, schema(SEGMENTS))
    del folder["playbook.yaml"]
    assert faults(folder, schema(SEGMENTS))


@pytest.mark.parametrize(
    ("file", "written"),
    [
        ("segments.yaml", {"segments": [{"id": "a", "label": "A", "rule": {"tagg": "vip"}}]}),
        ("segments.yaml", {"segments": [{"id": "a", "label": "A", "rule": {"seen": {"inside": "30d"}}}]}),
        (
            "segments.yaml",
            {"scores": [{"id": "a", "label": "A", "conditions": [{"points": 1, "when": {"any": 3}}]}]},
        ),
        ("segments.yaml", {"segments": [{"label": "no id", "rule": {"following": True}}]}),
        ("tags.yaml", {"groups": [{"id": "a", "label": "A", "tags": [{"name": "x", "labels": "X"}]}]}),
        ("cards.yaml", {"cards": [{"id": "a", "title": 3}]}),
        ("cards.yaml", {"buttons": [{"label": "Go", "begin": "find_home"}]}),
        ("rich_menus/main.yaml", {"bar": "Menu"}),
        ("campaigns.yaml", {"cap": {"times": 0, "within": "7d"}}),
        ("transcripts/a.yaml", {"lines": [{"tabs": "Order"}]}),
    ],
)
def test_it_refuses_what_is_misspelt(file: str, written: Any) -> None:
    assert faults(written, schema(SEGMENTS, kind_of(file)))
