"""What is known about one person beyond what they told: handed over, or erased so that sales figures stay."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from facts import customers
from facts.activity import days_of
from facts.models import (
    ActiveDay,
    ContactEvent,
    Customer,
    EventType,
    Order,
    OrderTotals,
    RfmScore,
)


def erase(session: Session, contact_id: int, channel_id: int) -> None:
    """Delete what a contact did; their orders stay as sums of nobody, under a customer without a number."""
    customers.hold_orders(session, channel_id)
    for table in (ContactEvent, ActiveDay, OrderTotals, RfmScore):
        session.execute(sa.delete(table).where(table.contact_id == contact_id))
    theirs = sa.select(Customer.id).where(Customer.contact_id == contact_id)
    session.execute(
        sa.update(Order)
        .where(sa.or_(Order.contact_id == contact_id, Order.customer_id.in_(theirs)))
        .values(contact_id=None)
        .execution_options(synchronize_session=False)
    )
    alias = sa.literal("erased:") + sa.cast(Customer.id, sa.String)
    session.execute(
        sa.update(Customer)
        .where(Customer.contact_id == contact_id)
        .values(contact_id=None, customer_key=alias)
        .execution_options(synchronize_session=False)
    )


def export(session: Session, contact_id: int) -> Mapping[str, object]:
    """Return what a contact did, on which days they were here, and what they ordered."""
    events = session.execute(
        sa.select(EventType.name, ContactEvent.at, ContactEvent.properties, ContactEvent.source)
        .join(EventType, EventType.id == ContactEvent.type_id)
        .where(ContactEvent.contact_id == contact_id)
        .order_by(ContactEvent.at, ContactEvent.id)
    )
    orders = session.execute(
        sa.select(Order, Customer.customer_key)
        .join(Customer, Customer.id == Order.customer_id)
        .where(Order.contact_id == contact_id)
        .order_by(Order.ordered_at, Order.id)
    )
    keys = session.scalars(
        sa.select(Customer.customer_key).where(Customer.contact_id == contact_id).order_by(Customer.id)
    )
    return {
        "customer_ids": list(keys),
        "events": [
            {
                "event_type": row.name,
                "occurred_at": _iso(row.at),
                "properties": row.properties or {},
                "source": row.source,
            }
            for row in events
        ],
        "active_days": days_of(session, contact_id),
        "orders": [
            {
                "order_id": order.order_key,
                "customer_id": customer_key,
                "ordered_at": _iso(order.ordered_at),
                "status": order.status.value,
                "total_cents": order.total_cents,
                "refunded_cents": order.refunded_cents,
                "channel": order.sales_channel,
                "store_id": order.store_key,
                "coupon_code": order.coupon_code,
                "source": order.source,
            }
            for order, customer_key in orders
        ],
    }


def _iso(moment: datetime) -> str:
    return moment.isoformat()
