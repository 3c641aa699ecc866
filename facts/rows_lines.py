"""What a row of a file says, by the kind of file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from facts.events import Property
from facts.orders import OrderRow
from facts.rows_file import RawRow
from facts.rows_values import FieldValue


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that stays out, and why."""

    number: int
    reason: str
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a row is about: the LINE user id goes before the shop's own number."""

    line_user_id: str | None
    customer_key: str | None


@dataclass(frozen=True, slots=True)
class CustomerLine:
    """A customer as a file tells them; what is empty says nothing."""

    raw: RawRow
    who: Person
    registered_at: datetime | None
    fields: Mapping[str, FieldValue]
    consents: bool | None
    consent_at: datetime | None
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrderLine:
    raw: RawRow
    who: Person
    order: OrderRow
    """Its contact is yet to be found."""


@dataclass(frozen=True, slots=True)
class EventLine:
    raw: RawRow
    who: Person
    name: str
    at: datetime
    properties: Mapping[str, Property]
    key: str
    """Without the source."""


@dataclass(frozen=True, slots=True)
class TagLine:
    raw: RawRow
    who: Person
    tags: tuple[str, ...]
    expires_at: datetime | None


Line = CustomerLine | OrderLine | EventLine | TagLine
