"""One person's data: all of it handed over, or erased so that counts stay and nobody is left."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.fields import value_of
from contacts.media import MediaFile, MediaStatus
from contacts.models import Contact, ContactField, Erasure, Following
from contacts.service import describe
from contacts.timeline import TimelineEntry
from core.inserts import upsert
from line.inbox import EventStatus, Lane, WebhookEvent
from line.outbox import OPEN, Outgoing, SendStatus
from line.reply_tokens import OpenToken


def alias_of(contact: Contact) -> str:
    """Return what stands in for the LINE user id of an erased contact."""
    return f"erased:{contact.public_id}"


def hold(session: Session, contact: Contact) -> None:
    """Lock what turns, senders and pages lock of a contact, in their order: requests, lane, contact."""
    mine = {"channel_id": contact.channel_id, "lane_key": contact.line_user_id}
    is_open = Outgoing.status.in_(OPEN)
    session.execute(
        sa.select(Outgoing.id).where(is_open).filter_by(**mine).order_by(Outgoing.id).with_for_update()
    )
    session.execute(
        sa.select(Lane.id)
        .where(Lane.channel_id == contact.channel_id, Lane.key == contact.line_user_id)
        .with_for_update(key_share=True)
    )
    session.refresh(contact, with_for_update={"key_share": True, "of": Contact})


def erase(session: Session, contact: Contact, *, user_hash: str, now: datetime) -> None:
    """Blank what is personal about a contact that is held, stop what is under way for them, refuse what comes late.

    Handled events and settled requests are not looked for here: `past_events` and `past_sends` find
    them without a lock, and `blank_events` and `blank_sends` take them in pages.
    """
    user_id, alias = contact.line_user_id, alias_of(contact)
    mine = {"channel_id": contact.channel_id, "lane_key": user_id}
    # The new lease number refuses a turn that was decided before this and is not written yet.
    session.execute(
        sa.update(Lane)
        .where(Lane.channel_id == contact.channel_id, Lane.key == user_id)
        .values(key=alias, owner=None, due_at=None, lease_no=Lane.lease_no + 1)
    )
    session.execute(
        sa.update(WebhookEvent)
        .filter_by(**mine, status=EventStatus.PENDING)
        .values(lane_key=alias, status=EventStatus.REFUSED, body=None, error=None, handled_at=now)
    )
    session.execute(
        sa.update(Outgoing)
        .where(Outgoing.status.in_(OPEN))
        .filter_by(**mine)
        .values(
            lane_key=alias, status=SendStatus.REFUSED, body=None, reason="erased", settled_at=now, owner=None
        )
    )
    session.execute(sa.delete(OpenToken).filter_by(**mine))
    of_contact = TimelineEntry.contact_id == contact.id
    session.execute(sa.update(TimelineEntry).where(of_contact).values(text=None, payload=None))
    session.execute(
        sa.update(MediaFile)
        .where(MediaFile.contact_id == contact.id)
        .values(status=MediaStatus.GONE, file_name=None, due_at=now)
    )
    session.execute(sa.delete(ContactField).where(ContactField.contact_id == contact.id))
    session.execute(
        upsert(session, Erasure)
        .values(channel_id=contact.channel_id, user_hash=user_hash, erased_at=now)
        .on_conflict_do_update(index_elements=["channel_id", "user_hash"], set_={"erased_at": now})
    )
    _blank(contact, alias, now=now)


def _blank(contact: Contact, alias: str, *, now: datetime) -> None:
    contact.line_user_id = alias
    contact.display_name = contact.picture_url = contact.status_message = contact.language = None
    contact.profile_fetched_at = contact.profile_due_at = None
    contact.following, contact.following_since_at = Following.UNKNOWN, None
    contact.human_wanted_at = None
    contact.misses = 0
    contact.menu_kept = contact.menu_wanted = contact.menu_linked = contact.menu_due_at = None
    contact.erased_at = now


def past_events(session: Session, channel_id: int, user_id: str, *, until: datetime) -> Sequence[int]:
    """Return the ids of a person's settled events; looks through all of them."""
    return session.scalars(
        sa.select(WebhookEvent.id).where(
            WebhookEvent.channel_id == channel_id,
            WebhookEvent.lane_key == user_id,
            WebhookEvent.received_at <= until,
            WebhookEvent.status != EventStatus.PENDING,
        )
    ).all()


def blank_events(session: Session, ids: Sequence[int], alias: str) -> None:
    """Keep of events that they came, and nothing else; parked ones are given up."""
    parked = WebhookEvent.status == EventStatus.PARKED
    session.execute(
        sa.update(WebhookEvent)
        .where(WebhookEvent.id.in_(ids))
        .values(
            lane_key=alias,
            body=None,
            error=None,
            parked_at=None,
            status=sa.case((parked, EventStatus.REFUSED), else_=WebhookEvent.status),
        )
    )


def overheard(session: Session, channel_id: int, user_id: str) -> Sequence[int]:
    """Return the ids of the events of groups and rooms that name somebody, as long as their words are kept."""
    rows = session.execute(
        sa.select(WebhookEvent.id, WebhookEvent.body).where(
            WebhookEvent.body.is_not(None),
            # A sum: the few with words have an index of their own, and the one of the channel leads to all.
            WebhookEvent.channel_id + 0 == channel_id,
            sa.or_(WebhookEvent.lane_key.startswith("group:"), WebhookEvent.lane_key.startswith("room:")),
            WebhookEvent.status != EventStatus.PENDING,
        )
    )
    return [id_ for id_, body in rows if body is not None and user_id.encode() in body]


def blank_overheard(session: Session, ids: Sequence[int]) -> None:
    """Keep of events of groups that they came; the groups are those of others too."""
    session.execute(sa.update(WebhookEvent).where(WebhookEvent.id.in_(ids)).values(body=None, error=None))


def past_sends(session: Session, channel_id: int, user_id: str, *, until: datetime) -> Sequence[int]:
    """Return the ids of settled requests to one person; looks through all of them."""
    return session.scalars(
        sa.select(Outgoing.id).where(
            Outgoing.channel_id == channel_id,
            Outgoing.lane_key == user_id,
            Outgoing.created_at <= until,
            Outgoing.status.not_in(OPEN),
        )
    ).all()


def blank_sends(session: Session, ids: Sequence[int], alias: str) -> None:
    """Keep of requests to LINE how they ended, not what they said or to whom."""
    session.execute(sa.update(Outgoing).where(Outgoing.id.in_(ids)).values(lane_key=alias, body=None))


def describe_fields(session: Session, contact: Contact) -> Mapping[str, object]:
    """Return name to value, kind, source and time of everything a contact told us."""
    rows = session.scalars(
        sa.select(ContactField).where(ContactField.contact_id == contact.id).order_by(ContactField.name)
    )
    return {
        row.name: {
            "value": value_of(row),
            "kind": row.kind.value,
            "source": row.source,
            "event": row.event_key,
            "set_at": row.set_at.isoformat(),
        }
        for row in rows
    }


def describe_entry(entry: TimelineEntry) -> Mapping[str, object]:
    """Return one line of the story."""
    return {
        "at": entry.at.isoformat(),
        "kind": entry.kind.value,
        "about": entry.about,
        "text": entry.text,
        "messages": (entry.payload or {}).get("messages"),
        "event": entry.event_key,
        "message_id": entry.line_message_id,
        "unsent_at": entry.unsent_at.isoformat() if entry.unsent_at else None,
    }


def export(session: Session, contact: Contact) -> Mapping[str, object]:
    """Return the contact's profile, fields, whole story and files."""
    story = session.scalars(
        sa.select(TimelineEntry)
        .where(TimelineEntry.contact_id == contact.id)
        .order_by(TimelineEntry.at, TimelineEntry.id)
    )
    files = session.scalars(
        sa.select(MediaFile).where(MediaFile.contact_id == contact.id).order_by(MediaFile.id)
    )
    return {
        **describe(contact),
        "status_message": contact.status_message,
        "fields": describe_fields(session, contact),
        "timeline": [{**describe_entry(entry), "data": entry.payload} for entry in story],
        "files": [
            {
                "kind": file.kind,
                "status": file.status.value,
                "name": file.file_name,
                "stored_as": file.stored_as,
                "content_type": file.content_type,
                "size_bytes": file.size_bytes,
                "message_id": file.message_id,
            }
            for file in files
        ],
    }
