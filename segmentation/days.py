"""Days in rules: `2027-03-01`, or one counted from today such as `+30d`, on the account's calendar."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from zoneinfo import ZoneInfo

from questionnaires.bounds import moment_of

_RELATIVE = re.compile(r"today|(today)?[+-](\d{1,4}[dw]|\d{1,3}[my])")
_ISO = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class At:
    """The moment for which a rule is asked, and where its calendar hangs."""

    now: datetime
    zone: ZoneInfo

    @cached_property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


def is_relative(text: str) -> bool:
    """Say whether a day is counted from today."""
    return _RELATIVE.fullmatch(text) is not None


def is_day(text: str) -> bool:
    """Say whether a text names a day; then `day_of` never fails for it."""
    if is_relative(text):
        return True
    if not _ISO.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def day_of(text: str, at: At) -> str:
    """Return the day as ISO text, which compares as days do."""
    moment = moment_of(text, datetime.combine(at.today, time()))
    assert moment is not None
    return moment.date().isoformat()
