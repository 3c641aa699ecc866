"""Orders as the shop's own system tells them; told again, the newest word counts."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from flask import Response, g
from flask_openapi.blueprint import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from api.access import audit, needs_in_pages
from api.batches import Item, in_pages, read_item
from api.naming import Name, resolve
from api.openapi import blueprint
from api.problems import FieldFault
from api.shapes import MOST_IN_A_BATCH, Cents, Instant, Key, PublicId, Short, Strict, UserId, answer
from api.touching import ORDERS, touched
from core.errors import InvalidInput
from facts import customers, orders
from facts import models as tables
from facts.models import OrderStatus
from facts.orders import OrderRow
from staff.tokens import Scope


class Order(Strict):
    """An order, all of it: what is left out is empty, not as it was."""

    model_config = ConfigDict(
        json_schema_extra={
            "not": {
                "required": ["contact_id", "line_user_id"],
                "properties": {"contact_id": {"type": "string"}, "line_user_id": {"type": "string"}},
            }
        }
    )

    customer_id: Key = Field(description="The shop's own number for whoever ordered.")
    contact_id: PublicId | None = Field(None, description="Ties the customer to this contact.")
    line_user_id: UserId | None = Field(None, description="Ties the customer to this LINE user.")
    ordered_at: Instant
    total_amount: Cents
    status: Literal["paid", "cancelled", "refunded", "partially_refunded"] = "paid"
    refunded_amount: Cents | None = None
    channel: Short | None = Field(None, description="Where it was sold: `store`, `web`.")
    store_id: Short | None = None
    coupon_code: Short | None = None

    @property
    def person(self) -> Name | None:
        """Whom the order ties its customer to."""
        if self.contact_id is not None:
            return Name("contact_id", self.contact_id)
        return None if self.line_user_id is None else Name("line_user_id", self.line_user_id)


class OrderWithId(Order):
    """An order with its id."""

    order_id: Key


class Orders(Strict):
    """Several orders at once; a faulty one is refused alone."""

    orders: list[Annotated[OrderWithId | Any, Field(union_mode="left_to_right")]] = Field(
        min_length=1, max_length=MOST_IN_A_BATCH
    )


class OrderPath(Strict):
    order_id: Key


class OrderItem(BaseModel):
    """What became of one order."""

    order_id: str | None
    outcome: Literal["new", "changed", "same", "refused"]
    errors: list[FieldFault] | None = None


class OrdersAnswer(BaseModel):
    new: int
    changed: int
    same: int
    refused: int
    items: list[OrderItem]


def routes() -> APIBlueprint:
    """Return the routes about orders."""
    api = blueprint("orders", __doc__)

    @api.put("/orders/<path:order_id>", operation_id="putOrder", responses={200: OrderItem, 201: OrderItem})
    @needs_in_pages(Scope.ORDERS_WRITE)
    def put(path: OrderPath, body: Order) -> Response:
        """Record an order, or what changed about it.

        Answers 201 when it is new. The totals of whoever ordered follow at once.
        """
        told = _record([Item(path.order_id, body)])
        (item,) = told.items
        if item.errors:
            raise InvalidInput({fault.field: fault.detail for fault in item.errors})
        return answer(item, 201 if item.outcome == "new" else 200)

    @api.put("/orders", operation_id="putOrders", responses={200: OrdersAnswer})
    @needs_in_pages(Scope.ORDERS_WRITE)
    def put_many(body: Orders) -> Response:
        """Record up to 1,000 orders; a faulty one is refused by itself.

        Where an order comes twice, the last word counts.
        """
        return answer(_record([read_item(one, OrderWithId, "order_id") for one in body.orders]))

    return api


def _record(read: Sequence[Item[Order]]) -> OrdersAnswer:
    items = in_pages(read, _record_page)
    counts = Counter(item.outcome for item in items)
    return OrdersAnswer(
        new=counts["new"],
        changed=counts["changed"],
        same=counts["same"],
        refused=counts["refused"],
        items=items,
    )


def _record_page(session: Session, read: Sequence[Item[Order]]) -> Sequence[OrderItem]:
    named = {one.thing.person for one in read if one.thing is not None} - {None}
    people = resolve(session, g.channel_id, [name for name in named if name is not None])
    rows: dict[int, OrderRow] = {}
    faults: dict[int, Mapping[str, str]] = {}
    for number, one in enumerate(read):
        if one.faults is not None:
            faults[number] = one.faults.fields
            continue
        try:
            rows[number] = _row(one, people)
        except InvalidInput as error:
            faults[number] = error.fields
    before = _owners(session, rows.values())
    outcomes = orders.record_orders(
        session, g.channel_id, [*rows.values()], source=g.caller.source, now=g.now
    )
    altered = [row for row in rows.values() if outcomes[row.order_key] != "same"]
    if altered:
        touched(session, [(id_, ORDERS) for id_ in before | _owners(session, altered)])
        audit("api.order", "orders", g.caller.public_id, count=len(altered))
    return [
        OrderItem(
            order_id=one.key,
            outcome="refused",
            errors=[FieldFault(field=name, detail=why) for name, why in faults[number].items()],
        )
        if number in faults
        else OrderItem(order_id=one.key, outcome=outcomes[rows[number].order_key])
        for number, one in enumerate(read)
    ]


def _owners(session: Session, rows: Collection[OrderRow]) -> set[int]:
    """Return the contacts whose sums orders can change: of the customer they name, and of the one they had."""
    standing = session.scalars(
        sa.select(tables.Order.contact_id).where(
            tables.Order.channel_id == g.channel_id,
            tables.Order.order_key.in_({row.order_key for row in rows}),
        )
    )
    tied = customers.contact_ids(session, g.channel_id, {row.customer_key for row in rows})
    return {id_ for id_ in (*standing, *tied.values()) if id_ is not None}


def _row(one: Item[Order], people: Mapping[Name, int]) -> OrderRow:
    order = one.thing
    if order is None or one.key is None:
        raise InvalidInput({"order_id": "is missing"})
    if order.contact_id is not None and order.line_user_id is not None:
        raise InvalidInput({"line_user_id": "name the person in one way: contact_id or line_user_id"})
    if order.person is not None and order.person not in people:
        raise InvalidInput({order.person.kind: "nobody is known by this"})
    row = OrderRow(
        order_key=one.key,
        customer_key=order.customer_id,
        contact_id=None if order.person is None else people[order.person],
        ordered_at=order.ordered_at,
        total_cents=order.total_amount,
        status=OrderStatus(order.status),
        refunded_cents=order.refunded_amount or 0,
        sales_channel=order.channel,
        store_key=order.store_id,
        coupon_code=order.coupon_code,
    )
    return orders.check(row, now=g.now)
