"""Turn Flex looks into classes and checked style declarations.

A strict content security policy forbids `style=`, so what has no class of its own is written as
`data-ln-style` (`color:#112233;padding-top:12px`), which messages.js hands to the CSS object model.
Nothing gets in here that is not one of the shapes below.
"""

import re

from rendering.elements import as_number, as_text

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?")
_LENGTH = re.compile(r"-?\d{1,4}(?:\.\d{1,3})?(?:px|%)")
_RATIO = re.compile(r"(\d{1,5}(?:\.\d{1,3})?):(\d{1,5}(?:\.\d{1,3})?)")
_ANGLE = re.compile(r"\d{1,3}(?:\.\d{1,3})?deg")
_PERCENT = re.compile(r"\d{1,3}(?:\.\d{1,3})?%")

SPACES = {"none": "0px", "xs": "2px", "sm": "4px", "md": "8px", "lg": "12px", "xl": "16px", "xxl": "20px"}
BORDERS = {
    "none": "0px", "light": "0.5px", "normal": "1px", "medium": "2px", "semi-bold": "3px", "bold": "4px",
}  # fmt: skip
TEXT_SIZES = {
    "xxs": "11px", "xs": "13px", "sm": "14px", "md": "16px", "lg": "19px", "xl": "22px", "xxl": "29px",
    "3xl": "35px", "4xl": "48px", "5xl": "74px",
}  # fmt: skip
IMAGE_SIZES = {
    "xxs": "40px", "xs": "60px", "sm": "80px", "md": "100px", "lg": "120px", "xl": "140px", "xxl": "160px",
    "3xl": "180px", "4xl": "200px", "5xl": "220px", "full": "100%",
}  # fmt: skip


class Look:
    """Collects the classes and style declarations of one element."""

    def __init__(self, *classes: str) -> None:
        self._classes = list(classes)
        self._declared: dict[str, str] = {}

    def add(self, *classes: str) -> None:
        """Add classes."""
        self._classes.extend(classes)

    def word(self, value: object, allowed: tuple[str, ...], prefix: str) -> None:
        """Add a class for one of LINE's words."""
        if isinstance(value, str) and value in allowed:
            self._classes.append(f"{prefix}-{value}")

    def colour(self, name: str, value: object) -> None:
        """Declare a colour."""
        if isinstance(value, str) and _COLOUR.fullmatch(value):
            self._declared[name] = value

    def length(self, name: str, value: object, words: dict[str, str]) -> None:
        """Declare a length: one of LINE's words, pixels or percent."""
        text = as_text(value)
        if text in words:
            self._declared[name] = words[text]
        elif _LENGTH.fullmatch(text):
            self._declared[name] = text

    def ratio(self, value: object) -> None:
        """Declare an aspect ratio, written `20:13`."""
        found = _RATIO.fullmatch(as_text(value))
        if found is not None and float(found[1]) > 0 and float(found[2]) > 0:
            self._declared["aspect-ratio"] = f"{found[1]} / {found[2]}"

    def grow(self, value: object, default: int) -> None:
        """Declare the share of the room that an element takes in its box."""
        number = as_number(value)
        share = default if number is None or not 0 <= number <= 1000 else number
        self._declared["flex"] = f"{share:g} 1 0px" if share else "0 0 auto"

    def lines(self, value: object) -> None:
        """Declare how many lines of a text are shown."""
        number = as_number(value)
        if number is not None and 1 <= number <= 1000:
            self._declared["-webkit-line-clamp"] = str(int(number))
            self._classes.append("ln-clamped")

    def gradient(self, angle: object, stops: list[tuple[object, object]]) -> None:
        """Declare a linear gradient of (colour, position) stops."""
        written = []
        for colour, position in stops:
            text = as_text(colour)
            if not _COLOUR.fullmatch(text):
                return
            place = as_text(position)
            written.append(f"{text} {place}" if _PERCENT.fullmatch(place) else text)
        turn = as_text(angle)
        if len(written) > 1 and _ANGLE.fullmatch(turn):
            self._declared["background-image"] = f"linear-gradient({turn}, {', '.join(written)})"

    def percent(self, name: str, part: float, whole: float) -> None:
        """Declare a length as a share of a whole, between nothing and all of it."""
        share = max(0.0, min(100.0, 100 * part / whole)) if whole > 0 else 0.0
        self._declared[name] = f"{share:.2f}%"

    @property
    def classes(self) -> str:
        """The value of `class`."""
        return " ".join(self._classes)

    @property
    def styles(self) -> str | None:
        """The value of `data-ln-style`, None when there is nothing to declare."""
        return ";".join(f"{name}:{value}" for name, value in self._declared.items()) or None
