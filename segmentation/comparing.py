"""The leaf `field`: what a contact told us, compared with a value, a span, a list, or nothing at all.

A value of another kind than the one asked for is no match and no error: 15000 is not the
text "15000", and a text that looks like a day is not a day.
"""

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

import sqlalchemy as sa
from pydantic import AfterValidator, Field, model_validator

from contacts.models import FIELD_START_CHARS, ContactField, FieldKind
from content.comparing import Comparison, is_time, storable
from content.days import is_day
from core.by_engine import by_engine
from segmentation.carrying import among, told_in
from segmentation.days import At, day_of
from segmentation.joining import Meant, none_of
from segmentation.people import KnownField, Person

SCORE = "score:"
"""How fields begin that are scores: worked out from what is known, and never told by anybody."""
DAY_CHARS = len("2027-03-01")
"""The beginning of a date and time is its date."""

_TEXTS = (FieldKind.TEXT, FieldKind.TIME, FieldKind.DATETIME)
DAYS = (FieldKind.DATE, FieldKind.DATETIME)
_END_OF_DAY = "Z"
"""After a day it sorts behind every time of that day, and before the next."""


class FieldTest(Comparison):
    """`{name: move_in, between: [today, +1m]}`, `{name: city, is: 新竹}`, `{name: phone, known: true}`."""

    subject: ClassVar[str] = "a field"

    name: Annotated[str, Field(min_length=1, max_length=60), AfterValidator(storable)]

    @model_validator(mode="after")
    def _asks_what_fields_tell(self) -> "FieldTest":
        if any(isinstance(limit, str) and is_time(limit) for limit in self.limits()):
            raise ValueError("must be a number or a day such as 2027-03-01, today or +30d, in quotes or not")
        if self.is_score and not self._asks_of_a_number():
            raise ValueError("a score is a number: compare it with numbers")
        return self

    @property
    def is_score(self) -> bool:
        return self.name.startswith(SCORE)

    def _asks_of_a_number(self) -> bool:
        ((_way, said),) = self.asked().items()
        values = said if isinstance(said, tuple) else (said,)
        return not any(isinstance(value, str | bool) for value in values)


def condition(test: FieldTest, at: At) -> Meant:
    """Return whom it means."""
    named = ContactField.name == test.name
    if test.known is not None:
        known = told_in(ContactField.contact_id, named)
        return known if test.known else none_of(known)
    return told_in(ContactField.contact_id, named, _compared(test, at))


def _compared(test: FieldTest, at: At) -> sa.ColumnElement[bool]:
    kind, text, number = ContactField.kind, ContactField.text, ContactField.number
    if (limits := test.limits()) and not isinstance(limits[0], str):
        return sa.and_(kind == FieldKind.NUMBER, _within(test, number, [float(one) for one in limits]))
    if limits:
        return sa.and_(kind.in_(DAYS), _on_days(test, [day_of(str(one), at) for one in limits]))
    if test.contains is not None:
        found = by_engine(
            sqlite=sa.func.instr(text, test.contains) > 0,
            postgresql=sa.func.strpos(text, test.contains) > 0,
        )
        return sa.and_(kind == FieldKind.TEXT, found)
    if test.one_of is not None:
        return _listed(test.one_of)
    if test.is_not is not None:
        return sa.not_(sa.func.coalesce(_same(test.is_not, at), sa.false()))
    assert test.is_ is not None
    return _same(test.is_, at)


def _within(
    test: FieldTest, column: sa.SQLColumnExpression[Any], limits: list[float]
) -> sa.ColumnElement[bool]:
    limit = limits[0]
    if test.less_than is not None:
        return column < limit
    if test.at_most is not None:
        return column <= limit
    if test.more_than is not None:
        return column > limit
    if test.at_least is not None:
        return column >= limit
    return column.between(limits[0], limits[1])


def _on_days(test: FieldTest, days: list[str]) -> sa.ColumnElement[bool]:
    start, first, last = ContactField.start, days[0], days[-1]
    if test.less_than is not None:
        return start < first
    if test.at_most is not None:
        return start < first + _END_OF_DAY
    if test.more_than is not None:
        return start >= first + _END_OF_DAY
    if test.at_least is not None:
        return start >= first
    return from_to(first, last)


def from_to(first: str, last: str) -> sa.ColumnElement[bool]:
    return sa.and_(ContactField.start >= first, ContactField.start < last + _END_OF_DAY)


def number_fits(test: FieldTest, number: float) -> bool:
    """Say whether a number that everybody has is as asked."""
    if limits := test.limits():
        return test.is_within(number, [float(one) for one in limits])
    if test.one_of is not None:
        return number in test.one_of
    return number != test.is_not if test.is_not is not None else number == test.is_


def column_for(texts: Iterable[str]) -> sa.SQLColumnExpression[str | None]:
    """Return the column that tells whether a field is one of these texts: where all are short, an index has it."""
    is_short = all(len(text) < FIELD_START_CHARS for text in texts)
    return ContactField.start if is_short else ContactField.text


def _is_text(value: str) -> sa.ColumnElement[bool]:
    begins = ContactField.start == value[:FIELD_START_CHARS]
    return begins if len(value) < FIELD_START_CHARS else sa.and_(begins, ContactField.text == value)


def _same(value: bool | float | str, at: At) -> sa.ColumnElement[bool]:  # noqa: FBT001 - a value, no switch
    kind, number = ContactField.kind, ContactField.number
    if isinstance(value, bool):
        return sa.and_(kind == FieldKind.FLAG, ContactField.start == ("true" if value else "false"))
    if not isinstance(value, str):
        return sa.and_(kind == FieldKind.NUMBER, number == float(value))
    same = sa.and_(kind.in_(_TEXTS), _is_text(value))
    if not is_day(value):
        return same
    day = day_of(value, at)
    return sa.or_(same, sa.and_(kind.in_(DAYS), from_to(day, day)))


def _listed(values: Iterable[float | str]) -> sa.ColumnElement[bool]:
    kind, number = ContactField.kind, ContactField.number
    texts = [value for value in values if isinstance(value, str)]
    numbers = [float(value) for value in values if not isinstance(value, str)]
    fits = []
    if texts:
        fits.append(sa.and_(kind.in_(_TEXTS), among(column_for(texts), texts)))
    if numbers:
        fits.append(sa.and_(kind == FieldKind.NUMBER, among(number, numbers)))
    return sa.or_(*fits)


def holds(test: FieldTest, person: Person, at: At) -> bool:
    """Say the same of one person."""
    field = person.fields.get(test.name)
    if test.known is not None:
        return (field is not None) == test.known
    if field is None:
        return False
    if (limits := test.limits()) and not isinstance(limits[0], str):
        number = field.number if field.kind is FieldKind.NUMBER else None
        return number is not None and test.is_within(number, [float(one) for one in limits])
    if limits:
        day = _day(field)
        return day is not None and test.is_within(day, [day_of(str(one), at) for one in limits])
    if test.contains is not None:
        return field.kind is FieldKind.TEXT and test.contains in (field.text or "")
    if test.one_of is not None:
        told = {FieldKind.NUMBER: field.number, **dict.fromkeys(_TEXTS, field.text)}.get(field.kind)
        return any(told == value and isinstance(told, str) == isinstance(value, str) for value in test.one_of)
    if test.is_not is not None:
        return not _is_same(test.is_not, field, at)
    assert test.is_ is not None
    return _is_same(test.is_, field, at)


def _is_same(value: bool | float | str, field: KnownField, at: At) -> bool:  # noqa: FBT001 - a value, no switch
    if isinstance(value, bool):
        return field.kind is FieldKind.FLAG and field.text == ("true" if value else "false")
    if not isinstance(value, str):
        return field.kind is FieldKind.NUMBER and field.number == float(value)
    if field.kind in _TEXTS and field.text == value:
        return True
    return is_day(value) and _day(field) == day_of(value, at)


def never_holds(test: FieldTest) -> str | None:
    """Return why a span has nothing in it, now and ever; None when it has."""
    return "the second of `between` comes before the first, so nobody fits" if test.is_backwards else None


def _day(field: KnownField) -> str | None:
    if field.kind not in DAYS or field.text is None:
        return None
    return field.text[:DAY_CHARS]
