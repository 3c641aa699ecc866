"""What is said about one person in tags: handed over, or erased so that counts stay."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact
from segmentation.models import ChangeKind, ContactTag, Membership, Segment, TagChange, Touch
from segmentation.tags import TagBook, describe

SOURCE = "erasure"


def erase(session: Session, contact: Contact, *, now: datetime) -> None:
    """Take every tag off a contact, and out of every segment; the ledger keeps which tags there were."""
    for row in session.scalars(sa.select(ContactTag).where(ContactTag.contact_id == contact.id)):
        session.add(TagChange(contact=contact, tag=row.tag, kind=ChangeKind.REMOVED, source=SOURCE, at=now))
        session.delete(row)
    for table in (Membership, Touch):
        session.execute(sa.delete(table).where(table.contact_id == contact.id))


def export(session: Session, contact: Contact, *, now: datetime) -> Mapping[str, object]:
    """Return the tags carried now, every change there ever was, and in which segments they were when."""
    changes = session.scalars(
        sa.select(TagChange).where(TagChange.contact_id == contact.id).order_by(TagChange.id)
    )
    return {
        "tags": describe(TagBook(session, contact, event_key=None, now=now).rows()),
        "tag_changes": [
            {
                "name": change.tag.name,
                "kind": change.kind.value,
                "source": change.source,
                "event": change.event_key,
                "at": change.at.isoformat(),
            }
            for change in changes
        ],
        "segments": _stays(session, contact),
    }


def _stays(session: Session, contact: Contact) -> list[Mapping[str, object]]:
    rows = session.execute(
        sa.select(Segment.key, Membership)
        .join(Segment, Segment.id == Membership.segment_id)
        .where(Membership.contact_id == contact.id)
        .order_by(Membership.id)
    )
    return [
        {
            "segment": key,
            "entered_at": stay.entered_at.isoformat(),
            "entered_because": stay.entered_because,
            "left_at": None if stay.left_at is None else stay.left_at.isoformat(),
            "left_because": stay.left_because,
        }
        for key, stay in rows
    ]
