"""What is said about one person in tags: handed over, or erased so that counts stay."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact
from segmentation.models import ChangeKind, ContactTag, TagChange
from segmentation.tags import TagBook, describe

SOURCE = "erasure"


def erase(session: Session, contact: Contact, *, now: datetime) -> None:
    """Take every tag off a contact; the ledger keeps which ones there were."""
    for row in session.scalars(sa.select(ContactTag).where(ContactTag.contact_id == contact.id)):
        session.add(TagChange(contact=contact, tag=row.tag, kind=ChangeKind.REMOVED, source=SOURCE, at=now))
        session.delete(row)


def export(session: Session, contact: Contact, *, now: datetime) -> Mapping[str, object]:
    """Return the tags carried now, and every change there ever was."""
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
    }
