"""Orders of one contact summed up, made anew from the orders themselves: a sum that is counted on drifts."""

from collections.abc import Collection

import sqlalchemy as sa

from core.by_engine import among
from facts.models import Order, OrderTotals


def sum_up(connection: sa.Connection, contact_ids: Collection[int]) -> None:
    """Write the totals of these contacts; whoever has no order that counts has no row.

    Whoever calls this holds the channel's orders for themselves (`one_at_a_time`).
    """
    if not contact_ids:
        return
    ids = {"ids": list(contact_ids)}
    connection.execute(_FORGET, ids)
    connection.execute(_SUM_UP, ids)


_FORGET = sa.delete(OrderTotals).where(among(OrderTotals.contact_id, "ids"))
_SUM_UP = sa.insert(OrderTotals).from_select(
    ["contact_id", "orders", "net_cents", "first_at", "last_at"],
    sa.select(
        Order.contact_id,
        sa.func.count(),
        sa.func.sum(Order.net_cents),
        sa.func.min(Order.ordered_at),
        sa.func.max(Order.ordered_at),
    )
    .where(among(Order.contact_id, "ids"), Order.net_cents > 0)
    .group_by(Order.contact_id),
)
