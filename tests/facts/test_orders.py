"""Orders by their keys, customers tied to contacts, and sums that always are those of the orders."""

import random
from datetime import timedelta

import pytest
import sqlalchemy as sa

from core.db import Database
from core.errors import InvalidInput
from facts import customers, orders
from facts.models import Customer, Order, OrderStatus
from facts.orders import record_orders
from tests.facts.books import an_order, somebody, totals
from tests.line.queues import NOON, a_channel


def test_an_order_is_new_then_the_same_then_changed(database: Database) -> None:
    channel_id = a_channel(database)
    contact_id = somebody(database, channel_id)
    paid = an_order("A1", contact_id=contact_id)
    refunded = an_order("A1", contact_id=contact_id, status=OrderStatus.REFUNDED)
    seen = []
    for row in (paid, paid, refunded, paid):
        with database.write() as session:
            seen.append(record_orders(session, channel_id, [row], source="test", now=NOON)["A1"])
        sums = totals(database)
        assert sums == ({} if row is refunded else {contact_id: (1, 100_00)})
    assert seen == ["new", "same", "changed", "changed"]


def test_what_is_kept_of_an_order(database: Database) -> None:
    channel_id = a_channel(database)
    contact_id = somebody(database, channel_id)
    rows = [
        an_order("paid", contact_id=contact_id),
        an_order("cancelled", contact_id=contact_id, status=OrderStatus.CANCELLED),
        an_order("part", contact_id=contact_id, status=OrderStatus.PARTIALLY_REFUNDED, refunded_cents=30_00),
        an_order("free", contact_id=contact_id, total=0),
    ]
    with database.write() as session:
        record_orders(session, channel_id, rows, source="test", now=NOON)
    assert totals(database) == {contact_id: (2, 170_00)}


def test_orders_of_somebody_unknown_become_theirs_when_they_are_known(database: Database) -> None:
    channel_id = a_channel(database)
    with database.write() as session:
        record_orders(session, channel_id, [an_order("A1"), an_order("A2")], source="test", now=NOON)
        assert customers.contact_ids(session, channel_id, ["C1", "C2"]) == {}
    assert totals(database) == {}
    mina, yuki = somebody(database, channel_id, "U1"), somebody(database, channel_id, "U2")
    with database.write() as session:
        customers.tie(session, channel_id, {"C1": mina, "C2": None}, now=NOON)
    assert totals(database) == {mina: (2, 200_00)}
    with database.write() as session:
        customers.tie(session, channel_id, {"C1": None}, now=NOON)
        assert customers.contact_ids(session, channel_id, ["C1", "C2"]) == {"C1": mina}
        customers.tie(session, channel_id, {"C1": yuki}, now=NOON)
    assert totals(database) == {yuki: (2, 200_00)}
    with database.write() as session:
        record_orders(session, channel_id, [an_order("A3"), an_order("A2")], source="test", now=NOON)
    assert totals(database) == {yuki: (3, 300_00)}


def test_an_order_that_moves_to_another_customer_leaves_the_first(database: Database) -> None:
    channel_id = a_channel(database)
    mina, yuki = somebody(database, channel_id, "U1"), somebody(database, channel_id, "U2")
    with database.write() as session:
        record_orders(
            session,
            channel_id,
            [an_order("A1", contact_id=mina), an_order("A2", customer="C2", contact_id=yuki)],
            source="test",
            now=NOON,
        )
        record_orders(session, channel_id, [an_order("A1", customer="C2")], source="test", now=NOON)
    assert totals(database) == {yuki: (2, 200_00)}


def test_sums_are_those_of_the_orders_whatever_comes(database: Database) -> None:
    channel_id = a_channel(database)
    people = [somebody(database, channel_id, f"U{n}") for n in range(4)]
    dice = random.Random(7)
    for _ in range(12):
        rows = [
            an_order(
                f"A{dice.randrange(15)}",
                customer=f"C{dice.randrange(5)}",
                days_ago=dice.randrange(1, 90),
                total=dice.randrange(5) * 10_00,
                status=dice.choice(list(OrderStatus)),
                contact_id=dice.choice([None, None, *people]),
            )
            for _ in range(8)
        ]
        with database.write() as session:
            record_orders(session, channel_id, rows, source="test", now=NOON)
            if dice.random() < 0.3:
                customers.tie(session, channel_id, {f"C{dice.randrange(5)}": dice.choice(people)}, now=NOON)
        totals(database)
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Customer)) == 5
        wrong = sa.select(Order).join(Customer, Customer.id == Order.customer_id)
        wrong = wrong.where(Order.contact_id.is_distinct_from(Customer.contact_id))
        assert session.scalars(wrong).all() == []


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (an_order("A", days_ago=-1), "ordered_at"),
        (an_order("A", total=-1), "total_amount"),
        (an_order("A", refunded_cents=-1), "refunded_amount"),
        (an_order("A", refunded_cents=100_01), "refunded_amount"),
    ],
)
def test_orders_that_cannot_be(order: orders.OrderRow, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        orders.check(order, now=NOON)
    assert list(refused.value.fields) == [field]
    assert orders.check(an_order("A", days_ago=0), now=NOON + timedelta(seconds=1)).order_key == "A"
