"""What requests and answers are made of: names, keys, instants, money, values.

Instants are RFC 3339 with a zone, as `2026-11-22T09:05:00+08:00`. Money is a decimal number in a string,
`"1280"` or `"1280.50"`: a JSON number would be rounded by whoever reads it as a float.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Annotated, Any

import orjson
from flask import Response
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from contacts.fields import Value, kind_of
from contacts.models import FieldKind
from facts import rows_values

MOST_IN_A_BATCH = 1_000
PAGE = 100
MOST_IN_A_PAGE = 500
TEXT_LIMIT_CHARS = 1_000
MOST_FIELDS = 100
LARGEST_NUMBER = 1e15

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_FRACTION = re.compile(r"(?<=\.\d{6})\d+")
_MONEY = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class Strict(BaseModel):
    """A body or a query in which nothing is overlooked."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_instant(value: object) -> object:
    """Return an instant as it was written."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError("must be a time with its zone, such as 2026-11-22T09:05:00+08:00")
    try:
        found = datetime.fromisoformat(_FRACTION.sub("", value).upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("there is no such time") from None
    if not _EARLIEST <= found < _LATEST:
        raise ValueError("must be between 1970 and 2200")
    return found


def write_instant(value: datetime) -> str:
    """Return an instant as answers tell it, in UTC."""
    return value.isoformat().replace("+00:00", "Z")


Instant = Annotated[
    datetime,
    BeforeValidator(read_instant),
    PlainSerializer(write_instant),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "description": "Between 1970 and 2200.",
            "examples": ["2026-11-22T09:05:00+08:00"],
        }
    ),
]


def read_cents(value: object) -> int:
    """Return an amount in hundredths."""
    if isinstance(value, bool) or not isinstance(value, str) or not _MONEY.fullmatch(value):
        raise ValueError('must be an amount in a string, such as "1280" or "1280.50"')
    return int(Decimal(value).scaleb(2))


Cents = Annotated[
    int,
    BeforeValidator(read_cents),
    WithJsonSchema({"type": "string", "pattern": rf"^{_MONEY.pattern}$", "examples": ["1280.50"]}),
]

# Letters as people write them; control characters are in no name, and PostgreSQL keeps no NUL.
_INK = r"^[^\s\x00-\x1f\x7f-\x9f\ufffd]([^\x00-\x1f\x7f-\x9f\ufffd]*[^\s\x00-\x1f\x7f-\x9f\ufffd])?$"
KEY_LIMIT_CHARS = 80


def _as_in_files(key: str) -> str:
    """Return a key in half width, as imports read it: an order told by both is one."""
    told = rows_values.clean(key)
    return told if 0 < len(told) <= KEY_LIMIT_CHARS and told.isprintable() else key


Key = Annotated[
    str,
    StringConstraints(min_length=1, max_length=KEY_LIMIT_CHARS, pattern=_INK),
    AfterValidator(_as_in_files),
]
"""A number or name by which the shop's own books know something."""
EventKey = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=_INK)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=_INK)]
PublicId = Annotated[str, StringConstraints(min_length=1, max_length=20, pattern=r"^[0-9a-z]+$")]
UserId = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[0-9A-Za-z_-]+$")]
"""LINE's, such as U4af4980629…"""
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Limit = Annotated[int, Field(ge=1, le=MOST_IN_A_PAGE, description="How many to a page.")]


def read_field(given: object) -> tuple[Value, FieldKind]:
    """Return the value of a field and its kind: plain, or `{"kind": "date", "value": "2026-11-05"}`."""
    if isinstance(given, Mapping):
        return _typed(given)
    if isinstance(given, str):
        return _text(given), FieldKind.TEXT
    if not isinstance(given, bool | int | float):
        raise ValueError("must be a text, a number, true, false, or an object with kind and value")  # noqa: TRY004 - pydantic wants it
    if not isinstance(given, bool) and not (isfinite(given) and abs(given) <= LARGEST_NUMBER):
        raise ValueError("is too large a number")
    return given, kind_of(given)


def _typed(given: Mapping[Any, Any]) -> tuple[Value, FieldKind]:
    if set(given) != {"kind", "value"}:
        raise ValueError("an object must hold kind and value, nothing else")
    kind, value = given["kind"], given["value"]
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise ValueError(f"kind must be one of {', '.join(_READERS)}")
    if not isinstance(value, str):
        raise ValueError(f"the value of a {kind} must be a string")  # noqa: TRY004 - pydantic wants it
    try:
        return read(value), FieldKind(kind)
    except (ValueError, OverflowError):
        raise ValueError(f"is no {kind}: write it as in ISO 8601") from None


def _date(value: str) -> str:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        raise ValueError
    return date.fromisoformat(value).isoformat()


def _time(value: str) -> str:
    if not re.fullmatch(r"\d\d:\d\d(:\d\d)?", value, re.ASCII):
        raise ValueError
    return time.fromisoformat(value).isoformat("minutes")


def _datetime(value: str) -> str:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?", value, re.ASCII):
        raise ValueError
    return datetime.fromisoformat(value).isoformat(timespec="minutes")


def _text(value: str) -> str:
    if not 0 < len(value) <= TEXT_LIMIT_CHARS:
        raise ValueError(f"must have 1 to {TEXT_LIMIT_CHARS:,} characters")
    if any(ord(letter) < ord(" ") and letter not in "\n\t" for letter in value):
        raise ValueError("must not contain control characters")
    return value


_READERS = {"date": _date, "time": _time, "datetime": _datetime}


def _kind(kind: str, value: Mapping[str, object]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"kind": {"const": kind}, "value": {"type": "string", **value}},
        "required": ["kind", "value"],
        "additionalProperties": False,
    }


_CLOCK = "[0-9]{2}:[0-9]{2}(:[0-9]{2})?"
_FIELD_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {
            "type": "string",
            "minLength": 1,
            "maxLength": TEXT_LIMIT_CHARS,
            "pattern": r"^[^\x00-\x08\x0b-\x1f]*$",
        },
        {"type": "number", "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER},
        {"type": "boolean"},
        _kind("date", {"format": "date", "examples": ["2026-11-05"]}),
        _kind("time", {"pattern": f"^{_CLOCK}$", "examples": ["18:30"]}),
        _kind(
            "datetime",
            {"pattern": f"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ]{_CLOCK}$", "examples": ["2026-11-05T18:30"]},
        ),
    ]
}
FieldValue = Annotated[Any, AfterValidator(read_field), WithJsonSchema(_FIELD_SCHEMA)]
FieldChange = Annotated[
    Any,
    AfterValidator(lambda given: None if given is None else read_field(given)),
    WithJsonSchema({"anyOf": [*_FIELD_SCHEMA["anyOf"], {"type": "null"}]}),
]
"""As `FieldValue`; null takes the field away."""


def money(cents: int) -> str:
    """Return an amount as answers tell it: `1280`, `1280.50`."""
    whole, part = divmod(cents, 100)
    return f"{whole}.{part:02}" if part else str(whole)


def answer(told: BaseModel, status: int = 200) -> Response:
    """Return a JSON answer."""
    return Response(orjson.dumps(told.model_dump(mode="json")), status, content_type="application/json")
