"""What campaigns hold of one person: handed over, or erased so that counts stay."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns import erased
from campaigns.models import Campaign, Delivery, Push
from contacts.models import Contact
from line.outbox import OPEN, Outgoing, SendKind, SendStatus


def erase(session: Session, contact: Contact, *, now: datetime) -> None:
    """Stop a message of their own that is under way; that they were in an audience stays, as a number.

    One that goes to many leaves without them, unless LINE may have accepted it already: then it keeps
    their LINE user id until it is settled, for LINE must get the same request every time.
    """
    session.execute(
        sa.update(Outgoing)
        .where(
            Outgoing.id.in_(_requests_to(contact.id)),
            Outgoing.status.in_(OPEN),
            Outgoing.kind == SendKind.PUSH,
        )
        .values(status=SendStatus.REFUSED, body=None, reason="erased", settled_at=now, owner=None)
        .execution_options(synchronize_session=False)
    )
    to_many = sa.select(Outgoing.id).where(
        Outgoing.id.in_(_requests_to(contact.id)),
        Outgoing.status.in_(OPEN),
        Outgoing.kind == SendKind.MULTICAST,
    )
    erased.leave_out(session, session.scalars(to_many).all(), now=now)


def past_sends(session: Session, contact_id: int) -> Sequence[int]:
    """Return the ids of settled requests that named them and still hold what was sent."""
    return session.scalars(
        sa.select(Outgoing.id).where(
            Outgoing.id.in_(_requests_to(contact_id)),
            Outgoing.status.not_in(OPEN),
            Outgoing.body.is_not(None),
        )
    ).all()


def own_requests(session: Session, contact_id: int, *, since: datetime) -> Sequence[Outgoing]:
    """Return what campaigns wrote to them alone since then, as far as it is still kept."""
    return session.scalars(
        sa.select(Outgoing).where(
            Outgoing.id.in_(_requests_to(contact_id).where(Delivery.released_at >= since)),
            Outgoing.kind == SendKind.PUSH,
            Outgoing.body.is_not(None),
        )
    ).all()


def late_sends(session: Session, *, limit: int) -> Sequence[int]:
    """Return the ids of requests to many that were under way while one of the many was erased."""
    return session.scalars(
        sa.select(Outgoing.id)
        .join(Push, Push.outbox_id == Outgoing.id)
        .join(Delivery, Delivery.push_id == Push.id)
        .join(Contact, Contact.id == Delivery.contact_id)
        .where(
            Contact.erased_at.is_not(None),
            Outgoing.settled_at >= Contact.erased_at,
            Outgoing.status.not_in(OPEN),
            Outgoing.body.is_not(None),
        )
        .distinct()
        .limit(limit)
    ).all()


def blank_sends(session: Session, ids: Sequence[int]) -> None:
    """Keep of requests how they ended, not what they said or to whom."""
    session.execute(sa.update(Outgoing).where(Outgoing.id.in_(ids)).values(body=None))


def export(session: Session, contact_id: int) -> Mapping[str, object]:
    """Return the campaigns that a person was meant to get, and what became of each."""
    rows = session.execute(
        sa.select(Campaign.name, Campaign.public_id, Delivery)
        .join(Delivery, Delivery.campaign_id == Campaign.id)
        .where(Delivery.contact_id == contact_id)
        .order_by(Delivery.id)
    )
    return {
        "campaigns": [
            {
                "id": row.public_id,
                "name": row.name,
                "released_at": _iso(row.Delivery.released_at),
                "left_out_because": row.Delivery.skipped.value if row.Delivery.skipped else None,
                "tapped_at": _iso(row.Delivery.tapped_at),
            }
            for row in rows
        ]
    }


def _requests_to(contact_id: int) -> sa.Select[Any]:
    return (
        sa.select(Push.outbox_id)
        .join(Delivery, Delivery.push_id == Push.id)
        .where(Delivery.contact_id == contact_id)
    )


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
