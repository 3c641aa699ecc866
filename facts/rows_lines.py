"""What a row of a file says, by the kind of file."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from contacts.bulk_fields import FieldValue
from facts.events import Property
from facts.orders import OrderRow
from facts.rows_file import RawRow


class Refused(NamedTuple):
    """A row that stays out, and why."""

    number: int
    reason: str
    cells: Sequence[str]


class Person(NamedTuple):
    """Whom a row is about: the LINE user id goes before the shop's own number."""

    line_user_id: str | None
    customer_key: str | None


class CustomerLine(NamedTuple):
    """A customer as a file tells them; what is empty says nothing."""

    raw: RawRow
    who: Person
    registered_at: datetime | None
    fields: Mapping[str, FieldValue]
    consents: bool | None
    consent_at: datetime | None
    tags: tuple[str, ...]


class OrderLine(NamedTuple):
    raw: RawRow
    who: Person
    order: OrderRow
    """Its contact is yet to be found."""


class EventLine(NamedTuple):
    raw: RawRow
    who: Person
    name: str
    at: datetime
    properties: Mapping[str, Property]
    key: str
    """Without the source."""


class TagLine(NamedTuple):
    raw: RawRow
    who: Person
    tags: tuple[str, ...]
    expires_at: datetime | None


Line = CustomerLine | OrderLine | EventLine | TagLine
