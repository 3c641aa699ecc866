"""A contact's campaigns as lines of their story: found by asking, for a row each would be millions."""

from collections.abc import Sequence

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns.models import Campaign, Delivery, Push
from contacts.models import Contact
from contacts.timeline import EntryKind, TimelineEntry
from line.outbox import Outgoing, SendStatus


def sent_to(session: Session, contact: Contact, *, limit: int = 200) -> Sequence[TimelineEntry]:
    """Return the newest campaigns that LINE accepted for a contact, oldest first, as lines of no session.

    `about` is `campaign:<public id>`, `text` its name; the messages are there for as long as the outbox
    keeps what it sent.
    """
    rows = session.execute(
        sa.select(Campaign.public_id, Campaign.name, Outgoing.settled_at, Outgoing.body, Outgoing.id)
        .join(Delivery, Delivery.campaign_id == Campaign.id)
        .join(Push, Push.id == Delivery.push_id)
        .join(Outgoing, Outgoing.id == Push.outbox_id)
        .where(
            Delivery.contact_id == contact.id,
            Delivery.released_at.is_not(None),
            Outgoing.status == SendStatus.SENT,
        )
        .order_by(Delivery.released_at.desc(), Delivery.id.desc())
        .limit(limit)
    ).all()
    return [
        TimelineEntry(
            channel_id=contact.channel_id,
            contact_id=contact.id,
            kind=EntryKind.SENT,
            at=row.settled_at,
            about=f"campaign:{row.public_id}",
            text=row.name,
            payload=None if row.body is None else {"messages": orjson.loads(row.body)["messages"]},
            outbox_id=row.id,
        )
        for row in reversed(rows)
    ]


def merged(
    story: Sequence[TimelineEntry], campaigns: Sequence[TimelineEntry], *, limit: int
) -> Sequence[TimelineEntry]:
    """Return the newest lines of both, oldest first."""
    return sorted([*story, *campaigns], key=lambda entry: entry.at)[-limit:]
