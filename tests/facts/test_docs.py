"""docs/imports.md and docs/facts.md tell the columns and the events that the program knows."""

import re
from pathlib import Path

import pytest

from facts.event_properties import OF_TURNS
from facts.models import ImportKind
from facts.rows_columns import COLUMNS

DOCS = Path(__file__).parent.parent.parent / "docs"


def table(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize("kind", COLUMNS)
def test_columns_are_documented_with_their_aliases(kind: ImportKind) -> None:
    found = re.search(rf"<!-- {kind} -->\n((?:\|.*\n)+)", (DOCS / "imports.md").read_text())
    assert found
    assert table(found[1]) == [
        [f"`{column.name}`", "、".join(column.aliases.split("|")), column.what] for column in COLUMNS[kind]
    ]


def test_events_that_turns_record_are_documented() -> None:
    events = table((DOCS / "facts.md").read_text())
    assert {row[0].strip("`") for row in events} == set(OF_TURNS)
    for name, _when, told in events:
        assert [one for one in OF_TURNS[name.strip("`")] if f"`{one}`" not in told] == []
