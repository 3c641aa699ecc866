"""How much people mean: 2萬, 兩萬五, NT$20,000, 20k and ２００００ are amounts."""

import re
from dataclasses import dataclass
from decimal import Decimal
from unicodedata import normalize

LIMIT_CHARS = 100
"""Longer texts are stories, not amounts."""

HAN_DIGITS = dict(
    zip(
        "〇零一二兩两三四五六七八九壹貳贰參叁肆伍陸陆柒捌玖",
        (0, 0, 1, 2, 2, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9),
        strict=True,
    )
)
SMALL_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "천": 1000, "백": 100}
BIG_UNITS = {"萬": 10**4, "万": 10**4, "만": 10**4, "億": 10**8, "亿": 10**8, "억": 10**8}
LATIN_UNITS = {"k": 1000, "w": 10**4, "thousand": 1000}
"""w is how 萬 is typed in a hurry."""

NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?: \d{3})+(?!\d)|\d{1,15}(?:\.\d{1,6})?"
TOKEN = re.compile(
    rf"(?P<number>{NUMBER})|(?P<han>[{''.join(HAN_DIGITS)}]+)|(?P<small>[{''.join(SMALL_UNITS)}])"
    rf"|(?P<big>[{''.join(BIG_UNITS)}])|(?P<latin>(?<=[\d ])(?:k|w|thousand)(?![a-z]))|(?P<space> +)|(?P<other>.)",
    re.DOTALL,
)
PER_MONTH = re.compile(
    r"(?<!\d)[一1每/]\s*(?:個|个|ヶ|か|カ|ケ|箇)?(?:月|달)|(?:per|a|/)\s*month|월세", re.IGNORECASE
)
COUNTED = re.compile(r"[個个人位名坪歲岁隻只匹頭台本度次杯間间房元圓圆円塊块원명개세つ]?$")
JOINERS = re.compile(
    r"^\s*(?:-|–|—|~|〜|～|−|to|until|到|至|から|에서|부터|左右到)\s*(?:nt\$|\$|¥|￥|₩)?\s*$", re.IGNORECASE
)
AT_MOST = re.compile(
    r"以下|以內|以内|以裡|之內|之内|不超過|不超过|最多|最高|低於|低于|少於|小於|まで|未満|이하|까지|미만|within|under|below|less than|at most|up to|max",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Found:
    value: Decimal | None
    """None: it reads like a number, but has no one meaning (兩三萬)."""
    start: int
    end: int
    is_han: bool
    has_unit: bool


def amount_of(text: str) -> Decimal | None:
    """Return the one amount that `text` names.

    None where there is none, and where there is more than one: a range such as 15000-25000 or
    兩三萬 is not an amount (`span_of` reads ranges). A minus counts only at the very beginning.
    """
    found = _amounts(text)
    if len(found) != 1:
        return None
    value = found[0].value
    return -value if value is not None and _plain(text).startswith("-") and found[0].start == 1 else value


def span_of(text: str) -> tuple[Decimal, Decimal] | None:
    """Return both ends of a range such as 15000-25000, 2萬到3萬 or 2~3萬, lower end first."""
    plain = _plain(text)
    found = _amounts(text)
    if len(found) != 2 or not JOINERS.match(plain[found[0].end : found[1].start].strip("元圓円 ")):
        return None
    low, high = found[0].value, found[1].value
    if low is None or high is None:
        return None
    if low < high and low < 10 and found[1].has_unit and not found[0].has_unit:
        # 2~3萬: the unit is said once
        low *= Decimal(10) ** (high.adjusted() - low.adjusted())
    return (low, high) if low < high else None


def is_upper_limit(text: str) -> bool:
    """Return whether an amount is meant as a limit that is not passed: 兩萬以內, under 20k."""
    return AT_MOST.search(normalize("NFKC", text)) is not None


def _plain(text: str) -> str:
    return PER_MONTH.sub("", normalize("NFKC", text[: LIMIT_CHARS + 1])).strip().casefold()


def _amounts(text: str) -> list[_Found]:
    plain = _plain(text)
    if len(plain) > LIMIT_CHARS:
        return []
    found = [_evaluate(group) for group in _groups(plain)]
    return [item for item in found if not item.is_han or _is_meant(item, plain)]


def _is_meant(item: _Found, plain: str) -> bool:
    """Han numerals hide in words (十分, 一定); they count with digit and unit together, or alone."""
    rest = plain[: item.start] + plain[item.end :]
    return item.has_unit or not COUNTED.sub("", rest.strip(" 約约共.。"))


def _groups(plain: str) -> list[list[re.Match[str]]]:
    """Collect neighbouring numerals and units: 2萬5千 is one group, 2 3 are two."""
    groups: list[list[re.Match[str]]] = []
    current: list[re.Match[str]] = []
    tokens = list(TOKEN.finditer(plain))
    for index, token in enumerate(tokens):
        kind = token.lastgroup
        following = tokens[index + 1].lastgroup if index + 1 < len(tokens) else None
        if kind == "other":
            current = _close(current, groups)
        elif kind == "space":
            after = tokens[index + 2].lastgroup if index + 2 < len(tokens) else None
            # "2 萬" and the Korean "2만 5천" go on; "2萬 5" and "2 3" do not
            goes_on = following in {"small", "big", "latin"} or after in {"small", "big"}
            if not goes_on:
                current = _close(current, groups)
        else:
            current.append(token)
    _close(current, groups)
    return groups


def _close(current: list[re.Match[str]], groups: list[list[re.Match[str]]]) -> list[re.Match[str]]:
    if current and any(token.lastgroup in {"number", "han", "small"} for token in current):
        groups.append(current)
    return []


def _evaluate(group: list[re.Match[str]]) -> _Found:
    has_digits = any(token.lastgroup in {"number", "han"} for token in group)
    has_unit = any(token.lastgroup in {"small", "big", "latin"} for token in group)
    return _Found(
        value=_value(group),
        start=group[0].start(),
        end=group[-1].end(),
        is_han=all(token.lastgroup != "number" for token in group),
        has_unit=has_digits and has_unit,
    )


def _value(group: list[re.Match[str]]) -> Decimal | None:
    """Read a numeral as it is said: each unit must be smaller than the one before, except 萬 after 千."""
    total = section = Decimal(0)
    pending: Decimal | None = None
    last_unit = 0
    ceiling, big_ceiling = 10**4, 10**12
    for token in group:
        kind, raw = token.lastgroup, token.group()
        if kind in {"number", "han"}:
            if pending is not None:
                return None
            pending = _digits(raw) if kind == "han" else Decimal(re.sub(r"[, ]", "", raw))
            if pending is None:
                return None
            if (raw[0] in "〇零0" and len(raw) > 1) or raw in {"〇", "零"}:
                last_unit = 0  # 兩萬零五 is 20005, 兩萬五 is 25000
                pending = pending or None
        elif kind == "small":
            unit = SMALL_UNITS[raw]
            if unit >= ceiling or (pending is None and unit != 10):
                return None
            section += (1 if pending is None else pending) * unit
            pending, last_unit, ceiling = None, unit, unit
        else:
            unit = BIG_UNITS[raw] if kind == "big" else LATIN_UNITS[raw]
            section += pending or 0
            if unit >= big_ceiling or not section:
                return None
            total += section * unit
            section, pending, last_unit, ceiling, big_ceiling = Decimal(0), None, unit, min(unit, 10**4), unit
    if pending is not None and last_unit >= 100 and pending < 10 and pending == int(pending):
        pending *= last_unit // 10
    return total + section + (pending or 0)


def _digits(raw: str) -> Decimal | None:
    """Read Han digits without units: one digit, or a row that is spelt out; 兩三 is a guess, not a number."""
    digits = [HAN_DIGITS[char] for char in raw]
    if len(digits) == 2 and digits[0]:
        return None
    return Decimal("".join(map(str, digits)))
