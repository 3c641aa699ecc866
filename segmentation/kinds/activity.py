"""The leaf `active`: on how many days a contact was here, and at which hours."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import AfterValidator, Field, StrictInt, TypeAdapter, model_validator
from sqlalchemy.orm import Session

from content.text import Frozen
from facts.models import ActiveDay
from segmentation.carrying import told_in
from segmentation.days import At
from segmentation.joining import Meant, all_of
from segmentation.kinds.forms import Past
from segmentation.kinds.measures import ONCE, TEN_THOUSAND, Measure, Share, counted, none_fits, parts_of
from segmentation.leaf import LeafKind
from segmentation.people import Fact, Person
from segmentation.sources import Need, Source

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DaysSeen(Fact):
    """On how many days somebody was here."""

    days: int
    """At the hours that are asked for."""
    of: int
    """At any hour."""
    last: date


ActiveDays = tuple[tuple[date, int], ...]
"""Days with their hours as bits, the first first."""


def _load(
    session: Session, ids: Sequence[int], needs: Sequence[Need[ActiveDays]], now: datetime
) -> Mapping[str, Mapping[int, ActiveDays]]:
    (need,) = needs
    assert need.within is not None
    # The account's calendar is never more than a day away from that of UTC.
    first = (now - need.within - DAY).date()
    rows = session.execute(
        sa.select(ActiveDay.contact_id, ActiveDay.day, ActiveDay.hours)
        .where(ActiveDay.contact_id.in_(ids), ActiveDay.day >= first)
        .order_by(ActiveDay.contact_id, ActiveDay.day)
    )
    found: dict[int, list[tuple[date, int]]] = {}
    for contact_id, day, hours in rows:
        found.setdefault(contact_id, []).append((day, hours))
    return {need.about: {id_: tuple(days) for id_, days in found.items()}}


ACTIVE_DAYS: Source[ActiveDays] = Source("active", _load, ())


def _whole_days(within: timedelta) -> timedelta:
    if within % DAY:
        raise ValueError("is counted in days of the calendar, such as 30d")
    return within


Hour = Annotated[StrictInt, Field(ge=0, le=23)]


class ActiveTest(Frozen):
    """`{days: {at_least: 4}, within: 30d}`; `{hours: [8, 9], share_at_least: 0.5, within: 90d}`.

    The days are those of the account's calendar, today among them: 30d is today and the 29 before.
    """

    days: Measure | None = None
    """On how many of them; at least one where nothing is said."""
    hours: Annotated[tuple[Hour, ...], Field(min_length=1, max_length=24)] | None = None
    """Only days count on which the contact was here at one of these hours: 8 is 8:00 to 8:59."""
    share_at_least: Share | None = None
    """Of all days on which the contact was here at all, so many are such days."""
    within: Annotated[Past, AfterValidator(_whole_days)]

    @model_validator(mode="after")
    def _makes_sense(self) -> "ActiveTest":
        if self.share_at_least is not None and self.hours is None:
            raise ValueError("`share_at_least` is the share of days with `hours`: say which")
        return self

    @property
    def counts(self) -> Measure:
        return self.days or ONCE

    @property
    def bits(self) -> int:
        return sum(1 << hour for hour in set(self.hours or range(24)))

    def first_day(self, at: At) -> date:
        return at.today - self.within + DAY


def _sql(test: ActiveTest, at: At) -> Meant:
    # An index (day, contact, hours) holds all that is read.
    recent = ActiveDay.day >= test.first_day(at)
    then = ActiveDay.hours.bitwise_and(test.bits) != 0
    such = [recent] if test.hours is None else [recent, then]
    enough = counted(ActiveDay.contact_id, *such, fits=test.counts)
    if test.share_at_least is None:
        return enough
    days = sa.func.sum(sa.case((then, 1), else_=0))
    share = days * TEN_THOUSAND >= sa.func.count() * parts_of(test.share_at_least)
    return all_of(enough, told_in(ActiveDay.contact_id, recent, having=share))


def _days(test: ActiveTest, person: Person, at: At) -> tuple[list[date], list[date]]:
    """Return the days of that time, and those of them that count."""
    recent = [one for one in person.of(_need(test)) if one[0] >= test.first_day(at)]
    return [day for day, _hours in recent], [day for day, hours in recent if hours & test.bits]


def _holds(test: ActiveTest, person: Person, at: At) -> bool:
    every, such = _days(test, person, at)
    if not test.counts.fits(len(such)):
        return False
    if test.share_at_least is None:
        return True
    return bool(every) and len(such) * TEN_THOUSAND >= len(every) * parts_of(test.share_at_least)


def _need(test: ActiveTest) -> Need[ActiveDays]:
    return Need(ACTIVE_DAYS, within=test.within)


def _seen(test: ActiveTest, person: Person, at: At) -> DaysSeen | None:
    every, such = _days(test, person, at)
    return DaysSeen(len(such), len(every), every[-1]) if every else None


def _crossing(test: ActiveTest, since: At, at: At) -> Iterable[sa.Select[int]]:
    if since.today != at.today:
        yield sa.select(ActiveDay.contact_id).where(
            ActiveDay.day >= test.first_day(since), ActiveDay.day < test.first_day(at)
        )


ACTIVE: LeafKind[Any] = LeafKind[ActiveTest](
    "active",
    TypeAdapter(ActiveTest),
    sql=_sql,
    holds=_holds,
    fact=_seen,
    reads=lambda _test: ["active"],
    crossing=_crossing,
    needs=lambda test: [_need(test)],
    never=lambda test: none_fits(test.days),
)
