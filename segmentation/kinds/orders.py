"""The leaf `orders`: how many, how much, when first and last, where and with what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from content.text import Frozen
from facts.models import Order, OrderTotals
from segmentation.carrying import among, told_in
from segmentation.days import At
from segmentation.joining import Meant, all_of, none_of
from segmentation.kinds.forms import Past, Several, When, fell_out
from segmentation.kinds.measures import ONCE, Measure, counted, none_fits
from segmentation.leaf import LeafKind
from segmentation.people import Fact, Person
from segmentation.sources import Need, Source


@dataclass(frozen=True, slots=True)
class Bought(Fact):
    """One order that counts: something of it was kept and paid."""

    at: datetime
    net_cents: int
    key: str
    channel: str | None
    store: str | None
    coupon: str | None


@dataclass(frozen=True, slots=True)
class OrdersSeen(Fact):
    """The orders that a leaf added up."""

    count: int
    net_cents: int
    first: Bought
    last: Bought

    @property
    def proof(self) -> str | None:
        return self.last.key


Orders = tuple[Bought, ...]


def _load(
    session: Session, ids: Sequence[int], needs: Sequence[Need[Orders]], now: datetime
) -> Mapping[str, Mapping[int, Orders]]:
    (need,) = needs
    rows = session.execute(
        sa.select(
            Order.contact_id,
            Order.ordered_at,
            Order.net_cents,
            Order.order_key,
            Order.sales_channel,
            Order.store_key,
            Order.coupon_code,
        )
        .where(
            Order.contact_id.in_(ids),
            Order.net_cents > 0,
            *([] if need.within is None else [Order.ordered_at >= now - need.within]),
        )
        .order_by(Order.ordered_at, Order.id)
    )
    found: dict[int, list[Bought]] = {}
    for contact_id, at, net_cents, key, channel, store, coupon in rows:
        assert contact_id is not None
        found.setdefault(contact_id, []).append(Bought(at, net_cents, key, channel, store, coupon))
    return {need.about: {id_: tuple(orders) for id_, orders in found.items()}}


ORDERS_OF: Source[Orders] = Source("orders", _load, ())


class OrdersTest(Frozen):
    """`{count: {at_least: 3}, within: 90d}`, `{average: {at_least: 5000}}`, `{last: {not_within: 90d}}`.

    All that is said must hold. Cancelled and refunded orders never count; of those refunded in part
    what was kept does. Amounts are in the account's currency.
    """

    count: Measure | None = None
    """How many; where neither this nor a sum, an average, `first` or `last` is said, at least one."""
    sum: Measure | None = None
    average: Measure | None = None
    """Of one order. Whoever has none has no average."""
    within: Past | None = None
    """Which orders are counted and added up: those of this time."""
    first: When | None = None
    last: When | None = None
    store: Several | None = None
    channel: Several | None = None
    coupon: Several | None = None

    @property
    def counts(self) -> Measure | None:
        says = (self.count, self.sum, self.average, self.first, self.last)
        return ONCE if not any(says) else self.count

    @property
    def is_of_all(self) -> bool:
        """Say whether every order there ever was is meant, whose totals stand in a table of their own."""
        return not any((self.within, self.store, self.channel, self.coupon))


def _sql(test: OrdersTest, at: At) -> Meant:
    parts = _of_totals(test, at) if test.is_of_all else _of_orders(test, at)
    return all_of(*parts)


def _of_totals(test: OrdersTest, at: At) -> Iterable[Meant]:
    # One row for each customer, so that nothing is added up.
    for measure, value in ((test.counts, OrderTotals.orders), (_cents(test.sum), OrderTotals.net_cents)):
        if measure is None:
            continue
        fits = measure.sql(value)
        if measure.fits(0):
            yield none_of(told_in(OrderTotals.contact_id, sa.not_(fits)))
        else:
            yield told_in(OrderTotals.contact_id, fits)
    where = []
    if (average := _cents(test.average)) is not None:
        where.append(average.sql(OrderTotals.net_cents, times=OrderTotals.orders))
    if test.first is not None:
        where.append(test.first.sql(OrderTotals.first_at, at))
    if test.last is not None:
        where.append(test.last.sql(OrderTotals.last_at, at))
    if where:
        yield told_in(OrderTotals.contact_id, *where)


def _of_orders(test: OrdersTest, at: At) -> Iterable[Meant]:
    # Without a store or the like, an index (time, contact, amount) holds all that is read.
    kept: list[sa.ColumnElement[bool]] = [Order.contact_id.is_not(None), Order.net_cents > 0]
    for column, wanted in (
        (Order.store_key, test.store),
        (Order.sales_channel, test.channel),
        (Order.coupon_code, test.coupon),
    ):
        if wanted is not None:
            kept.append(among(column, wanted))
    recent = kept if test.within is None else [*kept, Order.ordered_at >= at.now - test.within]
    contact, total = Order.contact_id, sa.func.sum(Order.net_cents)
    if test.counts is not None:
        yield counted(contact, *recent, fits=test.counts)
    if (amount := _cents(test.sum)) is not None:
        yield counted(contact, *recent, fits=amount, value=total)
    if (average := _cents(test.average)) is not None:
        yield told_in(contact, *recent, having=average.sql(total, times=sa.func.count()))
    if test.first is not None:
        yield told_in(contact, *kept, having=test.first.sql(sa.func.min(Order.ordered_at), at))
    if test.last is not None:
        yield told_in(contact, *kept, having=test.last.sql(sa.func.max(Order.ordered_at), at))


def _cents(measure: Measure | None) -> Measure | None:
    return None if measure is None else measure.in_cents()


def _meant(test: OrdersTest, person: Person, at: At) -> tuple[list[Bought], list[Bought]]:
    """Return the orders that fit, and those of them that are recent enough to be counted."""
    kept = [
        one
        for one in person.of(_need(test))
        if _is_one_of(one.store, test.store)
        and _is_one_of(one.channel, test.channel)
        and _is_one_of(one.coupon, test.coupon)
    ]
    return kept, [one for one in kept if test.within is None or one.at >= at.now - test.within]


def _is_one_of(value: str | None, wanted: tuple[str, ...] | None) -> bool:
    return wanted is None or value in wanted


def _holds(test: OrdersTest, person: Person, at: At) -> bool:
    kept, recent = _meant(test, person, at)
    total = sum(one.net_cents for one in recent)
    amount, average = _cents(test.sum), _cents(test.average)
    checks = (
        test.counts is None or test.counts.fits(len(recent)),
        amount is None or amount.fits(total),
        average is None or (bool(recent) and average.fits(total, times=len(recent))),
        test.first is None or test.first.holds(kept[0].at if kept else None, at),
        test.last is None or test.last.holds(kept[-1].at if kept else None, at),
    )
    return all(checks)


def _need(test: OrdersTest) -> Need[Orders]:
    return Need(ORDERS_OF, within=None if test.first or test.last else test.within)


def _seen(test: OrdersTest, person: Person, at: At) -> OrdersSeen | None:
    kept, recent = _meant(test, person, at)
    shown = recent or kept
    if not shown:
        return None
    return OrdersSeen(len(recent), sum(one.net_cents for one in recent), shown[0], shown[-1])


def _crossing(test: OrdersTest, since: At, at: At) -> Iterable[sa.Select[int]]:
    # The first and the last are orders too: whoever crosses has one that does, whatever it was worth.
    spans = {test.within, *(when.span for when in (test.first, test.last) if when is not None)}
    whose = sa.func.coalesce(Order.contact_id, 0)  # nobody has the number 0
    for span in spans - {None}:
        assert span is not None
        yield sa.select(whose).where(fell_out(Order.ordered_at, span, since, at))


ORDERS: LeafKind[Any] = LeafKind[OrdersTest](
    "orders",
    TypeAdapter(OrdersTest),
    sql=_sql,
    holds=_holds,
    fact=_seen,
    reads=lambda _test: ["orders"],
    crossing=_crossing,
    needs=lambda test: [_need(test)],
    never=lambda test: none_fits(test.count, test.sum, test.average),
)
