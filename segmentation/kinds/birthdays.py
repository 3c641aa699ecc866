"""The leaves `birthday` and `anniversary`: days that come round every year, on the account's calendar."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import AfterValidator, Field, StrictInt, TypeAdapter, WithJsonSchema, model_validator

from contacts.models import ContactField, FieldKind
from content.comparing import says_one_of, storable
from content.text import Frozen
from segmentation.carrying import told_in
from segmentation.days import At
from segmentation.joining import Meant
from segmentation.leaf import LeafKind, Mention
from segmentation.people import Fact, KnownField, Person

BIRTHDAY_FIELD = "birthday"
MONTH_FIELD = "birth_month"
"""A number: many shops ask for no more than the month."""
_DAYS = (FieldKind.DATE, FieldKind.DATETIME)
_AWAY_LIMIT = 180
_MONTHS = {"last_month": -1, "this_month": 0, "next_month": 1}
_AWAY = re.compile(r"([+-]?)(\d{1,3})d|today")


def _away(text: str) -> str:
    found = _AWAY.fullmatch(text)
    if found is None or int(found[2] or 0) > _AWAY_LIMIT:
        raise ValueError(
            f"must be `today`, or days before or after it such as -3d or +7d, at most {_AWAY_LIMIT}"
        )
    return text


def _days(text: str) -> timedelta:
    found = _AWAY.fullmatch(text)
    assert found is not None
    days = timedelta(days=int(found[2] or 0))
    return -days if found[1] == "-" else days


def _month(value: int | str) -> int | str:
    if value in _MONTHS or (isinstance(value, int) and 1 <= value <= 12):
        return value
    raise ValueError(f"must be {', '.join(_MONTHS)}, or a number from 1 to 12")


_MONTH_SCHEMA = WithJsonSchema(
    {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 12}, {"enum": list(_MONTHS)}]}
)
Away = Annotated[
    str, AfterValidator(_away), WithJsonSchema({"type": "string", "pattern": f"^({_AWAY.pattern})$"})
]
FieldName = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(storable)]


class YearlyTest(Frozen):
    """`{field: moved_in, within: [-3d, +7d]}`: this year's day lies in these days around today, both included.

    Somebody born on 29 February has their day on the 28th in years without one.
    """

    field: FieldName
    within: tuple[Away, Away]

    @model_validator(mode="after")
    def _runs_forward(self) -> "YearlyTest":
        if _days(self.within[0]) > _days(self.within[1]):
            raise ValueError("the first of `within` comes before the second, such as [-3d, +7d]")
        return self

    def span(self, at: At) -> tuple[date, date]:
        first, last = self.within
        return at.today + _days(first), at.today + _days(last)


class BirthdayTest(Frozen):
    """`{within: [today, +7d]}` around the field `birthday`; `{month: this_month}` by that or by `birth_month`."""

    model_config = says_one_of("within", "month")

    within: tuple[Away, Away] | None = None
    month: Annotated[StrictInt | str, AfterValidator(_month), _MONTH_SCHEMA] | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> "BirthdayTest":
        if (self.within is None) == (self.month is None):
            raise ValueError("say either `within`, such as [-3d, +7d], or `month`")
        if self.within is not None:
            YearlyTest(field=BIRTHDAY_FIELD, within=self.within)
        return self

    @property
    def yearly(self) -> YearlyTest | None:
        return None if self.within is None else YearlyTest(field=BIRTHDAY_FIELD, within=self.within)

    def month_at(self, at: At) -> int:
        if isinstance(self.month, int):
            return self.month
        assert self.month is not None
        return (at.today.month - 1 + _MONTHS[self.month]) % 12 + 1


def _spans(first: date, last: date) -> list[tuple[str, str]]:
    """Return from which day of the year to which the days of a span are, as `02-28`; over New Year in two parts."""
    if last - first >= timedelta(days=365):
        return [("01-01", "12-31")]
    from_, to = f"{first:%m-%d}", f"{last:%m-%d}"
    if to == "02-28" and (last + timedelta(days=1)).day == 1:
        to = "02-29"
    return [(from_, to)] if from_ <= to else [(from_, "12-31"), ("01-01", to)]


def _in_spans(name: str, spans: Iterable[tuple[str, str]]) -> sa.ColumnElement[bool]:
    day = sa.func.substr(ContactField.start, 6, 5)
    return sa.and_(
        ContactField.name == name,
        ContactField.kind.in_(_DAYS),
        sa.or_(*(day.between(*span) for span in spans)),
    )


def _day_of(known: KnownField | None) -> str | None:
    """Return the day of the year, as `02-28`."""
    return known.text[5:10] if known is not None and known.kind in _DAYS and known.text is not None else None


def _comes(test: YearlyTest, at: At) -> Meant:
    return told_in(ContactField.contact_id, _in_spans(test.field, _spans(*test.span(at))))


def _comes_to(test: YearlyTest, person: Person, at: At) -> bool:
    day = _day_of(person.fields.get(test.field))
    return day is not None and any(first <= day <= last for first, last in _spans(*test.span(at)))


def _comes_across(test: YearlyTest, since: At, at: At) -> Iterable[sa.Select[int]]:
    if since.today == at.today:
        return
    # From the old edge to the new one, whichever way: whoever changes sides has their day there.
    for one, other in zip(test.span(since), test.span(at), strict=True):
        spans = _spans(min(one, other), max(one, other))
        yield sa.select(ContactField.contact_id).where(_in_spans(test.field, spans))


def _in_month(month: int) -> sa.ColumnElement[bool]:
    told = sa.func.substr(ContactField.start, 6, 2) == f"{month:02}"
    return sa.or_(
        sa.and_(ContactField.name == MONTH_FIELD, ContactField.number == float(month)),
        sa.and_(ContactField.name == BIRTHDAY_FIELD, ContactField.kind.in_(_DAYS), told),
    )


def _birthday_sql(test: BirthdayTest, at: At) -> Meant:
    if test.yearly is not None:
        return _comes(test.yearly, at)
    return told_in(ContactField.contact_id, sa.func.coalesce(_in_month(test.month_at(at)), sa.false()))


def _birthday_holds(test: BirthdayTest, person: Person, at: At) -> bool:
    if test.yearly is not None:
        return _comes_to(test.yearly, person, at)
    told = person.fields.get(MONTH_FIELD)
    return (told is not None and told.number == float(test.month_at(at))) or _is_born_in(test, person, at)


def _is_born_in(test: BirthdayTest, person: Person, at: At) -> bool:
    day = _day_of(person.fields.get(BIRTHDAY_FIELD))
    return day is not None and day[:2] == f"{test.month_at(at):02}"


def _birthday_across(test: BirthdayTest, since: At, at: At) -> Iterable[sa.Select[int]]:
    if test.yearly is not None:
        yield from _comes_across(test.yearly, since, at)
    elif test.month_at(since) != test.month_at(at):
        months = (_in_month(test.month_at(since)), _in_month(test.month_at(at)))
        yield sa.select(ContactField.contact_id).where(sa.or_(*months))


def _birthday_fact(test: BirthdayTest, person: Person, at: At) -> Fact | None:
    born, told = person.fields.get(BIRTHDAY_FIELD), person.fields.get(MONTH_FIELD)
    if test.yearly is not None:
        return born
    if told is not None and told.number == float(test.month_at(at)) and not _is_born_in(test, person, at):
        return told
    return born or told


BIRTHDAY: LeafKind[Any] = LeafKind[BirthdayTest](
    "birthday",
    TypeAdapter(BirthdayTest),
    sql=_birthday_sql,
    holds=_birthday_holds,
    fact=_birthday_fact,
    reads=lambda test: [
        f"field:{BIRTHDAY_FIELD}",
        *([] if test.yearly is not None else [f"field:{MONTH_FIELD}"]),
    ],
    crossing=_birthday_across,
)

ANNIVERSARY: LeafKind[Any] = LeafKind[YearlyTest](
    "anniversary",
    TypeAdapter(YearlyTest),
    sql=_comes,
    holds=_comes_to,
    fact=lambda test, person, _at: person.fields.get(test.field),
    reads=lambda test: [f"field:{test.field}"],
    crossing=_comes_across,
    mentions=lambda test: [Mention("field", test.field, ("field",))],
)
