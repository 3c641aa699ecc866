"""Setting and taking off tags, with who, why, and until when.

A contact carries a tag while at least one source stands by it. `contact_tags` says what
is carried now and by whose newest word; `tag_changes` is the ledger from which one
source's word can be withdrawn without touching what the others say.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact
from contacts.timeline import EntryKind, note
from segmentation.declared import get_tag
from segmentation.models import ChangeKind, ContactTag, Tag, TagChange, Touch


@dataclass(frozen=True, slots=True)
class Word:
    """That a source stands by a tag."""

    source: str
    at: datetime
    expires_at: datetime | None
    event_key: str | None


class Entry(Protocol):
    """What an entry of the ledger says."""

    @property
    def kind(self) -> ChangeKind: ...
    @property
    def source(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def expires_at(self) -> datetime | None: ...
    @property
    def event_key(self) -> str | None: ...


class _Said(NamedTuple):
    """An entry that was read."""

    kind: ChangeKind
    source: str
    at: datetime
    expires_at: datetime | None
    event_key: str | None


def standing(changes: Iterable[Entry], *, now: datetime) -> Mapping[str, Word]:
    """Return who stands by a tag, from its ledger entries in order: source to its newest word."""
    words: dict[str, Word] = {}
    for change in changes:
        match change.kind:
            case ChangeKind.SET | ChangeKind.REFRESHED:
                words.pop(change.source, None)
                words[change.source] = Word(change.source, change.at, change.expires_at, change.event_key)
            case ChangeKind.WITHDRAWN:
                words.pop(change.source, None)
            case ChangeKind.REPLACED | ChangeKind.REMOVED | ChangeKind.EXPIRED:
                words.clear()
    return {s: word for s, word in words.items() if word.expires_at is None or word.expires_at > now}


def _is_taken_by_others(entry: Entry, prefix: str) -> bool:
    if entry.kind is ChangeKind.REPLACED:
        return not entry.source.startswith(prefix)
    return entry.kind in {ChangeKind.REMOVED, ChangeKind.EXPIRED}


def last_end(words: Iterable[Word]) -> datetime | None:
    """Return when the last of several words ends; None: never."""
    ends = [word.expires_at for word in words]
    return None if None in ends else max(end for end in ends if end is not None)


def live(now: datetime | sa.BindParameter[datetime | None]) -> sa.ColumnElement[bool]:
    """Return the condition that a contact's tag has not expired; every question about tags uses it."""
    return sa.or_(ContactTag.expires_at.is_(None), ContactTag.expires_at > now)


# In an order, so that what one tag takes the place of is always told in the same one.
_OF_CONTACT = (
    sa.select(ContactTag).where(ContactTag.contact_id == sa.bindparam("contact")).order_by(ContactTag.tag_id)
)
_LEDGER = (
    sa.select(
        Tag.name, TagChange.kind, TagChange.source, TagChange.at, TagChange.expires_at, TagChange.event_key
    )
    .join(Tag, Tag.id == TagChange.tag_id)
    .where(TagChange.contact_id == sa.bindparam("contact"))
    .order_by(TagChange.id)
)


class TagBook:
    """The tags of one contact during one turn; what it changes is seen at once, before any flush."""

    def __init__(
        self,
        session: Session,
        contact: Contact,
        *,
        event_key: str | None,
        now: datetime,
        has_any: bool = True,
    ) -> None:
        """:param has_any: whether there may be tags to read."""
        self._has_any = has_any
        self._session = session
        self._contact = contact
        self._event_key = event_key
        self._now = now
        self._dropped: dict[str, ContactTag] = {}
        self._changes: list[TagChange] = []

    def go_on(self, *, event_key: str | None, now: datetime) -> None:
        """Be the book of the contact's next turn in the same transaction, without reading anything again."""
        for change in self._changes:
            # One that was written before the ledger was read stands in it twice, which says the same.
            self._ledger.setdefault(change.tag.name, []).append(change)
        self._changes = []
        self._event_key, self._now = event_key, now

    @cached_property
    def _rows(self) -> dict[str, ContactTag]:
        """Read on first use: many turns need none of them."""
        if not self._contact.is_stored or not self._has_any:
            return {}
        rows = self._session.scalars(_OF_CONTACT, {"contact": self._contact.id})
        return {row.tag.name: row for row in rows}

    def names(self) -> frozenset[str]:
        """Return the tags carried now."""
        return frozenset(name for name, row in self._rows.items() if not self._is_over(row))

    def rows(self) -> Sequence[ContactTag]:
        """Return the carried tags with their sources, by name."""
        return [self._rows[name] for name in sorted(self.names())]

    def spoken_of(self) -> Sequence[str]:
        """Return the tags about which anything was said in this turn."""
        return list(dict.fromkeys(change.tag.name for change in self._changes))

    def set(self, name: str, *, source: str, expires_at: datetime | None = None) -> None:
        """Put a tag on, or refresh it; in a single-choice group it takes the place of the one before.

        Without `expires_at` the tag's own lifetime counts.
        """
        row = self._rows.get(name)
        tag = get_tag(self._session, self._contact.channel_id, name) if row is None else row.tag
        if expires_at is None and tag.lifetime_s is not None:
            expires_at = self._now + timedelta(seconds=tag.lifetime_s)
        if row is not None and self._is_over(row):
            self._drop(row, ChangeKind.EXPIRED, source=row.source)
            row = None
        if tag.is_single and tag.group is not None:
            for other in [r for r in self._rows.values() if r.tag.group == tag.group and r.tag is not tag]:
                self._drop(other, ChangeKind.REPLACED, source=source)
        if row is None:
            row = self._taken_up(tag)
            self._rows[name] = row
            kind = ChangeKind.SET
            self._note(EntryKind.TAG_SET, name)
        else:
            kind = ChangeKind.REFRESHED
        lasts_longer = (
            kind is ChangeKind.SET
            or expires_at is None
            or (row.expires_at is not None and row.expires_at <= expires_at)
        )
        row.source, row.event_key, row.set_at = source, self._event_key, self._now
        self._log(tag, kind, source, expires_at)
        # Seldom, so the ledger is read only now: another source may stand by the tag for longer.
        row.expires_at = (
            expires_at if lasts_longer else last_end(standing(self._ledger_of(tag), now=self._now).values())
        )

    def remove(self, name: str, *, source: str) -> None:
        """Take a tag off, whoever had set it."""
        row = self._rows.get(name)
        if row is not None:
            self._drop(row, ChangeKind.REMOVED, source=source)

    def withdraw(self, name: str, *, source: str) -> None:
        """Take back one source's word; the tag stays while another source stands by it."""
        row = self._rows.get(name)
        if row is None:
            return
        words = dict(standing(self._ledger_of(row.tag), now=self._now))
        if words.pop(source, None) is None:
            return
        if not words:
            self._drop(row, ChangeKind.WITHDRAWN, source=source)
            return
        self._log(row.tag, ChangeKind.WITHDRAWN, source, None)
        newest = list(words.values())[-1]
        row.source, row.set_at, row.event_key = newest.source, newest.at, newest.event_key
        row.expires_at = last_end(words.values())

    def set_by(self, prefix: str) -> Sequence[tuple[str, Word]]:
        """Return the tag and the word for every standing word whose source starts with `prefix`."""
        return [
            (name, word)
            for name, row in self._rows.items()
            for source, word in standing(self._ledger_of(row.tag), now=self._now).items()
            if source.startswith(prefix)
        ]

    def stood_by(self, prefix: str, *, at: datetime) -> Mapping[str, Word]:
        """Return what sources that start with `prefix` had said before a moment, as far as it would hold now.

        Not what has ended, or what others took off since.
        """
        found: dict[str, list[Entry]] = {}
        for name, entries in (self._ledger if self._has_any else self._read_ledger()).items():
            found[name] = list(entries)
        for change in self._changes:
            found.setdefault(change.tag.name, []).append(change)
        said: dict[str, Word] = {}
        for name, entries in found.items():
            if not any(entry.at >= at and _is_taken_by_others(entry, prefix) for entry in entries):
                words = standing((entry for entry in entries if entry.at < at), now=self._now)
                said.update((name, word) for source, word in words.items() if source.startswith(prefix))
        return said

    def _taken_up(self, tag: Tag) -> ContactTag:
        """Return the row for a tag that is not carried."""
        row = self._dropped.pop(tag.name, None)
        # One dropped earlier in this turn is taken up again: its successor would clash with it.
        if row is None or sa.inspect(row).deleted:
            row = ContactTag(**self._contact.as_owner, tag=tag)
        self._session.add(row)
        return row

    def _is_over(self, row: ContactTag) -> bool:
        return row.expires_at is not None and row.expires_at <= self._now

    @cached_property
    def _ledger(self) -> dict[str, list[Entry]]:
        """What had been said before this turn, by tag."""
        return self._read_ledger() if self._has_any else {}

    def _read_ledger(self) -> dict[str, list[Entry]]:
        """Read beneath the ORM, for these are many and stay."""
        found: dict[str, list[Entry]] = {}
        if self._contact.is_stored:
            for name, *said in self._session.execute(_LEDGER, {"contact": self._contact.id}):
                found.setdefault(name, []).append(_Said._make(said))
        return found

    def _ledger_of(self, tag: Tag) -> Sequence[Entry]:
        return [
            *self._ledger.get(tag.name, ()),
            *(change for change in self._changes if change.tag.name == tag.name),
        ]

    def _drop(self, row: ContactTag, kind: ChangeKind, *, source: str) -> None:
        del self._rows[row.tag.name]
        if row in self._session.new:
            self._session.expunge(row)
        else:
            self._session.delete(row)
            self._dropped[row.tag.name] = row
        self._log(row.tag, kind, source, None)
        self._note(EntryKind.TAG_REMOVED, row.tag.name)

    def _log(self, tag: Tag, kind: ChangeKind, source: str, expires_at: datetime | None) -> None:
        change = TagChange(
            **self._contact.as_owner,
            tag=tag,
            kind=kind,
            source=source,
            event_key=self._event_key,
            at=self._now,
            expires_at=expires_at,
        )
        self._session.add(change)
        self._changes.append(change)

    def _note(self, kind: EntryKind, name: str) -> None:
        note(self._session, self._contact, kind, at=self._now, event_key=self._event_key, about=name)


def end_expired(session: Session, *, limit: int, now: datetime) -> int:
    """Take off tags whose time is over, and write it into their ledger; return how many."""
    rows = session.scalars(
        sa.select(ContactTag)
        .where(ContactTag.expires_at <= now)
        .order_by(ContactTag.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=ContactTag)  # a turn may be refreshing it
    ).all()
    for row in rows:
        session.add(
            TagChange(
                contact=row.contact,
                tag=row.tag,
                kind=ChangeKind.EXPIRED,
                source=row.source,
                at=row.expires_at or now,
            )
        )
        note(session, row.contact, EntryKind.TAG_REMOVED, at=row.expires_at or now, about=row.tag.name)
        session.add(Touch(contact=row.contact, fact=f"tag:{row.tag.name}", at=now))
        session.delete(row)
    return len(rows)


def tagged_by(session: Session, source: str) -> Sequence[int]:
    """Return the ids of the contacts about whom `source` ever said something, ascending."""
    return session.scalars(
        sa.select(TagChange.contact_id)
        .where(TagChange.source == source)
        .distinct()
        .order_by(TagChange.contact_id)
    ).all()


def undo(session: Session, source: str, contact_ids: Sequence[int], *, now: datetime) -> int:
    """Take back every word of one source about these contacts; return how many tags that concerned."""
    # Before the ledger is read: what a turn is just writing about one of these tags is heard then.
    mine = sa.select(ContactTag.id).where(ContactTag.contact_id.in_(contact_ids))
    session.execute(mine.order_by(ContactTag.id).with_for_update())
    count = 0
    for contact in session.scalars(sa.select(Contact).where(Contact.id.in_(contact_ids))):
        book = TagBook(session, contact, event_key=None, now=now)
        for name, word in book.set_by(source):
            if word.source == source:
                book.withdraw(name, source=source)
                session.add(Touch(contact=contact, fact=f"tag:{name}", at=now))
                count += 1
    return count


def describe(rows: Sequence[ContactTag]) -> list[Mapping[str, object]]:
    """Return the `tags` of `contact show`: name, group, source, set_at, expires_at."""
    return [
        {
            "name": row.tag.name,
            "group": row.tag.group,
            "source": row.source,
            "event": row.event_key,
            "set_at": row.set_at.isoformat(),
            "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        }
        for row in rows
    ]
