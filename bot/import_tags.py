"""Tags and consents of a page of a file's rows: what stands already is not said again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from segmentation.bulk_tags import Say, Verb, say_many
from segmentation.models import ChangeKind, ContactTag, Tag, TagChange
from segmentation.tag_page import Pair

OVER = (ChangeKind.WITHDRAWN, ChangeKind.REMOVED, ChangeKind.REPLACED, ChangeKind.EXPIRED)


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody said about being written to, and when; None: not told."""

    contact_id: int
    is_given: bool
    at: datetime | None


@dataclass(frozen=True, slots=True)
class _Carried:
    source: str
    set_at: datetime
    expires_at: datetime | None


def take_tags(session: Session, channel_id: int, words: Sequence[Say], *, now: datetime) -> Collection[Pair]:
    """Say what is new; return the pairs that this changed."""
    carried = _carried(session, channel_id, words, now=now)
    news = [
        word
        for word in words
        if (row := carried.get(word.pair)) is None
        or row.source != word.source
        or (word.expires_at is not None and row.expires_at != word.expires_at)
    ]
    if not news:
        return ()
    done = say_many(session, channel_id, news, now=now)
    return {*done.put_on, *done.taken_off, *done.refreshed}


def take_consents(
    session: Session, channel_id: int, told: Sequence[Consent], *, tag: str, source: str, now: datetime
) -> Collection[int]:
    """Let the tag of a purpose follow what people said; what is known to be newer stands. Return who changed."""
    if not told:
        return ()
    last = {one.contact_id: one for one in told}
    asked = [Say(Verb.SET, contact_id, tag, source) for contact_id in last]
    carried = _carried(session, channel_id, asked, now=now)
    ended = _ended(session, channel_id, tag, last)
    words: list[Say] = []
    for contact_id, one in last.items():
        row = carried.get((contact_id, tag))
        known_at = row.set_at if row is not None else ended.get(contact_id)
        is_older = one.at is not None and known_at is not None and one.at < known_at
        if is_older or one.is_given == (row is not None):
            continue
        words.append(Say(Verb.SET if one.is_given else Verb.REMOVE, contact_id, tag, source))
    if not words:
        return ()
    done = say_many(session, channel_id, words, now=now)
    _date(session, channel_id, tag, [last[word.contact_id] for word in words], source=source, now=now)
    return {contact_id for contact_id, _name in (*done.put_on, *done.taken_off, *done.refreshed)}


def _carried(
    session: Session, channel_id: int, words: Sequence[Say], *, now: datetime
) -> Mapping[Pair, _Carried]:
    """Return what is carried of what is to be said."""
    rows = session.connection().execute(
        sa.select(
            ContactTag.contact_id, Tag.name, ContactTag.source, ContactTag.set_at, ContactTag.expires_at
        )
        .join(Tag, Tag.id == ContactTag.tag_id)
        .where(
            ContactTag.contact_id.in_({word.contact_id for word in words}),
            Tag.channel_id == channel_id,
            Tag.name.in_({word.name for word in words}),
            sa.or_(ContactTag.expires_at.is_(None), ContactTag.expires_at > now),
        )
    )
    return {(row.contact_id, row.name): _Carried(row.source, row.set_at, row.expires_at) for row in rows}


def _ended(
    session: Session, channel_id: int, tag: str, contact_ids: Collection[int]
) -> Mapping[int, datetime]:
    """Return when people last lost the tag, by whatever."""
    rows = session.connection().execute(
        sa.select(TagChange.contact_id, sa.func.max(TagChange.at).label("at"))
        .join(Tag, Tag.id == TagChange.tag_id)
        .where(
            TagChange.contact_id.in_(contact_ids),
            Tag.channel_id == channel_id,
            Tag.name == tag,
            TagChange.kind.in_(OVER),
        )
        .group_by(TagChange.contact_id)
    )
    return {row.contact_id: row.at for row in rows}


def _date(
    session: Session, channel_id: int, tag: str, told: Sequence[Consent], *, source: str, now: datetime
) -> None:
    """Date what was just written back to when it was said."""
    dated = [{"person": one.contact_id, "said_at": one.at} for one in told if one.at is not None]
    tag_id = session.scalar(sa.select(Tag.id).where(Tag.channel_id == channel_id, Tag.name == tag))
    if not dated or tag_id is None:
        return
    connection = session.connection()
    for table, at in ((ContactTag, ContactTag.set_at), (TagChange, TagChange.at)):
        connection.execute(
            sa.update(table)
            .where(
                table.contact_id == sa.bindparam("person"),
                table.tag_id == tag_id,
                table.source == source,
                at == now,
            )
            .values({at.key: sa.bindparam("said_at")}),
            dated,
        )
