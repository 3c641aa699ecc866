"""Contacts and their orders for tests of facts."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from contacts import service as contacts
from core.db import Database
from facts.models import Order, OrderStatus, OrderTotals
from facts.orders import OrderRow
from tests.line.queues import NOON


def somebody(database: Database, channel_id: int, name: str = "U1") -> int:
    """Return the id of a new contact."""
    with database.write() as session:
        contact = contacts.meet(session, channel_id, name, shard=0, sent_at=NOON, now=NOON)
    return contact.id


def an_order(
    key: str, *, customer: str = "C1", days_ago: int = 1, total: int = 100_00, **more: Any
) -> OrderRow:
    """Return a paid order of nobody in particular."""
    given = {"contact_id": None, "status": OrderStatus.PAID, **more}
    return OrderRow(
        order_key=key,
        customer_key=customer,
        ordered_at=NOON - timedelta(days=days_ago),
        total_cents=total,
        **given,
    )


def totals(database: Database) -> Mapping[int, tuple[int, int]]:
    """Return the number and the sum of each contact's orders, and hold them against the orders themselves."""
    with database.read() as session:
        told = {
            row.contact_id: (row.orders, row.net_cents, row.first_at, row.last_at)
            for row in session.scalars(sa.select(OrderTotals))
        }
        counted: dict[int, list[Order]] = {}
        for order in session.scalars(sa.select(Order).where(Order.net_cents > 0)):
            if order.contact_id is not None:
                counted.setdefault(order.contact_id, []).append(order)
    assert told == {
        contact_id: (
            len(orders),
            sum(order.net_cents for order in orders),
            min(order.ordered_at for order in orders),
            max(order.ordered_at for order in orders),
        )
        for contact_id, orders in counted.items()
    }
    return {contact_id: (number, cents) for contact_id, (number, cents, _, _) in told.items()}
