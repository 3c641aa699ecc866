"""What can be searched for: one row for each name, text field and message, made after the turn.

Triggers of the database (migration 0003, docs/decisions/0006) keep it true whoever writes: what is new or
changed gets a row in `search_due`, and what is changed, blanked or deleted loses its tokens in the same
transaction. The worker turns due rows into documents.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, Session, mapped_column

from contacts.grams import tokens_of
from contacts.models import Contact, ContactField, FieldKind
from contacts.timeline import EntryKind, TimelineEntry
from core.db import Base, BigId, stored_enum
from core.inserts import insert_or_skip

PAGE = 100
"""Rows indexed in one transaction. SQLite merges now and then, and holds its write lock for that long."""
_WORDS = ("text", "altText")


class Source(StrEnum):
    CONTACT = "contact"
    FIELD = "field"
    ENTRY = "entry"


class SearchDocument(Base):
    """One thing that can be found. SQLite's index is the virtual table `search_index` over its tokens."""

    __tablename__ = "search_documents"
    __table_args__ = (
        sa.UniqueConstraint("source", "source_id"),
        sa.Index("ix__search_documents__contact", "contact_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contacts.id", ondelete="CASCADE"))
    source: Mapped[Source] = mapped_column(stored_enum(Source))
    source_id: Mapped[int] = mapped_column(sa.BigInteger)
    """The id of the contact, the field or the line of the story."""
    at: Mapped[datetime]
    """When it was said, or became so."""
    tokens: Mapped[str] = mapped_column(sa.Text().with_variant(TSVECTOR(), "postgresql"))


class SearchDue(Base):
    """Something new or changed that has no document yet."""

    __tablename__ = "search_due"

    source: Mapped[Source] = mapped_column(stored_enum(Source), primary_key=True)
    source_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)


@dataclass(frozen=True, slots=True)
class Found:
    """What stands in a source right now."""

    id: int
    contact_id: int
    at: datetime
    text: str


def some_due(session: Session) -> bool:
    """Say whether `index_page` may find something, without taking a lock."""
    return session.scalar(sa.select(SearchDue.source_id).limit(1)) is not None


def index_page(session: Session, *, limit: int = PAGE) -> int:
    """Make documents of some due rows; return how many rows were done.

    What a turn is changing this very moment is left for the next page.
    """
    due = session.execute(
        sa.select(SearchDue.source, SearchDue.source_id).limit(limit).with_for_update(skip_locked=True)
    ).all()
    done = 0
    for source in Source:
        ids = [row.source_id for row in due if row.source is source]
        if ids:
            done += _index(session, source, ids)
    return done


def want_all(session: Session, source: Source, *, after: int, limit: int) -> int | None:
    """Drop the documents of a page of rows and have them made anew; return the last id, None after the end."""
    key = {Source.CONTACT: Contact.id, Source.FIELD: ContactField.id, Source.ENTRY: TimelineEntry.id}[source]
    ids = session.scalars(sa.select(key).where(key > after).order_by(key).limit(limit)).all()
    if not ids:
        return None
    session.execute(
        sa.delete(SearchDocument).where(SearchDocument.source == source, SearchDocument.source_id.in_(ids))
    )
    session.execute(
        insert_or_skip(session, SearchDue), [{"source": source, "source_id": row_id} for row_id in ids]
    )
    return ids[-1]


def texts_of(session: Session, source: Source, ids: Sequence[int]) -> Mapping[int, Found]:
    """Return what the sources say now, by id."""
    return {found.id: found for found in _read(session, source, ids, locks=False)}


def said(entry_text: str | None, payload: Mapping[str, Any] | None) -> str:
    """Return the words of one line of the story: what they wrote, or what our messages say."""
    messages = (payload or {}).get("messages")
    if entry_text or not isinstance(messages, list):
        return entry_text or ""
    return "\n".join(_words(message) for message in messages if isinstance(message, dict))


def _words(message: Mapping[str, Any]) -> str:
    return next((str(message[name]) for name in _WORDS if isinstance(message.get(name), str)), "")


def _index(session: Session, source: Source, ids: Sequence[int]) -> int:
    found = list(_read(session, source, ids, locks=True))
    there = {one.id for one in found}
    # On PostgreSQL a row that a turn has locked is not read: it stays due.
    gone = set(ids) - there
    if gone and not _is_sqlite(session):
        gone -= {one.id for one in _read(session, source, sorted(gone), locks=False)}
    settled = sorted(there | gone)
    if not settled:
        return 0
    session.execute(
        sa.delete(SearchDocument).where(
            SearchDocument.source == source, SearchDocument.source_id.in_(settled)
        )
    )
    is_sqlite = _is_sqlite(session)
    rows = [
        {
            "contact_id": one.contact_id,
            "source": source,
            "source_id": one.id,
            "at": one.at,
            "tokens": " ".join(tokens) if is_sqlite else _tsvector(tokens),
        }
        for one in found
        if (tokens := tokens_of(one.text))
    ]
    if rows:
        session.execute(sa.insert(SearchDocument), rows)
    session.execute(sa.delete(SearchDue).where(SearchDue.source == source, SearchDue.source_id.in_(settled)))
    return len(settled)


def _is_sqlite(session: Session) -> bool:
    return session.connection().dialect.name == "sqlite"


def _tsvector(tokens: Sequence[str]) -> str:
    """Write tokens as PostgreSQL reads them; no locale and no parser of its own has a say in it."""
    return " ".join(f"'{token}':{place}" for place, token in enumerate(tokens, 1))


def _read(session: Session, source: Source, ids: Sequence[int], *, locks: bool) -> Iterable[Found]:
    match source:
        case Source.CONTACT:
            people = sa.select(Contact.id, Contact.display_name, Contact.first_seen_at).where(
                Contact.id.in_(ids), Contact.display_name.is_not(None)
            )
            for row in session.execute(_locked(people, locks=locks)):
                yield Found(row.id, row.id, row.first_seen_at, row.display_name)
        case Source.FIELD:
            fields = sa.select(
                ContactField.id, ContactField.contact_id, ContactField.text, ContactField.set_at
            ).where(
                ContactField.id.in_(ids),
                ContactField.kind == FieldKind.TEXT,
                ContactField.text.is_not(None),
            )
            for row in session.execute(_locked(fields, locks=locks)):
                yield Found(row.id, row.contact_id, row.set_at, row.text)
        case Source.ENTRY:
            entries = sa.select(
                TimelineEntry.id,
                TimelineEntry.contact_id,
                TimelineEntry.at,
                TimelineEntry.text,
                TimelineEntry.payload,
            ).where(
                TimelineEntry.id.in_(ids),
                TimelineEntry.kind.in_((EntryKind.RECEIVED, EntryKind.SENT)),
            )
            for row in session.execute(_locked(entries, locks=locks)):
                yield Found(row.id, row.contact_id, row.at, said(row.text, row.payload))


def _locked(query: sa.Select[*tuple[Any, ...]], *, locks: bool) -> sa.Select[*tuple[Any, ...]]:
    return query.with_for_update(read=True, skip_locked=True) if locks else query
