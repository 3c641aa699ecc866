"""Finding people by their name, by what they told us, and by what was said."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.orm import Session

from contacts.grams import Phrase, find, phrases_of
from contacts.models import Contact, ContactField
from contacts.search_index import SearchDocument, Source, texts_of
from contacts.timeline import EntryKind, TimelineEntry

EVERYWHERE = frozenset(Source)
ABOUT_THEM = frozenset({Source.CONTACT, Source.FIELD})
SAID = frozenset({Source.ENTRY})
SNIPPET_BEFORE_CHARS = 8
SNIPPET_AFTER_CHARS = 60
_LINE_USER_ID = re.compile(r"U[0-9a-f]{32}")
_INDEX = sa.table("search_index", sa.column("rowid", sa.Integer))


@dataclass(frozen=True, slots=True)
class Hit:
    """Why a contact was found: the text around the place, cut in three so that a page can mark it."""

    source: Source
    name: str | None
    """Of a field."""
    is_ours: bool
    """We said it."""
    at: datetime
    before: str
    match: str
    after: str


def found(
    session: Session,
    contact_id: sa.ColumnElement[int] | sa.orm.InstrumentedAttribute[int],
    query: str,
    *,
    where: Collection[Source] = EVERYWHERE,
) -> sa.ColumnElement[bool]:
    """Return the condition that a contact has all that the query asks for, be it in different places.

    A LINE user id is looked up as such. A query without any letter or digit finds nobody.
    """
    if _LINE_USER_ID.fullmatch(query.strip()):
        return contact_id.in_(sa.select(Contact.id).where(Contact.line_user_id == query.strip()))
    phrases = phrases_of(query)
    if not phrases:
        return sa.false()
    each = [
        sa.select(SearchDocument.contact_id).where(_has(session, phrase), *_within(where))
        for phrase in phrases
    ]
    # One list of people: PostgreSQL, which cannot guess how many a phrase finds, looked through each anew.
    return contact_id.in_(each[0] if len(each) == 1 else sa.intersect(*each))


def hits(
    session: Session,
    contact_ids: Sequence[int],
    query: str,
    *,
    where: Collection[Source] = EVERYWHERE,
) -> Mapping[int, Hit]:
    """Return for each of the contacts the best place where part of the query stands; the name goes first."""
    phrases = phrases_of(query)
    if not phrases or not contact_ids:
        return {}
    rank = sa.case((SearchDocument.source == Source.ENTRY, 1), else_=0)
    order = sa.func.row_number().over(
        partition_by=SearchDocument.contact_id, order_by=(rank, SearchDocument.at.desc())
    )
    places = (
        sa.select(
            SearchDocument.contact_id, SearchDocument.source, SearchDocument.source_id, order.label("place")
        )
        .where(
            SearchDocument.contact_id.in_(contact_ids),
            sa.or_(*(_has(session, phrase) for phrase in phrases)),
            *_within(where),
        )
        .subquery()
    )
    best = session.execute(sa.select(places).where(places.c.place == 1)).all()
    made: dict[int, Hit] = {}
    for source in Source:
        ids = [row.source_id for row in best if row.source is source]
        if ids:
            names, ours = _labels(session, source, ids)
            for one in texts_of(session, source, ids).values():
                before, match, after = snippet(one.text, phrases)
                made[one.contact_id] = Hit(
                    source, names.get(one.id), one.id in ours, one.at, before, match, after
                )
    return made


def snippet(text: str, phrases: Sequence[Phrase]) -> tuple[str, str, str]:
    """Return the words around the first place that was meant: before, itself, after."""
    place = find(text, phrases)
    if place is None:
        return "", "", _cut(text, SNIPPET_AFTER_CHARS)
    start, end = place
    before = text[:start]
    if len(before) > SNIPPET_BEFORE_CHARS:
        before = "…" + before[-SNIPPET_BEFORE_CHARS:]
    return before, text[start:end], _cut(text[end:], SNIPPET_AFTER_CHARS)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit] + "…"


def _within(where: Collection[Source]) -> Sequence[sa.ColumnElement[bool]]:
    return [] if set(where) == EVERYWHERE else [SearchDocument.source.in_(sorted(where))]


def _has(session: Session, phrase: Phrase) -> sa.ColumnElement[bool]:
    """Return the condition that a document holds the phrase, in the words of this database."""
    # Tokens hold letters, digits and symbols beyond ASCII only: nothing in them needs quoting.
    if session.connection().dialect.name == "sqlite":
        wanted = f'"{" ".join(phrase.tokens)}"' + ("*" if phrase.is_prefix else "")
        match = sa.literal_column("search_index").op("MATCH")(wanted)
        return SearchDocument.id.in_(sa.select(_INDEX.c.rowid).where(match))
    wanted = " <-> ".join(f"'{token}'" for token in phrase.tokens) + (":*" if phrase.is_prefix else "")
    tokens = sa.type_coerce(SearchDocument.tokens, TSVECTOR())
    return tokens.op("@@", is_comparison=True)(sa.cast(wanted, TSQUERY()))


def _labels(session: Session, source: Source, ids: Sequence[int]) -> tuple[Mapping[int, str], set[int]]:
    """Return the names of fields, or which lines of the story are ours."""
    if source is Source.FIELD:
        rows = session.execute(sa.select(ContactField.id, ContactField.name).where(ContactField.id.in_(ids)))
        return {row.id: row.name for row in rows}, set()
    if source is Source.ENTRY:
        sent = TimelineEntry.kind == EntryKind.SENT
        return {}, set(session.scalars(sa.select(TimelineEntry.id).where(TimelineEntry.id.in_(ids), sent)))
    return {}, set()
