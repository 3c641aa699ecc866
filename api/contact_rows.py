"""People as answers tell them: a page of them by four queries, however many there are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.orm import Session

from api.shapes import Instant
from contacts.fields import value_of
from contacts.models import Contact, ContactField
from facts.models import Customer
from segmentation.models import ContactTag
from segmentation.tags import live


class TagRow(BaseModel):
    """A tag that somebody carries, and who says so until when."""

    name: str
    group: str | None
    source: str
    set_at: Instant
    expires_at: Instant | None


class FieldRow(BaseModel):
    """A fact about somebody, and who says so. Dates and times are ISO 8601."""

    value: str | float | bool
    kind: Literal["text", "number", "date", "time", "datetime", "flag"]
    source: str
    set_at: Instant


class ContactRow(BaseModel):
    """Somebody who uses the account."""

    id: str
    line_user_id: str | None
    customer_ids: list[str]
    display_name: str | None
    language: str | None
    following: Literal["following", "blocked", "unknown"]
    entry_source: str | None
    first_seen_at: Instant
    last_seen_at: Instant
    erased_at: Instant | None
    fields: dict[str, FieldRow]
    tags: list[TagRow]


def describe(session: Session, contacts: Sequence[Contact], *, now: datetime) -> list[ContactRow]:
    """Return contacts with what is known about them, in their order."""
    ids = [one.id for one in contacts]
    fields, tags, keys = _fields(session, ids), _tags(session, ids, now), _customer_keys(session, ids)
    return [
        ContactRow(
            id=one.public_id,
            line_user_id=one.line_user_id if one.erased_at is None else None,
            customer_ids=keys[one.id],
            display_name=one.display_name,
            language=one.language,
            following=one.following.value,
            entry_source=one.entry_source,
            first_seen_at=one.first_seen_at,
            last_seen_at=one.last_seen_at,
            erased_at=one.erased_at,
            fields=fields[one.id],
            tags=tags[one.id],
        )
        for one in contacts
    ]


def tags_of(session: Session, contact: Contact, *, now: datetime) -> list[TagRow]:
    """Return the tags that somebody carries, by name."""
    return _tags(session, [contact.id], now)[contact.id]


def _fields(session: Session, ids: Sequence[int]) -> Mapping[int, dict[str, FieldRow]]:
    found: dict[int, dict[str, FieldRow]] = defaultdict(dict)
    wanted = sa.select(ContactField).where(ContactField.contact_id.in_(ids)).order_by(ContactField.name)
    for row in session.scalars(wanted):
        found[row.contact_id][row.name] = FieldRow(
            value=value_of(row), kind=row.kind.value, source=row.source, set_at=row.set_at
        )
    return found


def _tags(session: Session, ids: Sequence[int], now: datetime) -> Mapping[int, list[TagRow]]:
    found: dict[int, list[TagRow]] = defaultdict(list)
    rows = session.scalars(sa.select(ContactTag).where(ContactTag.contact_id.in_(ids), live(now)))
    for row in sorted(rows, key=lambda row: row.tag.name):
        found[row.contact_id].append(
            TagRow(
                name=row.tag.name,
                group=row.tag.group,
                source=row.source,
                set_at=row.set_at,
                expires_at=row.expires_at,
            )
        )
    return found


def _customer_keys(session: Session, ids: Sequence[int]) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    wanted = sa.select(Customer.contact_id, Customer.customer_key).where(Customer.contact_id.in_(ids))
    for contact_id, key in session.execute(wanted.order_by(Customer.customer_key)):
        if contact_id is not None:
            found[contact_id].append(key)
    return found
