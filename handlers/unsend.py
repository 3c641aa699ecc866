"""A message that its sender took back: nothing of it is kept, wherever it went (docs/decisions/0007)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns import privacy as campaigns
from contacts.media import MediaFile, MediaStatus
from contacts.models import Contact
from contacts.timeline import EntryKind, TimelineEntry, forget_message
from facts import events
from handlers import effects, places
from handlers.turn import Turn, Write
from line.events import MessageUnsent
from line.inbox import EventStatus, WebhookEvent
from line.messages import SILENCE, Reply
from line.outbox import OPEN, Outgoing, SendStatus, late_reply, retry_key_for
from line.payload import Payload
from questionnaires import taking_back
from questionnaires.versions import Versions

_SHOWN = frozenset({"text", "altText", "title", "address"})
"""Where LINE's messages hold words for people. Those of buttons are the playbook's own."""


def forget(session: Session, contact: Contact, message_id: str, *, at: datetime) -> Sequence[Write]:
    """Return how a message leaves the story, the inbox and the outbox, and how its file goes.

    To be called before the turn changes what was answered: that tells what to look for in our own words.
    """
    writes: list[Write] = [
        partial(blank_message, channel_id=contact.channel_id, message_id=message_id, at=at),
        # What was given up has no line in the story that leads to it.
        *_blank_raw(session, _parked, contact.channel_id, contact.line_user_id, message_id, at=at),
    ]
    told = _told(session, contact, message_id)
    if told:
        words = {entry.text or "" for entry in told}
        given = taking_back.given_in(session, contact.id, _event_keys(told))
        words |= taking_back.words_of(session, given, Versions())
        writes += _unquote(session, contact, {word.strip() for word in words} - {""}, told, at=at)
    return writes


def forget_raw(
    session: Session, channel_id: int, lane_key: str, message_id: str, *, at: datetime
) -> Sequence[Write]:
    """Return how a message leaves the inbox that is in no story: one of a group, a room, or of nobody."""
    tombstone: Write = partial(forget_message, channel_id=channel_id, message_id=message_id, at=at)
    return [tombstone, *_blank_raw(session, _settled, channel_id, lane_key, message_id, at=at)]


_parked = WebhookEvent.status == sa.literal_column(f"'{EventStatus.PARKED.value}'")
_settled = WebhookEvent.status != EventStatus.PENDING


def _blank_raw(
    session: Session,
    which: sa.ColumnElement[bool],
    channel_id: int,
    lane_key: str,
    message_id: str,
    *,
    at: datetime,
) -> Iterator[Write]:
    """Return how events lose a message that only their JSON names; of those given up nothing is left to retry."""
    rows = session.execute(
        sa.select(WebhookEvent.id, WebhookEvent.body).where(
            which,
            WebhookEvent.body.is_not(None),
            # A sum, lest SQLite go through every event there ever was, by the index that begins with the channel.
            WebhookEvent.channel_id + 0 == channel_id,
            WebhookEvent.lane_key == lane_key,
        )
    )
    found = [id_ for id_, body in rows if body and _message_in(body) == message_id]
    if found:
        yield partial(_settle_empty, event_ids=found, at=at)


def _message_in(body: bytes) -> str | None:
    return Payload(orjson.loads(body)).part("message").identifier("id")


def _settle_empty(session: Session, *, event_ids: Sequence[int], at: datetime) -> None:
    session.execute(
        sa.update(WebhookEvent)
        .where(WebhookEvent.id.in_(event_ids))
        .values(
            body=None,
            error=None,
            parked_at=None,
            status=sa.case((_parked, EventStatus.HANDLED), else_=WebhookEvent.status),
            handled_at=sa.func.coalesce(WebhookEvent.handled_at, at),
        )
    )


def take_back(event: MessageUnsent, turn: Turn) -> Reply:
    """Withdraw the answer or the location that the message was, with the tags and fields that only it set."""
    if turn.contact.is_stored:
        told = _told(turn.session, turn.contact, event.message_id)
        places.take_back(turn, _event_keys(told))
        given = taking_back.given_in(turn.session, turn.contact.id, _event_keys(told))
        for questionnaire in sorted(taking_back.withdraw(turn.session, given)):
            effects.follow_taken_back(turn, questionnaire)
            turn.decisions.append(f"answer to {questionnaire} taken back")
    return SILENCE


def _told(session: Session, contact: Contact, message_id: str) -> Sequence[TimelineEntry]:
    """Return the lines of the story that hold the message, the oldest first."""
    if not contact.is_stored:
        return []
    return session.scalars(
        sa.select(TimelineEntry)
        .where(
            TimelineEntry.channel_id == contact.channel_id,
            TimelineEntry.line_message_id == message_id,
            TimelineEntry.contact_id == contact.id,
        )
        .order_by(TimelineEntry.id)
    ).all()


def _event_keys(told: Sequence[TimelineEntry]) -> set[str]:
    return {entry.event_key for entry in told if entry.event_key is not None}


def blank_message(session: Session, *, channel_id: int, message_id: str, at: datetime) -> None:
    """Take a message out of the story and the inbox, and let its file go."""
    forget_message(session, channel_id, message_id, at=at)
    told = session.scalars(
        sa.select(TimelineEntry.event_key).where(
            TimelineEntry.channel_id == channel_id, TimelineEntry.line_message_id == message_id
        )
    ).all()
    events.forget(session, channel_id, [key for key in told if key is not None])
    session.execute(
        sa.update(WebhookEvent)
        .where(WebhookEvent.channel_id == channel_id, WebhookEvent.event_key.in_(told))
        .values(body=None, error=None)
    )
    session.execute(
        sa.update(MediaFile)
        .where(MediaFile.channel_id == channel_id, MediaFile.message_id == message_id)
        .values(status=MediaStatus.GONE, file_name=None, due_at=at)
    )


def _unquote(
    session: Session, contact: Contact, words: Collection[str], told: Sequence[TimelineEntry], *, at: datetime
) -> Iterator[Write]:
    """Return how what followed in the story loses the words: messages that quote them, fields that took them."""
    keys = _event_keys(told)
    later = session.scalars(
        sa.select(TimelineEntry).where(
            TimelineEntry.contact_id == contact.id,
            TimelineEntry.id > told[0].id,
            TimelineEntry.kind.in_((EntryKind.SENT, EntryKind.FIELD_SET)),
        )
    )
    for entry in later:
        if entry.text is not None and (entry.event_key in keys or _quotes(entry.text, words)):
            yield partial(_keep_of_entry, entry_id=entry.id, messages=None)
        messages = (entry.payload or {}).get("messages", [])
        clean = [one for one in messages if not any(_quotes(said, words) for said in _shown(one))]
        if len(clean) < len(messages):
            yield partial(_keep_of_entry, entry_id=entry.id, messages=clean)
            push = retry_key_for(contact.channel_id, late_reply(entry.event_key))
            carried = sa.or_(Outgoing.id == entry.outbox_id, Outgoing.retry_key == push)
            yield partial(_drop_requests, which=carried, at=at)
    for request in campaigns.own_requests(session, contact.id, since=told[0].at):
        if any(_quotes(said, words) for said in _shown(orjson.loads(request.body or b"{}").get("messages"))):
            yield partial(_drop_requests, which=Outgoing.id == request.id, at=at)


def _keep_of_entry(session: Session, *, entry_id: int, messages: Sequence[Any] | None) -> None:
    payload = {"messages": list(messages)} if messages else None
    session.execute(
        sa.update(TimelineEntry).where(TimelineEntry.id == entry_id).values(text=None, payload=payload)
    )


def _drop_requests(session: Session, *, which: sa.ColumnElement[bool], at: datetime) -> None:
    """Blank requests that carried such messages; what was not sent stays unsent."""
    is_open = Outgoing.status.in_(OPEN)
    session.execute(
        sa.update(Outgoing)
        .where(which, Outgoing.body.is_not(None))
        .values(
            body=None,
            status=sa.case((is_open, SendStatus.REFUSED), else_=Outgoing.status),
            reason=sa.case((is_open, "quotes what was taken back"), else_=Outgoing.reason),
            settled_at=sa.case((is_open, at), else_=Outgoing.settled_at),
            owner=None,
        )
    )


def _shown(message: object) -> Iterator[str]:
    """Yield the words for people in a message of LINE's."""
    if isinstance(message, Mapping):
        for name, value in message.items():
            if name in _SHOWN and isinstance(value, str):
                yield value
            elif name not in {"action", "actions", "quickReply"}:
                yield from _shown(value)
    elif isinstance(message, list):
        for item in message:
            yield from _shown(item)


def _quotes(said: str, words: Collection[str]) -> bool:
    # A single character stands in any sentence; alone in its place it is a quotation.
    return any(said.strip() == word or (len(word) > 1 and word in said) for word in words)
