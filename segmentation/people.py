"""What is known of one person at one moment, as frozen facts: a rule is decided from these without queries."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.fields import FieldBook, Value, value_of
from contacts.models import Contact, ContactField, FieldKind, Following
from core.by_engine import among, by_engine
from segmentation.models import ContactTag, Tag
from segmentation.sources import (
    NOTHING_MORE,
    Known,
    Lookup,
    Need,
    Needs,
    NothingMore,
    NothingThere,
    OfPage,
    OfTurn,
    load_all,
)
from segmentation.tags import TagBook, live


@dataclass(frozen=True, slots=True)
class Fact:
    """Something known about a person that a leaf of a rule looks at."""

    @property
    def proof(self) -> str | None:
        """The key of what is behind it: of an event, an order, the webhook event that set a tag; None: nothing."""
        return None


@dataclass(frozen=True, slots=True)
class CarriedTag(Fact):
    name: str
    source: str
    """Who stands by it: `question:find_home/area`, `rule:…`, `import:…`, `staff:…`."""
    event_key: str | None
    set_at: datetime
    expires_at: datetime | None

    @property
    def proof(self) -> str | None:
        return self.event_key


@dataclass(frozen=True, slots=True)
class KnownField(Fact):
    name: str
    kind: FieldKind
    value: Value
    text: str | None
    number: float | None
    source: str
    event_key: str | None
    set_at: datetime

    @property
    def proof(self) -> str | None:
        return self.event_key


@dataclass(frozen=True, slots=True)
class Follows(Fact):
    following: Following
    since: datetime | None
    times: int = 0
    """How often they followed; above one they came back."""


@dataclass(frozen=True, slots=True)
class LastSeen(Fact):
    at: datetime


@dataclass(frozen=True, slots=True)
class Speaks(Fact):
    language: str


@dataclass(frozen=True, slots=True)
class CameBy(Fact):
    entry: str
    """The code of an entry link."""


@dataclass(frozen=True, slots=True)
class Erased(Fact):
    """Nobody who was erased is in any segment."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """The facts of one contact."""

    contact_id: int | None
    """None for somebody whose first turn is not written yet."""
    erased_at: datetime | None
    language: str | None
    """As LINE tells it, a BCP 47 tag."""
    entry: str | None
    """The code of the entry link they came by."""
    follows: Follows
    last_seen: LastSeen
    tags: Mapping[str, CarriedTag]
    """Those that have not expired, by name."""
    fields: Mapping[str, KnownField]
    more: Lookup = field(default_factory=NothingMore, compare=False, repr=False)

    def of(self, need: Need[Known]) -> Known:
        """Return what is known of a source of facts that not every rule reads."""
        return self.more.of(need)


STRANGER = Person(
    contact_id=None,
    erased_at=None,
    language=None,
    entry=None,
    follows=Follows(Following.UNKNOWN, None),
    last_seen=LastSeen(datetime(2000, 1, 1, tzinfo=UTC)),
    tags={},
    fields={},
    more=NothingThere(),
)
"""Somebody of whom nothing is known."""
NEW = "new"
"""The fact that there is such a contact at all, which changes once, when they come to be known."""
FACTS_OF_NEW = frozenset({NEW, "following", "seen"})
"""What is told of everybody new."""
EVERYTHING = None
"""Instead of facts: all that is known."""


def load(
    session: Session,
    ids: Sequence[int],
    *,
    now: datetime,
    needs: Needs = NOTHING_MORE,
    reads: Collection[str] | None = EVERYTHING,
) -> Mapping[int, Person]:
    """Return the people behind some contact ids, in the order of the ids.

    By three queries, and one or two more for each source that is needed, however many people they are.

    :param ids: at most some thousands; an id of nobody is left out.
    :param needs: what the rules read that will be asked about them (`Segments.needs`).
    :param reads: the facts that those rules read (`Segments.reads`): no other tags and fields are looked up.
    """
    if session.autoflush:
        session.flush()  # for the statements below go beneath the session
    connection, given = session.connection(), {"ids": list(ids), "now": now}
    contacts = {row.id: row for row in connection.execute(_CONTACTS, given)}
    tags: dict[int, dict[str, CarriedTag]] = {}
    fields: dict[int, dict[str, KnownField]] = {}
    for row in _asked(connection, _TAGS, _SOME_TAGS, given, "tag:", reads):
        tags.setdefault(row.contact_id, {})[row.name] = CarriedTag(
            row.name, row.source, row.event_key, row.set_at, row.expires_at
        )
    for row in _asked(connection, _FIELDS, _SOME_FIELDS, given, "field:", reads):
        fields.setdefault(row.contact_id, {})[row.name] = _known(row)
    loaded = load_all(session, ids, needs, now=now)
    return {
        id_: _person(contacts[id_], tags.get(id_, {}), fields.get(id_, {}), OfPage(id_, loaded))
        for id_ in ids
        if id_ in contacts
    }


def _asked(
    connection: sa.Connection,
    every: sa.Executable,
    some: sa.Executable,
    given: Mapping[str, object],
    prefix: str,
    reads: Collection[str] | None,
) -> Iterable[sa.Row[Any]]:
    """Return the rows of those facts of a kind that are read."""
    if reads is EVERYTHING:
        return connection.execute(every, given)
    names = [fact.removeprefix(prefix) for fact in reads if fact.startswith(prefix)]
    return connection.execute(some, {**given, "names": names}) if names else ()


# Built once, and without rows of the unit of work: of one person that is two thirds of the time.
_CONTACTS: sa.Executable = sa.select(
    Contact.id,
    Contact.erased_at,
    Contact.language,
    Contact.entry_source,
    Contact.following,
    Contact.following_since_at,
    Contact.times_followed,
    Contact.last_seen_at,
).where(among(Contact.id, "ids"))
_TAGS = (
    sa.select(
        ContactTag.contact_id,
        Tag.name,
        ContactTag.source,
        ContactTag.event_key,
        ContactTag.set_at,
        ContactTag.expires_at,
    )
    .join(Tag)
    .where(among(ContactTag.contact_id, "ids"), live(sa.bindparam("now", type_=ContactTag.expires_at.type)))
    .order_by(Tag.name)
)
_NAMED = sa.select(Tag.id).where(among(Tag.name, "names"))
# What somebody carries lies together in the index of contacts and tags, and the rows of it far apart. So SQLite looks
# through the index, and fetches the rows of what is asked for; by itself it would look for each tag of each person.
_SOME_TAGS = _TAGS.where(
    by_engine(sqlite=(ContactTag.tag_id + 0).in_(_NAMED), postgresql=ContactTag.tag_id.in_(_NAMED))
)
_FIELDS = (
    sa.select(
        ContactField.contact_id,
        ContactField.name,
        ContactField.kind,
        ContactField.text,
        ContactField.number,
        ContactField.source,
        ContactField.event_key,
        ContactField.set_at,
    )
    .where(among(ContactField.contact_id, "ids"))
    .order_by(ContactField.name)
)
_SOME_FIELDS = _FIELDS.where(
    by_engine(
        sqlite=among(ContactField.name.concat(""), "names"), postgresql=among(ContactField.name, "names")
    )
)


def of_turn(contact: Contact, tags: TagBook, fields: FieldBook, *, now: datetime) -> Person:
    """Return the person as a turn knows them, with what it has changed and not written yet.

    Costs no query beyond what the books read on their own first use; what only some rules read is
    looked up when one of them is asked.
    """
    session = sa.orm.object_session(contact)
    return _person(
        contact,
        {row.tag.name: _carried(row) for row in tags.rows()},
        {row.name: _known(row) for row in fields.rows()},
        NothingMore() if session is None else OfTurn(session, contact, now),
    )


def _person(
    contact: Contact | sa.Row[Any],
    tags: Mapping[str, CarriedTag],
    fields: Mapping[str, KnownField],
    more: Lookup,
) -> Person:
    return Person(
        contact_id=contact.id,
        erased_at=contact.erased_at,
        language=contact.language,
        entry=contact.entry_source,
        follows=Follows(contact.following, contact.following_since_at, contact.times_followed or 0),
        last_seen=LastSeen(contact.last_seen_at),
        tags=tags,
        fields=fields,
        more=more,
    )


def _carried(row: ContactTag) -> CarriedTag:
    return CarriedTag(row.tag.name, row.source, row.event_key, row.set_at, row.expires_at)


def _known(row: ContactField | sa.Row[Any]) -> KnownField:
    return KnownField(
        row.name, row.kind, value_of(row), row.text, row.number, row.source, row.event_key, row.set_at
    )
