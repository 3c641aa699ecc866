"""YAML as authors mean it, with lines."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from playbook.faults import Faults
from playbook.source import Node, read


def parsed(text: str) -> tuple[Node | None, list[str]]:
    faults = Faults()
    node = read(text, "f.yaml", faults)
    return node, [str(fault) for fault in faults.sorted()]


def plain(text: str) -> object:
    node, faults = parsed(text)
    assert faults == []
    assert node is not None
    return node.plain()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("10:00-20:00", "10:00-20:00"),
        ("2027-03-01", "2027-03-01"),
        ("0912345678", "0912345678"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        ("9" * 30, "9" * 30),
        ("15", 15),
        ("-3", -3),
        ("1.50", 1.5),
        ("'15'", "15"),
        ("!!str 15", "15"),
        ("true", True),
        ("null", None),
        ("~", None),
        ("", None),
        ("|\n  two\n  lines", "two\nlines"),
    ],
)
def test_plain_words_mean_what_they_say(written: str, meant: object) -> None:
    assert plain(f"key: {written}\n") == {"key": meant}


def test_yaml_1_1_cannot_be_switched_on() -> None:
    assert plain("%YAML 1.1\n---\nkey: NO\ntime: 12:30\n") == {"key": "NO", "time": "12:30"}


def test_every_repeated_key_is_named_with_both_lines() -> None:
    node, faults = parsed("a: 1\nb: {x: 1, x: 2}\na: 2\n")
    assert node is not None
    assert faults == [
        "f.yaml:2: 'x' is written twice; first on line 2",
        "f.yaml:3: 'a' is written twice; first on line 1",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: [1, 2\nb: 3", "f.yaml:2: is not YAML: while parsing a flow sequence expected ',' or ']', but got ':'"),
        ("a: b: c", "f.yaml:1: is not YAML: mapping values are not allowed here"),
        ("a: 1\nb:\n\t- x", "f.yaml:3: is not YAML: while scanning for the next token found character '\\t'"),
        ("a: 1\nb: *nobody", "f.yaml:2: is not YAML: found undefined alias 'nobody'"),
        ("a: 1\n---\nb: 2", "f.yaml:2: is not YAML: expected a single document in the stream"),
        ("a: 1\nb: \x00", "f.yaml:2: is not YAML: holds a control character"),
        ('a: 1\nb: "\\ud800"', "f.yaml:2: holds a NUL or half a character"),
        ('a: 1\nb: "\\0"', "f.yaml:2: holds a NUL or half a character"),
        ("a: 1\n? [x]\n: 2", "f.yaml:2: a key must be one word, not a list or a map"),
        ("a: 1\nb: !python/object:os.system x", "f.yaml:2: the YAML tag !python/object:os.system means nothing here"),
        ("a: &a [*a]", "f.yaml:1: an alias (*) stands inside what it repeats"),
        ("a: " + "[" * 100 + "]" * 100, "f.yaml:1: is nested more than 60 levels deep"),
        ("a: " + "[" * 5_000, "f.yaml:1: is nested more than 60 levels deep"),
    ],
)  # fmt: skip
def test_what_is_no_yaml_for_us_is_told_with_its_line(text: str, fault: str) -> None:
    _, faults = parsed(text)
    assert len(faults) == 1
    assert faults[0].startswith(fault)


def test_a_file_that_unfolds_by_aliases_is_stopped() -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    node, faults = parsed("\n".join(lines))
    assert node is None
    assert faults == ["f.yaml:1: unfolds to more than 50,000 values"]


# ruamel reads its own `[?0]` as a key; that is refused as "must be text", so no author is misled.
_texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8).filter(
    lambda text: text[:1] != "?"
)
_values = st.recursive(
    _texts | st.integers(-999, 999) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcdef", min_size=1), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.text("xyz", min_size=1), _values, max_size=4))
def test_whatever_yaml_writes_is_read_back(value: dict[str, object]) -> None:
    out = io.StringIO()
    YAML(typ="safe", pure=True).dump(value, out)
    assert plain(out.getvalue()) == value


@given(st.text(max_size=200))
def test_no_text_at_all_gets_past_with_an_exception(text: str) -> None:
    parsed(text)
