"""What may come in as JSON, and what comes of it."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.json import DEPTH_LIMIT, BadJson, clean_text, dumps, loads

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"   ",
        b"{",
        b'{"a":1,}',
        b"{} {}",
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e400",
        b'{"n":-1e400}',
        b"1" * 400,
        b"\xef\xbb\xbf{}",
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'"\x00"',
        '{"a":1}'.encode("utf-16"),
        b"{'a':1}",
        b'"\\u12"',
    ],
)
def test_what_is_not_strict_json_is_refused(raw: bytes) -> None:
    with pytest.raises(BadJson):
        loads(raw)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
@pytest.mark.parametrize("depth", [300, 1_000, 10_000, 100_000])
def test_endless_nesting_is_refused_and_exhausts_nothing(opening: bytes, depth: int) -> None:
    closing = {b"[": b"]", b'{"a":': b"}", b'[{"a":': b"}]"}[opening]
    for raw in (opening * depth, opening * depth + b"1" + closing * depth):
        with pytest.raises(BadJson):
            loads(raw)


def test_what_is_read_at_the_depth_limit_can_be_written_again() -> None:
    deepest = b"[" * DEPTH_LIMIT + b"]" * DEPTH_LIMIT
    assert orjson.dumps(loads(deepest)) == deepest
    with pytest.raises(BadJson):
        loads(b"[" + deepest + b"]")


def test_many_brackets_side_by_side_are_no_depth() -> None:
    assert loads(b"[" + b"[]," * 5_000 + b"{}]") == [*([[]] * 5_000), {}]


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (rb'"\ud83d\ude00"', "😀"),
        (rb'"\uD83D\uDE00"', "😀"),
        (rb'"a\ud83d"', "a�"),
        (rb'"\ude00\ud83d"', "��"),
        (rb'"\ud83d\ud83d\ude00"', "�😀"),
        (rb'"\ud83d\\ude00"', "�\\ude00"),
        (rb'"\\ud83d"', "\\ud83d"),
        (rb'"\\\ud83d"', "\\�"),
        (rb'"\u0000"', "�"),
        (rb'"\\u0000"', "\\u0000"),
        (rb'{"\u0000":"\ud83d"}', {"�": "�"}),
        (rb'{"a":1,"a":2}', {"a": 2}),
        (b" 587126408315273472 ", 587126408315273472),
    ],
)
def test_what_only_a_string_can_hold_is_mended(raw: bytes, value: object) -> None:
    assert loads(raw) == value


@given(JSON)
def test_valid_json_is_read_as_it_was_meant(value: object) -> None:
    for raw in (json.dumps(value).encode(), json.dumps(value, ensure_ascii=False).encode()):
        assert loads(raw) == without_nul(value)


def without_nul(value: object) -> object:
    match value:
        case str():
            return value.replace("\0", "�")
        case list():
            return [without_nul(item) for item in value]
        case dict():
            return {without_nul(key): without_nul(item) for key, item in value.items()}
        case _:
            return value


@given(st.text(st.characters(codec=None, categories=None), max_size=30))
def test_any_text_becomes_one_that_every_database_keeps(words: str) -> None:
    read = loads(json.dumps(words).encode())
    assert isinstance(read, str)
    assert "\0" not in read
    read.encode("utf-8")
    cleaned = clean_text(words)
    assert "\0" not in cleaned
    cleaned.encode("utf-8")
    assert len(cleaned) == len(words)


@given(st.binary(max_size=200))
def test_random_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        value = loads(raw)
    except BadJson:
        return
    orjson.dumps(value)


def test_json_is_written_short_and_in_utf_8() -> None:
    assert dumps({"text": "好", "n": [1, 2]}) == '{"text":"好","n":[1,2]}'.encode()
