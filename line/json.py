"""JSON as it may arrive over the network, and JSON as LINE wants it.

Everything that was received is read through `loads`, so that what comes out can be
stored by any database and written out again.
"""

import re
from collections.abc import Mapping
from typing import Any

import orjson

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
DEPTH_LIMIT = 254
"""orjson writes nothing deeper, although it reads down to 1,024 levels."""

# One match per escape, so that the backslash of an escaped backslash never starts another.
# Groups: a whole surrogate pair (kept), half a pair or a NUL (replaced); the rest is kept.
_ESCAPE = re.compile(
    rb"\\(?:(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2}|u0000)"
    rb"|.)",
    re.DOTALL,
)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class BadJson(ValueError):  # noqa: N818 - the name says what the bytes are
    """The bytes are not JSON that can be read, kept and written again."""


def loads(raw: bytes) -> object:
    """Read JSON strictly, but forgive what only a string can hold.

    A NUL or half of a surrogate pair inside a string becomes U+FFFD: no database keeps
    the first and no encoder writes the second. Of a repeated key the last value counts.

    :raises BadJson: anything else than one JSON value in UTF-8 without a byte order mark;
        NaN, Infinity and numbers too big for a double; nesting that cannot be written again.
    """
    try:
        value: object = orjson.loads(_mend(raw) if b"\\u0000" in raw else raw)
    except orjson.JSONDecodeError:
        value = _loads_mended(raw)
    if raw.count(b"[") + raw.count(b"{") > DEPTH_LIMIT:
        _refuse_depth(value)
    return value


def clean_text(value: str) -> str:
    """Replace NUL and lone surrogates by U+FFFD, for texts that did not come through `loads`."""
    return _UNSTORABLE.sub(REPLACEMENT, value)


def given(**properties: Any) -> dict[str, Any]:
    """Collect the properties that have a value: LINE leaves a missing one out and refuses null."""
    return {name: value for name, value in properties.items() if value is not None}


def dumps(value: Mapping[str, Any]) -> bytes:
    """Write JSON the shortest way, in UTF-8: the bytes LINE is asked to count."""
    return orjson.dumps(value, default=_plain)


def _plain(value: object) -> dict[Any, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"JSON has no {type(value).__name__}")


def _loads_mended(raw: bytes) -> object:
    try:
        return orjson.loads(_mend(raw))
    except orjson.JSONDecodeError as error:
        raise BadJson(str(error)) from error


def _mend(raw: bytes) -> bytes:
    return _ESCAPE.sub(lambda found: b"\\ufffd" if found[2] else found[0], raw)


def _refuse_depth(value: object) -> None:
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise BadJson(f"nested more than {DEPTH_LIMIT} levels deep") from error
