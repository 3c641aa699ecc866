"""Whether one answer can be all that several branches want of it.

What fits changes only at the values that the branches name; so it is enough to try these, and
what lies beside them.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, timedelta
from itertools import pairwise, product

from content.comparing import Comparison, is_time
from content.days import day_from, is_day, is_relative
from questionnaires.answers import Answer
from questionnaires.bounds import MOMENTS, Moment, number_bound
from questionnaires.branches import TEXTS, fits
from questionnaires.definition import Question, Wanted

_SOME_DAY = date(2027, 3, 1)
_YEAR = [_SOME_DAY + timedelta(days=ahead) for ahead in range(366)]
"""Days on which something may be said: +1m is now before +31d, and now that very day."""
_LAST_MINUTE = 24 * 60 - 1
_OTHER = "zq"
"""A text that nobody has named."""


def some_answer_fits(asked: Question, wanted: Sequence[Wanted]) -> bool:
    """Return whether there is an answer, or the lack of one, that fits all of them; in doubt there is."""
    if asked.cards or asked.multiple:
        return True
    said = [value for one in wanted if isinstance(one, Comparison) for value in _values(one)]
    days = [value for value in said if isinstance(value, str) and is_day(value)]
    if len({is_relative(day) for day in days}) > 1:
        return True  # which comes first changes from day to day
    tried = _answers(asked, said, days)
    return any(all(fits(asked, answer, one) for one in wanted) for answer in tried)


def _values(comparison: Comparison) -> Iterator[object]:
    for value in comparison.asked().values():
        yield from value if isinstance(value, tuple) else (value,)


def _answers(asked: Question, said: Sequence[object], days: Sequence[str]) -> Iterator[Answer | None]:
    yield None
    for choice in asked.choices:
        if choice.pick is None:
            yield Answer((choice.id,))
        else:
            yield from _moments(choice.pick, said, days, (choice.id,))
    if asked.kind in MOMENTS:
        yield from _moments(MOMENTS[asked.kind], said, days, ())
    elif asked.kind == "number":
        yield from (Answer(value=value) for value in _numbers(asked, said))
    elif asked.kind in TEXTS:
        texts = [value for value in said if isinstance(value, str)]
        yield from (Answer(value=text) for text in (*texts, " ".join(texts), " ".join((*texts, _OTHER))))
    elif asked.kind != "choice":
        yield Answer(value=_OTHER)


def _numbers(asked: Question, said: Iterable[object]) -> Iterator[float]:
    """Yield each number that is named, one on either side of it, and none that the question refuses."""
    try:
        low, high = number_bound(asked.min), number_bound(asked.max)
    except ValueError:
        low = high = None  # told as a fault of its own
    named = {float(value) for value in said if isinstance(value, int | float)}
    points = sorted({0.0, *named, *(bound for bound in (low, high) if bound is not None)})
    beside = [(one + other) / 2 for one, other in pairwise(points)]
    for value in (points[0] - 1, *points, *beside, points[-1] + 1):
        if (low is None or value >= low) and (high is None or value <= high):
            yield value


def _moments(
    moment: Moment, said: Iterable[object], days: Sequence[str], choices: tuple[str, ...]
) -> Iterator[Answer]:
    times = {at for value in said if isinstance(value, str) and is_time(value) for at in _times(value)}
    clock = sorted(times | {"00:00", "23:59"})
    if moment == "time":
        yield from (Answer(choices, at) for at in clock)
        return
    for on in _YEAR if days and is_relative(days[0]) else _YEAR[:1]:
        dates = {day for written in days or ("today",) for day in _dates(written, on)}
        values = dates if moment == "date" else {f"{day}T{at}" for day, at in product(dates, clock)}
        yield from (Answer(choices, value, on=on.isoformat()) for value in values)


def _times(at: str) -> Iterator[str]:
    minutes = int(at[:2]) * 60 + int(at[3:])
    for near in (minutes - 1, minutes, minutes + 1):
        if 0 <= near <= _LAST_MINUTE:
            yield f"{near // 60:02d}:{near % 60:02d}"


def _dates(written: str, on: date) -> Iterator[str]:
    day = date.fromisoformat(day_from(written, on))
    for near in (-1, 0, 1):
        with suppress(OverflowError):  # beyond the first and the last of all days
            yield (day + timedelta(days=near)).isoformat()
