"""Tying the people of the shop's own books to contacts."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts import many
from core.by_engine import among
from core.db import one_at_a_time
from core.inserts import insert_new
from facts.models import Customer, Order
from facts.totals import sum_up


class Known(NamedTuple):
    """A customer as they stand in the database."""

    id: int
    contact_id: int | None
    is_changed: bool = False
    """Made or moved by who is told of them."""


def contact_ids(session: Session, channel_id: int, customer_keys: Collection[str]) -> Mapping[str, int]:
    """Return the contacts of customers, where one is known."""
    known = find(session, channel_id, customer_keys)
    return {key: row.contact_id for key, row in known.items() if row.contact_id is not None}


def find(session: Session, channel_id: int, customer_keys: Collection[str]) -> Mapping[str, Known]:
    """Return the customers that are known, by the shop's own number."""
    rows = session.connection().execute(_BY_KEY, {"channel": channel_id, "keys": list(customer_keys)}).all()
    return {key: Known(id_, contact_id) for key, id_, contact_id in rows}


# Built once, for an import asks it for every page.
_BY_KEY = sa.select(Customer.customer_key, Customer.id, Customer.contact_id).where(
    Customer.channel_id == sa.bindparam("channel"),
    among(Customer.customer_key, "keys"),
)


def tie(
    session: Session, channel_id: int, pairs: Mapping[str, int | None], *, now: datetime
) -> Mapping[str, Known]:
    """Say who customers are, by the shop's number: a contact, or nobody yet, which changes nothing.

    Their orders, also those known before, become the contact's; not of one who was erased since they were
    looked up. Returns all of the customers, and of each whether this call has made or moved them.
    """
    if not pairs:
        return {}
    hold_orders(session, channel_id)
    connection = session.connection()
    there = many.stay(session, {one for one in pairs.values() if one is not None})
    pairs = {key: one if one in there else None for key, one in pairs.items()}
    known = dict(find(session, channel_id, pairs))
    new = [
        {"customer_key": key, "contact_id": contact_id}
        for key, contact_id in pairs.items()
        if key not in known
    ]
    if new:
        insert_new(connection, Customer, new, {"channel_id": channel_id, "created_at": now})
        made = find(session, channel_id, [str(row["customer_key"]) for row in new])
        known |= {key: row._replace(is_changed=True) for key, row in made.items()}
    moved = {
        row.id: (row.contact_id, wanted)
        for key, row in known.items()
        if (wanted := pairs[key]) is not None and row.contact_id != wanted
    }
    if moved:
        _move(connection, moved)
        known |= {key: Known(row.id, pairs[key], True) for key, row in known.items() if row.id in moved}
    return known


def hold_orders(session: Session, channel_id: int) -> None:
    """Have the orders of a channel, and whose they are, for oneself until the transaction ends.

    Whoever locks contacts in the same transaction does so afterwards, for others wait in this order.
    """
    one_at_a_time(session, f"orders of {channel_id}")


def _move(connection: sa.Connection, moved: Mapping[int, tuple[int | None, int]]) -> None:
    rows = [{"customer": id_, "wanted": wanted} for id_, (_, wanted) in moved.items()]
    for table, key in ((Customer, Customer.id), (Order, Order.customer_id)):
        connection.execute(
            sa.update(table).where(key == sa.bindparam("customer")).values(contact_id=sa.bindparam("wanted")),
            rows,
        )
    sum_up(connection, {one for pair in moved.values() for one in pair if one is not None})
