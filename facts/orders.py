"""Orders as the shop's own system tells them, told again whenever one changes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.by_engine import among
from core.errors import InvalidInput
from core.inserts import insert_new
from facts import customers
from facts.models import Order, OrderStatus
from facts.totals import sum_up

Outcome = Literal["new", "changed", "same"]


class OrderRow(NamedTuple):
    """One order as told. Money is in hundredths."""

    order_key: str
    customer_key: str
    contact_id: int | None
    """None: whoever the customer is known to be."""
    ordered_at: datetime
    total_cents: int
    status: OrderStatus | None = None
    """None: not told, as is each of those that follow."""
    refunded_cents: int | None = None
    sales_channel: str | None = None
    store_key: str | None = None
    coupon_code: str | None = None
    is_whole: bool = True
    """What is not told is empty, or paid; else it stays as it is known."""


def check(order: OrderRow, *, now: datetime) -> OrderRow:
    """Return the order if it can be one.

    :raises InvalidInput: it is from the future, its amounts are negative, or more was refunded than paid.
    """
    if order.ordered_at > now:
        raise InvalidInput({"ordered_at": "is in the future"})
    if order.total_cents < 0:
        raise InvalidInput({"total_amount": "is negative"})
    if order.refunded_cents is not None and order.refunded_cents < 0:
        raise InvalidInput({"refunded_amount": "is negative"})
    if order.refunded_cents is not None and order.refunded_cents > order.total_cents:
        raise InvalidInput({"refunded_amount": "is more than the total"})
    return order


def record_orders(
    session: Session, channel_id: int, rows: Sequence[OrderRow], *, source: str, now: datetime
) -> Mapping[str, Outcome]:
    """Take in orders by their keys, the last where a key comes twice; say of each what it was.

    Customers are tied to the contacts that the orders name, and the totals of all concerned follow.
    """
    told: dict[str, OrderRow] = {}
    for row in rows:
        told[row.order_key] = _after(told.get(row.order_key), row)
    if not told:
        return {}
    pairs: dict[str, int | None] = {}
    for row in rows:  # also of those that another takes the place of: whose customer it is was told there
        if row.contact_id is not None or row.customer_key not in pairs:
            pairs[row.customer_key] = row.contact_id
    tied = customers.tie(session, channel_id, pairs, now=now)
    connection = session.connection()
    there = {
        row.order_key: row
        for row in connection.execute(_BY_KEY, {"channel": channel_id, "keys": list(told)}).all()
    }
    values = {key: _values(row, tied[row.customer_key], there.get(key)) for key, row in told.items()}
    moved = {key for key, row in told.items() if tied[row.customer_key].is_changed}
    outcomes = {key: _outcome(there.get(key), value, is_moved=key in moved) for key, value in values.items()}
    said = {"source": source, "recorded_at": now}
    new = [
        {"channel_id": channel_id, "order_key": key, **values[key], **said}
        for key, outcome in outcomes.items()
        if outcome == "new"
    ]
    if new:
        insert_new(connection, Order, new)
    altered = [
        {"order": there[key].id, **values[key], **said}
        for key, outcome in outcomes.items()
        if outcome == "changed"
    ]
    if altered:
        connection.execute(sa.update(Order).where(Order.id == sa.bindparam("order")), altered)
    concerned = {values[key]["contact_id"] for key, outcome in outcomes.items() if outcome != "same"}
    concerned |= {there[key].contact_id for key, outcome in outcomes.items() if outcome == "changed"}
    sum_up(connection, concerned - {None})
    return outcomes


def _after(before: OrderRow | None, row: OrderRow) -> OrderRow:
    """Return what a row comes to behind another about the same order."""
    if before is None or row.is_whole:
        return row
    return row._replace(
        **{name: getattr(before, name) for name in _MAY_STAY if getattr(row, name) is None},
        is_whole=before.is_whole,
    )


def _values(
    row: OrderRow, customer: customers.Known, before: sa.Row[*tuple[Any, ...]] | None
) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in _MAY_STAY}
    if before is not None and not row.is_whole:
        told = {name: getattr(before, name) if value is None else value for name, value in told.items()}
    status = told["status"] or OrderStatus.PAID
    # What was refunded of more than this order comes to by now is at most all of it.
    refunded = min(told["refunded_cents"] or 0, row.total_cents)
    return {
        **told,
        "customer_id": customer.id,
        "contact_id": customer.contact_id,
        "ordered_at": row.ordered_at,
        "status": status,
        "total_cents": row.total_cents,
        "refunded_cents": refunded,
        "net_cents": _kept(status, row.total_cents, refunded),
    }


_MAY_STAY = ("status", "refunded_cents", "sales_channel", "store_key", "coupon_code")


def _kept(status: OrderStatus, total_cents: int, refunded_cents: int) -> int:
    match status:
        case OrderStatus.CANCELLED | OrderStatus.REFUNDED:
            return 0
        case OrderStatus.PAID | OrderStatus.PARTIALLY_REFUNDED:
            return total_cents - refunded_cents


def _outcome(before: sa.Row[*tuple[Any, ...]] | None, value: Mapping[str, Any], *, is_moved: bool) -> Outcome:
    """:param is_moved: its customer was tied to somebody just now, and it went along."""
    if before is None:
        return "new"
    return (
        "same"
        if not is_moved and all(getattr(before, name) == value[name] for name in _COMPARED)
        else "changed"
    )


_COMPARED = (
    "customer_id",
    "contact_id",
    "ordered_at",
    "status",
    "total_cents",
    "refunded_cents",
    "net_cents",
    "sales_channel",
    "store_key",
    "coupon_code",
)

# Built once, for an import asks it for every page.
_BY_KEY = sa.select(Order.order_key, Order.id, *(getattr(Order, name) for name in _COMPARED)).where(
    Order.channel_id == sa.bindparam("channel"), among(Order.order_key, "keys")
)
