"""Noticing what has changed in the database, whoever changed it, by looking at a few indexed rows.

Transactions do not end in the order in which their rows were numbered, so each look begins a little
before where the last one ended, and leaves out what it has seen.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact
from contacts.timeline import TimelineEntry
from line.outbox import Outgoing
from tickets.models import Ticket, TicketNote, TicketState

OVERLAP_IDS = 200
OVERLAP = timedelta(seconds=5)
MOST_ROWS = 500
MOST_IDS = 200
"""Told one by one; beyond that a page should look at everything again."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a look found: public ids only, which say nothing to those who may not see more."""

    contacts: frozenset[str] = frozenset()
    """Something was said or done, or the outcome of a message is known."""
    tickets: frozenset[str] = frozenset()
    is_more: bool = False
    """More than is told one by one."""

    def __bool__(self) -> bool:
        return bool(self.contacts or self.tickets or self.is_more)


@dataclass
class _Seen:
    """Rows of one table, as far as a later look may meet them again."""

    top: Any = None
    """The highest id, or the latest instant; None before the first look."""
    rows: frozenset[tuple[Any, ...]] = frozenset()
    is_full: bool = False
    """The last look did not find them all."""

    def news(self, found: Iterable[Any], start: Any) -> list[tuple[Any, ...]]:
        """Take in rows that begin with their position; return those that are new, none on the first look.

        :param start: where we are if there are none.
        """
        rows = frozenset(tuple(row) for row in found)
        fresh = [] if self.top is None else list(rows - self.rows)
        self.top = max([row[0] for row in rows] + [start if self.top is None else self.top])
        self.rows = rows
        self.is_full = len(rows) == MOST_ROWS and len(fresh) == MOST_ROWS
        return fresh


@dataclass
class Watch:
    """One process's eye on the database."""

    channel_id: int
    _entries: _Seen = field(default_factory=_Seen)
    _notes: _Seen = field(default_factory=_Seen)
    _tickets: _Seen = field(default_factory=_Seen)
    _sent: _Seen = field(default_factory=_Seen)

    def look(self, session: Session, *, now: datetime) -> Changes:
        """Return what is new since the last look; the first one only finds out where we are."""
        ids = {contact for _id, contact in self._look_at_entries(session) + self._look_at_notes(session)}
        tickets = {row[1] for row in self._look_at_tickets(session, now=now)}
        contacts = {row[1] for row in self._look_at_outbox(session, now=now)} | _public_ids(session, ids)
        is_full = any(seen.is_full for seen in (self._entries, self._notes, self._tickets, self._sent))
        if is_full or len(contacts) > MOST_IDS or len(tickets) > MOST_IDS:
            return Changes(is_more=True)
        return Changes(frozenset(contacts), frozenset(tickets))

    def _look_at_entries(self, session: Session) -> list[tuple[Any, ...]]:
        found = session.execute(
            sa.select(TimelineEntry.id, TimelineEntry.contact_id)
            .where(TimelineEntry.id > _floor(self._entries, TimelineEntry.id))
            .order_by(TimelineEntry.id.desc())
            .limit(MOST_ROWS)
        )
        return self._entries.news(found, 0)

    def _look_at_notes(self, session: Session) -> list[tuple[Any, ...]]:
        found = session.execute(
            sa.select(TicketNote.id, Ticket.contact_id)
            .join(Ticket, Ticket.id == TicketNote.ticket_id)
            .where(TicketNote.id > _floor(self._notes, TicketNote.id))
            .order_by(TicketNote.id.desc())
            .limit(MOST_ROWS)
        )
        return self._notes.news(found, 0)

    def _look_at_tickets(self, session: Session, *, now: datetime) -> list[tuple[Any, ...]]:
        found = session.execute(
            sa.select(Ticket.touched_at, Ticket.public_id, Ticket.state, Ticket.agent_id, Ticket.queue_id)
            .where(
                Ticket.channel_id == self.channel_id,
                Ticket.state.in_(list(TicketState)),  # all of them: the index begins with the state
                Ticket.touched_at > _since(self._tickets, now),
            )
            .order_by(Ticket.touched_at.desc())
            .limit(MOST_ROWS)
        )
        return self._tickets.news(found, now)

    def _look_at_outbox(self, session: Session, *, now: datetime) -> list[tuple[Any, ...]]:
        found = session.execute(
            sa.select(Outgoing.settled_at, Contact.public_id, Outgoing.id)
            .join(
                Contact,
                sa.and_(Contact.channel_id == Outgoing.channel_id, Contact.line_user_id == Outgoing.lane_key),
            )
            # The index on it knows rows with a body only, and those of the last days have one.
            .where(Outgoing.body.is_not(None), Outgoing.settled_at > _since(self._sent, now))
            .order_by(Outgoing.settled_at.desc())
            .limit(MOST_ROWS)
        )
        return self._sent.news(found, now)


def _floor(seen: _Seen, id_: Any) -> Any:
    if seen.top is not None:
        return seen.top - OVERLAP_IDS
    return sa.select(sa.func.coalesce(sa.func.max(id_), 0) - OVERLAP_IDS).scalar_subquery()


def _since(seen: _Seen, now: datetime) -> datetime:
    top: datetime = now if seen.top is None else seen.top
    return top - OVERLAP


def _public_ids(session: Session, contact_ids: Iterable[int]) -> set[str]:
    wanted = set(contact_ids)
    if not wanted:
        return set()
    return set(session.scalars(sa.select(Contact.public_id).where(Contact.id.in_(wanted))))
