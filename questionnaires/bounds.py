"""The bounds of a question: numbers, and dates relative to today."""

from collections.abc import Mapping
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Literal

from content.days import moment_of
from questionnaires.definition import Question
from questionnaires.state import Facts

Moment = Literal["date", "time", "datetime"]

MOMENTS: Mapping[str, Moment] = MappingProxyType({"date": "date", "time": "time", "datetime": "datetime"})
"""The kinds of question and of picker that ask for a moment."""


def number_bound(bound: float | str | None) -> float | None:
    """Return a bound of a number or a length; a number in quotes is one too.

    :raises ValueError: it is a date.
    """
    return None if bound is None else float(bound)


def date_bounds(question: Question, facts: Facts) -> tuple[date | None, date | None]:
    """Return the first and the last day that a date may be.

    :raises ValueError: a bound is no date.
    """
    now = wall_clock(facts)
    low, high = (moment_of(bound, now) for bound in (question.min, question.max))
    return (low.date() if low else None, high.date() if high else None)


def datetime_bounds(question: Question, facts: Facts) -> tuple[datetime | None, datetime | None]:
    """Return the first and the last minute, on the account's wall clock; `today` begins now.

    :raises ValueError: a bound is no date.
    """
    now = wall_clock(facts)
    low, high = moment_of(question.min, now), moment_of(question.max, now)
    if low is not None and _is_whole_day(question.min):
        low = max(low, now) if low.date() == now.date() else low
    if high is not None and _is_whole_day(question.max):
        high = datetime.combine(high.date(), time(23, 59))
    return low, high


def time_bounds(question: Question) -> tuple[time | None, time | None]:
    """Return the first and the last time of day.

    :raises ValueError: a bound is no time.
    """
    low, high = (
        None if bound is None else time.fromisoformat(str(bound)) for bound in (question.min, question.max)
    )
    return low, high


def picker_limits(question: Question, moment: Moment, facts: Facts) -> tuple[str | None, str | None]:
    """Return `min` and `max` for LINE's picker, in its format; None where the question sets none.

    LINE refuses a picker whose max is not after its min; then there is no max.
    """
    low, high = bounds_as_values(question, moment, facts)
    return low, (None if low is not None and high is not None and high <= low else high)


def bounds_as_values(question: Question, moment: Moment, facts: Facts) -> tuple[str | None, str | None]:
    """Return both bounds in the form of an answer's value, so that they compare as text."""
    if moment == "date":
        days = date_bounds(question, facts)
        return _iso(days[0]), _iso(days[1])
    if moment == "datetime":
        moments = datetime_bounds(question, facts)
        return _minute(moments[0]), _minute(moments[1])
    times = time_bounds(question)
    return _minute(times[0]), _minute(times[1])


def wall_clock(facts: Facts) -> datetime:
    """Return what the clock on the wall of the business reads, without a zone."""
    return facts.now.astimezone(facts.zone).replace(tzinfo=None, second=0, microsecond=0)


def _is_whole_day(bound: float | str | None) -> bool:
    text = str(bound).lower()
    return "now" not in text and not text.endswith("h") and "t" not in text.replace("today", "")


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _minute(moment: datetime | time | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="minutes")
