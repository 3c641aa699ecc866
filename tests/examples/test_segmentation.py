"""The table of kinds of segmentation names segments that the shipped playbooks have, and every one of them."""

import re
from pathlib import Path

from ruamel.yaml import YAML

from bot.segmenting import SEGMENTS
from playbook.check import check

ROOT = Path(__file__).parent.parent.parent
KINDS = {
    "geographic",
    "demographic",
    "behavioural",
    "psychographic",
    "media",
    "technographic",
    "needs",
    "value",
    "B2B",
}


def rows() -> list[list[str]]:
    """Return the cells of the first table."""
    lines = (ROOT / "docs" / "segmentation.md").read_text().splitlines()
    start = lines.index("| kind | looks at | segment | playbook | facts it reads |") + 2
    end = next(number for number in range(start, len(lines)) if not lines[number].startswith("|"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[start:end]]


def test_every_kind_has_a_segment_of_its_label_in_a_playbook_and_reads_what_the_table_says() -> None:
    shipped = {}
    for name in ("tea_shop", "rental"):
        playbook = check(ROOT / "examples" / name).playbook
        assert playbook is not None
        shipped[name] = {one.id: one for one in playbook.content.segments}
    told = set()
    for _kind, _what, named, playbook_name, facts in rows():
        keys = re.findall(r"([^`,]+) `(\w+)`", named)
        assert keys, named
        for label, key in keys:
            segment = shipped[playbook_name][key]
            assert label.strip() in segment.label.values()
            told.add((playbook_name, key))
            assert any(f"'{fact.strip()}'" in str(segment.rule) for fact in facts.split(",")), key
    assert {kind for kind, *_ in rows()} == KINDS
    everything = {(name, key) for name, found in shipped.items() for key in found}
    assert everything - told == {("tea_shop", "a_cup_a_day")}


def test_the_rule_for_companies_is_one() -> None:
    text = (ROOT / "docs" / "segmentation.md").read_text()
    (written,) = re.findall(r"sells to companies asks so: `(.+?)`\.", text)
    assert SEGMENTS.needs([SEGMENTS.parse(YAML(typ="safe").load(written))])
