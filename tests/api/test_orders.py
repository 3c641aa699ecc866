"""Orders by the REST interface: told again, the newest word counts, and sums follow."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from facts.models import Order, OrderStatus, OrderTotals
from simulator.person import Person
from staff.models import AuditEntry
from tests.api.program import Program, faults, problem
from tests.shop import Shop

ORDER: dict[str, Any] = {
    "customer_id": "C-1",
    "ordered_at": "2026-11-20T09:05:00+08:00",
    "total_amount": "1280.50",
    "channel": "store",
    "store_id": "gongguan",
}


def test_an_order_is_told_changed_and_told_again(shop: Shop, till: Program, mina: Person) -> None:
    wanted = {**ORDER, "line_user_id": mina.user_id}
    first = till.asks("PUT", "orders/A-1", wanted)
    assert (first.status_code, first.json) == (201, {"order_id": "A-1", "outcome": "new", "errors": None})
    assert till.sends("PUT", "orders/A-1", wanted)["outcome"] == "same"
    (row,) = shop.rows(Order)
    assert (row.total_cents, row.net_cents, row.status) == (128050, 128050, OrderStatus.PAID)
    assert (row.sales_channel, row.store_key, row.source) == ("store", "gongguan", "api:till")
    assert row.contact_id == shop.contact(mina).id
    with shop.database.read() as session:
        assert session.get_one(OrderTotals, row.contact_id).net_cents == 128050
    part = {**wanted, "status": "partially_refunded", "refunded_amount": "280.50"}
    assert till.sends("PUT", "orders/A-1", part)["outcome"] == "changed"
    with shop.database.read() as session:
        assert session.get_one(OrderTotals, row.contact_id).net_cents == 100000
    entries = shop.rows(AuditEntry, AuditEntry.action == "api.order")
    assert [one.detail for one in entries] == [{"via": "till", "count": 1}] * 2


def test_ids_may_hold_what_addresses_do_not(shop: Shop, till: Program) -> None:
    assert till.sends("PUT", "orders/2026/11%20號", ORDER)["outcome"] == "new"
    (row,) = shop.rows(Order)
    assert row.order_key == "2026/11 號"


def test_an_id_is_one_in_full_width_and_half_as_in_files(shop: Shop, till: Program) -> None:
    assert till.sends("PUT", "orders/A-1", ORDER)["outcome"] == "new"
    assert till.sends("PUT", "orders/Ａ－１", {**ORDER, "customer_id": "Ｃ-1"})["outcome"] == "same"
    assert len(shop.rows(Order)) == 1


def test_an_address_that_is_no_text_is_refused(shop: Shop, till: Program) -> None:
    assert till.asks("PUT", "orders/%ff", ORDER).status_code == 400
    assert shop.rows(Order) == []


def test_a_customer_known_later_takes_their_orders_along(shop: Shop, till: Program, mina: Person) -> None:
    till.sends("PUT", "orders/A-1", ORDER)
    till.sends("PATCH", f"contacts/{shop.contact(mina).public_id}", {"customer_id": "C-1"})
    (row,) = shop.rows(Order)
    assert row.contact_id == shop.contact(mina).id


def test_a_batch_tells_of_each_what_became_of_it(shop: Shop, till: Program) -> None:
    answer = till.sends(
        "PUT",
        "orders",
        {
            "orders": [
                {**ORDER, "order_id": "A-1"},
                {**ORDER, "order_id": "A-2", "total_amount": -5},
                ORDER,
                {**ORDER, "order_id": "A-3", "line_user_id": "U404"},
                {**ORDER, "order_id": "A-4", "ordered_at": (shop.now() + timedelta(days=1)).isoformat()},
                None,
                {**ORDER, "order_id": "A-5", "status": "cancelled"},
            ]
        },
    )
    assert [one["outcome"] for one in answer["items"]] == ["new", *["refused"] * 5, "new"]
    at_fault = [[one["field"] for one in item["errors"] or []] for item in answer["items"]]
    assert at_fault == [[], ["total_amount"], ["order_id"], ["line_user_id"], ["ordered_at"], ["body"], []]
    assert (answer["new"], answer["changed"], answer["same"], answer["refused"]) == (2, 0, 0, 5)
    assert [row.order_key for row in shop.rows(Order)] == ["A-1", "A-5"]


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"total_amount": 1280.5}, "total_amount"),
    ({"total_amount": "1,280"}, "total_amount"),
    ({"total_amount": "1.234"}, "total_amount"),
    ({"total_amount": "-1"}, "total_amount"),
    ({"total_amount": "١٢"}, "total_amount"),
    ({"total_amount": "9" * 13}, "total_amount"),
    ({"refunded_amount": "2000"}, "refunded_amount"),
    ({"ordered_at": "2026-11-20"}, "ordered_at"),
    ({"status": "lost"}, "status"),
    ({"customer_id": ""}, "customer_id"),
    ({"contact_id": "abc", "line_user_id": "U1"}, "line_user_id"),
    ({"contact_id": "abc"}, "contact_id"),
    ({"order_id": "A-1"}, "order_id"),
]


def test_a_faulty_order_is_refused_by_field(shop: Shop, till: Program) -> None:
    for change, field in FAULTS:
        assert list(faults(till.asks("PUT", "orders/A-1", {**ORDER, **change}))) == [field], change
    assert shop.rows(Order) == []


def test_batches_have_limits(till: Program) -> None:
    many = [{**ORDER, "order_id": f"A-{number}"} for number in range(1001)]
    assert list(faults(till.asks("PUT", "orders", {"orders": many}))) == ["orders"]
    assert till.sends("PUT", "orders", {"orders": many[:1000]})["new"] == 1000


def test_a_database_that_is_busy_says_when_to_come_again(shop: Shop, till: Program) -> None:
    if not shop.database.is_sqlite:
        pytest.skip("on PostgreSQL nobody holds the whole database")
    till.get("segments")
    with shop.database.write() as session:
        session.scalar(sa.text("SELECT 1"))
        answer = till.asks("PUT", "orders/A-1", ORDER)
    assert problem(answer) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "1"
    assert shop.rows(Order) == []
    till.sends("PUT", "orders/A-1", ORDER)
