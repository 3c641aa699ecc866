"""Writing down what an event says, before anybody decides what to answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.media import MediaFile, MediaStatus
from contacts.models import Contact
from contacts.timeline import EntryKind, TimelineEntry, is_unsent, note
from core.inserts import insert_or_skip
from handlers import unsend
from handlers.turn import Write
from line.events import (
    AccountLinked,
    AudioSent,
    BeaconEntered,
    Event,
    FileSent,
    Followed,
    ImageSent,
    LocationSent,
    MembershipChanged,
    MessageEdited,
    MessageSent,
    MessageUnsent,
    PostbackTapped,
    StickerSent,
    TextSent,
    Unfollowed,
    Unsupported,
    VideoPlayed,
    VideoSent,
)
from line.inbox import WebhookEvent
from line.lanes import HeldLane


@dataclass(frozen=True, slots=True)
class Recorded:
    writes: Sequence[Write] = ()
    """What is left to do inside the transaction."""
    is_taken_back: bool = False
    """Its sender took the message back before it came: nobody has said anything."""


def record(
    session: Session,
    contact: Contact,
    event: Event,
    *,
    event_key: str,
    now: datetime,
    is_unsent: bool = False,
) -> Recorded:
    """Add the event to the contact's story; a message its sender took back (`is_unsent`) stays out of it."""
    match event:
        case MessageUnsent():
            return Recorded(unsend.forget(session, contact, event.message_id, at=now))
        case MessageEdited():
            # No line of the story leads to this event, should the message be taken back later.
            writes: list[Write] = [partial(_cut, channel_id=contact.channel_id, event_key=event_key)]
            if not is_unsent:
                writes.append(partial(_edit, contact=contact, event=event))
            return Recorded(writes)
        case PostbackTapped():
            pass  # the handler knows what was tapped, and says it in words
        case Followed():
            note(session, contact, EntryKind.FOLLOWED, at=event.sent_at, event_key=event_key)
        case Unfollowed():
            note(session, contact, EntryKind.UNFOLLOWED, at=event.sent_at, event_key=event_key)
        case Unsupported():
            return _unsupported(session, contact, event, event_key=event_key, now=now, unsent=is_unsent)
        case (
            TextSent() | StickerSent() | ImageSent() | VideoSent() | AudioSent() | FileSent() | LocationSent()
        ):
            return _message(session, contact, event, event_key=event_key, now=now, unsent=is_unsent)
        case BeaconEntered() | AccountLinked() | MembershipChanged() | VideoPlayed():
            about = type(event).__name__
            note(session, contact, EntryKind.EVENT, at=event.sent_at, event_key=event_key, about=about)
        case _:
            pass  # nothing that a single contact did
    return Recorded()


def overheard(
    session: Session, event: Event, lane: HeldLane, event_key: str, *, now: datetime
) -> Sequence[Write]:
    """Return what is left to do about an event that is no contact's: of a group, a room, or of nobody.

    It makes no story, but what somebody says there can be taken back as well.
    """
    match event:
        case MessageUnsent(message_id=message_id):
            return unsend.forget_raw(session, lane.channel_id, lane.key, message_id, at=now)
        case MessageSent() | MessageEdited() | Unsupported(message_id=str()):
            gone = sa.select(is_unsent(sa.literal(lane.channel_id), sa.literal(event.message_id)))
            if session.scalar(gone):
                return (partial(_cut, channel_id=lane.channel_id, event_key=event_key),)
        case _:
            pass
    return ()


def _unsupported(
    session: Session, contact: Contact, event: Unsupported, *, event_key: str, now: datetime, unsent: bool
) -> Recorded:
    entry = note(
        session,
        contact,
        EntryKind.UNSUPPORTED,
        at=event.sent_at,
        event_key=event_key,
        about=event.kind,
        payload=None if unsent else dict(event.payload),
        line_message_id=event.message_id,
    )
    if not unsent:
        return Recorded()
    entry.unsent_at = now
    return Recorded([partial(_cut, channel_id=contact.channel_id, event_key=event_key)], is_taken_back=True)


def _message(
    session: Session, contact: Contact, event: Any, *, event_key: str, now: datetime, unsent: bool
) -> Recorded:
    body = None if unsent else _as_line_message(event)
    entry = note(
        session,
        contact,
        EntryKind.RECEIVED,
        at=event.sent_at,
        event_key=event_key,
        line_message_id=event.message_id,
        text=event.text if isinstance(event, TextSent) and not unsent else None,
        payload=None if body is None else {"messages": [body]},
        about=None if body is None else str(body["type"]),
    )
    if unsent:
        entry.unsent_at = now
        return Recorded(
            [partial(_cut, channel_id=contact.channel_id, event_key=event_key)], is_taken_back=True
        )
    if isinstance(event, ImageSent | VideoSent | AudioSent | FileSent) and _is_held_by_line(event):
        return Recorded([partial(_want_file, contact=contact, event=event, kind=str(entry.about), now=now)])
    return Recorded()


def _cut(session: Session, *, channel_id: int, event_key: str) -> None:
    """Keep of an event only that it came."""
    session.execute(
        sa.update(WebhookEvent)
        .where(WebhookEvent.channel_id == channel_id, WebhookEvent.event_key == event_key)
        .values(body=None)
    )


def _want_file(session: Session, *, contact: Contact, event: Any, kind: str, now: datetime) -> None:
    """Have the file fetched; of one message that comes in two events there is one file."""
    session.execute(
        insert_or_skip(session, MediaFile).values(
            channel_id=contact.channel_id,
            contact_id=contact.id,
            message_id=event.message_id,
            kind=kind,
            status=MediaStatus.WANTED,
            due_at=now,
            attempts=0,
            file_name=event.file_name if isinstance(event, FileSent) else None,
        )
    )


def _is_held_by_line(event: ImageSent | VideoSent | AudioSent | FileSent) -> bool:
    return isinstance(event, FileSent) or not event.content.is_external


def _as_line_message(event: Any) -> dict[str, Any]:
    """Return the message as LINE wrote it, as far as people are to see it again."""
    match event:
        case TextSent():
            return {"type": "text", "text": event.text}
        case StickerSent():
            return {
                "type": "sticker",
                "packageId": event.package_id,
                "stickerId": event.sticker_id,
                "keywords": list(event.keywords),
                "text": event.text,
            }
        case LocationSent():
            return {
                "type": "location",
                "title": event.title,
                "address": event.address,
                "latitude": event.latitude,
                "longitude": event.longitude,
            }
        case FileSent():
            return {"type": "file", "fileName": event.file_name, "fileSize": event.size_bytes}
        case ImageSent():
            return {"type": "image", "messageId": event.message_id}
        case VideoSent():
            return {"type": "video", "messageId": event.message_id}
        case _:
            return {"type": "audio", "messageId": event.message_id}


def _edit(session: Session, *, contact: Contact, event: MessageEdited) -> None:
    """Show the newest text of a message only."""
    session.execute(
        sa.update(TimelineEntry)
        .where(
            TimelineEntry.contact_id == contact.id,
            TimelineEntry.line_message_id == event.message_id,
            TimelineEntry.unsent_at.is_(None),
        )
        .values(text=event.text, payload={"messages": [{"type": "text", "text": event.text}]})
    )
