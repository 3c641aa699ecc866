"""Random leaves about what people did, and by brute force whether they fit; shares no code with ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.segmentation.doings import CAMPAIGNS, EVENTS, LISTS, QUESTIONNAIRES, QUEUES, Doings

spans = st.sampled_from(["1s", "1d", "30d", "720h", "60d"])
events = st.sampled_from([*EVENTS, *EVENTS, "unheard_of"])


def some(**choices: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return maps with some of the keys."""
    return st.fixed_dictionaries({}, optional=choices)


where = st.sampled_from(
    [{"tags": "黑糖 '%"}, {"tags": ["a", "nothing"]}, {"tags": 1}, {"offer": True}, {"offer": [2.5, 0]},
     {"offer": 1, "tags": "1"}, {"offer": "true"}]
)  # fmt: skip
counts = st.sampled_from(
    [{}, {}, {"at_least": 1}, {"at_least": 2}, {"at_most": 0}, {"at_most": 1}, {"exactly": 0}, {"exactly": 1},
     {"exactly": 2}, {"at_least": 1, "at_most": 2}]
)  # fmt: skip
names = events | st.lists(events, min_size=1, max_size=2)
more = st.one_of(
    st.just({}),
    where.map(lambda about: {"where": about}),
    spans.map(lambda span: {"within": span}),
    spans.map(lambda span: {"first_within": span}),
    spans.map(lambda span: {"last_within": span}),
    names.map(lambda other: {"without_since": other}),
)
event_leaves = st.one_of(
    st.builds(
        lambda name, count, one, two: {"event": {"name": name, **count, **one, **two}},
        names,
        counts,
        more,
        more,
    ),
    st.builds(
        lambda name, about, share, span: {
            "event": {"name": name, "where": about, "share_at_least": share, **span}
        },
        names,
        where,
        st.sampled_from([0.3, 0.5, 1, 2 / 3]),
        st.just({}) | spans.map(lambda span: {"within": span}),
    ),
    events.map(lambda name: {"event": name}),
    st.builds(lambda way, span: {"message": {way: span}}, st.sampled_from(["within", "not_within"]), spans),
)
times = st.builds(lambda way, span: {way: span}, st.sampled_from(["within", "not_within"]), spans)
amounts = st.one_of(
    st.builds(
        lambda way, much: {way: much},
        st.sampled_from(["at_least", "at_most", "more_than", "less_than", "exactly"]),
        st.sampled_from([0, 0.01, 0.29, 1000, 5000, 2500.5]),
    ),
    st.just({"at_least": 0.29, "at_most": 5000}),
)
of_orders = st.one_of(
    st.just({}),
    st.sampled_from([{"at_least": 1}, {"at_least": 2}, {"at_most": 1}, {"exactly": 0}, {"more_than": 0, "less_than": 3}])
    .map(lambda count: {"count": count}),
    amounts.map(lambda amount: {"sum": amount}),
    amounts.map(lambda amount: {"average": amount}),
    spans.map(lambda span: {"within": span}),
    times.map(lambda when: {"first": when}),
    times.map(lambda when: {"last": when}),
    st.sampled_from([{"store": "信義"}, {"store": ["b", "c"]}, {"channel": "web"}, {"coupon": "HELLO"}]),
)  # fmt: skip
order_leaves = st.builds(lambda one, two: {"orders": {**one, **two}}, of_orders, of_orders)
active_leaves = st.one_of(
    st.builds(
        lambda days, span: {"active": {**days, "within": span}},
        some(days=st.sampled_from([{"at_least": 2}, {"at_most": 1}, {"exactly": 0}])),
        st.sampled_from(["1d", "2d", "30d"]),
    ),
    st.builds(
        lambda hours, share: {"active": {"hours": hours, "within": "30d", **share}},
        st.sampled_from([[8], [8, 9], [0, 23]]),
        some(share_at_least=st.sampled_from([0.5, 1])),
    ),
)
answer_leaves = st.one_of(
    st.sampled_from([*QUESTIONNAIRES, "other"]).map(lambda key: {"answer": key}),
    st.builds(
        lambda key, question, choice: {"answer": {"questionnaire": key, "question": question, **choice}},
        st.sampled_from(QUESTIONNAIRES),
        st.sampled_from(["area", "pet"]),
        some(choice=st.sampled_from(["taipei", ["a'b", "x"]])),
    ),
)
other_leaves = st.one_of(
    st.sampled_from(LISTS).map(lambda key: {"segment": key}),
    st.sampled_from(["best", ["asleep", "x"]]).map(lambda group: {"rfm": group}),
    st.builds(lambda least: {"rfm": {"recency": {"at_least": least}, "monetary": {"less_than": 5}}}, st.integers(1, 5)),
    st.builds(lambda share, salt: {"random": {"share": share, "salt": salt}}, st.sampled_from([0.3, 0.5, 1]), st.sampled_from(["", "春"])),
    st.sampled_from(["unsolved", "open", "waiting", "none"]).map(lambda state: {"ticket": state}),
    st.builds(lambda state, queue: {"ticket": {"state": state, "queue": queue}},
              st.sampled_from(["unsolved", "waiting", "none"]), st.sampled_from([*QUEUES, ["general", "x"]])),
    spans.map(lambda span: {"ticket": {"solved_within": span}}),
    st.builds(lambda did, more: {"campaign": {"did": did, **more}}, st.sampled_from(["received", "tapped"]),
              some(id=st.sampled_from(["autumn", "weekly", ["autumn", "x"], "campaign1", "campaign3", ["x", "campaign0"]]), within=spans)),
)  # fmt: skip
leaves = st.one_of(event_leaves, order_leaves, active_leaves, answer_leaves, other_leaves)


@dataclass(frozen=True)
class Then:
    """The moment that is asked about, and the one from which moments count back."""

    base: datetime
    now: datetime
    zone: ZoneInfo

    def age(self, ago: int) -> float:
        """Return how many seconds before now something was that was so long before the base."""
        return ago + (self.now - self.base).total_seconds()

    def is_in(self, ago: int | None, span: str) -> bool:
        return ago is not None and self.age(ago) <= seconds(span)

    def when(self, ago: int | None, asked: Mapping[str, str]) -> bool:
        if ago is None:
            return False
        if "within" in asked:
            return self.is_in(ago, asked["within"])
        return not self.is_in(ago, asked["not_within"])


def seconds(span: str) -> int:
    return int(span[:-1]) * {"s": 1, "h": 3600, "d": 86_400}[span[-1]]


def fits(  # noqa: C901 - a case for each kind of leaf
    key: str, asked: Any, did: Doings, number: int, then: Then
) -> bool:
    """Say by brute force whether a leaf of one of these kinds holds."""
    match key:
        case "event":
            return _event(asked if isinstance(asked, dict) else {"name": asked}, did, then)
        case "message":
            spans = [ago for name, ago, _told in did.events if name == "message"]
            return then.when(min(spans, default=None), asked)
        case "orders":
            return _orders(asked, did, then)
        case "active":
            return _active(asked, did, then)
        case "answer":
            return _answer(asked if isinstance(asked, dict) else {"questionnaire": asked}, did)
        case "segment":
            return asked in did.lists
        case "rfm":
            return _rfm(asked if isinstance(asked, dict) else {"group": asked}, did)
        case "random":
            return bool(_draw(asked["salt"], number) < round(asked["share"] * 1_000_000))
        case "ticket":
            return _ticket(asked if isinstance(asked, dict) else {"state": asked}, did, then)
        case "campaign":
            return _campaign(asked, did, then)
        case _:
            raise AssertionError(key)


def _several(asked: Any) -> Sequence[Any]:
    return asked if isinstance(asked, list) else [asked]


def _event(asked: Mapping[str, Any], did: Doings, then: Then) -> bool:
    named = [one for one in did.events if one[0] in _several(asked["name"])]
    ever = [one for one in named if _described(one[2] or {}, asked.get("where", {}))]
    recent = [one for one in ever if "within" not in asked or then.is_in(one[1], asked["within"])]
    if "exactly" in asked:
        enough = len(recent) == asked["exactly"]
    else:
        least = asked.get("at_least", 0 if "at_most" in asked else 1)
        enough = least <= len(recent) <= asked.get("at_most", 10**9)
    if not enough:
        return False
    if "share_at_least" in asked:
        of = [one for one in named if "within" not in asked or then.is_in(one[1], asked["within"])]
        if not of or len(recent) / len(of) < round(asked["share_at_least"], 4) - 1e-9:
            return False
    if "first_within" in asked and not (
        ever and all(then.is_in(one[1], asked["first_within"]) for one in ever)
    ):
        return False
    if "last_within" in asked and not any(then.is_in(one[1], asked["last_within"]) for one in ever):
        return False
    if "without_since" in asked:
        others = [one[1] for one in did.events if one[0] in _several(asked["without_since"])]
        return bool(recent) and not any(other < min(one[1] for one in recent) for other in others)
    return True


def _described(told: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    def same(one: Any, other: Any) -> bool:
        as_number = [isinstance(side, int | float) and not isinstance(side, bool) for side in (one, other)]
        return one == other and (all(as_number) or type(one) is type(other))

    return all(
        name in told and any(same(one, other) for one in _several(told[name]) for other in _several(wanted))
        for name, wanted in about.items()
    )


def _measure(asked: Mapping[str, float], value: float) -> bool:
    return (
        asked.get("at_least", value) <= value <= asked.get("at_most", value)
        and ("more_than" not in asked or value > asked["more_than"])
        and ("less_than" not in asked or value < asked["less_than"])
        and asked.get("exactly", value) == value
    )


def _orders(asked: Mapping[str, Any], did: Doings, then: Then) -> bool:
    kept = [
        one
        for one in did.orders
        if one[1] > 0
        and all(
            name not in asked or one[place] in _several(asked[name])
            for place, name in ((2, "store"), (3, "channel"), (4, "coupon"))
        )
    ]
    recent = [one for one in kept if "within" not in asked or then.is_in(one[0], asked["within"])]
    paid = [one[1] / 100 for one in recent]
    checks = [
        "count" not in asked or _measure(asked["count"], len(recent)),
        "sum" not in asked or _measure(asked["sum"], round(sum(paid), 2)),
        "average" not in asked or (bool(paid) and _on_average(asked["average"], recent)),
        "first" not in asked or then.when(max((one[0] for one in kept), default=None), asked["first"]),
        "last" not in asked or then.when(min((one[0] for one in kept), default=None), asked["last"]),
    ]
    if not {"count", "sum", "average", "first", "last"} & set(asked):
        checks.append(bool(recent))
    return all(checks)


def _on_average(asked: Mapping[str, float], orders: Sequence[tuple[int, int, Any, Any, Any]]) -> bool:
    # In whole hundredths times how many, since a third of an amount is no binary fraction.
    limits = {way: round(limit * 100) * len(orders) for way, limit in asked.items()}
    return _measure(limits, sum(one[1] for one in orders))


def _active(asked: Mapping[str, Any], did: Doings, then: Then) -> bool:
    today = then.now.astimezone(then.zone).date()
    first = today - timedelta(days=int(asked["within"][:-1]) - 1)
    here = [hours for before, hours in did.days.items() if then.base.date() - timedelta(days=before) >= first]
    such = [hours for hours in here if any(hours >> hour & 1 for hour in asked.get("hours", range(24)))]
    if not _measure(asked.get("days", {"at_least": 1}), len(such)):
        return False
    return "share_at_least" not in asked or (bool(here) and len(such) >= asked["share_at_least"] * len(here))


def _answer(asked: Mapping[str, Any], did: Doings) -> bool:
    runs = [one for one in did.runs if one[0] == asked["questionnaire"] and one[1] == "confirmed"]
    if not runs:
        return False
    if "question" not in asked:
        return True
    told = dict(runs[-1][2]).get(asked["question"]) or {}
    if "choice" in asked:
        return bool(set(_several(asked["choice"])) & set(told.get("choices", ())))
    return bool(told)


def _rfm(asked: Mapping[str, Any], did: Doings) -> bool:
    if did.fifths is None:
        return False
    recency, frequency, monetary, group = did.fifths
    fifths = {"recency": recency, "frequency": frequency, "monetary": monetary}
    return ("group" not in asked or group in _several(asked["group"])) and all(
        _measure(asked[name], value) for name, value in fifths.items() if name in asked
    )


def _draw(salt: str, number: int) -> int:
    prime, digest = 2_147_483_647, sha256(salt.encode()).digest()
    a, b, c, d = (1 + int.from_bytes(digest[place : place + 4]) % (prime - 1) for place in (0, 4, 8, 12))
    x = (number * a + b) % prime
    return (x * x * c + d) % prime % 1_000_000


def _ticket(asked: Mapping[str, Any], did: Doings, then: Then) -> bool:
    ours = [one for one in did.tickets if "queue" not in asked or one[1] in _several(asked["queue"])]
    if "solved_within" in asked:
        return any(one[0] == "solved" and then.is_in(one[2], asked["solved_within"]) for one in ours)
    states = {"open": ["open"], "waiting": ["waiting"]}.get(asked["state"], ["open", "waiting"])
    return any(one[0] in states for one in ours) is (asked["state"] != "none")


def _campaign(asked: Mapping[str, Any], did: Doings, then: Then) -> bool:
    for place, (released, skipped, tapped) in did.got.items():
        moment = released if asked["did"] == "received" else tapped
        if released is None or skipped is not None or moment is None:
            continue
        named = "id" not in asked or not CAMPAIGNS[place].isdisjoint(_several(asked["id"]))
        if named and ("within" not in asked or then.is_in(moment, asked["within"])):
            return True
    return False
