"""Facts about people that pile up: what they did, what they ordered, on which days they were here."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from contacts.models import Contact
from core.appended import Appended
from core.db import Base, BigId, stored_enum
from facts.event_types import EventType, declare

__all__ = ["EventType"]


class ContactEvent(Appended):
    """Something that a contact did, here or elsewhere."""

    __tablename__ = "contact_events"
    __table_args__ = (
        sa.UniqueConstraint("channel_id", "key"),
        # One person's events of a type, and everybody's in a window: both are read from the index alone.
        sa.Index("ix__contact_events__contact", "contact_id", "type_id", "at"),
        sa.Index("ix__contact_events__type", "type_id", "at", "contact_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contacts.id", ondelete="CASCADE"))
    contact: Mapped[Contact] = relationship(cascade="")
    type_id: Mapped[int] = mapped_column(sa.ForeignKey("event_types.id"))
    type: Mapped[EventType] = relationship(cascade="")
    """Given instead of `type_id` where this process does not know the type: only its name counts."""
    at: Mapped[datetime]
    properties: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    """A flat map of texts, numbers, flags, and lists of texts. Personal: blanked by erasure."""
    key: Mapped[str] = mapped_column(sa.String(160))
    """What makes it happen once: a turn's is made of the webhook event's, others of what came with them."""
    source: Mapped[str] = mapped_column(sa.String(160))
    """`turn`, `api:NAME`, `import:FILE`, `staff:mina`."""

    @classmethod
    def complete(cls, connection: sa.Connection, rows: Sequence[Self]) -> None:
        """Find or declare the types of rows that name theirs: a turn may not write when it records one."""
        for row in rows:
            if row.type is not None:
                named = row.type
                ids = declare(connection, named.channel_id, [named.name], now=named.created_at)
                row.type_id = named.id = ids[named.name]


class ActiveDay(Base):
    """That a contact wrote, tapped or followed on a day of the account's calendar, and at which hours."""

    __tablename__ = "active_days"
    __table_args__ = (sa.Index("ix__active_days__day", "day", "contact_id", "hours"),)

    contact_id: Mapped[int] = mapped_column(
        sa.ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    hours: Mapped[int]
    """24 bits, the lowest for midnight to one o'clock, in the account's zone."""


class Customer(Base):
    """A person as the shop's own books know them, tied to a contact as soon as one is known."""

    __tablename__ = "customers"
    __table_args__ = (
        sa.UniqueConstraint("channel_id", "customer_key"),
        sa.Index("ix__customers__contact", "contact_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    customer_key: Mapped[str] = mapped_column(sa.String(80))
    """The shop's own number for them. Blanked to `erased:…` with the contact."""
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contacts.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]


class OrderStatus(StrEnum):
    PAID = "paid"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    PARTIALLY_REFUNDED = "partially_refunded"


class Order(Base):
    """One purchase. It counts for its contact while `net_cents` is above nothing."""

    __tablename__ = "orders"
    __table_args__ = (
        sa.UniqueConstraint("channel_id", "order_key"),
        # One contact's, and everybody's in a window, from the index alone.
        sa.Index("ix__orders__contact", "contact_id", "ordered_at", "net_cents"),
        sa.Index("ix__orders__window", "ordered_at", "contact_id", "net_cents"),
        sa.Index("ix__orders__customer", "customer_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    order_key: Mapped[str] = mapped_column(sa.String(80))
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customers.id"))
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contacts.id", ondelete="SET NULL"))
    """Of its customer; None while no contact of theirs is known."""
    ordered_at: Mapped[datetime]
    status: Mapped[OrderStatus] = mapped_column(stored_enum(OrderStatus))
    total_cents: Mapped[int] = mapped_column(sa.BigInteger)
    """Hundredths of the account's currency, also where it has none."""
    refunded_cents: Mapped[int] = mapped_column(sa.BigInteger)
    net_cents: Mapped[int] = mapped_column(sa.BigInteger)
    """What was kept of it: nothing of one cancelled or refunded."""
    sales_channel: Mapped[str | None] = mapped_column(sa.String(60))
    store_key: Mapped[str | None] = mapped_column(sa.String(60))
    coupon_code: Mapped[str | None] = mapped_column(sa.String(60))
    source: Mapped[str] = mapped_column(sa.String(160))
    recorded_at: Mapped[datetime]


class OrderTotals(Base):
    """All orders of one contact that count, summed up; changed in the transaction that changes an order."""

    __tablename__ = "order_totals"

    contact_id: Mapped[int] = mapped_column(
        sa.ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    orders: Mapped[int]
    net_cents: Mapped[int] = mapped_column(sa.BigInteger)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


class RfmScore(Base):
    """Recency, frequency and value of one contact among all who ever ordered, in fifths; made anew every night."""

    __tablename__ = "rfm_scores"
    __table_args__ = (sa.Index("ix__rfm_scores__group", "group_key", "contact_id"),)

    contact_id: Mapped[int] = mapped_column(
        sa.ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    recency: Mapped[int] = mapped_column(sa.SmallInteger)
    """5: among the fifth that ordered last; equal customers have equal scores."""
    frequency: Mapped[int] = mapped_column(sa.SmallInteger)
    monetary: Mapped[int] = mapped_column(sa.SmallInteger)
    group_key: Mapped[str | None] = mapped_column(sa.String(60))
    """The first named group whose thresholds hold."""
    scored_at: Mapped[datetime]


class RfmGroup(Base):
    """A named group of customers by thresholds that staff can see and change; all that are given must hold."""

    __tablename__ = "rfm_groups"
    __table_args__ = (sa.UniqueConstraint("channel_id", "key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    key: Mapped[str] = mapped_column(sa.String(60))
    labels: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    position: Mapped[int]
    """A customer is in the first group that fits."""
    ordered_within_days: Mapped[int | None]
    silent_for_days: Mapped[int | None]
    orders_at_least: Mapped[int | None]
    average_at_least_cents: Mapped[int | None] = mapped_column(sa.BigInteger)
    changed_at: Mapped[datetime]


class ImportKind(StrEnum):
    CONTACTS = "contacts"
    EVENTS = "events"
    ORDERS = "orders"
    TAGS = "tags"
    FOLLOWERS = "followers"


class ImportRun(Base):
    """One file being taken in, or LINE's list of followers; goes on where it was after a crash."""

    __tablename__ = "import_runs"
    __table_args__ = (sa.UniqueConstraint("channel_id", "kind", "digest"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    kind: Mapped[ImportKind] = mapped_column(stored_enum(ImportKind))
    name: Mapped[str] = mapped_column(sa.String(200))
    """The file's name, as tags' and events' sources say it."""
    digest: Mapped[str] = mapped_column(sa.String(64))
    """SHA-256 of the file: the same file again goes on, or has nothing to do."""
    rows_done: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    """Rows of the file that are in, or reported; the next page begins behind them."""
    rows_refused: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    cursor: Mapped[str | None] = mapped_column(sa.Text)
    """LINE's continuation token, for followers."""
    owner: Mapped[str | None] = mapped_column(sa.String(80))
    due_at: Mapped[datetime | None]
    """The end of its worker's lease; None: finished."""
    lease_no: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
