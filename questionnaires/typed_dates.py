"""Dates and times as people type them: 3/1, 3月1日, 明天, 下週一, tomorrow, 来週月曜, 下午兩點半.

A small part of what is possible, and honest about it: what names no day, or more than one, is
not understood. A day without a year is the next one to come. 下週一, 来週月曜 and "next Monday"
are the Monday of the week after this one; weeks begin on Monday. A bare weekday is the next to come.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple
from unicodedata import normalize

from contacts.folding import han_variants

LIMIT_CHARS = 60
"""Longer texts tell stories."""

HAN_NUMERALS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"兩": 2, "〇": 0}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("一月월mon", "二火화tue", "三水수wed", "四木목thu", "五金금fri", "六土토sat", "日日일sun")
"""Chinese, Japanese, Korean, English."""

RELATIVE_DAYS = (
    (3, r"大後天|しあさって|글피"),
    (2, r"(?<!大)後天|明後日|あさって|day after tomorrow|모레"),
    (1, r"明天|明日(?!後)|あした|あす(?!か)|(?<!after )tomorrow|\btmr\b|내일"),
    (0, r"今天|今日|本日|きょう|\btoday\b|오늘"),
)
WEEKS_AHEAD = (
    (2, r"下下|再来|다다음"),
    (1, r"下|来|next|다음"),
    (0, r"這|这|本|此|今|this|이번"),
)

Days = Iterator[date | None]


class TypedTime(NamedTuple):
    at: time
    is_vague: bool
    """2點 without morning or afternoon."""


def date_in(text: str, today: date) -> date | None:
    """Return the one day a text names, or None.

    Looked for in this order: with year, month and day, day of a named month, 明天 and the like,
    weekday, bare day of the month.
    """
    plain = _plain(text)
    if len(plain) > LIMIT_CHARS:
        return None
    for find in (_with_year, _month_and_day, _days_ahead, _weekdays, _days_of_month):
        found = list(find(plain, today))
        if found:
            return found[0] if len(set(found)) == 1 else None
    return None


def time_in(text: str) -> TypedTime | None:
    """Return the one time of day a text names, or None."""
    plain = _plain(text)
    if len(plain) > LIMIT_CHARS:
        return None
    found = {_time(match) for match in _rule(_TIME).finditer(plain)}
    if not found and _rule(r"正午|中午|\bnoon\b|정오").search(plain):
        return TypedTime(time(12), is_vague=False)
    return found.pop() if len(found) == 1 else None


def datetime_in(text: str, today: date) -> tuple[datetime, bool] | None:
    """Return the day and time a text names and whether the time is vague; None unless both are there."""
    day, at = date_in(text, today), time_in(text)
    return None if day is None or at is None else (datetime.combine(day, at.at), at.is_vague)


def _plain(text: str) -> str:
    """Usual width, one Han variant, Han numerals before units as digits."""
    plain = normalize("NFKC", text[: LIMIT_CHARS * 2]).casefold().translate(han_variants()).strip()
    return _rule(
        r"(?<!星期)(?<!禮拜)(?<![週周拜])([一二三四五六七八九十兩零〇]{1,3})(?=個?(?:[年月日號点點時分天週周]|星期|禮拜))"
    ).sub(lambda match: str(_han_number(match[1])), plain)


def _han_number(text: str) -> int:
    numerals = {char.translate(han_variants()): value for char, value in HAN_NUMERALS.items()}
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return int("".join(str(numerals[char]) for char in ones))
    return (numerals[tens[-1]] if tens else 1) * 10 + (numerals[ones[-1]] if ones else 0)


@cache
def _rule(pattern: str) -> re.Pattern[str]:
    """Compile a pattern in the Han variant that texts are brought to."""
    return re.compile(pattern.translate(han_variants()))


def _with_year(plain: str, today: date) -> Days:
    del today
    for match in _rule(r"(?<!\d)(\d{4})\s*[-/.年년]\s*(\d{1,2})\s*[-/.月월]\s*(\d{1,2})(?!\d)").finditer(
        plain
    ):
        yield _day(int(match[1]), int(match[2]), int(match[3]))
    for match in _rule(r"(?<!\d)(1[0-4]\d)\s*[/.年]\s*(\d{1,2})\s*[/.月]\s*(\d{1,2})(?!\d)").finditer(plain):
        yield _day(int(match[1]) + 1911, int(match[2]), int(match[3]))  # 民國
    for match in _rule(r"(?:令和|\br)\s*(\d{1,2})\s*[年/.]\s*(\d{1,2})\s*[月/.]\s*(\d{1,2})(?!\d)").finditer(
        plain
    ):
        yield _day(int(match[1]) + 2018, int(match[2]), int(match[3]))
    for match in _rule(rf"{_EN_DAY},?\s+(\d{{4}})\b").finditer(plain):
        yield _day(int(match[5]), _english_month(match), _english_day(match))


def _month_and_day(plain: str, today: date) -> Days:
    for match in _rule(r"(?<![\d/.])(\d{1,2})\s*(?:/|[月월])\s*(\d{1,2})(?![\d/.])").finditer(plain):
        yield _coming(today, int(match[1]), int(match[2]))
    for match in _rule(_EN_DAY).finditer(plain):
        yield _coming(today, _english_month(match), _english_day(match))
    for match in _rule(r"(下個?月|来月|다음\s*달)\s*的?\s*(\d{1,2})\s*[日號일]").finditer(plain):
        first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield _day(first.year, first.month, int(match[2]))
    for match in _rule(r"([這本]個?月|今月|이번\s*달)\s*的?\s*(\d{1,2})\s*[日號일]").finditer(plain):
        yield _day(today.year, today.month, int(match[2]))


def _days_ahead(plain: str, today: date) -> Days:
    for days, pattern in RELATIVE_DAYS:
        if _rule(pattern).search(plain):
            yield today + timedelta(days=days)
    for match in _rule(r"(\d{1,3})\s*(?:天|日|일)\s*(?:之?後|以後|뒤|후)|\bin (\d{1,3}) days?\b").finditer(
        plain
    ):
        yield today + timedelta(days=int(match[1] or match[2]))
    weeks = r"(\d{1,2})\s*個?(?:週間?|星期|禮拜|주)\s*(?:之?後|以後|뒤|후)|\bin (\d{1,2}) weeks?\b"
    for match in _rule(weeks).finditer(plain):
        yield today + timedelta(weeks=int(match[1] or match[2]))


def _weekdays(plain: str, today: date) -> Days:
    ahead = "|".join(pattern for _, pattern in WEEKS_AHEAD)
    chinese = rf"({ahead})?個?(?:週|周|星期|禮拜|拜)([一二三四五六日天])"
    japanese = rf"(?:({ahead})週の?)?([月火水木金土日])曜"
    korean = rf"(?:({ahead})\s*주?\s*)?([월화수목금토일])요일"
    english = rf"\b(?:({ahead})\s+)?(mon|tue|wed|thu|fri|sat|sun)(?:s|nes|rs|ur)?(?:day)?\b"
    for pattern in (chinese, japanese, korean, english):
        for match in _rule(pattern).finditer(plain):
            yield _weekday(today, match[1], match[2])


def _weekday(today: date, ahead: str | None, name: str) -> date:
    name = "日" if name == "天" else name
    weekday = next(number for number, names in enumerate(WEEKDAYS) if name in names.translate(han_variants()))
    if ahead is None:
        return today + timedelta(days=(weekday - today.weekday()) % 7)
    weeks = next(count for count, pattern in WEEKS_AHEAD if _rule(pattern).fullmatch(ahead))
    return today + timedelta(days=weekday - today.weekday(), weeks=weeks)


def _days_of_month(plain: str, today: date) -> Days:
    for match in _rule(r"(?<![\d月월/])(\d{1,2})\s*(?:日|號|일)(?!\s*(?:之?後|以後|뒤|후|間|游))").finditer(
        plain
    ):
        day = int(match[1])
        months = ((today.year * 12 + today.month - 1 + ahead) for ahead in range(3))
        days = (_day(month // 12, month % 12 + 1, day) for month in months)
        yield next((found for found in days if found is not None and found >= today), None)


def _coming(today: date, month: int, day: int) -> date | None:
    """Return the next such day, today included; 29 February waits for its year."""
    years = range(today.year, today.year + 9)
    days = (_day(year, month, day) for year in years)
    return next((found for found in days if found is not None and found >= today), None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


_EN_MONTH = (
    r"(jan(?=uary|\b)|feb(?=ruary|\b)|mar(?=ch|\b)|apr(?=il|\b)|may(?=\b)|jun(?=e|\b)|jul(?=y|\b)|aug(?=ust|\b)"
    r"|sep(?=tember|t|\b)|oct(?=ober|\b)|nov(?=ember|\b)|dec(?=ember|\b))[a-z]*\.?"
)
_EN_DAY = (
    rf"\b(?:(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_EN_MONTH}|{_EN_MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?\b)"
)


def _english_month(match: re.Match[str]) -> int:
    return MONTHS.index(match[2] or match[3]) + 1


def _english_day(match: re.Match[str]) -> int:
    return int(match[1] or match[4])


_BEFORE_NOON = r"上午|早上|清晨|凌晨|午前|朝|오전|아침|am"
_AFTER_NOON = r"下午|傍晚|晚上|午後|夕方|夜|오후|저녁|pm|中午"
_TIME = (
    rf"(?P<before>{_BEFORE_NOON}|{_AFTER_NOON})?\s*の?(?<![\d:])(?P<hour>\d{{1,2}})"
    r"(?::(?P<minute>\d{2})(?![\d:])|\s*[点點時时시]\s*(?:(?P<half>半|반)|(?P<minutes>\d{1,2})\s*[分분]?)?|(?=\s*[ap]\.?m\b))"
    r"(?:\s*(?P<after>am|pm|a\.m|p\.m)\b)?"
)


def _time(match: re.Match[str]) -> TypedTime | None:
    hour = int(match["hour"])
    minute = 30 if match["half"] else int(match["minute"] or match["minutes"] or 0)
    marker = (match["before"] or match["after"] or "").replace(".", "")
    is_vague = not marker and 1 <= hour <= 11 and not (match["minute"] and match["hour"].startswith("0"))
    if marker and hour <= 12:
        converted = _on_24_hours(marker, hour)
        if converted is None:
            return None
        hour = converted
    if hour > 23 or minute > 59:
        return None
    return TypedTime(time(hour, minute), is_vague)


def _on_24_hours(marker: str, hour: int) -> int | None:
    kind: Callable[[str], bool] = lambda names: _rule(names).fullmatch(marker) is not None  # noqa: E731
    if kind(_BEFORE_NOON):
        return hour % 12 if kind("凌晨|午前|오전|am") else hour
    if kind("中午"):
        return hour if hour >= 10 else hour + 12
    if kind("晚上|夜|저녁") and hour == 12:
        return None  # midnight of which day?
    return hour % 12 + 12
