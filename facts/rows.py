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
from facts.models import ImportKind
from facts.orders import OrderRow, check
from facts.rows_columns import Layout
from facts.rows_file import RawRow, as_written
from facts.rows_lines import CustomerLine, EventLine, Line, OrderLine, Person, Refused, TagLine
from facts.rows_values import BadCell

CELLS_KEPT = 1_000
"""Of each column: one of a million customers holds twelve months, and some hundred days."""


_Told = Mapping[str, Any]
"""What the cells of a row say, by the names of their columns."""


class _BadColumn(Exception):  # noqa: N818 - the name says what is wrong
    """A cell of a row cannot be read; the argument is the reason, with the column's name."""


class _Column(dict[str, Any]):
    """A column of a file. What a cell says is read once, as long as there are not too many different ones."""

    def __init__(self, name: str, read: Callable[[str], object]) -> None:
        super().__init__()
        self._name = name
        self._read = read

    def __missing__(self, cell: str) -> Any:
        """Read a cell; one that is empty says nothing."""
        written = as_written(cell) if cell[:1] == "'" else cell
        if not written or written.isspace():
            return None
        try:
            value = self._read(written)
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
        readers: Mapping[ImportKind, Callable[[RawRow, _Told, _Told], Line]] = {
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
        self._columns = [
            (name, place, _Column(name, known[name])) for name, place in self.layout.places.items()
        ]
        is_of_events = self.layout.kind is ImportKind.EVENTS
        self._more = [
            (
                name,
                place,
                _Column(name, rows_cells.property_of if is_of_events else partial(self._further, name)),
            )
            for name, place in self.layout.further.items()
        ]

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
            told = {name: column[cells[place]] for name, place, column in self._columns}
            more = {
                name: value
                for name, place, column in self._more
                if (value := column[cells[place]]) is not None
            }
            return self._read(raw, told, more)
        except _BadColumn as error:
            return Refused(raw.number, error.args[0], raw.cells)
        except InvalidInput as error:
            return Refused(raw.number, "; ".join(f"{k} {v}" for k, v in error.fields.items()), raw.cells)

    def _past(self, told: _Told, name: str) -> datetime | None:
        at: datetime | None = told.get(name)
        if at is not None and at > self.now:
            raise _BadColumn(f"{name} is in the future")
        return at

    def _needed_past(self, told: _Told, name: str) -> datetime:
        at = self._past(told, name)
        if at is None:
            raise _BadColumn(f"{name} is empty")
        return at

    def _order(self, raw: RawRow, told: _Told, _more: _Told) -> OrderLine:
        who = _who(told)
        customer = who.customer_key or who.line_user_id
        if customer is None:
            raise _BadColumn("customer_id is empty")
        order = OrderRow(
            order_key=_needed(told, "order_id"),
            customer_key=customer,
            contact_id=None,
            ordered_at=self._needed_past(told, "ordered_at"),
            total_cents=_needed(told, "total_amount"),
            status=told.get("status"),
            refunded_cents=told.get("refunded_amount"),
            sales_channel=told.get("channel"),
            store_key=told.get("store_id"),
            coupon_code=told.get("coupon_code"),
            is_whole=False,
        )
        return OrderLine(raw, who, check(order, now=self.now))

    def _event(self, raw: RawRow, told: _Told, more: _Told) -> EventLine:
        who = _known(told)
        name = _needed(told, "event_type")
        at = self._needed_past(told, "occurred_at")
        properties = events.check_properties({**(told.get("properties") or {}), **more})
        key = told.get("event_id") or _as_key(who, name, at, properties)
        return EventLine(raw, who, name, at, properties, key)

    def _tag(self, raw: RawRow, told: _Told, _more: _Told) -> TagLine:
        expires_at = told.get("expires_at")
        if expires_at is not None and expires_at <= self.now:
            raise _BadColumn("expires_at is past")
        return TagLine(raw, _known(told), _needed(told, "tag"), expires_at)

    def _customer(self, raw: RawRow, told: _Told, more: _Told) -> CustomerLine:
        who = _known(told)
        fields = {name: value for name in rows_cells.FIELDS if (value := told.get(name)) is not None}
        registered_at = None
        registered = told.get("registered_at")
        if registered is not None:
            registered_at, fields["registered_at"] = registered
            if registered_at > self.now:
                raise _BadColumn("registered_at is in the future")
        born = self._past(told, "birthday")
        if born is not None:
            day = rows_values.written_moment(born.astimezone(self.zone), FieldKind.DATE)
            fields["birthday"] = FieldValue(day, FieldKind.DATE)
        return CustomerLine(
            raw,
            who,
            registered_at,
            {**fields, **more},
            told.get("marketing_consent"),
            self._past(told, "consent_at"),
            told.get("tags") or (),
        )

    def _moment(self, cell: str) -> datetime:
        return rows_values.moment(cell, self.zone)

    def _registered(self, cell: str) -> tuple[datetime, FieldValue]:
        return self._moment(cell), rows_values.written_as(cell, self.zone)

    def _further(self, name: str, cell: str) -> FieldValue:
        kind = self.kinds.get(name, FieldKind.TEXT)
        return rows_values.field_value(cell, kind, self.zone, limit=rows_cells.TEXT_LIMIT_CHARS)


def kinds_of(layout: Layout, sample: Sequence[RawRow]) -> Mapping[str, FieldKind]:
    """Return what the further columns hold, by the rows that a file begins with."""
    whole = [raw.cells for raw in sample if raw.fault is None and len(raw.cells) >= len(layout.header)]
    return {
        name: rows_values.field_kind([as_written(cells[place]) for cells in whole])
        for name, place in layout.further.items()
    }


def _needed(told: _Told, name: str) -> Any:
    value = told.get(name)
    if value is None:
        raise _BadColumn(f"{name} is empty")
    return value


def _who(told: _Told) -> Person:
    return Person(told.get("line_user_id"), told.get("customer_id"))


def _known(told: _Told) -> Person:
    who = _who(told)
    if who.line_user_id is None and who.customer_key is None:
        raise _BadColumn("says nobody: line_user_id and customer_id are empty")
    return who


def _as_key(who: Person, name: str, at: datetime, properties: Mapping[str, Property]) -> str:
    """Return what stands for an event without an id: two that are told alike are one.

    It begins with the time, by which shops export: rows that come in together stand together in the index of keys.
    """
    told = orjson.dumps(
        [who.line_user_id, who.customer_key, name, at, properties], option=orjson.OPT_SORT_KEYS
    )
    return f"{at.isoformat()[:19]}/{blake2b(told, digest_size=16).hexdigest()}"
