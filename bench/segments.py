"""Who is meant, among a million: counting, resolving, one fact, one tick, and webhooks meanwhile."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bench.crowd import Crowd, build
from bench.databases import Store, kept, opened
from bench.posting import BUDGET_MS, posting, told
from bench.progress import Progress
from bench.report import Row, percentile
from bot.jobs import score_customers
from bot.segment_keeper import SegmentKeeper
from bot.segmenting import SEGMENTS
from contacts.models import Contact
from core.clock import system_clock
from core.db import Database
from core.ids import new_public_id
from core.leases import new_owner
from facts.models import RfmScore
from line.channels import ensure_channel
from segmentation import audience
from segmentation.models import Membership, Segment, Touch
from segmentation.touches import touch

ZONE = ZoneInfo("Asia/Taipei")
SIMPLE_S, WITH_EVENTS_S, RESOLVED_S, ONE_FACT_MS = 0.3, 0.6, 2.0, 5.0
BUILD_S = 600.0

_TAGS_AND_FIELDS: Any = {
    "all": [
        {"any": [{"tag": "bench:5"}, {"tag": "bench:12"}]},
        {"not": {"tag": "bench:20"}},
        {"field": {"name": "budget_max", "between": [10000, 25000]}},
        {"any": [{"field": {"name": "move_in", "between": ["today", "+90d"]}}, {"seen": {"within": "60d"}}]},
    ]
}
_TAPPED: Any = {"event": {"name": "tap", "at_least": 2, "within": "90d"}}
_SPENT: Any = {"orders": {"sum": {"at_least": 500}, "within": "180d"}}
RULES: Mapping[str, Any] = MappingProxyType(
    {
        "one tag": {"tag": "bench:12"},
        "a tag and not another": {"all": [{"tag": "bench:5"}, {"not": {"tag": "bench:30"}}]},
        "a number, and following": {
            "all": [{"field": {"name": "budget_max", "at_least": 50000}}, {"following": True}]
        },
        "six conditions on tags and fields, nested": _TAGS_AND_FIELDS,
        "two taps in 90 days": _TAPPED,
        "spent 500 in 180 days": _SPENT,
        "a tag, taps or orders, and no purchase lately": {
            "all": [
                {"tag": "bench:5"},
                {"any": [_TAPPED, _SPENT]},
                {"not": {"event": {"name": "bought", "within": "90d"}}},
            ]
        },
        "six conditions with events and orders, nested": {
            "all": [
                {"tag": "bench:5"},
                {"not": {"tag": "bench:20"}},
                {"field": {"name": "budget_max", "between": [10000, 40000]}},
                {"any": [_TAPPED, _SPENT]},
                {"not": {"event": {"name": "bought", "within": "30d"}}},
            ]
        },
    }
)
_CARRIED = (
    "SELECT contact_id FROM contact_tags JOIN tags ON tags.id = tag_id"
    " WHERE tags.name IN ({}) AND (expires_at IS NULL OR expires_at > :now)"
)
_MOMENT = Contact.last_seen_at.type
_PLAIN_SQL = sa.text(f"""
    SELECT count(*) FROM (
        {_CARRIED.format("'bench:5', 'bench:12'")}
        INTERSECT SELECT contact_id FROM contact_fields
            WHERE name = 'budget_max' AND kind = 'number' AND number BETWEEN 10000 AND 25000
        INTERSECT SELECT contact_id FROM (
            SELECT contact_id FROM contact_fields
                WHERE name = 'move_in' AND kind = 'date' AND start >= :first AND start < :last
            UNION SELECT id FROM contacts WHERE last_seen_at >= :seen
        ) AS soon
        EXCEPT {_CARRIED.format("'bench:20'")}
    ) AS meant""").bindparams(sa.bindparam("now", type_=_MOMENT), sa.bindparam("seen", type_=_MOMENT))
"""The reference: design and budget were made with plain SQL."""
KEEPER = new_owner()
TO_300_000: Any = {"any": [{"tag": "bench:5"}, {"tag": "bench:12"}]}
"""Every third person."""


@dataclass(frozen=True, slots=True)
class Plan:
    people: int = 1_000_000
    times: int = 7
    """How often each rule is asked; the first, which finds nothing in memory, counts too."""
    active_segments: int = 200
    facts: int = 50
    leaving: int = 100_000
    keep: Path | None = None
    """A folder in which the databases stay, so that another run has only to ask."""

    @property
    def steps(self) -> int:
        return Crowd(self.people).steps + len(RULES) + 4


def measure(engine: str, folder: Path, progress: Progress, *, plan: Plan) -> list[Row]:
    """Build the crowd, where it is not there from another time, and ask."""
    with opened(engine, folder) if plan.keep is None else kept(engine, plan.keep) as store:
        database = Database.connect(store.url)
        now = system_clock()
        with database.write() as session:
            channel_id = ensure_channel(session, now=now).id
        built = None if plan.keep is None else plan.keep / engine / f"built_{plan.people}"
        if built is None or not built.exists():
            began = time.perf_counter()
            build(database, channel_id, Crowd(plan.people), progress, now=now)
            rows = [_built(store, database, plan, time.perf_counter() - began)]
            if built is not None:
                built.touch()
        else:
            rows = []
            _forget(database)
        for name, rule in RULES.items():
            rows.append(_asked(store, database, channel_id, name, rule, plan))
            progress.say(f"{store.kind}, {name}: {rows[-1].measured}")
            progress.step()
        for work in (_resolved, _one_fact, _tick, _rfm):
            rows.append(work(store, database, channel_id, plan, folder))
            progress.say(f"{rows[-1].what}: {rows[-1].measured}")
            progress.step()
        database.dispose()
    return rows


def _forget(database: Database) -> None:
    """Take away what asking has left, another time."""
    with database.write() as session:
        for kind in (Membership, Touch, Segment, RfmScore):
            session.execute(sa.delete(kind))


def _built(store: Store, database: Database, plan: Plan, took: float) -> Row:
    size = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    if not store.is_sqlite:
        size = "SELECT pg_database_size(current_database())"
    with database.read() as session:
        disk = session.execute(sa.text(size)).scalar_one()
        tags = session.execute(sa.text("SELECT count(*) FROM contact_tags")).scalar_one()
    crowd = Crowd(plan.people)
    return Row(
        f"{plan.people:,} people with {tags:,} tags, {crowd.events:,} events, {crowd.orders:,} orders, {store.kind}",
        f"built in {took:.0f} s, {disk / 1e9:.1f} GB on disk",
        f"≤ {BUILD_S:g} s",
        [f"{took:.0f} s"] * (took > BUILD_S),
    )


def _asked(store: Store, database: Database, channel_id: int, name: str, rule: Any, plan: Plan) -> Row:
    segment = _segment(channel_id, "asked", rule, now=system_clock())
    at: Any = {"now": system_clock(), "zone": ZONE}
    found = 0
    counting, resolving = [], []
    for _ in range(plan.times):
        with database.read() as session:
            began = time.perf_counter()
            found = audience.count(session, SEGMENTS, segment, **at)
            counting.append(time.perf_counter() - began)
            began = time.perf_counter()
            for _page in audience.members(session, SEGMENTS, segment, **at):
                pass
            resolving.append(time.perf_counter() - began)
    budget = WITH_EVENTS_S if "event" in str(rule) or "orders" in str(rule) else SIMPLE_S
    p95 = percentile(counting, 0.95)
    by_hand = _by_hand(database, plan) if rule is _TAGS_AND_FIELDS else None
    held = "" if by_hand is None else f", **{percentile(counting, 0.5) / by_hand:.2f} ×** plain SQL by hand"
    return Row(
        f"count of “{name}”, {store.kind}",
        f"p50 {percentile(counting, 0.5):.2f} s{held}, p95 **{p95:.2f} s** for {found:,} people;"
        f" all of them p50 {percentile(resolving, 0.5):.2f} s, p95 {percentile(resolving, 0.95):.2f} s",
        f"p95 ≤ {budget:g} s",
        [f"p95 {p95:.2f} s"] * (p95 > budget),
    )


def _by_hand(database: Database, plan: Plan) -> float:
    """Return how long the same six conditions take in one statement as an engineer would write it: seconds, median."""
    now = system_clock()
    today = now.astimezone(ZONE).date()
    given = {
        "now": now,
        "first": today.isoformat(),
        "last": f"{today + timedelta(days=90):%Y-%m-%d}~",
        "seen": now - timedelta(days=60),
    }
    took = []
    for _ in range(plan.times):
        with database.read() as session:
            began = time.perf_counter()
            session.execute(_PLAIN_SQL, given).scalar_one()
            took.append(time.perf_counter() - began)
    return percentile(took, 0.5)


def _resolved(store: Store, database: Database, channel_id: int, plan: Plan, _folder: Path) -> Row:
    segment = _segment(channel_id, "many", TO_300_000, now=system_clock())
    took, found = [], 0
    for _ in range(plan.times):
        with database.read() as session:
            began = time.perf_counter()
            pages = audience.members(session, SEGMENTS, segment, now=system_clock(), zone=ZONE)
            found = sum(map(len, pages))
            took.append(time.perf_counter() - began)
    p95 = percentile(took, 0.95)
    return Row(
        f"the ids of an audience of {found:,}, {store.kind}",
        f"p50 {percentile(took, 0.5):.2f} s, p95 **{p95:.2f} s**",
        f"≤ {RESOLVED_S:g} s",
        [f"{p95:.2f} s"] * (p95 > RESOLVED_S),
    )


def _one_fact(store: Store, database: Database, channel_id: int, plan: Plan, _folder: Path) -> Row:
    """Every segment reads another two tags; of the fact that changed, as many as a shop's would."""
    now = system_clock()
    with database.write() as session:
        for number in range(plan.active_segments):
            other = number % 380 + 20
            rule = {"all": [{"tag": f"bench:{number % 20}"}, {"tag": f"bench:{other}"}, {"following": True}]}
            session.add(_segment(channel_id, f"kept_{number}", rule, now=now, swept_at=now))
    keeper = SegmentKeeper(database, SEGMENTS, system_clock, owner=KEEPER)
    keeper.step()
    took = []
    for number in range(plan.facts):
        with database.write() as session:
            contact = session.get_one(Contact, 1 + number * (plan.people // plan.facts))
            touch(session, contact, [f"tag:bench:{number % 20}"], at=now)
        began = time.perf_counter()
        keeper.step()
        took.append(1000 * (time.perf_counter() - began))
    _forget(database)
    p95 = percentile(took, 0.95)
    return Row(
        f"one fact re-evaluated, {plan.active_segments} active segments, {store.kind}",
        f"p50 {percentile(took, 0.5):.1f} ms, p95 **{p95:.1f} ms**, written durably",
        f"≤ {ONE_FACT_MS:g} ms",
        [f"p95 {p95:.1f} ms"] * (p95 > ONE_FACT_MS),
    )


def _tick(store: Store, database: Database, channel_id: int, plan: Plan, folder: Path) -> Row:
    """Everybody who was here in 60 days is in; then the clock is put forward until enough have to leave."""
    start = system_clock()
    clock = _Clock(start)
    with database.write() as session:
        due = start - timedelta(seconds=1)
        rule = {"seen": {"within": "60d"}}
        session.add(_segment(channel_id, "here", rule, now=start, sweep_due_at=due, sweep_because="rule"))
    keeper = SegmentKeeper(database, SEGMENTS, clock, owner=KEEPER)
    _work(keeper)
    ahead = timedelta(days=365 * plan.leaving / plan.people)
    with posting(store, folder) as waits:
        clock.now = start + ahead
        began = time.perf_counter()
        _work(keeper)
        took = time.perf_counter() - began
    with database.read() as session:
        left = sa.select(sa.func.count()).select_from(Membership).where(Membership.left_at.is_not(None))
        gone = session.scalars(left).one()
    webhooks, missed = told(waits)
    return Row(
        f"{gone:,} people leave a segment at one tick, {store.kind}",
        f"**{took:.1f} s**; {webhooks}",
        f"webhooks p99 ≤ {BUDGET_MS:g} ms",
        missed,
    )


def _rfm(store: Store, database: Database, _channel_id: int, _plan: Plan, _folder: Path) -> Row:
    began = time.perf_counter()
    scored = score_customers(database, system_clock())
    return Row(
        f"recency, frequency and value of {scored:,} customers, {store.kind}",
        f"**{time.perf_counter() - began:.1f} s**",
        "none set",
    )


class _Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def _work(keeper: SegmentKeeper) -> None:
    while keeper.step() or keeper.is_pressed():
        pass


def _segment(channel_id: int, key: str, rule: Any, *, now: datetime, **more: Any) -> Segment:
    return Segment(
        public_id=new_public_id(),
        channel_id=channel_id,
        key=key,
        labels={},
        rule=rule,
        created_at=now,
        changed_at=now,
        **more,
    )
