"""The filters that message texts have besides Liquid's own: dates, times, numbers and money."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from liquid import RenderContext
from liquid.filter import with_context

from content.dates import date_line, datetime_line, money_line, number_line, time_line

DEFAULT_LANGUAGE = "zh-TW"


@with_context
def _date_line(value: object, *, context: RenderContext) -> str:
    """Write 2027-03-01 as 2027/3/1（一）."""
    moment = _moment(value, context)
    return str(value) if moment is None else date_line(moment.date(), _language(context))


@with_context
def _time_line(value: object, *, context: RenderContext) -> str:
    """Write 2027-03-01T14:30 or 14:30 as 14:30."""
    moment = _moment(value, context)
    return str(value) if moment is None else time_line(moment.time(), _language(context))


@with_context
def _datetime_line(value: object, *, context: RenderContext) -> str:
    """Write 2027-03-01T14:30 as 2027/3/1（一） 14:30."""
    moment = _moment(value, context)
    return str(value) if moment is None else datetime_line(moment, _language(context))


@with_context
def _number(value: object, *, context: RenderContext) -> str:
    """Write 20000 as 20,000."""
    number = _decimal(value)
    return str(value) if number is None else number_line(number, _language(context))


@with_context
def _money(value: object, currency: str = "TWD", *, context: RenderContext) -> str:
    """Write 20000 as $20,000."""
    number = _decimal(value)
    return str(value) if number is None else money_line(number, str(currency), _language(context))


FILTERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "date_line": _date_line,
        "time_line": _time_line,
        "datetime_line": _datetime_line,
        "number": _number,
        "money": _money,
    }
)


def _language(context: RenderContext) -> str:
    value = context.resolve("language")
    return value if isinstance(value, str) and value else DEFAULT_LANGUAGE


def _moment(value: object, context: RenderContext) -> datetime | None:
    """Read what a date is given as: a date, a datetime, a time, or the ISO text that LINE's pickers send."""
    if isinstance(value, str):
        value = _from_text(value)
    if isinstance(value, datetime):
        zone = context.resolve("time_zone")
        if value.tzinfo is not None and isinstance(zone, str):
            return value.astimezone(ZoneInfo(zone))
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    return datetime.combine(date.min, value) if isinstance(value, time) else None


def _from_text(value: str) -> datetime | time | None:
    for read in (datetime.fromisoformat, time.fromisoformat):
        try:
            return read(value)
        except ValueError:
            continue
    return None


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**18 else None
