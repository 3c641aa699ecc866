"""Values of rules in words: days counted from today, stretches of time, numbers, lists."""

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import reduce

from babel.lists import format_list
from flask_babel import get_locale

from console.times import LOCALE_IF_NONE, duration
from console.words import _, ngettext
from segmentation.kinds.measures import Measure

_RELATIVE = re.compile(r"(?:today)?([+-])(\d+)([dwmy])")
MOST_NAMED = 6
"""Of a list; how many more there are is told."""


def value(said: bool | float | str | None) -> str:  # noqa: FBT001 - a value, no switch
    """Return a value that a rule compares with."""
    if isinstance(said, bool):
        return _("yes") if said else _("no")
    if isinstance(said, int | float):
        return number(said)
    text = said or ""
    if text == "today":
        return _("today")
    if (found := _RELATIVE.fullmatch(text)) is not None:
        return _relative(found[1], int(found[2]), found[3])
    return text


def number(said: float) -> str:
    """Return such as 15,000."""
    return f"{said:,.0f}" if said == int(said) else f"{said:,}"


def points_words(points: int) -> str:
    """Return such as +10 and −5."""
    return f"+{points}" if points >= 0 else f"−{-points}"


def percent(share: float) -> str:
    """Return such as 70 %."""
    return _("%(number)s%%", number=f"{share * 100:.10g}")


def within(span: timedelta) -> str:
    """Return a stretch of time: `in the last` is said around it."""
    if span % timedelta(days=1):
        return duration(span)
    return ngettext("%(num)s day", "%(num)s days", span.days)


def one_of(names: Iterable[str]) -> str:
    """Return names of which one has to fit."""
    return _or([quoted(name) for name in names])


def all_of(sentences: Iterable[str]) -> str:
    """Return sentences that all have to hold."""
    *before, last = [*sentences] or [""]
    return _("%(one)s and %(other)s", one=_row(before), other=last) if before else last


def any_of(sentences: Iterable[str]) -> str:
    """Return sentences of which one has to hold."""
    *before, last = [*sentences] or [""]
    return _("%(one)s or %(other)s", one=_row(before), other=last) if before else last


def _row(sentences: Sequence[str]) -> str:
    return reduce(lambda one, other: _("%(one)s, %(other)s", one=one, other=other), sentences)


def quoted(name: str) -> str:
    return _("“%(name)s”", name=name)


def with_more(what: str, more: list[str]) -> str:
    """Add to a condition what else it demands."""
    return _("%(what)s (%(more)s)", what=what, more=all_of(more)) if more else what


def in_the_last(span: timedelta | None) -> str:
    """Return how far back is looked; nothing where that is all the way."""
    return _("in the last %(duration)s", duration=within(span)) if span is not None else ""


def measured(measure: Measure) -> str:
    """Return such as: at least 3."""
    told = [_COMPARED[way](number(limit)) for way, limit in measure.limits().items()]
    return all_of(told)


def times(measure: Measure) -> str:
    """Return such as: at least 3 times."""
    told = [_TIMES[way](limit) for way, limit in measure.limits().items()]
    return all_of(told)


def _or(names: Sequence[str]) -> str:
    shown = list(names[:MOST_NAMED])
    if more := len(names) - len(shown):
        shown.append(ngettext("%(num)s more", "%(num)s more", more))
    return str(format_list(shown, style="or", locale=str(get_locale() or LOCALE_IF_NONE)))


def _relative(sign: str, count: int, unit: str) -> str:
    is_later = sign == "+"
    match unit:
        case "d" if is_later:
            return ngettext("%(num)s day from today", "%(num)s days from today", count)
        case "d":
            return ngettext("%(num)s day before today", "%(num)s days before today", count)
        case "w" if is_later:
            return ngettext("%(num)s week from today", "%(num)s weeks from today", count)
        case "w":
            return ngettext("%(num)s week before today", "%(num)s weeks before today", count)
        case "m" if is_later:
            return ngettext("%(num)s month from today", "%(num)s months from today", count)
        case "m":
            return ngettext("%(num)s month before today", "%(num)s months before today", count)
        case _ if is_later:
            return ngettext("%(num)s year from today", "%(num)s years from today", count)
        case _:
            return ngettext("%(num)s year before today", "%(num)s years before today", count)


_COMPARED = {
    "at_least": lambda limit: _("at least %(limit)s", limit=limit),
    "at_most": lambda limit: _("at most %(limit)s", limit=limit),
    "more_than": lambda limit: _("more than %(limit)s", limit=limit),
    "less_than": lambda limit: _("less than %(limit)s", limit=limit),
    "exactly": lambda limit: _("exactly %(limit)s", limit=limit),
}
_TIMES = {
    "at_least": lambda count: ngettext("at least once", "at least %(num)s times", count),
    "at_most": lambda count: ngettext("at most once", "at most %(num)s times", count),
    "more_than": lambda count: ngettext("more than once", "more than %(num)s times", count),
    "less_than": lambda count: ngettext("less than once", "less than %(num)s times", count),
    "exactly": lambda count: ngettext("exactly once", "exactly %(num)s times", count),
}
