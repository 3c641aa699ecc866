"""What invented people did, ordered, answered and got, in all the writings that rules ask about."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from campaigns.models import Campaign, CampaignState, Delivery
from core.db import Base
from facts.event_types import EventType
from facts.models import ActiveDay, ContactEvent, Customer, Order, OrderTotals, RfmScore
from questionnaires.models import Answer, QuestionnaireVersion, Run
from segmentation.models import Membership, Segment, SegmentKind
from tickets.models import Queue, Ticket

EVENTS = ("tap", "bought", "message")
DAY = 86_400
SPANS = (0, 1, DAY, 30 * DAY - 1, 30 * DAY, 30 * DAY + 1, 60 * DAY)
LISTS = ("guests", "press")
QUEUES = ("taipei", "general")
CAMPAIGNS = ({"autumn", "campaign1"}, {"weekly", "campaign0", "campaign2"}, {"campaign3"})
"""The ids of each, those of the weekly one's plan included."""
QUESTIONNAIRES = ("find_home", "repair")


@dataclass(frozen=True)
class Doings:
    """Plain values; every moment is in seconds before the base, every amount in hundredths."""

    events: tuple[tuple[str, int, Mapping[str, Any] | None], ...] = ()
    orders: tuple[tuple[int, int, str | None, str | None, str | None], ...] = ()
    """Ago, kept, store, channel, coupon."""
    days: Mapping[int, int] = field(default_factory=dict)
    """Days before that of the base, to hours as bits."""
    runs: tuple[tuple[str, str, tuple[tuple[str, Any], ...]], ...] = ()
    """Questionnaire, status, rows of answers."""
    lists: frozenset[str] = frozenset()
    fifths: tuple[int, int, int, str | None] | None = None
    tickets: tuple[tuple[str, str, int], ...] = ()
    """State, queue, solved ago; only the last may be unsolved."""
    got: Mapping[int, tuple[int | None, str | None, int | None]] = field(default_factory=dict)
    """By number of the campaign: released ago, why left out, tapped ago."""


spans = st.sampled_from(SPANS)
properties = st.sampled_from(
    [None, {}, {"tags": ["黑糖 '%", "a"]}, {"tags": ["黑糖 '%"], "offer": True}, {"tags": "1", "offer": 1},
     {"tags": 1, "offer": False}, {"offer": 2.5}, {"offer": "true", "tags": []}, {"offer": True}]
)  # fmt: skip
_answers = st.lists(
    st.tuples(
        st.sampled_from(["area", "pet"]),
        st.sampled_from([None, {}, {"choices": ["taipei"]}, {"choices": ["taipei", "a'b"]}, {"value": 7}]),
    ),
    max_size=3,
)


def _one_unsolved(tickets: Iterable[tuple[str, str, int]]) -> tuple[tuple[str, str, int], ...]:
    found = list(tickets)
    return tuple(("solved" if one is not found[-1] else one[0], *one[1:]) for one in found)


doings = st.builds(
    Doings,
    events=st.lists(st.tuples(st.sampled_from(EVENTS), spans, properties), max_size=6).map(tuple),
    orders=st.lists(
        st.tuples(
            spans,
            st.sampled_from([0, 1, 29, 100_000, 500_000, 500_001]),
            st.sampled_from([None, "信義", "b"]),
            st.sampled_from([None, "web"]),
            st.sampled_from([None, "HELLO"]),
        ),
        max_size=3,
    ).map(tuple),
    days=st.dictionaries(
        st.sampled_from([-1, 0, 1, 2, 28, 29, 30, 31]),
        st.sampled_from([1, 1 << 8, 3 << 8, 1 << 23]),
        max_size=4,
    ),
    runs=st.lists(
        st.tuples(
            st.sampled_from(QUESTIONNAIRES),
            st.sampled_from(["confirmed", "confirmed", "cancelled"]),
            _answers.map(tuple),
        ),
        max_size=3,
    ).map(tuple),
    lists=st.frozensets(st.sampled_from(LISTS)),
    fifths=st.none()
    | st.tuples(*(st.integers(1, 5) for _ in range(3)), st.sampled_from([None, "best", "asleep"])),
    tickets=st.lists(
        st.tuples(
            st.sampled_from(["open", "waiting", "solved"]),
            st.sampled_from(QUEUES),
            st.sampled_from(SPANS[:-1]),
        ),
        max_size=2,
    ).map(_one_unsolved),
    got=st.dictionaries(
        st.integers(0, len(CAMPAIGNS) - 1),
        st.tuples(
            st.none() | spans, st.sampled_from([None, None, "left"]), st.none() | st.sampled_from(SPANS[:-1])
        ),
    ),
)


@dataclass(frozen=True)
class World:
    """The rows that are there whoever is invented, by what they are called."""

    channel_id: int
    types: Mapping[str, int]
    segments: Mapping[str, int]
    versions: Mapping[str, int]
    queues: Mapping[str, int]
    campaigns: tuple[int, ...]


def build(session: Session, channel_id: int, *, base: datetime) -> World:
    """Write what facts about people refer to."""
    types = [EventType(channel_id=channel_id, name=name, created_at=base) for name in EVENTS]
    segments = [
        Segment(
            public_id=key,
            channel_id=channel_id,
            key=key,
            rule={},
            kind=SegmentKind.STATIC,
            created_at=base,
            changed_at=base,
        )
        for key in LISTS
    ]
    versions = [
        QuestionnaireVersion(
            channel_id=channel_id, key=key, version=1, checksum=key, definition={}, published_at=base
        )
        for key in QUESTIONNAIRES
    ]
    queues = [Queue(channel_id=channel_id, key=key, labels={}) for key in QUEUES]
    session.add_all([*types, *segments, *versions, *queues])
    session.flush()  # for the segments' ids
    plan, *sent = (
        Campaign(
            public_id=f"campaign{place}",
            channel_id=channel_id,
            key=key,
            name=f"No. {place}",
            segment_id=segments[0].id,
            content={},
            state=CampaignState.FINISHED,
            started_at=base - timedelta(days=365),
            finished_at=None if key == "autumn" else base,
            created_at=base,
            created_by="test",
        )
        for place, key in enumerate(("weekly", "autumn", None, None))
    )
    session.add_all([plan, *sent])
    session.flush()  # for the plan's id
    sent[1].plan_id = plan.id
    session.flush()  # the occurrence knows its plan
    return World(
        channel_id,
        {row.name: row.id for row in types},
        {row.key: row.id for row in segments},
        {row.key: row.id for row in versions},
        {row.key: row.id for row in queues},
        tuple(row.id for row in sent),
    )


Row = tuple[type[Base], dict[str, Any]]


def store(session: Session, world: World, everybody: Mapping[int, Doings], *, base: datetime) -> None:
    """Write what people did, by contact id, in a statement for each table."""
    rows: dict[type[Base], list[dict[str, Any]]] = {}
    first_run = 1 + (session.scalar(sa.select(sa.func.max(Run.id))) or 0)
    runs = count(first_run)
    for number, did in everybody.items():
        for of_them in (_events, _orders, _standing, _got):
            for table, values in of_them(did, number, world, base):
                rows.setdefault(table, []).append({"contact_id": number, **values})
        for table, values in _runs(did, number, world, base, runs):
            rows.setdefault(table, []).append(values)
    for table, values_of in rows.items():
        session.execute(sa.insert(table), values_of)


def _ago(base: datetime, seconds: int) -> datetime:
    return base - timedelta(seconds=seconds)


def _events(did: Doings, number: int, world: World, base: datetime) -> Iterator[Row]:
    for place, (name, seconds, told) in enumerate(did.events):
        yield (
            ContactEvent,
            {
                "channel_id": world.channel_id,
                "type_id": world.types[name],
                "at": _ago(base, seconds),
                "properties": told,
                "key": f"{number}/{place}",
                "source": "api:test",
            },
        )


def _orders(did: Doings, number: int, world: World, base: datetime) -> Iterator[Row]:
    yield (
        Customer,
        {
            "id": number,
            "channel_id": world.channel_id,
            "customer_key": str(number),
            "created_at": base,
        },
    )
    for place, (seconds, kept, store_key, channel, coupon) in enumerate(did.orders):
        yield (
            Order,
            {
                "channel_id": world.channel_id,
                "order_key": f"{number}/{place}",
                "customer_id": number,
                "ordered_at": _ago(base, seconds),
                "status": "paid" if kept else "cancelled",
                "total_cents": max(kept, 5),
                "refunded_cents": 0,
                "net_cents": kept,
                "sales_channel": channel,
                "store_key": store_key,
                "coupon_code": coupon,
                "source": "import:test",
                "recorded_at": base,
            },
        )
    if kept_ones := [one for one in did.orders if one[1]]:
        yield (
            OrderTotals,
            {
                "orders": len(kept_ones),
                "net_cents": sum(one[1] for one in kept_ones),
                "first_at": _ago(base, max(one[0] for one in kept_ones)),
                "last_at": _ago(base, min(one[0] for one in kept_ones)),
            },
        )


def _standing(did: Doings, number: int, world: World, base: datetime) -> Iterator[Row]:
    for before, hours in did.days.items():
        yield ActiveDay, {"day": base.date() - timedelta(days=before), "hours": hours}
    for key in did.lists:
        upload = {"entered_at": base, "entered_because": "upload:guests.csv"}
        yield Membership, {"segment_id": world.segments[key], **upload}
    if did.fifths is not None:
        names = ("recency", "frequency", "monetary", "group_key")
        yield RfmScore, {**dict(zip(names, did.fifths, strict=True)), "scored_at": base}
    for place, (state, queue, solved) in enumerate(did.tickets):
        yield (
            Ticket,
            {
                "public_id": f"t{number}-{place}",
                "channel_id": world.channel_id,
                "queue_id": world.queues[queue],
                "state": state,
                "reason": "staff:test",
                "routed": {},
                "opened_at": _ago(base, 61 * DAY),
                "touched_at": base,
                "solved_at": _ago(base, solved) if state == "solved" else None,
            },
        )


def _got(did: Doings, _number: int, world: World, base: datetime) -> Iterator[Row]:
    for campaign, (released, skipped, tapped) in did.got.items():
        is_tapped = released is not None and tapped is not None
        yield (
            Delivery,
            {
                "campaign_id": world.campaigns[campaign],
                "released_at": None if released is None else _ago(base, released),
                "skipped": skipped,
                "tapped_at": _ago(base, tapped or 0) if is_tapped else None,
            },
        )


def _runs(did: Doings, number: int, world: World, base: datetime, ids: Iterator[int]) -> Iterator[Row]:
    for questionnaire, status, answers in did.runs:
        run = next(ids)
        yield (
            Run,
            {
                "id": run,
                "contact_id": number,
                "public_id": f"r{run}",
                "channel_id": world.channel_id,
                "version_id": world.versions[questionnaire],
                "questionnaire": questionnaire,
                "status": status,
                "state": {},
                "started_at": base,
                "answered_at": base,
                "ended_at": base,
            },
        )
        for question, value in answers:
            yield Answer, {"run_id": run, "question": question, "value": value, "answered_at": base}
