"""Days and moments as authors write them: `2027-03-01`, `today`, `+3d`, `+1y`."""

import calendar
import re
from datetime import date, datetime, time, timedelta

_MOMENT = re.compile(r"(today|now)?\s*(?:([+-]\d{1,4})([hdwmy]))?")
_RELATIVE = re.compile(r"today|(today)?[+-](\d{1,4}[dw]|\d{1,3}[my])")
_ISO = re.compile(r"\d{4}-\d\d-\d\d")


def is_relative(text: str) -> bool:
    """Say whether a day is counted from today."""
    return _RELATIVE.fullmatch(text) is not None


def is_day(text: str) -> bool:
    """Say whether a text names a day; then `day_from` never fails for it."""
    if is_relative(text):
        return True
    if not _ISO.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def day_from(text: str, today: date) -> str:
    """Return the day as ISO text, which compares as days do."""
    moment = moment_of(text, datetime.combine(today, time()))
    assert moment is not None
    return moment.date().isoformat()


def moment_of(bound: float | str | None, now: datetime) -> datetime | None:
    """Return what a bound such as `today`, `+3d` or `2027-03-01` means when the clock on the wall reads `now`.

    :raises ValueError: it is no date.
    """
    if bound is None:
        return None
    text = str(bound).strip().lower()
    relative = _MOMENT.fullmatch(text)
    if relative is None or not text:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            raise ValueError(f"{bound} names a time zone; dates are read on the account's own clock")
        return moment
    anchor, amount, unit = relative.groups()
    moment = now if anchor == "now" or unit == "h" else datetime.combine(now.date(), time())
    return moment if amount is None else _shift(moment, int(amount), unit)


def _shift(moment: datetime, amount: int, unit: str) -> datetime:
    if unit in "hdw":
        hours = {"h": 1, "d": 24, "w": 24 * 7}[unit]
        return moment + timedelta(hours=hours * amount)
    months = moment.year * 12 + moment.month - 1 + amount * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    # 29 February plus a year is 28 February
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)
