"""The next recipients of a campaign, with as much of each as its texts ask for, in a few queries for all."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns.models import Delivery, Skip
from contacts.fields import value_of
from contacts.models import Contact, ContactField
from content.voice import NOTHING
from segmentation.models import ContactTag, Tag
from segmentation.tags import live


class Recipient(NamedTuple):
    """Somebody whose turn it is in a campaign. A tuple, for there may be a million."""

    delivery_id: int
    contact_id: int
    user_id: str
    language: str | None
    """As LINE tells it."""
    skip: Skip | None
    """Why they get nothing after all."""
    variables: Mapping[str, object] = NOTHING
    """What personal texts may use."""
    tags: frozenset[str] = frozenset()


def recipients(
    session: Session,
    campaign_id: int,
    reason: sa.ColumnElement[Any],
    *,
    wanted: frozenset[str],
    limit: int,
    now: datetime,
) -> Sequence[Recipient]:
    """Return the next people who have not been released, with why some are left out now.

    :param reason: the column of `Exclusions.reason`.
    :param wanted: the personal things that texts ask for.
    """
    rows = session.connection().execute(
        sa.select(
            Delivery.id, Contact.line_user_id, Contact.language, reason, Contact.id,
            Contact.display_name,
        )
        .join(Contact, Contact.id == Delivery.contact_id)
        .where(Delivery.campaign_id == campaign_id, _unreleased)
        .order_by(Delivery.contact_id)
        .limit(limit)
    ).all()  # fmt: skip
    if not wanted:
        return [Recipient(row[0], row[4], row[1], row[2], _as_skip(row[3])) for row in rows]
    ids = [row[4] for row in rows]
    tags = _tags(session, ids, now) if "tags" in wanted else {}
    fields = _fields(session, ids) if "fields" in wanted else {}
    return [
        Recipient(
            row[0],
            row[4],
            row[1],
            row[2],
            _as_skip(row[3]),
            about(row[5], fields.get(row[4], {}), tags.get(row[4], ())),
            frozenset(tags.get(row[4], ())),
        )
        for row in rows
    ]


def about(name: str | None, fields: Mapping[str, object], tags: Sequence[str]) -> Mapping[str, object]:
    """Return the variables of one person."""
    return {
        "name": name or None,
        "contact": {"display_name": name or None},
        "fields": fields,
        "tags": sorted(tags),
    }


def about_contact(
    session: Session, contact: Contact, *, now: datetime
) -> tuple[Mapping[str, object], frozenset[str]]:
    """Return the variables of one contact, and the tags they carry."""
    tags = _tags(session, [contact.id], now).get(contact.id, [])
    fields = _fields(session, [contact.id]).get(contact.id, {})
    return about(contact.display_name, fields, tags), frozenset(tags)


def _as_skip(value: str | None) -> Skip | None:
    return None if value is None else Skip(value)


def _tags(session: Session, ids: Sequence[int], now: datetime) -> Mapping[int, list[str]]:
    rows = session.execute(
        sa.select(ContactTag.contact_id, Tag.name)
        .join(Tag, Tag.id == ContactTag.tag_id)
        .where(ContactTag.contact_id.in_(ids), live(now))
    )
    found: dict[int, list[str]] = {}
    for contact_id, name in rows:
        found.setdefault(contact_id, []).append(name)
    return found


def _fields(session: Session, ids: Sequence[int]) -> Mapping[int, dict[str, object]]:
    found: dict[int, dict[str, object]] = {}
    for row in session.scalars(sa.select(ContactField).where(ContactField.contact_id.in_(ids))):
        found.setdefault(row.contact_id, {})[row.name] = value_of(row)
    return found


# As the index of unreleased deliveries is written.
_unreleased = sa.and_(Delivery.released_at.is_(None), Delivery.skipped.is_(None))
