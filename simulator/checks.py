"""Small checks on JSON values, each in LINE's own unit and words."""

import re
from collections.abc import Collection, Mapping
from typing import Any

import regex

from simulator.wire import Fault

_GRAPHEME = regex.compile(r"\X")
_SCHEMES = re.compile(r"(https?|line|tel):[^\s<>\"]+", re.IGNORECASE)
_MEDIA = re.compile(r"https://[^\s<>\"]+", re.IGNORECASE)
_MEDIA_ON_LOOPBACK = re.compile(r"(https://|http://(127\.0\.0\.1|localhost)[:/])[^\s<>\"]+", re.IGNORECASE)

UTF16 = "utf16"
GRAPHEMES = "graphemes"


def utf16_length(text: str) -> int:
    """Count UTF-16 code units: an emoji outside the BMP is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def graphemes(text: str) -> int:
    """Count what a reader calls characters."""
    return len(_GRAPHEME.findall(text))


class Checker:
    """Collects the faults of one request body."""

    def __init__(self, *, loopback_media: bool) -> None:
        self.faults: list[Fault] = []
        self._media = _MEDIA_ON_LOOPBACK if loopback_media else _MEDIA

    def fault(self, message: str, where: str) -> None:
        """Write down a fault."""
        self.faults.append(Fault(message, where))

    def text(
        self,
        owner: Mapping[str, Any],
        key: str,
        where: str,
        most: int,
        *,
        unit: str = UTF16,
        least: int = 1,
        required: bool = True,
    ) -> str | None:
        """Check a string's presence and length; return it when it is right."""
        value = owner.get(key)
        where = f"{where}.{key}"
        if value is None:
            if required:
                self.fault("May not be empty", where)
            return None
        if not isinstance(value, str):
            self.fault("Must be a string", where)
            return None
        if least and not value.strip():
            self.fault("May not be empty", where)
            return None
        if len(value) * 2 > most:
            length = utf16_length(value) if unit == UTF16 else graphemes(value)
            if length > most:
                self.fault(f"Length must be between {0 if unit == UTF16 else least} and {most}", where)
                return None
        return value

    def choice(
        self,
        owner: Mapping[str, Any],
        key: str,
        where: str,
        allowed: Collection[str],
        *,
        required: bool = False,
    ) -> str | None:
        """Check that a value is one of LINE's words; return it when it is."""
        value = owner.get(key)
        if value is None and not required:
            return None
        if not isinstance(value, str) or value not in allowed:
            words = ", ".join(allowed)
            self.fault(f"Must be one of the following values: {words}", f"{where}.{key}")
            return None
        return value

    def items(
        self, owner: Mapping[str, Any], key: str, where: str, least: int, most: int, *, required: bool = True
    ) -> list[Any]:
        """Check a list's size; return it, empty when it is missing or wrong."""
        value = owner.get(key)
        where = f"{where}.{key}" if where else key
        if value is None:
            if required:
                self.fault("May not be empty", where)
            return []
        if not isinstance(value, list):
            self.fault("Must be an array", where)
            return []
        if not least <= len(value) <= most:
            self.fault(f"Size must be between {least} and {most}", where)
            return []
        return value

    def mapping(self, value: object, where: str) -> Mapping[str, Any] | None:
        """Check that a value is an object; return it when it is."""
        if isinstance(value, dict):
            return value
        self.fault("May not be empty" if value is None else "Must be an object", where)
        return None

    def number(
        self,
        owner: Mapping[str, Any],
        key: str,
        where: str,
        least: float,
        most: float,
        *,
        required: bool = True,
    ) -> float | None:
        """Check a number's range; return it when it is right."""
        value = owner.get(key)
        if value is None and not required:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fault("May not be empty" if value is None else "Must be a number", f"{where}.{key}")
            return None
        if not least <= value <= most:
            self.fault(f"Must be between {least:g} and {most:g}", f"{where}.{key}")
            return None
        return value

    def flag(self, owner: Mapping[str, Any], key: str, where: str) -> None:
        """Check an optional boolean."""
        value = owner.get(key)
        if value is not None and not isinstance(value, bool):
            self.fault("Must be a boolean", f"{where}.{key}" if where else key)

    def media_url(
        self, owner: Mapping[str, Any], key: str, where: str, *, required: bool = True, most: int = 2000
    ) -> None:
        """Check the address of a picture, film or recording: HTTPS, or HTTP when LINE is simulated here."""
        value = self.text(owner, key, where, most, required=required)
        if value is not None and not self._media.fullmatch(value):
            self.fault("Must be a valid HTTPS URL", f"{where}.{key}")

    def link(self, owner: Mapping[str, Any], key: str, where: str, *, required: bool = True) -> None:
        """Check an address to open: http, https, line or tel."""
        value = self.text(owner, key, where, 1000, required=required)
        if value is not None and not _SCHEMES.fullmatch(value):
            self.fault("invalid uri scheme", f"{where}.{key}")
