"""By brute force, whether what somebody told us fits; shares no code with ours."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

Told = tuple[str, str | None, float | None]
"""Kind, text and number of a field."""


def lives_in(wanted: str | list[str], known: Told | None) -> bool:
    if known is None or known[0] != "text":
        return False
    # Of the places in WORDS; 新竹 leaves open which of the two it is.
    places = {"新竹": {"新竹縣"}, "臺北": {"台北", "臺北市"}, "台北市": {"台北", "臺北市"}}
    return bool(places.get(known[1] or "", set()) & set(wanted if isinstance(wanted, list) else [wanted]))


def comes_round(asked: Mapping[str, Any], fields: Mapping[str, Told], today: date) -> bool:
    known = fields.get(asked.get("field", "birthday"))
    born = (
        date.fromisoformat(known[1][:10]) if known and known[1] and known[0] in {"date", "datetime"} else None
    )
    if "month" in asked:
        away = {"last_month": -1, "this_month": 0, "next_month": 1}
        month = (
            (today.month + away[asked["month"]] - 1) % 12 + 1 if asked["month"] in away else asked["month"]
        )
        told = fields.get("birth_month")
        return (born is not None and born.month == month) or (told is not None and told[2] == month)
    if born is None:
        return False
    first, last = (today + timedelta(days=away_of(end)) for end in asked["within"])
    return any(first <= _in_year(born, year) <= last for year in (today.year - 1, today.year, today.year + 1))


def _in_year(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def away_of(text: str) -> int:
    return 0 if text == "today" else int(text.removesuffix("d"))


def field_fits(  # noqa: C901 - a case for each way to compare
    test: Mapping[str, Any], known: Told | None, today: date
) -> bool:
    if "known" in test:
        return test["known"] is (known is not None)
    if known is None:
        return False
    if "is_not" in test:
        return not field_fits({"is": test["is_not"]}, known, today)
    kind, text, number = known
    if "one_of" in test:
        told = number if kind == "number" else text if kind in {"text", "time", "datetime"} else None
        return told is not None and any(
            told == value and isinstance(told, str) is isinstance(value, str) for value in test["one_of"]
        )
    if "contains" in test:
        return kind == "text" and test["contains"] in (text or "")
    day = date.fromisoformat(text[:10]) if text and kind in {"date", "datetime"} else None
    if "between" in test:
        first, last = test["between"]
        return _is_ordered("at_least", first, known, day, today) and _is_ordered(
            "at_most", last, known, day, today
        )
    if "is" not in test:
        way = next(way for way in ("less_than", "at_most", "more_than", "at_least") if way in test)
        return _is_ordered(way, test[way], known, day, today)
    wanted = test["is"]
    if isinstance(wanted, bool):
        return kind == "flag" and text == str(wanted).lower()
    if not isinstance(wanted, str):
        return kind == "number" and number == wanted
    if kind in {"text", "time", "datetime"} and text == wanted:
        return True
    try:
        return day is not None and day == _day(wanted, today)
    except ValueError:
        return False


def _is_ordered(way: str, limit: Any, known: Told, day: date | None, today: date) -> bool:
    if isinstance(limit, str):
        value: Any = day
        limit = _day(limit, today)
    else:
        value = known[2] if known[0] == "number" else None
    if value is None:
        return False
    return bool(
        {
            "less_than": value < limit,
            "at_most": value <= limit,
            "more_than": value > limit,
            "at_least": value >= limit,
        }[way]
    )


def _day(text: str, today: date) -> date:
    if len(text) == 10 and text[4] == "-" and "today" not in text:
        return date.fromisoformat(text)
    amount = text.removeprefix("today")
    if amount == "" and text:
        return today
    count, unit = int(amount[:-1]), amount[-1]
    if unit in "dw":
        return today + timedelta(days=count * (7 if unit == "w" else 1))
    months = today.year * 12 + today.month - 1 + count * (12 if unit == "y" else 1)
    first = date(months // 12, months % 12 + 1, 1)
    # The last day of a month is the day before the first of the next.
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first + timedelta(days=min(today.day, (after - first).days) - 1)
