"""Values as they stand in the cells of people's files: money, moments, yes and no, in full width and half."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from unicodedata import normalize

from contacts.bulk_fields import FieldValue
from contacts.models import FieldKind
from core.errors import InvalidInput

MOST_CENTS = 10**15
"""Ten thousand billion: a cell with more digits holds something else."""

FIRST_YEAR, LAST_YEAR = 1800, 2200
"""Of moments; databases write 0001 and 9999 for none, and cannot tell them in every zone."""

# On Japanese machines the backslash is drawn as a yen sign.
_CURRENCY = re.compile(r"(NT\$|NTD|TWD|HK\$|US\$|USD|JPY|\$|¥|\\|円|圓|元|塊|日圓)", re.IGNORECASE | re.ASCII)
_AMOUNT = re.compile(r"(-?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?(?:-)?", re.ASCII)
_DAY = r"(\d{4})(?:[-/.]|年 ?)(\d{1,2})(?:[-/.]|月 ?)(\d{1,2})日?"
_TIME = (
    r"(上午|下午|午前|午後|AM|PM)? ?(\d{1,2})(?::|時|点|點)(\d{2}|\d(?=分))分?"
    r"(?:[:](\d{2})(?:[.,](\d{1,9}))?|(\d{1,2})秒)? ?(AM|PM)?"
)
_ZONE = r" ?(Z|[+-]\d{2}:?\d{2})?"
_MOMENT = re.compile(rf"{_DAY}(?:(?:T| +|(?<=日)){_TIME}{_ZONE})?", re.IGNORECASE | re.ASCII)
_PLAIN_MOMENT = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII
)
_PLAIN = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,6})?", re.ASCII)
_LINE_USER = re.compile(r"U[0-9a-f]{32}")
_LATE = {"下午", "午後", "PM"}

YES = frozenset(
    [
        "yes",
        "y",
        "true",
        "t",
        "1",
        "on",
        "○",
        "◯",
        "已同意",
        "〇",
        "o",
        "同意",
        "是",
        "有",
        "はい",
        "あり",
        "する",
        "許可",
        "希望する",
        "希望",
        "受け取る",
        "願意",
    ]
)
NO = frozenset(
    [
        "no",
        "n",
        "false",
        "f",
        "0",
        "off",
        "×",
        "x",
        "✕",
        "不同意",
        "未同意",
        "同意しない",
        "否",
        "無",
        "沒有",
        "いいえ",
        "なし",
        "しない",
        "拒否",
        "希望しない",
        "不要",
        "不願意",
    ]
)
GENDERS: Mapping[str, str] = {
    **dict.fromkeys(["female", "f", "woman", "女", "女性", "女生", "小姐", "女士"], "female"),
    **dict.fromkeys(["male", "m", "man", "男", "男性", "男生", "先生"], "male"),
    **dict.fromkeys(["other", "x", "その他", "其他", "非二元", "nonbinary", "non-binary"], "other"),
    **dict.fromkeys(
        ["unknown", "u", "-", "不明", "未回答", "無回答", "回答しない", "保密", "不願透露", "未填"], ""
    ),
}


class BadCell(ValueError):  # noqa: N818 - the name says what the cell is
    """The cell cannot be read; the reason follows the column's name in a sentence."""


def clean(cell: str) -> str:
    """Return what was meant by an identifier, a number or a date: half width, without edges."""
    return cell.strip() if cell.isascii() else normalize("NFKC", cell).strip()


def amount_cents(cell: str) -> int:
    """Read `12300`, `¥12,300`, `NT$1,200.50`, `１，２００円` as hundredths.

    :raises BadCell: it is no amount of money, or one with parts of a hundredth.
    """
    if cell.isdigit() and cell.isascii() and len(cell) <= 13:
        return int(cell) * 100
    text = clean(cell).replace("−", "-").replace("▲", "-").replace("△", "-").replace("、", ",")
    text = _CURRENCY.sub("", text, count=2).replace(" ", "")
    if text.startswith("(") and text.endswith(")"):
        text = "-" + text[1:-1]
    found = _AMOUNT.fullmatch(text)
    if found is None:
        raise BadCell("is not an amount of money")
    sign, whole, part = found.groups()
    part = (part or "").rstrip("0")
    if len(part) > 2:
        raise BadCell("has more than two digits behind the point")
    cents = int(whole.replace(",", "")) * 100 + int(part.ljust(2, "0") or 0)
    if cents > MOST_CENTS:
        raise BadCell("is too large an amount")
    return -cents if sign or text.endswith("-") else cents


def moment(cell: str, zone: tzinfo) -> datetime:
    """Read a day with or without a time; without a zone of its own it is the account's.

    :raises BadCell: it is none, does not begin with the year, or is of another age.
    """
    told = _moment(cell, zone)
    if not FIRST_YEAR <= told.year < LAST_YEAR:
        raise BadCell(f"is not between the years {FIRST_YEAR} and {LAST_YEAR}")
    return told.astimezone(UTC)


def local_moment(cell: str, zone: tzinfo) -> datetime:
    """Read a day with or without a time as the account's calendar has it, whatever its year: 9999 means no end.

    :raises BadCell: it is none, or does not begin with the year.
    """
    told = _moment(cell, zone)
    try:
        return told.astimezone(UTC).astimezone(zone)
    except OverflowError:
        return told


def _moment(cell: str, zone: tzinfo) -> datetime:
    plain = _PLAIN_MOMENT.fullmatch(cell)
    found = plain or _MOMENT.fullmatch(clean(cell))
    if found is None:
        raise BadCell("is not a date such as 2026/11/5 9:05 or 2026-11-05T09:05:00+09:00")
    try:
        return (_spelt if plain is None else _plain)(found, zone)
    except (ValueError, OverflowError):
        raise BadCell("is a date or a time that does not exist") from None


def _plain(found: re.Match[str], zone: tzinfo) -> datetime:
    year, month, day, hour, minute, second = map(int, found.groups("0"))
    return datetime(year, month, day, hour, minute, second, 0, zone)


def _spelt(found: re.Match[str], zone: tzinfo) -> datetime:
    year, month, day, before, hour, minute, second, fraction, spelt_second, after, offset = found.groups()
    return datetime(
        int(year),
        int(month),
        int(day),
        _hour(hour, (before or after or "").upper()),
        int(minute or 0),
        int(second or spelt_second or 0),
        int((fraction or "0")[:6].ljust(6, "0")),
        _zone(offset, zone),
    )


def _hour(written: str | None, half: str) -> int:
    hour = int(written or 0)
    if not half:
        return hour
    if not 0 <= hour <= 12:
        raise ValueError(written)
    return hour % 12 + (12 if half in _LATE else 0)


def _zone(offset: str | None, zone: tzinfo) -> tzinfo:
    return zone if offset is None else _fixed_zone(offset)


@lru_cache(maxsize=64)
def _fixed_zone(offset: str) -> tzinfo:
    """Read `Z`, `+09:00` or `-0530`."""
    if offset in "Zz":
        return UTC
    digits = offset[1:].replace(":", "")
    away = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-away if offset[0] == "-" else away)


def yes_or_no(cell: str) -> bool:
    """Read `yes`, `○`, `同意`, `あり`, `0` and the like.

    :raises BadCell: it is neither.
    """
    word = clean(cell).lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise BadCell("is neither yes nor no")


def month(cell: str) -> int:
    """Read `4`, `４月`, or the month of a date of birth.

    :raises BadCell: it is no month.
    """
    text = clean(cell)
    found = re.fullmatch(r"(?:\d{4}[-/.年])?(\d{1,2})(?:月|[-/.]\d{1,2}|月\d{1,2}日)?", text, re.ASCII)
    day = None if found else _MOMENT.fullmatch(text)
    number = int(found[1] if found else day[2] if day else 0)
    if not 1 <= number <= 12:
        raise BadCell("is not a month from 1 to 12")
    return number


def gender(cell: str) -> str | None:
    """Read a gender as `female`, `male` or `other`; None where it is not told.

    :raises BadCell: it is no word for one that we know.
    """
    word = GENDERS.get(clean(cell).lower())
    if word is None:
        raise BadCell("is not a word for a gender that we know: female, male, other, unknown")
    return word or None


def line_user_id(cell: str) -> str:
    """Read a LINE user id.

    :raises BadCell: it has another shape.
    """
    if _LINE_USER.fullmatch(cell):
        return cell
    text = clean(cell)
    if _LINE_USER.fullmatch(text) is None:
        raise BadCell("is not a LINE user id: U and 32 of 0-9 a-f")
    return text


def key(cell: str, limit: int) -> str:
    """Read an identifier of the shop's own.

    :raises BadCell: it is too long, or holds what cannot be seen.
    """
    text = cell.strip() if cell.isascii() else clean(cell)
    if len(text) > limit:
        raise BadCell(f"has more than {limit} characters")
    if not text.isprintable():
        raise BadCell("holds characters that cannot be seen")
    return text


def words(cell: str, limit: int) -> str:
    """Read a text for people.

    :raises BadCell: it is too long, or holds a NUL.
    """
    text = cell.strip()
    if len(text) > limit:
        raise BadCell(f"has more than {limit:,} characters")
    if "\0" in text:
        raise BadCell("holds a NUL")
    return text


def plain_number(text: str) -> int | float | None:
    """Return a number as people type it; of `007`, `1e5` and `nan` none, for they are something else."""
    if _PLAIN.fullmatch(text) is None:
        return None
    number = float(text)
    return int(number) if number.is_integer() else number


def field_kind(cells: list[str]) -> FieldKind:
    """Return what a column holds, by the values in it that are not empty."""
    told = [clean(cell) for cell in cells if cell.strip()]
    if told and all(_PLAIN.fullmatch(text) for text in told):
        return FieldKind.NUMBER
    found = [_MOMENT.fullmatch(text) for text in told]
    if told and all(found):
        return FieldKind.DATETIME if any(one and one[5] for one in found) else FieldKind.DATE
    if told and all(text.lower() in {"true", "false"} for text in told):
        return FieldKind.FLAG
    return FieldKind.TEXT


def field_value(cell: str, kind: FieldKind, zone: tzinfo, *, limit: int) -> FieldValue:
    """Read a value of a further column; one that is not of the column's kind stays a text.

    :raises BadCell: it is too long, or a date that does not exist.
    """
    text = clean(cell)
    match kind:
        case FieldKind.NUMBER if (number := plain_number(text)) is not None:
            return FieldValue(number, kind)
        case FieldKind.DATE | FieldKind.DATETIME if _MOMENT.fullmatch(text):
            return FieldValue(written_moment(local_moment(text, zone), kind), kind)
        case FieldKind.FLAG if text.lower() in {"true", "false"}:
            return FieldValue(text.lower() == "true", kind)
        case _:
            return FieldValue(words(cell, limit), FieldKind.TEXT)


def written_as(cell: str, zone: tzinfo) -> FieldValue:
    """Read a day with or without a time as the kind of field that it is by itself.

    :raises BadCell: it is neither.
    """
    kind = field_kind([cell])
    return FieldValue(written_moment(local_moment(cell, zone), kind), kind)


def written_moment(local: datetime, kind: FieldKind) -> str:
    """Write a day, or a day and its time, as fields hold them."""
    day: date = local.date()
    return day.isoformat() if kind is FieldKind.DATE else local.isoformat()[:16]


def refused(field: str, error: BadCell | InvalidInput) -> str:
    """Return the reason as a sentence that names the column."""
    if isinstance(error, InvalidInput):
        return "; ".join(f"{name} {reason}" for name, reason in error.fields.items())
    return f"{field} {error}"
