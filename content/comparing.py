"""One way to compare a value, as authors write it: rules about fields and branches of questionnaires share it."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, ClassVar

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    model_validator,
)

from content.days import day_from, is_day, is_relative
from content.text import Frozen

LIST_LIMIT = 10_000
"""Values of one list; they travel as one parameter, however many."""
NUMBER_LIMIT = 10**15
"""Whole numbers up to here are exact in a float, which is what both databases store."""
TEXT_LIMIT = 500

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_SOME_DAY = date(2027, 3, 1)


def says_one_of(*keys: str) -> ConfigDict:
    """Return the configuration of a form that says one of these, for its JSON Schema."""
    return ConfigDict(json_schema_extra={"oneOf": [{"required": [key]} for key in keys]})


def storable(text: str) -> str:
    """Refuse what PostgreSQL cannot take as text.

    :raises ValueError: with the reason.
    """
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("holds a NUL or half a character")
    return text


def is_time(text: str) -> bool:
    """Say whether a text is a time of day, `14:30`."""
    return _TIME.fullmatch(text) is not None


def _comparable(value: bool | float | str) -> bool | float | str:  # noqa: FBT001 - a value, no switch
    if isinstance(value, str):
        if len(value) > TEXT_LIMIT:
            raise ValueError(f"must have at most {TEXT_LIMIT} characters")
        return storable(value)
    if not abs(value) <= NUMBER_LIMIT:  # so that NaN is refused too
        raise ValueError(f"must be a number between -{NUMBER_LIMIT:,} and {NUMBER_LIMIT:,}")
    return value


def _ordered(value: float | str) -> float | str:
    if isinstance(value, str) and not is_day(value) and not is_time(value):
        raise ValueError("must be a number or a day such as 2027-03-01, today or +30d, in quotes or not")
    return value


Value = Annotated[StrictBool | StrictInt | StrictFloat | StrictStr, AfterValidator(_comparable)]
Bound = Annotated[StrictInt | StrictFloat | StrictStr, AfterValidator(_comparable)]
Limit = Annotated[Bound, AfterValidator(_ordered)]
"""A number, a day, or a time of day."""

WAYS = (
    "is",
    "is_not",
    "less_than",
    "at_most",
    "more_than",
    "at_least",
    "between",
    "contains",
    "one_of",
    "known",
)


class Comparison(Frozen):
    """`{between: [today, +1m]}`, `{is: 新竹}`, `{known: true}`: exactly one way."""

    model_config = says_one_of(*WAYS)

    subject: ClassVar[str] = "an answer"
    """What is compared, for people who wrote it wrongly."""

    is_: Value | None = Field(default=None, alias="is")
    """The value itself; a day may be counted from today and fits a date and time of that day too."""
    is_not: Value | None = None
    """There is a value, and it is not this one."""
    less_than: Limit | None = None
    at_most: Limit | None = None
    more_than: Limit | None = None
    at_least: Limit | None = None
    between: tuple[Bound, Bound] | None = None
    """Two numbers or two days, both included."""
    contains: Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT), AfterValidator(storable)] | None = (
        None
    )
    """A part of a text."""
    one_of: Annotated[tuple[Bound, ...], Field(min_length=1, max_length=LIST_LIMIT)] | None = None
    """Texts and numbers."""
    known: StrictBool | None = None
    """Whether there is any value, of whatever kind."""

    @model_validator(mode="after")
    def _asks_one_thing(self) -> "Comparison":
        if len(self.asked()) != 1:
            ways = ", ".join(f"`{way}`" for way in WAYS)
            raise ValueError(f"{self.subject} is compared in one way: with one of {ways}")
        if self.between is not None and not _are_alike(self.between):
            raise ValueError(
                "between takes two numbers or two days such as 2027-03-01, today or +30d, in quotes or not"
            )
        return self

    def asked(self) -> Mapping[str, object]:
        """Return how it is compared, as written, and with what."""
        said = {way: getattr(self, "is_" if way == "is" else way) for way in WAYS}
        return {way: value for way, value in said.items() if value is not None}

    def limits(self) -> tuple[float | str, ...]:
        """Return the numbers, days or times between which a value has to be, or at which it ends."""
        one = (self.less_than, self.at_most, self.more_than, self.at_least)
        return self.between or tuple(limit for limit in one if limit is not None)

    def is_within(self, value: float | str, limits: Sequence[float] | Sequence[str]) -> bool:
        """Say whether a value lies where `limits`, brought into its own form, let it."""
        low, high = limits[0], limits[-1]
        # Both are numbers, or both are days or times in ISO writing.
        below, same_as_low = value < low, value == low  # type: ignore[operator]
        if self.less_than is not None:
            return below
        if self.at_most is not None:
            return below or same_as_low
        if self.more_than is not None:
            return not below and not same_as_low
        if self.at_least is not None:
            return not below
        return not below and value <= high  # type: ignore[operator]

    @property
    def is_backwards(self) -> bool:
        """Whether the second end of `between` comes before the first, now and ever."""
        if self.between is None:
            return False
        first, last = self.between
        if isinstance(first, str) and isinstance(last, str):
            if is_time(first):
                return first > last
            # One counted from today and one that is not change their order one day.
            is_settled = is_relative(first) == is_relative(last)
            return is_settled and day_from(first, _SOME_DAY) > day_from(last, _SOME_DAY)
        return float(first) > float(last)


def _are_alike(span: tuple[float | str, float | str]) -> bool:
    texts = [end for end in span if isinstance(end, str)]
    return not texts or (len(texts) == len(span) and (all(map(is_day, texts)) or all(map(is_time, texts))))
