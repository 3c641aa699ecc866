"""Queues, tickets, who holds them since when, and what staff noted."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from contacts.models import Contact
from core.db import Base, BigId, stored_enum
from staff.models import StaffUser


class Queue(Base):
    """Where tickets wait for one of its members. Declared by `routing.yaml`."""

    __tablename__ = "queues"
    __table_args__ = (sa.UniqueConstraint("channel_id", "key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    key: Mapped[str] = mapped_column(sa.String(60))
    labels: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    position: Mapped[int] = mapped_column(default=0)
    """Its place in routing.yaml."""
    retired_at: Mapped[datetime | None]
    """No longer in the playbook; its tickets stay where they are."""


class QueueMember(Base):
    """That a staff user serves a queue."""

    __tablename__ = "queue_members"
    __table_args__ = (
        sa.UniqueConstraint("queue_id", "user_id"),
        sa.Index("ix__queue_members__user", "user_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    queue_id: Mapped[int] = mapped_column(sa.ForeignKey("queues.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_users.id", ondelete="CASCADE"))


class TicketState(StrEnum):
    OPEN = "open"
    """Somebody of ours has to do something."""
    WAITING = "waiting"
    """We have answered; the customer has the word."""
    SOLVED = "solved"


TRANSITIONS = frozenset(
    {
        (TicketState.OPEN, TicketState.WAITING),
        (TicketState.WAITING, TicketState.OPEN),
        (TicketState.OPEN, TicketState.SOLVED),
        (TicketState.WAITING, TicketState.SOLVED),
    }
)
"""A solved ticket stays solved: a new need opens a new one."""


class Satisfaction(StrEnum):
    GOOD = "good"
    FAIR = "fair"
    BAD = "bad"


UNSOLVED = sa.text("state IN ('open', 'waiting')")
SOLVED = sa.text("state = 'solved'")


class Ticket(Base):
    """One case of one contact. A contact has at most one that is not solved."""

    __tablename__ = "tickets"
    __table_args__ = (
        sa.Index(
            "uq__tickets__unsolved",
            "contact_id",
            unique=True,
            sqlite_where=UNSOLVED,
            postgresql_where=UNSOLVED,
        ),
        sa.Index(
            "ix__tickets__unassigned",
            "queue_id",
            "opened_at",
            sqlite_where=sa.text("agent_id IS NULL AND state IN ('open', 'waiting')"),
            postgresql_where=sa.text("agent_id IS NULL AND state IN ('open', 'waiting')"),
        ),
        sa.Index("ix__tickets__load", "agent_id", "state", sqlite_where=UNSOLVED, postgresql_where=UNSOLVED),
        # For each of the two lists of the inbox; SQLite would prefer one that knows the state to both.
        sa.Index(
            "ix__tickets__solved",
            "channel_id",
            "touched_at",
            "public_id",
            sqlite_where=SOLVED,
            postgresql_where=SOLVED,
        ),
        # Everything that a page of the inbox and its counts ask before a row is read.
        sa.Index(
            "ix__tickets__touched",
            "channel_id",
            "touched_at",
            "public_id",
            "agent_id",
            "queue_id",
            sqlite_where=UNSOLVED,
            postgresql_where=UNSOLVED,
        ),
        sa.Index("ix__tickets__contact", "contact_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(20), unique=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contacts.id", ondelete="CASCADE"))
    contact: Mapped[Contact] = relationship()
    queue_id: Mapped[int] = mapped_column(sa.ForeignKey("queues.id"))
    queue: Mapped[Queue] = relationship()
    state: Mapped[TicketState] = mapped_column(stored_enum(TicketState))
    agent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff_users.id"))
    """Who has it; None while it waits in its queue."""
    agent: Mapped[StaffUser | None] = relationship(foreign_keys=[agent_id])

    reason: Mapped[str] = mapped_column(sa.String(160))
    """Why it was opened: `questionnaire:find_home`, `handoff:asked`, `handoff:misses`, `staff:lin`."""
    event_key: Mapped[str | None] = mapped_column(sa.String(80))
    """The event that opened it."""
    routed: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """`tickets.routing.Decision` as JSON: every rule tried, with its verdict, and the one that won."""
    opened_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    """When last something happened that the list shows."""
    assigned_at: Mapped[datetime | None]
    first_answered_at: Mapped[datetime | None]
    last_answered_at: Mapped[datetime | None]
    customer_wrote_at: Mapped[datetime | None]
    """Their newest message; newer than `last_answered_at`: they wait for us."""
    solved_at: Mapped[datetime | None]
    solved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff_users.id"))
    """None of a solved one: the customer went back to the bot."""
    satisfaction: Mapped[Satisfaction | None] = mapped_column(stored_enum(Satisfaction))
    rated_at: Mapped[datetime | None]

    @property
    def waits_in_queue(self) -> bool:
        """Say of one what `serving.UNASSIGNED` asks of many: it is nobody's, and not solved."""
        return self.agent_id is None and self.state is not TicketState.SOLVED


class Assignment(Base):
    """That an agent held a ticket for a time."""

    __tablename__ = "assignments"
    __table_args__ = (
        sa.Index("ix__assignments__ticket", "ticket_id", "id"),
        sa.Index(
            "uq__assignments__current",
            "ticket_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        # Who was given something longest ago is next.
        sa.Index("ix__assignments__agent", "agent_id", "assigned_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("tickets.id", ondelete="CASCADE"))
    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_users.id"))
    agent: Mapped[StaffUser] = relationship()
    assigned_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    because: Mapped[str] = mapped_column(sa.String(160))
    """`routing`, `on duty`, `capacity`, `taken`, `assigned:<login>`; with the load it was compared at."""


class TicketNote(Base):
    """Something that staff, or the program, wrote on a ticket; the customer never sees it."""

    __tablename__ = "ticket_notes"
    __table_args__ = (sa.Index("ix__ticket_notes__ticket", "ticket_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("tickets.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff_users.id"))
    """None: the program, about a further reason for the ticket."""
    user: Mapped[StaffUser | None] = relationship()
    at: Mapped[datetime]
    text: Mapped[str | None] = mapped_column(sa.Text)
    """Of the program: a further reason, written like `Ticket.reason`. Blanked when the contact is erased."""
