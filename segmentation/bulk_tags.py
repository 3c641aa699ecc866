"""Tags of many contacts at once: what `TagBook` means, in a handful of statements for a page.

For imports and segments. The page's contacts are locked first, in ascending order, so that two who
change tags of the same people wait for each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact
from contacts.timeline import EntryKind, TimelineEntry
from core.by_engine import among
from core.inserts import insert_all, insert_or_skip
from segmentation.models import ContactTag, Tag, TagChange
from segmentation.tag_page import CarriedRow, KnownTag, Pair, Said, TagPage


class Verb(StrEnum):
    SET = "set"
    WITHDRAW = "withdraw"
    REMOVE = "remove"
    REFUSE = "refuse"
    """Take it off, and note when, also where it is not carried."""


class Say(NamedTuple):
    """One word about one contact and one tag, as `TagBook` has verbs for it."""

    verb: Verb
    contact_id: int
    name: str
    source: str
    expires_at: datetime | None = None
    """When what is set ends; None: after the tag's own lifetime."""
    at: datetime | None = None
    """When it was said, where that was elsewhere and before; None: now."""

    @property
    def pair(self) -> Pair:
        return self.contact_id, self.name


@dataclass(frozen=True)
class Changed:
    """What a page of words came to: many change nothing of what is carried."""

    put_on: Sequence[Pair]
    taken_off: Sequence[Pair]
    refreshed: Sequence[Pair] = ()
    """Carried before and after, by somebody's newer word."""


def set_many(
    session: Session, channel_id: int, pairs: Iterable[Pair], *, source: str, now: datetime
) -> Changed:
    """Put tags on, or refresh them, as `TagBook.set` does one after the other; unknown tags are declared.

    Ids of nobody, of another channel, and of people who were erased are passed over.

    :param pairs: at most some thousands: SQLite's write lock is held meanwhile.
    """
    return say_many(session, channel_id, [Say(Verb.SET, *pair, source) for pair in pairs], now=now)


def withdraw_many(
    session: Session, channel_id: int, pairs: Iterable[Pair], *, source: str, now: datetime
) -> Changed:
    """Take back one source's words, as `TagBook.withdraw` does; a tag stays while others stand by it."""
    return say_many(session, channel_id, [Say(Verb.WITHDRAW, *pair, source) for pair in pairs], now=now)


def say_many(
    session: Session,
    channel_id: int,
    words: Sequence[Say],
    *,
    now: datetime,
    event_keys: Mapping[int, str | None] | None = None,
) -> Changed:
    """Say several things of several sources, in order, by as many statements as for one.

    :param event_keys: by contact, the webhook event that is behind it.
    """
    page = _decided(session, channel_id, words, now=now, event_keys=event_keys or {})
    if page is None:
        return Changed((), ())
    lines = [_line(page, *told) for told in page.told]
    insert_all(session.connection(), TimelineEntry, lines, {"channel_id": channel_id, "at": page.now})
    return _write(session, page)


def say_untold(session: Session, channel_id: int, words: Sequence[Say], *, now: datetime) -> Changed:
    """Say several things as `say_many` does, and leave the stories to whoever asks."""
    page = _decided(session, channel_id, words, now=now, event_keys={})
    return Changed((), ()) if page is None else _write(session, page)


def _decided(
    session: Session,
    channel_id: int,
    words: Sequence[Say],
    *,
    now: datetime,
    event_keys: Mapping[int, str | None],
) -> TagPage | None:
    """Return what the words come to; None where they concern nobody."""
    found = _locked(session, channel_id, {word.contact_id for word in words})
    words = [word for word in words if word.contact_id in found]
    declared = {word.name for word in words if word.verb in {Verb.SET, Verb.REFUSE}}
    tags = _known(session, channel_id, declared, {word.name for word in words} - declared)
    words = [word for word in words if word.name in tags]
    if not words:
        return None
    page = _page(session, words, tags, now=now, event_keys=event_keys)
    disputed = {
        word.pair
        for word in words
        if word.contact_id in page.rows  # of people whom a file brings, nothing is known
        and (
            (
                word.verb is Verb.SET
                and page.is_disputed(word.contact_id, word.name, expires_at=word.expires_at)
            )
            or (word.verb is Verb.WITHDRAW and page.carries(word.contact_id, word.name))
        )
    }
    page.learn(_ledger(session, disputed, tags))
    for verb, contact_id, name, source, expires_at, at in words:
        match verb:
            case Verb.SET:
                page.set(contact_id, name, source=source, expires_at=expires_at, at=at)
            case Verb.WITHDRAW:
                page.withdraw(contact_id, name, source=source)
            case Verb.REMOVE:
                page.remove(contact_id, name, source=source, at=at)
            case Verb.REFUSE:
                page.refuse(contact_id, name, source=source, at=at)
    return page


def _locked(session: Session, channel_id: int, ids: AbstractSet[int]) -> AbstractSet[int]:
    """Lock the contacts, and return those there are."""
    rows = session.connection().execute(_LOCKED, {"ids": sorted(ids)}).all()
    return {id_ for id_, channel in rows if channel == channel_id}


# Built once, for imports and segments ask for every page. Asked for the channel too, SQLite would go through
# all of its contacts. NO KEY: rows of others may refer to them meanwhile.
_LOCKED = (
    sa.select(Contact.id, Contact.channel_id)
    .where(among(Contact.id, "ids"), Contact.erased_at.is_(None))
    .order_by(Contact.id)
    .with_for_update(key_share=True)
)


_COLUMNS = (Tag.id, Tag.name, Tag.group, Tag.is_single, Tag.lifetime_s)
"""Of `KnownTag`."""


def _known(
    session: Session, channel_id: int, declared: AbstractSet[str], others: AbstractSet[str]
) -> Mapping[str, KnownTag]:
    """Return the tags there are; those of `declared` that are missing are made."""
    connection = session.connection()
    wanted = {"channel": channel_id, "names": list(declared | others)}
    known = {row.name: KnownTag(*row) for row in connection.execute(_NAMED, wanted)}
    missing = sorted(declared - known.keys())
    if missing:
        bare = {"channel_id": channel_id, "labels": {}, "is_single": False}
        connection.execute(insert_or_skip(session, Tag), [{**bare, "name": name} for name in missing])
        known = {row.name: KnownTag(*row) for row in connection.execute(_NAMED, wanted)}
    return known


_NAMED = sa.select(*_COLUMNS).where(Tag.channel_id == sa.bindparam("channel"), among(Tag.name, "names"))


def _page(
    session: Session,
    words: Sequence[Say],
    tags: Mapping[str, KnownTag],
    *,
    now: datetime,
    event_keys: Mapping[int, str | None],
) -> TagPage:
    """Read what the contacts carry of these tags, and of groups in which one takes another's place."""
    groups = {tag.group for tag in tags.values() if tag.is_single and tag.group is not None}
    given = {
        "ids": list({word.contact_id for word in words}),
        "tags": [tag.id for tag in tags.values()],
        "groups": list(groups),
    }
    rows = session.connection().execute(_CARRIED, given).all()
    page = TagPage(tags, now=now, event_keys=event_keys)
    for id_, contact_id, said_by, event_key, set_at, expires_at, *tag in rows:
        page.take_in(contact_id, CarriedRow(id_, KnownTag(*tag), said_by, event_key, set_at, expires_at))
    return page


_CARRIED = (
    sa.select(
        ContactTag.id,
        ContactTag.contact_id,
        ContactTag.source,
        ContactTag.event_key,
        ContactTag.set_at,
        ContactTag.expires_at,
        *_COLUMNS,
    )
    .join(Tag)
    .where(
        among(ContactTag.contact_id, "ids"),
        sa.or_(among(ContactTag.tag_id, "tags"), among(Tag.group, "groups")),
    )
    .order_by(ContactTag.contact_id, ContactTag.tag_id)
)


def _ledger(
    session: Session, pairs: AbstractSet[Pair], tags: Mapping[str, KnownTag]
) -> Iterable[tuple[int, int, Said]]:
    """Return what was said about the pairs, in order."""
    if not pairs:
        return ()
    found = session.execute(
        sa.select(
            TagChange.contact_id,
            TagChange.tag_id,
            TagChange.kind,
            TagChange.source,
            TagChange.at,
            TagChange.expires_at,
            TagChange.event_key,
        )
        .where(
            TagChange.contact_id.in_({contact_id for contact_id, _name in pairs}),
            TagChange.tag_id.in_({tags[name].id for _id, name in pairs}),
        )
        .order_by(TagChange.id)
    )
    return [(row.contact_id, row.tag_id, Said(*row[2:])) for row in found]


def _write(session: Session, page: TagPage) -> Changed:
    rows = [(contact_id, row) for contact_id, rows in page.rows.items() for row in rows.values()]
    gone = [row.id for _id, row in rows if row.id is not None and not row.is_on]
    changed = [
        {"row": row.id, **_values(row)} for _id, row in rows if row.is_on and row.id and row.is_changed
    ]
    new = [
        {"contact_id": contact_id, "tag_id": row.tag.id, **_values(row)}
        for contact_id, row in rows
        if row.is_on and row.id is None
    ]
    # Beneath the unit of work, which would take ten times as long.
    connection = session.connection()
    if gone:
        connection.execute(sa.delete(ContactTag).where(ContactTag.id.in_(gone)))
    if changed:
        connection.execute(_CHANGE, changed)
    insert_all(connection, ContactTag, new)
    insert_all(connection, TagChange, [_entry(*said) for said in page.said])
    return _outcome(page, rows)


def _outcome(page: TagPage, rows: Sequence[tuple[int, CarriedRow]]) -> Changed:
    put_on, taken_off, refreshed = [], [], []
    for contact_id, row in rows:
        is_live = page.is_live(row)
        if is_live and not row.was_live:
            put_on.append((contact_id, row.tag.name))
        elif row.was_live and not is_live:
            taken_off.append((contact_id, row.tag.name))
        elif is_live and row.is_changed:
            refreshed.append((contact_id, row.tag.name))
    return Changed(put_on, taken_off, refreshed)


_CHANGE = (
    sa.update(ContactTag)
    .where(ContactTag.id == sa.bindparam("row"))
    .values({name: sa.bindparam(name) for name in ("source", "event_key", "set_at", "expires_at")})
)


def _values(row: CarriedRow) -> dict[str, Any]:
    return {
        "source": row.source,
        "event_key": row.event_key,
        "set_at": row.set_at,
        "expires_at": row.expires_at,
    }


def _entry(contact_id: int, tag_id: int, said: Said) -> Mapping[str, Any]:
    kind, source, at, expires_at, event_key = said
    return {
        "contact_id": contact_id,
        "tag_id": tag_id,
        "kind": kind,
        "source": source,
        "at": at,
        "expires_at": expires_at,
        "event_key": event_key,
    }


def _line(page: TagPage, contact_id: int, is_on: bool, name: str) -> Mapping[str, Any]:  # noqa: FBT001 - told so
    return {
        "contact_id": contact_id,
        "kind": EntryKind.TAG_SET if is_on else EntryKind.TAG_REMOVED,
        "event_key": page.event_keys.get(contact_id),
        "about": name,
    }
