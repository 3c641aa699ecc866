"""Dates, times and numbers as people of each language write them."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_currency, format_decimal

from content.text import Text, pick

DATE_PATTERNS = {"zh": "y/M/d（EEEEE）", "ja": "y年M月d日(E)", "ko": "y년 M월 d일 (E)", "en": "EEE, d MMM y"}
"""By language; 2027/3/1（一）, 2027年3月1日(月), 2027년 3월 1일 (월), Mon, 1 Mar 2027."""

JOINERS = {"zh": " ", "ja": " ", "ko": " "}
"""What stands between date and time; a comma elsewhere."""

_TODAY: Text = {"zh-TW": "今天", "ja": "本日", "en": "today", "ko": "오늘", "th": "วันนี้"}
_TOMORROW: Text = {"zh-TW": "明天", "ja": "明日", "en": "tomorrow", "ko": "내일", "th": "พรุ่งนี้"}


def date_line(on: date, language: str) -> str:
    """Write a date with its weekday, e.g. 2027/3/1（一）."""
    locale = _locale(language)
    pattern = DATE_PATTERNS.get(locale.language)
    if pattern is None:
        return format_skeleton("yMMMEd", datetime.combine(on, time()), locale=locale)
    return format_date(on, pattern, locale=locale)


def time_line(at: time, language: str) -> str:
    """Write a time of day on the 24-hour clock, e.g. 14:30."""
    return format_time(at, "HH:mm", locale=_locale(language))


def datetime_line(at: datetime, language: str) -> str:
    """Write date and time as the clock reads them, e.g. 2027/3/1（一） 14:30."""
    joiner = JOINERS.get(_locale(language).language, ", ")
    return f"{date_line(at.date(), language)}{joiner}{time_line(at.time(), language)}"


def moment_line(at: datetime, now: datetime, language: str) -> str:
    """Write a coming moment the way one says it: 今天 10:00, 明天 10:00, else with its date.

    Both in the same zone, the one whose clock is read.
    """
    if at.date() == now.date():
        return f"{pick(_TODAY, language, 'en')} {time_line(at.time(), language)}"
    if at.date() == now.date() + timedelta(days=1):
        return f"{pick(_TOMORROW, language, 'en')} {time_line(at.time(), language)}"
    return datetime_line(at, language)


def number_line(value: Decimal | float, language: str) -> str:
    """Write a number with separators, e.g. 20,000."""
    return format_decimal(value, locale=_locale(language))


def money_line(value: Decimal | float, currency: str, language: str) -> str:
    """Write an amount of money, without decimals when it has none, e.g. $20,000 for TWD in Taiwan."""
    places = "" if value == int(value) else ".00"
    return format_currency(
        value, currency, format=f"¤#,##0{places}", locale=_locale(language), currency_digits=False
    )


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    """Return Babel's locale for a language tag of LINE; Chinese without a known script is Taiwan's."""
    tag = language.replace("-", "_")
    if tag.lower().startswith("zh"):
        simplified = any(part in tag.lower() for part in ("hans", "cn", "sg"))
        return Locale("zh", "CN" if simplified else "TW", script="Hans" if simplified else "Hant")
    if tag == "en":
        return Locale("en", "GB")
    try:
        return Locale.parse(tag)
    except (ValueError, UnknownLocaleError):
        return Locale("en", "GB")
