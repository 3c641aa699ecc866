"""Instants as staff read them: in the account's own time zone, and near ones by how long ago they were."""

from datetime import datetime, timedelta

from babel.dates import format_date, format_datetime, format_skeleton, format_time, format_timedelta
from flask import g
from flask_babel import get_locale
from markupsafe import Markup, escape

from console.words import _

LOCALE_IF_NONE = "en"


def _here(at: datetime) -> datetime:
    return at.astimezone(g.zone)


def _locale() -> str:
    return str(get_locale() or LOCALE_IF_NONE)


def clock_time(at: datetime) -> str:
    """Return such as 14:05."""
    return format_time(_here(at), "HH:mm", locale=_locale())


def day(at: datetime) -> str:
    """Return such as 21 Nov 2026."""
    return format_date(_here(at), "medium", locale=_locale())


def moment(at: datetime) -> str:
    """Return such as 21 Nov 2026 14:05."""
    return f"{day(at)} {clock_time(at)}"


def full(at: datetime) -> str:
    """Return such as Saturday, 21 November 2026 14:05."""
    return f"{format_date(_here(at), 'full', locale=_locale())} {clock_time(at)}"


def short(at: datetime) -> str:
    """Return the time for today, the weekday with it for this week, and the date for what is further away."""
    here, today = _here(at), _here(g.now).date()
    away = abs((here.date() - today).days)
    if away == 0:
        return clock_time(at)
    if away < 7:
        return format_datetime(here, "EEE HH:mm", locale=_locale())
    if here.year == today.year:
        return format_skeleton("MMMd", here, locale=_locale())
    return format_date(here, "medium", locale=_locale())


def ago(at: datetime) -> str:
    """Return such as 5 minutes ago, or in 2 hours."""
    gap = at - g.now
    if abs(gap) < timedelta(seconds=45):
        return _("just now")
    return format_timedelta(gap, add_direction=True, locale=_locale())


def duration(gap: timedelta) -> str:
    """Return such as 5 minutes."""
    return format_timedelta(gap, locale=_locale())


def _element(at: datetime | None, words: str) -> Markup:
    if at is None:
        return Markup("")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        at.isoformat(timespec="seconds"), escape(full(at)), escape(words)
    )


def when(at: datetime | None) -> Markup:
    """Return a `time` element with the short form; the full one is its tooltip."""
    return _element(at, short(at)) if at else Markup("")


def since(at: datetime | None) -> Markup:
    """Return a `time` element that tells how long ago it was."""
    return _element(at, ago(at)) if at else Markup("")


FILTERS = {
    "when": when,
    "since": since,
    "clock_time": clock_time,
    "day": day,
    "full_time": full,
    "duration": duration,
}
