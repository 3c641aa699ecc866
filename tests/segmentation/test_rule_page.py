"""The page about rules shows every leaf, and every example on it is one."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from bot import tables  # noqa: F401 - so that every table that another refers to is known
from bot.segmenting import SEGMENTS
from segmentation.rules import FaultyRule, leaves

PAGE = (Path(__file__).parent.parent.parent / "docs/rules.md").read_text()
EXAMPLES = re.findall(r"^\| `([^`]+)` \|", PAGE, re.MULTILINE)


def read(written: str) -> Any:
    return YAML(typ="safe").load(written)


def test_every_example_is_a_rule_and_fits_the_schema() -> None:
    validator = Draft202012Validator(SEGMENTS.json_schema())
    assert len(EXAMPLES) > 50
    for written in EXAMPLES:
        SEGMENTS.parse(read(written))
        validator.validate(read(written))


def test_the_schema_refuses_what_is_refused() -> None:
    validator = Draft202012Validator(SEGMENTS.json_schema())
    refused: list[Any] = [
        {"seen": {}},
        {"seen": {"within": "a while"}},
        {"seen": {"within": "-1d"}},
        {"seen": {"within": "1d", "not_within": "2d"}},
        {"ticket": {}},
        {"ticket": {"state": "open", "solved_within": "30d"}},
        {"field": {"name": "a"}},
        {"field": {"name": "a", "is": 1, "known": True}},
        {"birthday": {"month": 13}},
        {"birthday": {"within": ["yesterday", "+7d"]}},
        {"rfm": {}},
        {"region": {}},
        {"orders": {"sum": {}}},
    ]
    for rule in refused:
        with pytest.raises(FaultyRule):
            SEGMENTS.parse(rule)
        assert not validator.is_valid(rule), rule
    # Validators read formats by standards of their own: `duration` is P30D there.
    assert '"format"' not in json.dumps(SEGMENTS.json_schema())


def test_every_leaf_has_an_example() -> None:
    shown = {leaf.kind for written in EXAMPLES for _path, leaf in leaves(SEGMENTS.parse(read(written)))}
    assert shown == set(SEGMENTS.keys) - {"all", "any", "not"}


def test_every_key_that_a_leaf_takes_is_shown() -> None:
    for kind in set(SEGMENTS.keys) - {"all", "any", "not"}:
        about = " ".join(re.findall(rf"^\| `{kind}: .*", PAGE, re.MULTILINE))
        schema = SEGMENTS._forms[kind].json_schema()
        keys = {
            key
            for model in (schema, *schema.get("$defs", {}).values())
            for key in model.get("properties", {})
        }
        unsaid = {key for key in keys if not re.search(rf"\b{key}\b", about + PAGE.split("## Labels")[0])}
        assert not unsaid, f"{kind}: {unsaid}"


def test_the_long_example_is_one_rule() -> None:
    (long,) = re.findall(r"```yaml\n(# two bedrooms.*?)```", PAGE, re.DOTALL)
    assert len(list(leaves(SEGMENTS.parse(read(long))))) == 6
