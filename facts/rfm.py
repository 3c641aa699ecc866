"""Recency, frequency, value: where each customer stands among all who ordered, and in which named group."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact
from core.db import changed
from core.errors import InvalidInput
from core.inserts import upsert
from facts.models import OrderTotals, RfmGroup, RfmScore

FIFTHS = 5
PAGE = 1000
DAYS_LIMIT, ORDERS_LIMIT, CENTS_LIMIT = 3650, 100_000, 10**13


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What makes a customer belong to a group; what is None is not asked, and asking nothing fits nobody."""

    ordered_within_days: int | None = None
    silent_for_days: int | None = None
    orders_at_least: int | None = None
    average_at_least_cents: int | None = None

    def fit(self, orders: int, net_cents: int, last_at: datetime, *, now: datetime) -> bool:
        """Say whether a customer with at least one order belongs."""
        asked = (
            (self.ordered_within_days, lambda days: last_at >= now - timedelta(days=days)),
            (self.silent_for_days, lambda days: last_at < now - timedelta(days=days)),
            (self.orders_at_least, lambda least: orders >= least),
            (self.average_at_least_cents, lambda least: net_cents >= least * orders),
        )
        verdicts = [holds(limit) for limit, holds in asked if limit is not None]
        return bool(verdicts) and all(verdicts)


@dataclass(frozen=True, slots=True)
class Group:
    key: str
    labels: dict[str, str]
    thresholds: Thresholds


FIRST_GROUPS: Sequence[Group] = (
    Group(
        "high_value",
        {"en": "High value", "zh-TW": "高價值顧客", "ja": "優良顧客"},
        Thresholds(ordered_within_days=30, orders_at_least=3, average_at_least_cents=500_000),
    ),
    Group(
        "loyal",
        {"en": "Regulars", "zh-TW": "常客", "ja": "常連のお客様"},
        Thresholds(ordered_within_days=30, orders_at_least=3),
    ),
    Group(
        "new", {"en": "New or occasional", "zh-TW": "新客與偶爾光顧", "ja": "新規・ときどき"}, Thresholds(30)
    ),
    Group(
        "sleeping",
        {"en": "Sleeping", "zh-TW": "沉睡顧客", "ja": "休眠顧客"},
        Thresholds(silent_for_days=90),
    ),
    Group(
        "slipping",
        {"en": "Slipping away", "zh-TW": "快要流失", "ja": "離れかけ"},
        Thresholds(silent_for_days=30),
    ),
)
"""What a shop begins with; staff change the thresholds."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One customer's scores, each from 1 to 5; 5 is the best fifth."""

    contact_id: int
    recency: int
    frequency: int
    monetary: int
    group_key: str | None


def groups(session: Session, channel_id: int) -> Sequence[Group]:
    """Return the groups in the order in which they are tried."""
    stored = session.scalars(
        sa.select(RfmGroup).where(RfmGroup.channel_id == channel_id).order_by(RfmGroup.position)
    ).all()
    if not stored:
        return FIRST_GROUPS
    return [
        Group(
            one.key,
            one.labels,
            Thresholds(
                one.ordered_within_days, one.silent_for_days, one.orders_at_least, one.average_at_least_cents
            ),
        )
        for one in stored
    ]


def change_group(
    session: Session, channel_id: int, key: str, thresholds: Thresholds, *, now: datetime
) -> None:
    """Set the thresholds of a group; scores follow at the next scoring.

    :raises InvalidInput: there is no such group, or a threshold is none.
    """
    limits = {
        "ordered_within_days": DAYS_LIMIT,
        "silent_for_days": DAYS_LIMIT,
        "orders_at_least": ORDERS_LIMIT,
        "average_at_least_cents": CENTS_LIMIT,
    }
    asked = {name: getattr(thresholds, name) for name in limits}
    wrong = {
        name: f"must be from 1 to {limits[name]:,}"
        for name, value in asked.items()
        if value is not None and not 1 <= value <= limits[name]
    }
    if all(value is None for value in asked.values()):
        wrong["thresholds"] = "a group asks at least one thing"
    known = groups(session, channel_id)
    if key not in {group.key for group in known}:
        wrong["key"] = f"there is no group {key}"
    if wrong:
        raise InvalidInput(wrong)
    for position, group in enumerate(known):
        values = thresholds if group.key == key else group.thresholds
        row = {name: getattr(values, name) for name in limits} | {
            "labels": group.labels,
            "position": position,
            "changed_at": now,
        }
        session.execute(
            upsert(session, RfmGroup)
            .values(channel_id=channel_id, key=group.key, **row)
            .on_conflict_do_update(index_elements=["channel_id", "key"], set_=row)
        )


def changes(session: Session, channel_id: int, *, now: datetime) -> Iterator[Sequence[Standing]]:
    """Yield, in pages, the customers whose scores are not the stored ones.

    A score is the fifth in which the middle of those who are equal stands: equal customers get equal
    scores, and where everybody is equal nobody is called the best. Counted in whole numbers, so that both
    databases agree at every boundary. The session must stay open while the pages are used.
    """
    known = groups(session, channel_id)
    rows = session.connection().execute(_ranked(channel_id))
    for page in rows.partitions(PAGE):
        fresh = []
        for row in page:
            fitting = (
                g.key for g in known if g.thresholds.fit(row.orders, row.net_cents, row.last_at, now=now)
            )
            standing = Standing(
                contact_id=row.contact_id,
                recency=_fifth(row.r, row.everybody),
                frequency=_fifth(row.f, row.everybody),
                monetary=_fifth(row.m, row.everybody),
                group_key=next(fitting, None),
            )
            if (standing.recency, standing.frequency, standing.monetary, standing.group_key) != (
                row.recency,
                row.frequency,
                row.monetary,
                row.group_key,
            ):
                fresh.append(standing)
        if fresh:
            yield fresh


def store(session: Session, standings: Sequence[Standing], *, now: datetime) -> None:
    """Write scores, in place of earlier ones."""
    added = upsert(session, RfmScore)
    names = ("recency", "frequency", "monetary", "group_key", "scored_at")
    session.connection().execute(
        added.on_conflict_do_update(
            index_elements=["contact_id"], set_={name: added.excluded[name] for name in names}
        ),
        [
            {
                "contact_id": one.contact_id,
                "recency": one.recency,
                "frequency": one.frequency,
                "monetary": one.monetary,
                "group_key": one.group_key,
                "scored_at": now,
            }
            for one in standings
        ],
    )


def forget_former(session: Session) -> int:
    """Take away the scores of those none of whose orders counts any more; return how many."""
    has_orders = sa.exists().where(OrderTotals.contact_id == RfmScore.contact_id)
    return changed(session.execute(sa.delete(RfmScore).where(~has_orders)))


def _fifth(twice_the_middle: int, everybody: int) -> int:
    return 1 + FIFTHS * twice_the_middle // (2 * everybody)


def _ranked(channel_id: int) -> sa.Select[Any]:
    """Everybody who ordered, with twice the middle of their place for each score, and the stored scores."""
    customers = (
        sa.select(OrderTotals)
        .join(Contact, Contact.id == OrderTotals.contact_id)
        .where(Contact.channel_id == channel_id, Contact.erased_at.is_(None))
        .subquery()
    )

    def middle(column: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
        before = sa.func.rank().over(order_by=column) - 1
        with_equals = sa.func.count().over(order_by=column, range_=(None, 0))
        return before + with_equals

    places = sa.select(
        customers,
        sa.func.count().over().label("everybody"),
        middle(customers.c.last_at).label("r"),
        middle(customers.c.orders).label("f"),
        middle(customers.c.net_cents).label("m"),
    ).subquery()
    stored = (RfmScore.recency, RfmScore.frequency, RfmScore.monetary, RfmScore.group_key)
    return sa.select(places, *stored).outerjoin(RfmScore, RfmScore.contact_id == places.c.contact_id)
