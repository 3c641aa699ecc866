"""What is known of a transcript's person from elsewhere: carried from before, or told by another system just now.

Written as whoever tells it in earnest writes it, so that segments are asked about it. The contact has its id.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from contacts.fields import FieldBook, kind_of
from contacts.models import Contact
from facts.events import Tracked, track
from facts.models import OrderStatus
from facts.orders import OrderRow, record_orders
from playbook.transcript_model import EventTold, OrderTold, Person
from segmentation.tags import TagBook
from segmentation.touches import touch_many


def carry(session: Session, contact: Contact, person: Person, *, source: str, now: datetime) -> None:
    """Let somebody carry the tags and fields that the transcript says they carry from before."""
    book = TagBook(session, contact, event_key=None, now=now)
    for name in person.tags:
        book.set(name, source=source)
    fields = FieldBook(session, contact, event_key=None, now=now)
    for name, value in person.fields.items():
        if value is not None:
            fields.set(name, value, kind=kind_of(value), source=source)
    known = [*(f"tag:{name}" for name in person.tags), *(f"field:{name}" for name in person.fields)]
    _touch(session, contact, *known, now=now)


def order(
    session: Session, contact: Contact, told: OrderTold, *, key: str, source: str, now: datetime
) -> None:
    """Let the till tell of orders; `key` names them, and is used once."""
    cents = round(told.amount * 100)
    rows = [
        OrderRow(
            order_key=f"{key}-{number}",
            customer_key=contact.line_user_id,
            contact_id=contact.id,
            ordered_at=now - timedelta(days=days),
            total_cents=cents,
            status=OrderStatus(told.status),
            refunded_cents=cents if told.status == "refunded" else 0,
            sales_channel=told.channel,
            store_key=told.store,
            coupon_code=told.coupon,
        )
        for number, days in enumerate(told.days_ago)
    ]
    record_orders(session, contact.channel_id, rows, source=source, now=now)
    _touch(session, contact, "orders", now=now)


def event(
    session: Session, contact: Contact, told: EventTold, *, key: str, source: str, now: datetime
) -> None:
    """Let another system tell of events; `key` names them, and is used once."""
    rows = [
        Tracked(
            contact_id=contact.id,
            name=told.name,
            at=now - timedelta(days=days),
            properties=told.properties,
            key=f"{key}-{number}",
        )
        for number, days in enumerate(told.days_ago)
    ]
    track(session, contact.channel_id, rows, source=source, now=now)
    _touch(session, contact, f"event:{told.name}", now=now)


def _touch(session: Session, contact: Contact, *facts: str, now: datetime) -> None:
    """Say what has changed, as whoever tells of it must."""
    touch_many(session, [(contact.id, fact) for fact in facts], at=now)
