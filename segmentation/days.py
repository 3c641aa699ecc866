"""Days in rules, on the account's calendar."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from content.days import day_from


@dataclass(frozen=True)
class At:
    """The moment for which a rule is asked, and where its calendar hangs."""

    now: datetime
    zone: ZoneInfo

    @cached_property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


def day_of(text: str, at: At) -> str:
    """Return the day as ISO text, which compares as days do."""
    return day_from(text, at.today)
