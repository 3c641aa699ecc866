"""Random rules and random people, and a brute-force reading of rules that shares no code with ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from contacts.models import Contact, ContactField
from core.db import Base
from segmentation.models import ContactTag, Tag

TAGS = ("area:taipei", "vip", "consent:news", "新竹 '%_")
FIELDS = ("move_in", "budget", "city", "is_owner")
# Late in the evening in UTC it is tomorrow in Taipei and still the afternoon in New York.
MOMENTS = (datetime(2027, 3, 1, 4, tzinfo=UTC), datetime(2027, 2, 28, 23, 30, tzinfo=UTC))
ZONES = tuple(map(ZoneInfo, ("Asia/Taipei", "America/New_York", "UTC")))
SECONDS = (0, 1, -1, 86_400, 30 * 86_400, 30 * 86_400 + 1)
DAYS = ("2027-02-28", "2027-03-01", "2027-03-02", "2027-03-31", "2027-04-01", "2028-02-29")
WORDS = ("新竹", "a'b", "%", "", "15000", "true", "today", "14:30", *DAYS)
NUMBERS = (0, 1, 15000, 15000.5, -3, 10**15)

MOMENTS_OF_DAY = tuple(f"{day}T14:30" for day in DAYS)


@dataclass(frozen=True)
class Someone:
    """A person as plain values."""

    following: str = "following"
    seen_ago: int = 0
    """Seconds."""
    is_erased: bool = False
    tags: Mapping[str, int | None] = field(default_factory=dict)
    """Name to the seconds until it ends; None: never."""
    fields: Mapping[str, tuple[str, str | None, float | None]] = field(default_factory=dict)
    """Name to kind, text and number."""


values = st.one_of(
    st.sampled_from(WORDS).map(lambda text: ("text", text, None)),
    st.sampled_from(NUMBERS).map(lambda number: ("number", str(number), float(number))),
    st.sampled_from(DAYS).map(lambda day: ("date", day, None)),
    st.sampled_from(MOMENTS_OF_DAY).map(lambda moment: ("datetime", moment, None)),
    st.just(("time", "14:30", None)),
    st.booleans().map(lambda flag: ("flag", "true" if flag else "false", float(flag))),
    st.sampled_from(["text", "date", "number", "flag"]).map(lambda kind: (kind, None, None)),
)
people = st.builds(
    Someone,
    following=st.sampled_from(["unknown", "following", "blocked"]),
    seen_ago=st.sampled_from(SECONDS),
    is_erased=st.sampled_from([False, False, False, True]),
    tags=st.dictionaries(st.sampled_from(TAGS), st.sampled_from([None, None, -1, 0, 1])),
    fields=st.dictionaries(st.sampled_from(FIELDS), values),
)

days = st.sampled_from(
    (*DAYS, "today", "+0d", "+1d", "today+30d", "+1m", "-1d", "+1w", "+1y", "-999y", "+9999w")
)
numbers = st.sampled_from(NUMBERS)
compared = st.one_of(
    st.builds(lambda value: {"is": value}, st.sampled_from(WORDS) | numbers | days | st.booleans()),
    st.builds(lambda value: {"is": value}, st.sampled_from(MOMENTS_OF_DAY)),
    st.builds(lambda first, last: {"between": [first, last]}, numbers, numbers),
    st.builds(lambda first, last: {"between": [first, last]}, days, days),
    st.builds(lambda known: {"known": known}, st.booleans()),
)
leaves = st.one_of(
    st.sampled_from((*TAGS, "nobody:has")).map(lambda name: {"tag": name}),
    st.builds(lambda name, test: {"field": {"name": name, **test}}, st.sampled_from(FIELDS), compared),
    st.booleans().map(lambda wanted: {"following": wanted}),
    st.sampled_from(["1s", "1d", "30d", "720h"]).map(lambda within: {"seen": {"within": within}}),
    st.sampled_from(["news", "listings"]).map(lambda purpose: {"consent": purpose}),
)


def _groups(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.lists(inner, max_size=3).map(lambda rules: {"all": rules}),
        st.lists(inner, max_size=3).map(lambda rules: {"any": rules}),
        inner.map(lambda rule: {"not": rule}),
    )


rules: st.SearchStrategy[Any] = st.recursive(leaves | st.just({}), _groups, max_leaves=8)


def fits(rule: Mapping[str, Any], who: Someone, now: datetime, zone: ZoneInfo) -> bool:
    """Say by brute force whether a rule means somebody."""
    return not who.is_erased and _fits(rule, who, now, now.astimezone(zone).date()) is True


def _fits(rule: Mapping[str, Any], who: Someone, now: datetime, today: date) -> bool:
    if not rule:
        return False
    ((key, value),) = rule.items()
    if key == "all":
        return len([one for one in value if _fits(one, who, now, today)]) == len(value) > 0
    if key == "any":
        return [one for one in value if _fits(one, who, now, today)] != []
    if key == "not":
        unfinished = any(empty in repr(value) for empty in ("{}", "[]"))
        return False if unfinished else not _fits(value, who, now, today)
    if key in {"tag", "consent"}:
        name = value if key == "tag" else "consent:" + value
        return name in who.tags and (who.tags[name] is None or (who.tags[name] or 0) > 0)
    if key == "following":
        return (who.following == "following") is value
    if key == "seen":
        return who.seen_ago <= {"1s": 1, "1d": 86_400, "30d": 2_592_000, "720h": 2_592_000}[value["within"]]
    return _field_fits(value, who.fields.get(value["name"]), today)


def _field_fits(
    test: Mapping[str, Any], known: tuple[str, str | None, float | None] | None, today: date
) -> bool:
    if "known" in test:
        return test["known"] is (known is not None)
    if known is None:
        return False
    kind, text, number = known
    day = date.fromisoformat(text[:10]) if text and kind in {"date", "datetime"} else None
    if "between" in test:
        first, last = test["between"]
        if isinstance(first, str):
            return day is not None and _day(first, today) <= day <= _day(last, today)
        return kind == "number" and number is not None and first <= number <= last
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


def _day(text: str, today: date) -> date:
    if len(text) == 10 and text[4] == "-" and "today" not in text:
        return date.fromisoformat(text)
    amount = text.removeprefix("today")
    if amount == "" and text:
        return today
    count, unit = int(amount[:-1]), amount[-1]
    if unit in "dw":
        return today + timedelta(days=count * (7 if unit == "w" else 1))
    year, month = today.year + (count if unit == "y" else 0), today.month + (count if unit == "m" else 0)
    # The only months ever added here are one, to the end of February or the beginning of March.
    return date(year, month, min(today.day, 28))


def store(session: Session, channel_id: int, everybody: list[Someone], *, now: datetime) -> list[int]:
    """Write people in three statements; return their ids in the same order."""
    tag_ids = {row.name: row.id for row in session.execute(sa.select(Tag.name, Tag.id))}
    before = session.scalar(sa.select(sa.func.max(Contact.id))) or 0
    numbered = list(enumerate(everybody, before + 1))
    contacts = [
        {
            "id": number,
            "public_id": f"p{number}",
            "channel_id": channel_id,
            "line_user_id": f"U{number:032x}",
            "shard": 0,
            "following": who.following,
            "first_seen_at": now - timedelta(days=60),
            "last_seen_at": now - timedelta(seconds=who.seen_ago),
            "erased_at": now if who.is_erased else None,
        }
        for number, who in numbered
    ]
    said = {"source": "staff:test", "set_at": now - timedelta(days=1)}
    tags = [
        {
            "contact_id": number,
            "tag_id": tag_ids[name],
            "expires_at": None if lasts is None else now + timedelta(seconds=lasts),
            **said,
        }
        for number, who in numbered
        for name, lasts in who.tags.items()
    ]
    fields = [
        {"contact_id": number, "name": name, "kind": kind, "text": text, "number": value, **said}
        for number, who in numbered
        for name, (kind, text, value) in who.fields.items()
    ]
    tables: list[tuple[type[Base], list[dict[str, Any]]]] = [
        (Contact, contacts),
        (ContactTag, tags),
        (ContactField, fields),
    ]
    for table, rows in tables:
        if rows:
            session.execute(sa.insert(table), rows)
    return [number for number, _ in numbered]
