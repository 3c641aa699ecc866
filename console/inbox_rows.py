"""The inbox's list: who waits, since when, and what was said last."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from console.places import read_place, write_place
from console.words import _, _l
from contacts import search
from contacts.models import Contact
from contacts.timeline import EntryKind, TimelineEntry
from content.text import pick
from staff.models import StaffUser
from tickets import lists, reading
from tickets.lists import View
from tickets.models import TicketState

PREVIEW_CHARS = 90
QUERY_CHARS = 100

TABS = {
    View.MINE: _l("Mine"),
    View.WAITING: _l("Waiting"),
    View.ALL: _l("All"),
    View.SOLVED: _l("Solved"),
}

KINDS = {
    "sticker": _l("Sticker"),
    "image": _l("Picture"),
    "video": _l("Video"),
    "audio": _l("Recording"),
    "file": _l("File"),
    "location": _l("Location"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One conversation of the list."""

    public_id: str
    name: str | None
    picture_url: str | None
    preview: str
    is_ours: bool
    """The preview is something we said."""
    queue: str
    agent: str | None
    is_mine: bool
    at: datetime
    waits_since_at: datetime | None
    state: TicketState

    @property
    def version(self) -> str:
        """Changes when the line must be drawn anew."""
        return hashlib.blake2s(repr(self).encode("utf-8", "replace"), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class InboxList:
    """A page of the list, and the numbers above it."""

    view: View
    query: str
    lines: Sequence[Line]
    counts: Mapping[View, int]
    more: str | None
    """Where the next page begins; None: this is all."""


def read_list(
    session: Session,
    user: StaffUser,
    view: View,
    query: str,
    *,
    channel_id: int,
    language: str,
    default_language: str,
    before: str = "",
) -> InboxList:
    """Return what this user may see of a view, or of a search in it."""
    query = query.strip()[:QUERY_CHARS]
    among = sa.select(Contact.id).where(_is_found(session, user, view, query)) if query else None
    rows = lists.page(
        session,
        user,
        view,
        channel_id=channel_id,
        among=among,
        before=read_place(before),
        limit=lists.PAGE + 1,
    )
    shown = rows[: lists.PAGE]
    closed = _closed_among(session, user, view, shown)
    return InboxList(
        view=view,
        query=query,
        lines=[
            _line(row, user, language, default_language, is_closed=row.contact_id in closed) for row in shown
        ],
        counts=lists.counts(session, user, channel_id=channel_id),
        more=write_place(shown[-1].touched_at, shown[-1].public_id) if len(rows) > len(shown) else None,
    )


def _is_found(session: Session, user: StaffUser, view: View, query: str) -> sa.ColumnElement[bool]:
    if view is View.SOLVED:
        return reading.found(session, user, query)
    # Who sees a ticket that is not solved reads its conversation.
    return search.found(session, Contact.id, query)


def _closed_among(session: Session, user: StaffUser, view: View, rows: Sequence[lists.Row]) -> frozenset[int]:
    """Return who talks with another queue since: their newest message is nobody else's to read."""
    if view is not View.SOLVED:
        return frozenset()
    return reading.closed_among(session, user, [row.contact_id for row in rows])


def _line(row: lists.Row, user: StaffUser, language: str, default_language: str, *, is_closed: bool) -> Line:
    newest = None if is_closed else row.newest
    return Line(
        public_id=row.public_id,
        name=row.contact_name,
        picture_url=row.picture_url,
        preview=preview(newest),
        is_ours=newest is not None and newest.kind is EntryKind.SENT,
        queue=pick(dict(row.queue_labels), language, default_language) or row.queue,
        agent=row.agent,
        is_mine=row.agent_login == user.login,
        at=newest.at if newest is not None else row.touched_at,
        waits_since_at=row.waits_since_at,
        state=row.state,
    )


def preview(entry: TimelineEntry | None) -> str:
    """Return a message in one short line."""
    if entry is None:
        return ""
    if entry.unsent_at is not None:
        return _("message withdrawn")
    messages = (entry.payload or {}).get("messages")
    last = messages[-1] if isinstance(messages, list) and messages else None
    return _words(last if isinstance(last, Mapping) else {})


def _words(message: Mapping[str, Any]) -> str:
    kind = message.get("type")
    named = str(KINDS.get(str(kind), ""))
    for name in ("text", "altText", "fileName", "title"):
        said = message.get(name)
        if isinstance(said, str) and said.strip():
            line = " ".join(said[: PREVIEW_CHARS * 2].split())
            line = line if len(line) <= PREVIEW_CHARS else line[:PREVIEW_CHARS] + "…"
            return f"{named}: {line}" if named and kind != "sticker" else line
    return named
