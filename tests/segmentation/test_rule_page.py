"""The page about rules shows every leaf, and every example on it is one."""

import re
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from bot import tables  # noqa: F401 - so that every table that another refers to is known
from bot.segmenting import SEGMENTS
from segmentation.rules import leaves

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
