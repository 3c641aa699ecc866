"""When the business is open: weekly hours, special days, nights that end after midnight, and clock changes.

A night belongs to the day it begins on: Saturday 18:00-02:00 is open on Sunday at one, even
when Sunday itself is a closed special day. A time of day happens at the first moment at which
the clock on the wall reads it or has jumped past it; so an hour that is skipped in spring
shortens a day, and one that comes twice in autumn opens and closes only once.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from content.model import BusinessHours, SpecialDay
from content.text import Text, pick

HORIZON_DAYS = 14
"""How far ahead an opening is looked for."""

DAY_MINUTES = 24 * 60

_WRITTEN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–~]\s*(\d{1,2}):(\d{2})")
_CLOSED: Text = {
    "zh-TW": "公休",
    "zh-Hans": "休息",
    "ja": "定休日",
    "en": "closed",
    "ko": "휴무",
    "th": "ปิดทำการ",
}
_ALL_DAY: Text = {
    "zh-TW": "24 小時",
    "zh-Hans": "24 小时",
    "ja": "24時間",
    "en": "24 hours",
    "ko": "24시간",
    "th": "24 ชั่วโมง",
}


class Span(NamedTuple):
    """Minutes from the midnight a day begins with; the end may lie on the next day."""

    start: int
    end: int


def is_open(hours: BusinessHours, at: datetime, zone: ZoneInfo) -> bool:
    """Return whether the business is open at the instant `at`; the closing minute itself is closed."""
    today = at.astimezone(zone).date()
    return any(start <= at < end for start, end in _openings(hours, today, zone, days=1))


def opens_at(hours: BusinessHours, at: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the first instant from `at` on at which the business is open, in `zone`.

    `at` itself while it is open; None when it stays closed for the next 14 days.
    """
    today = at.astimezone(zone).date()
    later = [
        max(start, at)
        for start, end in _openings(hours, today, zone, days=HORIZON_DAYS + 1)
        if end > at and start <= at + timedelta(days=HORIZON_DAYS)
    ]
    return min(later).astimezone(zone) if later else None


def closes_at(hours: BusinessHours, at: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when the opening that covers the instant `at` ends, in UTC; None while it is closed."""
    today = at.astimezone(zone).date()
    return max(
        (end for start, end in _openings(hours, today, zone, days=1) if start <= at < end), default=None
    )


def instant_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant in UTC at which the clock on the wall first reads `wall`, or has jumped past it."""
    before = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if before.astimezone(zone).replace(tzinfo=None) == wall:
        return before
    return _end_of_gap(wall, before, zone)


def hours_fault(text: str) -> str | None:
    """Return what is wrong with one span of a playbook, and what would be right."""
    try:
        _span(text)
    except ValueError as error:
        return str(error)
    return None


def day_spans(hours: BusinessHours, on: date) -> tuple[Span, ...]:
    """Return the spans that begin on a date, earliest first; a special day has only its own.

    :raises ValueError: a span cannot be read; `hours_fault` says so beforehand.
    """
    special = special_day(hours, on)
    weekly = (hours.mon, hours.tue, hours.wed, hours.thu, hours.fri, hours.sat, hours.sun)
    written: Sequence[str] = weekly[on.weekday()] if special is None else special.hours
    return tuple(sorted(_span(text) for text in written))


def special_day(hours: BusinessHours, on: date) -> SpecialDay | None:
    return next((day for day in hours.special if day.on == on), None)


def describe_day(hours: BusinessHours, on: date, language: str) -> str:
    """Say when a date is open, briefly: 10:00–20:00, several spans as a list, or that it is closed."""
    spans = day_spans(hours, on)
    if not spans:
        return pick(_CLOSED, language, "en")
    if Span(0, DAY_MINUTES) in spans:
        return pick(_ALL_DAY, language, "en")
    joiner = "、" if language.lower().startswith(("zh", "ja")) else ", "
    return joiner.join(f"{_clock(span.start)}–{_clock(span.end)}" for span in spans)


@lru_cache(maxsize=512)
def _span(text: str) -> Span:
    """Read one span, e.g. 10:00-20:00.

    :raises ValueError: with a sentence for the playbook's author.
    """
    written = _WRITTEN.fullmatch(text.strip())
    if written is None:
        raise ValueError(f"“{text}” is not a span of time; write it like 10:00-20:00")
    hour, minute, end_hour, end_minute = map(int, written.groups())
    start, end = hour * 60 + minute, end_hour * 60 + end_minute
    if minute > 59 or end_minute > 59 or start >= DAY_MINUTES or end > DAY_MINUTES:
        raise ValueError(f"“{text}” names a time that no clock shows; use 00:00 to 24:00")
    if start == end:
        raise ValueError(f"“{text}” has no length; write 00:00-24:00 for the whole day")
    return Span(start, end if end > start else end + DAY_MINUTES)


def _openings(
    hours: BusinessHours, first: date, zone: ZoneInfo, *, days: int
) -> Iterator[tuple[datetime, datetime]]:
    """Return the openings of `days` days from `first` on, and of the night before, as instants in UTC."""
    for offset in range(-1, days):
        on = first + timedelta(days=offset)
        for span in day_spans(hours, on):
            start, end = _instant(on, span.start, zone), _instant(on, span.end, zone)
            if start < end:
                yield start, end


def _instant(on: date, minutes: int, zone: ZoneInfo) -> datetime:
    days, minutes = divmod(minutes, DAY_MINUTES)
    return instant_of(datetime.combine(on + timedelta(days=days), time(minutes // 60, minutes % 60)), zone)


def _end_of_gap(wall: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant at which the clock jumps over `wall`; `after` lies behind the jump."""
    low, high = int((after - timedelta(days=1)).timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        reads = datetime.fromtimestamp(middle, zone).replace(tzinfo=None)
        low, high = (low, middle) if reads >= wall else (middle, high)
    return datetime.fromtimestamp(high, UTC)


def _clock(minutes: int) -> str:
    if minutes == DAY_MINUTES:
        return "24:00"
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
