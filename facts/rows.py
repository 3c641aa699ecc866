"""Rows of people's files read into what they mean, or refused in words for whoever exported them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import partial
from hashlib import blake2b
from typing import Any

import orjson

from contacts.bulk_fields import FieldValue
from contacts.models import FieldKind
from core.errors import InvalidInput
from facts import events, rows_cells, rows_values
from facts.events import Property
from facts.models import ImportKind, OrderStatus
from facts.orders import OrderRow, check
from facts.rows_columns import Layout
from facts.rows_file import RawRow, as_written
from facts.rows_lines import CustomerLine, EventLine, Line, OrderLine, Person, Refused, TagLine
from facts.rows_values import BadCell

CELLS_KEPT = 1_000
"""Of each column: one of a million customers holds twelve months, and some hundred days."""


class _BadColumn(Exception):  # noqa: N818 - the name says what is wrong
    """A cell of a row cannot be read; the argument is the reason, with the column's name."""


class _Column(dict[str, Any]):
    """A column of a file. What a cell says is read once, as long as there are not too many different ones."""

    def __init__(self, name: str, place: int, read: Callable[[str], object]) -> None:
        super().__init__()
        self.place = place
        self._name = name
        self._read = read

    def __missing__(self, cell: str) -> Any:
        """Read a cell; one that is empty says nothing."""
        if not cell or cell.isspace():
            return None
        try:
            value = self._read(as_written(cell) if cell[0] == "'" else cell)
        except BadCell as error:
            raise _BadColumn(f"{self._name} {error}") from None
        if len(cell) <= rows_cells.SHORT_LIMIT_CHARS and len(self) < CELLS_KEPT:
            self[cell] = value
        return value


@dataclass
class Reader:
    """Reads the rows of one file."""

    layout: Layout
    zone: tzinfo
    now: datetime
    """What is later is refused; to be put forward while the file is read."""
    kinds: Mapping[str, FieldKind] = field(default_factory=dict)
    """Of the further columns of customers."""

    def __post_init__(self) -> None:
        self._width = len(self.layout.header)
        readers: Mapping[ImportKind, Callable[[RawRow, Sequence[str]], Line]] = {
            ImportKind.CONTACTS: self._customer,
            ImportKind.ORDERS: self._order,
            ImportKind.EVENTS: self._event,
            ImportKind.TAGS: self._tag,
        }
        self._read = readers[self.layout.kind]
        known: Mapping[str, Callable[[str], object]] = {
            **rows_cells.READERS,
            "registered_at": self._registered,
            **dict.fromkeys(rows_cells.MOMENTS, self._moment),
        }
        self._columns = {
            name: _Column(name, place, known[name]) for name, place in self.layout.places.items()
        }
        own = self._property if self.layout.kind is ImportKind.EVENTS else self._further
        self._more = {
            name: _Column(name, place, partial(own, name)) for name, place in self.layout.further.items()
        }

    def line(self, raw: RawRow) -> Line | Refused:
        """Read one row."""
        if raw.fault is not None:
            return Refused(raw.number, raw.fault, raw.cells)
        cells = raw.cells
        if len(cells) != self._width:
            if any(cells[self._width :]):
                reason = f"has {len(cells)} cells, and the header {self._width}"
                return Refused(raw.number, reason, cells)
            cells = [*cells, *[""] * (self._width - len(cells))]
        try:
            return self._read(raw, cells)
        except _BadColumn as error:
            return Refused(raw.number, error.args[0], raw.cells)
        except InvalidInput as error:
            return Refused(raw.number, "; ".join(f"{k} {v}" for k, v in error.fields.items()), raw.cells)

    def _value(self, cells: Sequence[str], name: str) -> Any:
        column = self._columns.get(name)
        return None if column is None else column[cells[column.place]]

    def _needed(self, cells: Sequence[str], name: str) -> Any:
        value = self._value(cells, name)
        if value is None:
            raise _BadColumn(f"{name} is empty")
        return value

    def _past(self, cells: Sequence[str], name: str) -> datetime | None:
        at: datetime | None = self._value(cells, name)
        if at is not None and at > self.now:
            raise _BadColumn(f"{name} is in the future")
        return at

    def _needed_past(self, cells: Sequence[str], name: str) -> datetime:
        at = self._past(cells, name)
        if at is None:
            raise _BadColumn(f"{name} is empty")
        return at

    def _who(self, cells: Sequence[str]) -> Person:
        return Person(self._value(cells, "line_user_id"), self._value(cells, "customer_id"))

    def _known(self, cells: Sequence[str]) -> Person:
        who = self._who(cells)
        if who.line_user_id is None and who.customer_key is None:
            raise _BadColumn("says nobody: line_user_id and customer_id are empty")
        return who

    def _order(self, raw: RawRow, cells: Sequence[str]) -> OrderLine:
        who = self._who(cells)
        customer = who.customer_key or who.line_user_id
        if customer is None:
            raise _BadColumn("customer_id is empty")
        order = OrderRow(
            order_key=self._needed(cells, "order_id"),
            customer_key=customer,
            contact_id=None,
            ordered_at=self._needed_past(cells, "ordered_at"),
            total_cents=self._needed(cells, "total_amount"),
            status=self._value(cells, "status") or OrderStatus.PAID,
            refunded_cents=self._value(cells, "refunded_amount") or 0,
            sales_channel=self._value(cells, "channel"),
            store_key=self._value(cells, "store_id"),
            coupon_code=self._value(cells, "coupon_code"),
        )
        return OrderLine(raw, who, check(order, now=self.now))

    def _event(self, raw: RawRow, cells: Sequence[str]) -> EventLine:
        who = self._known(cells)
        name = self._needed(cells, "event_type")
        at = self._needed_past(cells, "occurred_at")
        given: dict[str, object] = dict(self._value(cells, "properties") or {})
        for property_name, column in self._more.items():
            if (value := column[cells[column.place]]) is not None:
                given[property_name] = value
        properties = events.check_properties(given)
        key = self._value(cells, "event_id")
        return EventLine(raw, who, name, at, properties, key or _digest(who, name, at, properties))

    def _tag(self, raw: RawRow, cells: Sequence[str]) -> TagLine:
        expires_at = self._value(cells, "expires_at")
        if expires_at is not None and expires_at <= self.now:
            raise _BadColumn("expires_at is past")
        return TagLine(raw, self._known(cells), self._needed(cells, "tag"), expires_at)

    def _customer(self, raw: RawRow, cells: Sequence[str]) -> CustomerLine:
        who = self._known(cells)
        registered_at, fields = None, {}
        registered = self._value(cells, "registered_at")
        if registered is not None:
            registered_at = registered[0]
            if registered_at > self.now:
                raise _BadColumn("registered_at is in the future")
        for name in rows_cells.FIELDS:
            if (value := self._value(cells, name)) is not None:
                fields[name] = value
        if registered is not None:
            fields["registered_at"] = registered[1]
        born = self._past(cells, "birthday")
        if born is not None:
            day = rows_values.written_moment(born.astimezone(self.zone), FieldKind.DATE)
            fields["birthday"] = FieldValue(day, FieldKind.DATE)
        for name, column in self._more.items():
            if (value := column[cells[column.place]]) is not None:
                fields[name] = value
        return CustomerLine(
            raw,
            who,
            registered_at,
            fields,
            self._value(cells, "marketing_consent"),
            self._past(cells, "consent_at"),
            self._value(cells, "tags") or (),
        )

    def _moment(self, cell: str) -> datetime:
        return rows_values.moment(cell, self.zone)

    def _registered(self, cell: str) -> tuple[datetime, FieldValue]:
        return self._moment(cell), rows_values.written_as(cell, self.zone)

    def _further(self, name: str, cell: str) -> FieldValue:
        kind = self.kinds.get(name, FieldKind.TEXT)
        return rows_values.field_value(cell, kind, self.zone, limit=rows_cells.TEXT_LIMIT_CHARS)

    def _property(self, name: str, cell: str) -> object:
        return rows_cells.property_of(cell, self.kinds.get(name, FieldKind.TEXT))


def kinds_of(layout: Layout, sample: Sequence[RawRow]) -> Mapping[str, FieldKind]:
    """Return what the further columns hold, by the rows that a file begins with."""
    whole = [raw.cells for raw in sample if raw.fault is None and len(raw.cells) >= len(layout.header)]
    return {
        name: rows_values.field_kind([as_written(cells[place]) for cells in whole])
        for name, place in layout.further.items()
    }


def _digest(who: Person, name: str, at: datetime, properties: Mapping[str, Property]) -> str:
    """Return what stands for an event without an id: two that are told alike are one."""
    told = orjson.dumps(
        [who.line_user_id, who.customer_key, name, at.isoformat(), properties], option=orjson.OPT_SORT_KEYS
    )
    return blake2b(told, digest_size=16).hexdigest()
