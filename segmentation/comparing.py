"""The leaf `field`: what a contact told us, compared with a value, a span, or nothing at all.

A value of another kind than the one asked for is no match and no error: 15000 is not the
text "15000", and a text that looks like a day is not a day.
"""

from datetime import UTC, datetime
from typing import Annotated, assert_never
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from pydantic import AfterValidator, Field, StrictBool, StrictFloat, StrictInt, StrictStr, model_validator

from contacts.models import ContactField, FieldKind
from content.text import Frozen
from segmentation.carrying import told_in
from segmentation.days import At, day_of, is_day, is_relative
from segmentation.people import KnownField, Person

NUMBER_LIMIT = 10**15
"""Whole numbers up to here are exact in a float, which is what both databases store."""
TEXT_LIMIT = 500
DAY_CHARS = len("2027-03-01")
"""The beginning of a date and time is its date."""

_ANY = At(datetime(2027, 3, 1, tzinfo=UTC), ZoneInfo("UTC"))
_TEXTS = (FieldKind.TEXT, FieldKind.TIME, FieldKind.DATETIME)
_DAYS = (FieldKind.DATE, FieldKind.DATETIME)


def storable(text: str) -> str:
    """Refuse what PostgreSQL cannot take as text.

    :raises ValueError: with the reason.
    """
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("holds a NUL or half a character")
    return text


def _comparable(value: bool | float | str) -> bool | float | str:  # noqa: FBT001 - a value, no switch
    if isinstance(value, str):
        if len(value) > TEXT_LIMIT:
            raise ValueError(f"must have at most {TEXT_LIMIT} characters")
        return storable(value)
    if not abs(value) <= NUMBER_LIMIT:  # so that NaN is refused too
        raise ValueError(f"must be a number between -{NUMBER_LIMIT:,} and {NUMBER_LIMIT:,}")
    return value


Value = Annotated[StrictBool | StrictInt | StrictFloat | StrictStr, AfterValidator(_comparable)]
Bound = Annotated[StrictInt | StrictFloat | StrictStr, AfterValidator(_comparable)]


class FieldTest(Frozen):
    """`{name: move_in, between: [today, +1m]}`, `{name: city, is: 新竹}`, `{name: phone, known: true}`."""

    name: Annotated[str, Field(min_length=1, max_length=60), AfterValidator(storable)]
    is_: Value | None = Field(default=None, alias="is")
    """The value itself; a day may be counted from today and fits a date and time of that day too."""
    between: tuple[Bound, Bound] | None = None
    """Two numbers or two days, both included."""
    known: StrictBool | None = None
    """Whether there is any value, of whatever kind."""

    @model_validator(mode="after")
    def _asks_one_thing(self) -> "FieldTest":
        if sum(asked is not None for asked in (self.is_, self.between, self.known)) != 1:
            raise ValueError("a field is compared in one way: with `is`, with `between`, or with `known`")
        if self.between is not None and _numbers(self.between) is None and _days(self.between) is None:
            raise ValueError(
                "between takes two numbers or two days such as 2027-03-01, today or +30d, in quotes or not"
            )
        return self


def condition(test: FieldTest, at: At) -> sa.ColumnElement[bool]:
    """Return the condition on Contact."""
    named = ContactField.name == test.name
    if test.known is not None:
        known = told_in(ContactField.contact_id, named)
        return known if test.known else sa.not_(known)
    return told_in(ContactField.contact_id, named, _compared(test, at))


def _compared(test: FieldTest, at: At) -> sa.ColumnElement[bool]:
    kind, text, number = ContactField.kind, ContactField.text, ContactField.number
    day = sa.func.substr(text, 1, DAY_CHARS)
    if test.between is not None:
        if (numbers := _numbers(test.between)) is not None:
            return sa.and_(kind == FieldKind.NUMBER, number.between(*numbers))
        first, last = (day_of(str(end), at) for end in test.between)
        return sa.and_(kind.in_(_DAYS), day.between(first, last))
    match test.is_:
        case bool():
            return sa.and_(kind == FieldKind.FLAG, text == ("true" if test.is_ else "false"))
        case int() | float():
            return sa.and_(kind == FieldKind.NUMBER, number == float(test.is_))
        case str():
            same = sa.and_(kind.in_(_TEXTS), text == test.is_)
            if not is_day(test.is_):
                return same
            return sa.or_(same, sa.and_(kind.in_(_DAYS), day == day_of(test.is_, at)))
        case None:
            raise ValueError("a field test asks nothing")
        case _:
            assert_never(test.is_)


def holds(test: FieldTest, person: Person, at: At) -> bool:
    """Say the same of one person."""
    field = person.fields.get(test.name)
    if test.known is not None:
        return (field is not None) == test.known
    if field is None:
        return False
    if test.between is not None:
        if (numbers := _numbers(test.between)) is not None:
            number = field.number if field.kind is FieldKind.NUMBER else None
            return number is not None and numbers[0] <= number <= numbers[1]
        day = _day(field)
        return day is not None and day_of(str(test.between[0]), at) <= day <= day_of(str(test.between[1]), at)
    match test.is_:
        case bool():
            return field.kind is FieldKind.FLAG and field.text == ("true" if test.is_ else "false")
        case int() | float():
            return field.kind is FieldKind.NUMBER and field.number == float(test.is_)
        case str():
            if field.kind in _TEXTS and field.text == test.is_:
                return True
            return is_day(test.is_) and _day(field) == day_of(test.is_, at)
        case None:
            raise ValueError("a field test asks nothing")
        case _:
            assert_never(test.is_)


def never_holds(test: FieldTest) -> str | None:
    """Return why a span has nothing in it, now and ever; None when it has."""
    if test.between is None:
        return None
    if (numbers := _numbers(test.between)) is not None:
        backwards = numbers[0] > numbers[1]
    else:
        first, last = map(str, test.between)
        # One counted from today and one that is not change their order one day.
        backwards = is_relative(first) == is_relative(last) and day_of(first, _ANY) > day_of(last, _ANY)
    return "the second of `between` comes before the first, so nobody fits" if backwards else None


def _numbers(span: tuple[float | str, float | str]) -> tuple[float, float] | None:
    first, last = span
    if isinstance(first, str) or isinstance(last, str):
        return None
    return float(first), float(last)


def _days(span: tuple[float | str, float | str]) -> tuple[str, str] | None:
    first, last = span
    if isinstance(first, str) and isinstance(last, str) and is_day(first) and is_day(last):
        return first, last
    return None


def _day(field: KnownField) -> str | None:
    if field.kind not in _DAYS or field.text is None:
        return None
    return field.text[:DAY_CHARS]
