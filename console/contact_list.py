"""The list of people: whom a search and filters leave, those seen last first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from pyroaring import BitMap
from sqlalchemy.orm import Session

from console.customer import Reader
from console.places import read_place, write_place
from contacts import search
from contacts.models import Contact, Following
from contacts.search import Hit
from core.errors import NotFound
from segmentation import audience
from segmentation.models import ContactTag, Segment, Tag
from segmentation.segments import Segments
from segmentation.tags import live
from segmentation.whom import one_of

PAGE = 50
QUERY_CHARS = 100
CHIPS = 4
"""Tags shown in a line; how many more there are is told."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked of the list, as its address carries it."""

    query: str = ""
    tag: str = ""
    segment: str = ""
    following: Following | None = None

    @classmethod
    def read(cls, arguments: Mapping[str, str]) -> "Filters":
        following = arguments.get("following", "")
        return cls(
            query=" ".join(arguments.get("q", "").replace("\x00", "").split())[:QUERY_CHARS],
            tag=arguments.get("tag", "").replace("\x00", "")[:80],
            segment=arguments.get("segment", "").replace("\x00", "")[:60],
            following=Following(following) if following in set(Following) else None,
        )

    def arguments(self) -> dict[str, str | None]:
        """Return what an address of the same list carries."""
        following = self.following.value if self.following is not None else None
        return {
            "q": self.query or None,
            "tag": self.tag or None,
            "segment": self.segment or None,
            "following": following,
        }

    @property
    def is_empty(self) -> bool:
        return self == Filters()


@dataclass(frozen=True, slots=True)
class Chip:
    """A tag in a line."""

    label: str
    colour: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """One person of the list."""

    public_id: str
    name: str | None
    picture_url: str | None
    following: Following
    last_seen_at: datetime
    is_demo: bool
    chips: Sequence[Chip]
    more_chips: int
    hit: Hit | None


@dataclass(frozen=True, slots=True)
class People:
    """A page of the list."""

    lines: Sequence[Line]
    more: str | None
    """Where the next page begins; None: this is all."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A list's filters, and the moment and place for which they are asked."""

    filters: Filters
    channel_id: int
    segments: Segments
    now: datetime
    zone: ZoneInfo
    closed: sa.ColumnElement[bool] | None = None
    """Whose conversation whoever asks may not read: what they said is not searched for them."""


def read_list(session: Session, asked: Asked, reader: Reader, *, before: str = "") -> People:
    """Return a page of people by a handful of queries, however many there are.

    :param before: where the page before ended, as it said itself.
    """
    stmt = sa.select(Contact).where(*_among(session, asked))
    if (place := read_place(before)) is not None:
        at, public_id = place
        last = sa.select(Contact.id).where(Contact.public_id == public_id).scalar_subquery()
        same_moment = sa.and_(Contact.last_seen_at == at, Contact.id < last)
        stmt = stmt.where(Contact.last_seen_at <= at, sa.or_(Contact.last_seen_at < at, same_moment))
    newest = stmt.order_by(Contact.last_seen_at.desc(), Contact.id.desc()).limit(PAGE + 1)
    found = session.scalars(newest).all()
    shown = found[:PAGE]
    ids = [contact.id for contact in shown]
    chips = chips_of(session, ids, reader, now=asked.now)
    hits = _hits(session, asked, ids)
    return People(
        lines=[line_of(contact, chips.get(contact.id, ()), hits.get(contact.id)) for contact in shown],
        more=write_place(shown[-1].last_seen_at, shown[-1].public_id) if len(found) > PAGE else None,
    )


def count(session: Session, asked: Asked) -> int:
    """Return how many people the filters leave."""
    if asked.filters == Filters(segment=asked.filters.segment) and asked.filters.segment:
        return len(_ids(session, asked))
    everyone = sa.select(sa.func.count()).select_from(Contact)
    return session.scalars(everyone.where(*_among(session, asked))).one()


def line_of(contact: Contact, chips: Sequence[Chip] = (), hit: Hit | None = None) -> Line:
    """Return a person as lists show them."""
    return Line(
        public_id=contact.public_id,
        name=contact.display_name,
        picture_url=contact.picture_url,
        following=contact.following,
        last_seen_at=contact.last_seen_at,
        is_demo=contact.is_demo,
        chips=chips[:CHIPS],
        more_chips=max(0, len(chips) - CHIPS),
        hit=hit,
    )


def chips_of(
    session: Session, ids: Sequence[int], reader: Reader, *, now: datetime
) -> Mapping[int, Sequence[Chip]]:
    """Return the tags of some people, the newest first."""
    rows = session.execute(
        sa.select(ContactTag.contact_id, Tag.name, Tag.labels, Tag.colour)
        .join(Tag, Tag.id == ContactTag.tag_id)
        .where(ContactTag.contact_id.in_(ids), live(now))
        .order_by(ContactTag.set_at.desc(), ContactTag.id.desc())
    )
    made: dict[int, list[Chip]] = {}
    for row in rows:
        made.setdefault(row.contact_id, []).append(Chip(reader.pick(row.labels, row.name), row.colour))
    return made


def choices(session: Session, channel_id: int, reader: Reader) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return what the filters offer: names and labels of tags and segments."""
    tags = session.scalars(
        sa.select(Tag)
        .where(Tag.channel_id == channel_id, Tag.retired_at.is_(None))
        .order_by(Tag.group, Tag.name)
        .limit(500)
    )
    return {
        "tags": [(tag.name, reader.pick(tag.labels, tag.name)) for tag in tags],
        "segments": [
            (one.key, reader.pick(one.labels, one.key)) for one in audience.current(session, channel_id)
        ],
    }


def _among(session: Session, asked: Asked) -> Sequence[sa.ColumnElement[bool]]:
    filters = asked.filters
    where = [Contact.channel_id == asked.channel_id, Contact.erased_at.is_(None)]
    if filters.query:
        where.append(search.found(session, Contact.id, filters.query))
        if asked.closed is not None:
            by_themselves = search.found(session, Contact.id, filters.query, where=search.ABOUT_THEM)
            where.append(sa.or_(sa.not_(asked.closed), by_themselves))
    if filters.following is not None:
        where.append(Contact.following == filters.following)
    if filters.tag:
        where.append(
            Contact.id.in_(
                sa.select(ContactTag.contact_id)
                .join(Tag, Tag.id == ContactTag.tag_id)
                .where(Tag.channel_id == asked.channel_id, Tag.name == filters.tag, live(asked.now))
            )
        )
    if filters.segment:
        where.append(one_of(_ids(session, asked)))
    return where


def _ids(session: Session, asked: Asked) -> BitMap:
    segment = _segment(session, asked)
    return audience.ids_of(session, asked.segments, segment, now=asked.now, zone=asked.zone)


def _hits(session: Session, asked: Asked, ids: Sequence[int]) -> Mapping[int, Hit]:
    query = asked.filters.query
    if asked.closed is None or not query:
        return search.hits(session, ids, query)
    closed = set(session.scalars(sa.select(Contact.id).where(Contact.id.in_(ids), asked.closed)))
    of_open = search.hits(session, [one for one in ids if one not in closed], query)
    return {**of_open, **search.hits(session, sorted(closed), query, where=search.ABOUT_THEM)}


def _segment(session: Session, asked: Asked) -> Segment:
    try:
        return audience.get(session, asked.channel_id, asked.filters.segment)
    except NotFound:
        raise NotFound("there is no such segment; choose another one") from None
