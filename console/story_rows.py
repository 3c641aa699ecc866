"""What a conversation is put together from: the contact's story, campaign messages, and staff's notes.

The three lie in tables of their own, so a page takes as many of the newest of each as it shows at most,
and keeps the newest of them all. However long a story is, and whatever it holds, the number of queries
is the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer, joinedload

from campaigns.models import Campaign, Delivery, Push
from console.places import read_place, write_place
from contacts.imported import tags_in
from contacts.media import MediaFile
from contacts.models import Contact
from contacts.timeline import EntryKind, TimelineEntry
from content.text import Text
from line.outbox import Outgoing, SendStatus, late_reply, retry_key_for
from segmentation.models import Segment, Tag
from staff.models import StaffUser
from tickets.models import Ticket, TicketNote

PAGE = 60
MOST = 400
"""Rows shown after a place at most; who leaves a page open for a day reads on by reloading it."""

ENTRY, CAMPAIGN, NOTE = range(3)
"""Of things that happened at one moment, the order in which they are shown."""

_FILES = frozenset({"image", "video", "audio", "file"})
_ABOUT_TAGS = frozenset({EntryKind.TAG_SET, EntryKind.TAG_REMOVED})
_ABOUT_SEGMENTS = frozenset({EntryKind.SEGMENT_ENTERED, EntryKind.SEGMENT_LEFT})
BY_STAFF = "staff:"
"""How the story and the tags' sources name a staff user, before the login."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a conversation: between what comes before this row and the row itself."""

    at: datetime
    kind: int
    id: int

    def __str__(self) -> str:
        return write_place(self.at, f"{self.kind}.{self.id}")

    @classmethod
    def read(cls, written: str) -> "Place | None":
        """Read what a page handed back; None for what no page ever wrote."""
        found = read_place(written)
        kind, _, id_ = found[1].partition(".") if found is not None else ("", "", "")
        if found is None or not kind.isdecimal() or not id_.isdecimal():
            return None
        place = cls(found[0], int(kind), int(id_))
        return place if place.kind <= NOTE and place.id < 2**63 else None


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign's message to this contact."""

    id: int
    at: datetime
    campaign: str
    outgoing: Outgoing | None


@dataclass(frozen=True, slots=True)
class NoteRow:
    """Something written on one of the contact's tickets."""

    id: int
    at: datetime
    text: str | None
    author: str | None
    """None: the program itself."""


Row = TimelineEntry | CampaignRow | NoteRow


@dataclass(frozen=True, slots=True)
class Rows:
    """One page's worth, oldest first, with all that is needed to show it."""

    rows: Sequence[Row]
    has_earlier: bool
    outgoing: Mapping[int, Outgoing]
    """By the id of the request that an entry names; where a reply became a push, the push."""
    media: Mapping[str, MediaFile]
    """By LINE's message id."""
    tags: Mapping[str, Tag]
    names: Mapping[str, str]
    """Display name of staff by login."""
    segments: Mapping[str, Text]
    """Labels by key."""

    @property
    def first(self) -> Place | None:
        """Where the page begins."""
        return place_of(self.rows[0]) if self.rows else None


def place_of(row: Row) -> Place:
    """Return where a row stands."""
    kind = ENTRY if isinstance(row, TimelineEntry) else CAMPAIGN if isinstance(row, CampaignRow) else NOTE
    return Place(row.at, kind, row.id)


def newest(
    session: Session, contact: Contact, *, before: Place | None = None, limit: int = PAGE, with_notes: bool
) -> Rows:
    """Return the newest rows, or the newest of those before a place."""
    found = _found(session, contact, _Bounds(before=before), limit + 1, with_notes=with_notes)
    rows = sorted(found, key=place_of)[-limit:]
    return _complete(session, contact, rows, has_earlier=len(found) > limit)


def onwards(session: Session, contact: Contact, since: Place, *, with_notes: bool) -> Rows:
    """Return the rows from a place on; the newest ones, should they be too many."""
    found = _found(session, contact, _Bounds(since=since), MOST, with_notes=with_notes)
    return _complete(session, contact, sorted(found, key=place_of)[-MOST:], has_earlier=False)


@dataclass(frozen=True, slots=True)
class _Bounds:
    before: Place | None = None
    since: Place | None = None

    def of(self, kind: int, at: Any, id_: Any) -> Sequence[sa.ColumnElement[bool]]:
        """Return the conditions on one table; the first of each pair is what an index helps with."""
        if self.before is not None:
            place = self.before
            same = id_ < place.id if kind == place.kind else sa.true() if kind < place.kind else sa.false()
            return at <= place.at, sa.or_(at < place.at, same)
        if self.since is not None:
            place = self.since
            same = id_ >= place.id if kind == place.kind else sa.true() if kind > place.kind else sa.false()
            return at >= place.at, sa.or_(at > place.at, same)
        return ()


def _found(session: Session, contact: Contact, bounds: _Bounds, limit: int, *, with_notes: bool) -> list[Row]:
    entries = session.scalars(
        sa.select(TimelineEntry)
        .where(
            TimelineEntry.contact_id == contact.id,
            *bounds.of(ENTRY, TimelineEntry.at, TimelineEntry.id),
        )
        .order_by(TimelineEntry.at.desc(), TimelineEntry.id.desc())
        .limit(limit)
    )
    campaigns = session.execute(
        sa.select(Delivery.id, Delivery.released_at, Campaign.name, Outgoing)
        .join(Campaign, Campaign.id == Delivery.campaign_id)
        .outerjoin(Push, Push.id == Delivery.push_id)
        .outerjoin(Outgoing, Outgoing.id == Push.outbox_id)
        .where(
            Delivery.contact_id == contact.id,
            Delivery.released_at.is_not(None),
            *bounds.of(CAMPAIGN, Delivery.released_at, Delivery.id),
        )
        .order_by(Delivery.released_at.desc(), Delivery.id.desc())
        .limit(limit)
    )
    rows: list[Row] = [*entries, *(_campaign(row) for row in campaigns)]
    return [*rows, *_notes(session, contact, bounds, limit)] if with_notes else rows


def _campaign(row: Any) -> CampaignRow:
    id_, at, name, outgoing = row
    return CampaignRow(id_, at, name, outgoing)


def _notes(session: Session, contact: Contact, bounds: _Bounds, limit: int) -> list[NoteRow]:
    notes = session.scalars(
        sa.select(TicketNote)
        .join(Ticket, Ticket.id == TicketNote.ticket_id)
        .where(Ticket.contact_id == contact.id, *bounds.of(NOTE, TicketNote.at, TicketNote.id))
        .order_by(TicketNote.at.desc(), TicketNote.id.desc())
        .limit(limit)
        .options(joinedload(TicketNote.user))
    )
    return [NoteRow(n.id, n.at, n.text, n.user.display_name if n.user else None) for n in notes]


def _complete(session: Session, contact: Contact, rows: Sequence[Row], *, has_earlier: bool) -> Rows:
    entries = [row for row in rows if isinstance(row, TimelineEntry)]
    logins = {
        entry.about.removeprefix(BY_STAFF).partition(" ")[0]
        for entry in entries
        if entry.about is not None and entry.about.startswith(BY_STAFF)
    }
    return Rows(
        rows=rows,
        has_earlier=has_earlier,
        outgoing=_outgoing(session, contact, {e.outbox_id for e in entries if e.outbox_id is not None}),
        media=_media(session, contact, [e.line_message_id for e in entries if e.about in _FILES]),
        tags=_tags(session, contact, {e.about for e in entries if e.kind in _ABOUT_TAGS} | tags_in(entries)),
        names=_names(session, logins),
        segments=_segments(session, contact, {e.about for e in entries if e.kind in _ABOUT_SEGMENTS}),
    )


def _outgoing(session: Session, contact: Contact, ids: set[int]) -> dict[int, Outgoing]:
    rows = sa.select(Outgoing).options(defer(Outgoing.body))  # the story has its own copy
    found = {row.id: row for row in session.scalars(rows.where(Outgoing.id.in_(ids)))}
    replaced = {
        retry_key_for(contact.channel_id, late_reply(row.event_key)): id_
        for id_, row in found.items()
        if row.status is SendStatus.PUSHED
    }
    for push in session.scalars(rows.where(Outgoing.retry_key.in_(replaced))):
        found[replaced[push.retry_key or ""]] = push
    return found


def _media(session: Session, contact: Contact, ids: Sequence[str | None]) -> dict[str, MediaFile]:
    rows = session.scalars(
        sa.select(MediaFile).where(
            MediaFile.channel_id == contact.channel_id, MediaFile.message_id.in_([id_ for id_ in ids if id_])
        )
    )
    return {row.message_id: row for row in rows if row.contact_id == contact.id}


def _segments(session: Session, contact: Contact, keys: set[str | None]) -> dict[str, Text]:
    if not keys:
        return {}  # most conversations are of no segment
    wanted = sa.select(Segment.key, Segment.labels).where(
        Segment.channel_id == contact.channel_id, Segment.key.in_(keys)
    )
    return {row.key: row.labels for row in session.execute(wanted)}


def _tags(session: Session, contact: Contact, names: set[str | None]) -> dict[str, Tag]:
    rows = session.scalars(sa.select(Tag).where(Tag.channel_id == contact.channel_id, Tag.name.in_(names)))
    return {row.name: row for row in rows}


def _names(session: Session, logins: set[str]) -> dict[str, str]:
    found = session.execute(
        sa.select(StaffUser.login, StaffUser.display_name).where(StaffUser.login.in_(logins))
    )
    return {row.login: row.display_name for row in found}
