"""When a campaign is sent: times as people choose them, in the account's zone, and the hours in which nobody is disturbed.

A time of day happens at the first moment at which the clock on the wall reads it or has jumped past
it, as for business hours: in the night in which 02:30 is skipped, 02:30 is 03:00; where 01:30 comes
twice, the first one counts. So every chosen time happens exactly once.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from content.hours import closes_at, instant_of, opens_at
from content.model import BusinessHours

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DRAFT = "draft"
_WEEKLY = re.compile(r"weekly\s+([a-z]{3})\s+(\d{1,2}):(\d{2})")
_LOCAL = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
_CRON = re.compile(r"(\d{1,2}) (\d{1,2}) \* \* ([a-z]{3})")


@dataclass(frozen=True, slots=True)
class Once:
    """One moment, as the clock on the wall reads then."""

    local: datetime
    """Without a zone, to the minute."""

    def __str__(self) -> str:
        return self.local.isoformat(timespec="minutes")


@dataclass(frozen=True, slots=True)
class Weekly:
    """The same time every week."""

    weekday: int
    """0 is Monday."""
    at: time

    def __str__(self) -> str:
        return f"weekly {WEEKDAYS[self.weekday]} {self.at:%H:%M}"

    @property
    def cron(self) -> str:
        return f"{self.at.minute} {self.at.hour} * * {WEEKDAYS[self.weekday]}"

    def next_after(self, after: datetime, zone: ZoneInfo) -> Once:
        """Return the first of these times whose instant lies after `after`."""
        day = after.astimezone(zone).date() - timedelta(days=1)
        while True:
            day += timedelta(days=1)
            if day.weekday() == self.weekday:
                once = Once(datetime.combine(day, self.at))
                if instant_of(once.local, zone) > after:
                    return once


When = Once | Weekly


def read_when(text: str) -> When | None:
    """Read what stands behind `send`; None for a draft.

    :raises ValueError: with a sentence for whoever wrote it.
    """
    written = text.strip().lower()
    if written == DRAFT:
        return None
    weekly = _WEEKLY.fullmatch(written)
    if weekly is not None and weekly[1] in WEEKDAYS and int(weekly[2]) < 24 and int(weekly[3]) < 60:
        return Weekly(WEEKDAYS.index(weekly[1]), time(int(weekly[2]), int(weekly[3])))
    if _LOCAL.fullmatch(text.strip()):
        return read_local(text)
    raise ValueError(
        f"send cannot be {text!r}; write `draft`, `weekly fri 11:00` or a time such as 2027-03-01T10:00"
    )


def read_local(text: str) -> Once:
    """Read a time as a form gives it, `2027-03-01T10:00`.

    :raises ValueError: with a sentence for whoever wrote it.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is no time; write it like 2027-03-01T10:00") from None
    if moment.tzinfo is not None:
        raise ValueError("a time is written without a zone: the account's own counts")
    if not date(2000, 1, 1) <= moment.date() <= date(9000, 1, 1):
        raise ValueError(f"{text!r} is not of these times")
    return Once(moment.replace(second=0, microsecond=0))


def weekly_of(cron: str) -> Weekly:
    """Return what `Weekly.cron` wrote."""
    found = _CRON.fullmatch(cron)
    if found is None:
        raise ValueError(f"{cron!r} was not written by Weekly")
    return Weekly(WEEKDAYS.index(found[3]), time(int(found[2]), int(found[1])))


def quiet_until(quiet_hours: str | None, at: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when the quiet hours that cover the instant `at` end; None outside of them.

    The minute with which they end is no longer quiet, the last millisecond before it is.
    """
    return None if quiet_hours is None else closes_at(_every_day(quiet_hours), at, zone)


def quiet_from(quiet_hours: str | None, at: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the first instant from `at` on that is quiet, `at` itself in quiet hours; None where none ever is."""
    return None if quiet_hours is None else opens_at(_every_day(quiet_hours), at, zone)


@cache
def _every_day(span: str) -> BusinessHours:
    days = (span,)
    return BusinessHours(mon=days, tue=days, wed=days, thu=days, fri=days, sat=days, sun=days)
