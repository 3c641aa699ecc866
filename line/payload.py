"""Reading a JSON object that may lack anything, or hold it in another type than documented."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar

LONGEST_ID = 100
"""LINE's ids have 18 to 33 characters; whatever is longer than this is not one."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_NOTHING: Mapping[str, object] = {}

T = TypeVar("T")


class MissingField(Exception):  # noqa: N818 - caught one level up, where it is no error
    """A field without which the object means nothing is absent or of a wrong type."""


def needed(value: T | None) -> T:
    """Insist on a value that a reader of Payload found.

    :raises MissingField: it found none.
    """
    if value is None:
        raise MissingField
    return value


class Payload:
    """One JSON object; every reader answers None for what is absent or unusable."""

    __slots__ = ("_fields",)

    def __init__(self, fields: object) -> None:
        self._fields: Mapping[str, object] = fields if isinstance(fields, dict) else _NOTHING

    def text(self, name: str) -> str | None:
        value = self._fields.get(name)
        return value if isinstance(value, str) else None

    def identifier(self, name: str) -> str | None:
        """Return an id as text; a whole number counts too, since not every sender quotes its ids."""
        value = self._fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return value if isinstance(value, str) and 0 < len(value) <= LONGEST_ID else None

    def integer(self, name: str) -> int | None:
        """Return a whole number of 64 bits, which is what JSON columns and ours take."""
        value = self._fields.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            return None
        try:
            found = int(value)
        except (ValueError, OverflowError):
            return None
        return found if -(2**63) <= found < 2**63 else None

    def number(self, name: str) -> float | None:
        value = self._fields.get(name)
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None

    def flag(self, name: str) -> bool | None:
        value = self._fields.get(name)
        return value if isinstance(value, bool) else None

    def instant(self, name: str) -> datetime | None:
        """Return milliseconds since 1970 as an instant, unless no calendar holds it."""
        milliseconds = self.integer(name)
        if milliseconds is None or milliseconds <= 0:
            return None
        try:
            return EPOCH + timedelta(milliseconds=milliseconds)
        except OverflowError:
            return None

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(item for item in self._list(name) if isinstance(item, str))

    def text_map(self, name: str) -> dict[str, str]:
        value = self._fields.get(name)
        if not isinstance(value, dict):
            return {}
        return {key: item for key, item in value.items() if isinstance(item, str)}

    def part(self, name: str) -> "Payload":
        """Return the object under this name; an absent one reads as empty."""
        return Payload(self._fields.get(name))

    def parts(self, name: str) -> list["Payload"]:
        return [Payload(item) for item in self._list(name) if isinstance(item, dict)]

    def _list(self, name: str) -> list[object]:
        value = self._fields.get(name)
        return value if isinstance(value, list) else []


def usable(parser: Callable[[Payload], T], items: Iterable[Payload]) -> Iterator[T]:
    """Parse a list, passing over the items that lack what they need."""
    for item in items:
        try:
            yield parser(item)
        except MissingField:
            continue
