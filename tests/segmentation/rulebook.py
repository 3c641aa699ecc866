"""Random rules and random people, and a brute-force reading of rules that shares no code with ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from contacts.models import Contact, ContactField
from core.db import Base
from segmentation.models import ContactTag, Tag
from tests.segmentation import doing_rules
from tests.segmentation.doing_rules import Then
from tests.segmentation.doings import Doings, doings
from tests.segmentation.field_rules import away_of, comes_round, field_fits, lives_in

TAGS = ("area:taipei", "vip", "consent:news", "新竹 '%_")
FIELDS = ("move_in", "budget", "city", "is_owner", "device", "prefecture", "birthday", "birth_month")
# Late in the evening in UTC it is tomorrow in Taipei and still the afternoon in New York.
MOMENTS = (datetime(2027, 3, 1, 4, tzinfo=UTC), datetime(2027, 2, 28, 23, 30, tzinfo=UTC))
ZONES = tuple(map(ZoneInfo, ("Asia/Taipei", "America/New_York", "UTC")))
SECONDS = (0, 1, -1, 86_400, 30 * 86_400, 30 * 86_400 + 1)
DAYS = ("2027-02-28", "2027-03-01", "2027-03-02", "2027-03-31", "2027-04-01", "2028-02-29")
WORDS = ("新竹", "臺北", "台北市", "ios", "a'b", "%", "", "15000", "true", "today", "14:30", *DAYS)
NUMBERS = (0, 1, 3, 15000, 15000.5, -3, 10**15)

MOMENTS_OF_DAY = tuple(f"{day}T14:30" for day in DAYS)


@dataclass(frozen=True)
class Someone:
    """A person as plain values."""

    following: str = "following"
    seen_ago: int = 0
    """Seconds."""
    is_erased: bool = False
    followed_ago: int | None = None
    times_followed: int = 0
    language: str | None = None
    entry: str | None = None
    tags: Mapping[str, int | None] = field(default_factory=dict)
    """Name to the seconds until it ends; None: never."""
    fields: Mapping[str, tuple[str, str | None, float | None]] = field(default_factory=dict)
    """Name to kind, text and number."""
    did: Doings = field(default_factory=Doings)


values = st.one_of(
    st.sampled_from(WORDS).map(lambda text: ("text", text, None)),
    st.sampled_from(NUMBERS).map(lambda number: ("number", str(number), float(number))),
    st.sampled_from(DAYS).map(lambda day: ("date", day, None)),
    st.sampled_from(MOMENTS_OF_DAY).map(lambda moment: ("datetime", moment, None)),
    st.just(("time", "14:30", None)),
    st.booleans().map(lambda flag: ("flag", "true" if flag else "false", float(flag))),
    st.sampled_from(["text", "date", "number", "flag"]).map(lambda kind: (kind, None, None)),
)


def _text(*texts: str) -> st.SearchStrategy[tuple[str, str | None, float | None]]:
    return st.sampled_from(texts).map(lambda text: ("text", text, None))


people = st.builds(
    Someone,
    following=st.sampled_from(["unknown", "following", "following", "blocked"]),
    seen_ago=st.sampled_from(SECONDS),
    is_erased=st.sampled_from([False, False, False, True]),
    followed_ago=st.none() | st.sampled_from(SECONDS),
    times_followed=st.integers(0, 2),
    language=st.sampled_from([None, "zh-TW", "zh", "ja", "zhx", "en-US"]),
    entry=st.sampled_from([None, "#信義店", ""]),
    tags=st.dictionaries(st.sampled_from(TAGS), st.sampled_from([None, None, -1, 0, 1])),
    fields=st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(("move_in", "budget", "city", "is_owner"), values),
            "device": _text("ios", "新竹", "android"),
            "prefecture": _text("新竹", "臺北", "台北市"),
            "birthday": values | st.sampled_from(DAYS).map(lambda day: ("date", day, None)),
            "birth_month": st.sampled_from([2, 3]).map(lambda month: ("number", str(month), float(month))),
        },
    ),
    did=doings,
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
    st.builds(
        lambda way, limit: {way: limit},
        st.sampled_from(["less_than", "at_most", "more_than", "at_least"]),
        numbers | days,
    ),
    st.builds(lambda value: {"is_not": value}, st.sampled_from(WORDS) | numbers | days | st.booleans()),
    st.sampled_from(["竹", "a'b", "%", "500"]).map(lambda part: {"contains": part}),
    st.lists(st.sampled_from(WORDS) | numbers, min_size=1, max_size=3).map(lambda values: {"one_of": values}),
    st.just({"one_of": [*WORDS[:3], *(f"w{place}" for place in range(30)), *range(3, 40)]}),
)
spans = doing_rules.spans
whens = doing_rules.times
tag_names = st.sampled_from((*TAGS, "nobody:has"))
offsets = st.sampled_from(["-30d", "-1d", "today", "+1d", "+30d", "+180d"])
leaves_about_them = st.one_of(
    tag_names.map(lambda name: {"tag": name}),
    st.builds(
        lambda name, more: {"tag": {"name": name, **more}},
        tag_names,
        doing_rules.some(
            set_within=spans, set_by=st.sampled_from(["staff:", "staff:test", "STAFF", "st%"]), expires_within=spans
        ),
    ),
    st.builds(lambda name, test: {"field": {"name": name, **test}}, st.sampled_from(FIELDS), compared),
    st.builds(lambda key, flag: {key: flag}, st.sampled_from(["following", "blocked", "returning"]), st.booleans()),
    st.builds(lambda key, when: {key: when}, st.sampled_from(["seen", "followed"]), whens),
    st.sampled_from(["news", "listings"]).map(lambda purpose: {"consent": purpose}),
    st.sampled_from(["zh", "ZH-tw", ["ja", "en"]]).map(lambda language: {"language": language}),
    st.sampled_from(["#信義店", ["x", "#信義店"]]).map(lambda code: {"entry": code}),
    st.sampled_from(["ios", ["ios", "新竹"]]).map(lambda device: {"device": device}),
    st.sampled_from(["台北", "臺北市", ["新竹縣"]]).map(lambda name: {"region": {"prefecture": name}}),
    st.builds(
        lambda field, first, last: {"anniversary": {"field": field, "within": sorted([first, last], key=away_of)}},
        st.sampled_from(["move_in", "birthday"]), offsets, offsets,
    ),
    st.builds(lambda first, last: {"birthday": {"within": sorted([first, last], key=away_of)}}, offsets, offsets),
    st.sampled_from(["this_month", "last_month", "next_month", 2]).map(lambda month: {"birthday": {"month": month}}),
)  # fmt: skip
references = st.sampled_from(
    [{"segment": key} for key in ("regulars", "nested", "round", "gone", "unfinished")]
)
points = st.sampled_from([-15, -5, 0, 5, 10, 20])
scored = st.builds(
    lambda key, test: {"field": {"name": f"score:{key}", **test}},
    st.sampled_from(["warm", "nested", "round", "gone", "unfinished"]),
    st.one_of(
        st.builds(
            lambda way, limit: {way: limit},
            st.sampled_from(["is", "is_not", "less_than", "at_most", "more_than", "at_least"]),
            points | st.just(9.5),
        ),
        st.builds(lambda first, last: {"between": [first, last]}, points, points),
        st.lists(points, min_size=1, max_size=3).map(lambda several: {"one_of": several}),
    ),
)
leaves = st.one_of(
    leaves_about_them, doing_rules.leaves, leaves_about_them, doing_rules.leaves, references, scored
)

OTHERS: Mapping[str, Mapping[str, Any] | None] = {
    "guests": None,
    "press": None,
    "regulars": {"any": [{"tag": "vip"}, {"seen": {"within": "30d"}}]},
    "nested": {"all": [{"not": {"segment": "regulars"}}, {"not": {"segment": "guests"}}]},
    "round": {"any": [{"tag": "vip"}, {"segment": "about"}]},
    "about": {"not": {"segment": "round"}},
    "unfinished": {"all": [{"tag": "vip"}, {}]},
    "score:warm": {
        "conditions": [
            {"points": 10, "when": {"tag": "vip"}},
            {"points": 10, "when": {"event": {"name": "bought", "within": "30d"}}},
            {"points": 5, "when": {"orders": {"count": {"at_least": 1}, "within": "60d"}}},
            {"points": -15, "when": {"seen": {"not_within": "30d"}}},
        ]
    },
    "score:nested": {
        "conditions": [
            {"points": 20, "when": {"segment": "regulars"}},
            {"points": -5, "when": {"not": {"field": {"name": "score:warm", "at_least": 10}}}},
        ]
    },
    "score:round": {
        "conditions": [{"points": 5, "when": {"not": {"field": {"name": "score:round", "is": 5}}}}]
    },
    "score:unfinished": {"conditions": [{"points": 5, "when": {"any": []}}]},
}
"""The segments and scores that rules may name."""


def _groups(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.lists(inner, max_size=3).map(lambda rules: {"all": rules}),
        st.lists(inner, max_size=3).map(lambda rules: {"any": rules}),
        inner.map(lambda rule: {"not": rule}),
    )


rules: st.SearchStrategy[Any] = st.recursive(leaves | st.just({}), _groups, max_leaves=5)


def fits(rule: Mapping[str, Any], who: Someone, number: int, then: Then) -> bool:
    """Say by brute force whether a rule means somebody."""
    return not who.is_erased and _fits(_spelt_out(rule, ()), who, number, then) is True


def _spelt_out(rule: Mapping[str, Any], way: tuple[str, ...]) -> Mapping[str, Any]:
    """Put the rules of other segments where they are named; what cannot be had is as good as unwritten."""
    for key, value in rule.items():
        if key in {"all", "any"}:
            return {key: [_spelt_out(one, way) for one in value]}
        if key == "not":
            return {key: _spelt_out(value, way)}
        if key == "segment" and OTHERS.get(value, {}) is not None:
            return {} if value in way else _spelt_out(OTHERS.get(value) or {}, (*way, value))
        if key == "field" and value["name"].startswith("score:"):
            name = value["name"]
            found = OTHERS.get(name)
            if name in way or found is None:
                return {}
            gives = [(one["points"], _spelt_out(one["when"], (*way, name))) for one in found["conditions"]]
            return {"score": {"gives": gives, "test": value}}
    return rule


def _fits(  # noqa: C901, PLR0912 - a case for each kind of leaf
    rule: Mapping[str, Any], who: Someone, number: int, then: Then
) -> bool:
    if not rule:
        return False
    ((key, value),) = rule.items()
    if key == "all":
        return len([one for one in value if _fits(one, who, number, then)]) == len(value) > 0
    if key == "any":
        return [one for one in value if _fits(one, who, number, then)] != []
    if key == "not":
        return not (_is_unfinished(value) or _fits(value, who, number, then))
    today = then.now.astimezone(then.zone).date()
    match key:
        case "tag":
            return _tag_fits(value if isinstance(value, dict) else {"name": value}, who, then)
        case "consent":
            return _tag_fits({"name": f"consent:{value}"}, who, then)
        case "following" | "blocked":
            return (who.following == key) is value
        case "returning":
            return (who.times_followed > 1) is value
        case "seen":
            return then.when(who.seen_ago, value)
        case "followed":
            return who.following == "following" and then.when(who.followed_ago, value)
        case "language":
            wanted = [
                "zh-TW" if one == "ZH-tw" else one for one in (value if isinstance(value, list) else [value])
            ]
            return any(f"{who.language}-".startswith(f"{one}-") for one in wanted)
        case "entry":
            return who.entry in (value if isinstance(value, list) else [value])
        case "device":
            named = {"one_of": value if isinstance(value, list) else [value]}
            return field_fits(named, who.fields.get("device"), today)
        case "region":
            return lives_in(value["prefecture"], who.fields.get("prefecture"))
        case "anniversary" | "birthday":
            return comes_round(value, who.fields, today)
        case "field":
            return field_fits(value, who.fields.get(value["name"]), today)
        case "score":
            total = sum(points for points, when in value["gives"] if _fits(when, who, number, then))
            whole = not any(_is_unfinished(when) for _points, when in value["gives"])
            return whole and field_fits(value["test"], ("number", None, float(total)), today)
        case _:
            return doing_rules.fits(key, value, who.did, number, then)


def _is_unfinished(rule: Mapping[str, Any]) -> bool:
    for key, value in rule.items():
        if key in {"all", "any"}:
            return not value or any(map(_is_unfinished, value))
        if key == "score":
            return any(_is_unfinished(when) for _points, when in value["gives"])
        return key == "not" and _is_unfinished(value)
    return True


def _tag_fits(asked: Mapping[str, Any], who: Someone, then: Then) -> bool:
    if asked["name"] not in who.tags:
        return False
    lasts = who.tags[asked["name"]]
    left = None if lasts is None else lasts - then.age(0)
    return (
        (left is None or left > 0)
        and ("set_within" not in asked or then.is_in(86_400, asked["set_within"]))
        and ("set_by" not in asked or asked["set_by"] in {"staff:", "staff:test"})
        and (
            "expires_within" not in asked
            or (left is not None and left <= doing_rules.seconds(asked["expires_within"]))
        )
    )


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
            "following_since_at": None
            if who.followed_ago is None
            else now - timedelta(seconds=who.followed_ago),
            "times_followed": who.times_followed,
            "language": who.language,
            "entry_source": who.entry,
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
