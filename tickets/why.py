"""Why a ticket is where it is: which rule chose its queue, and why each agent of it has it or has it not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tickets.choosing import Candidate
from tickets.models import Assignment, QueueMember, Ticket
from tickets.routing import Decision
from tickets.serving import candidates


@dataclass(frozen=True, slots=True)
class AgentVerdict:
    """How somebody who serves the queue stands now."""

    login: str
    display_name: str
    has_it: bool
    is_free: bool
    because: str


@dataclass(frozen=True)
class Why:
    """Everything that led a ticket to where it is."""

    decision: Decision
    queue: str
    in_words: str
    """In one sentence: who has it, or what it waits for."""
    held: tuple[Assignment, ...]
    """Who has held it, the first one first."""
    agents: tuple[AgentVerdict, ...]
    """Those who serve its queue, as they stand now."""

    def to_json(self) -> Mapping[str, Any]:
        """Return it for a command's `--json`."""
        return {
            "queue": self.queue,
            "rule": self.decision.rule,
            "in_words": self.in_words,
            "tried": [
                {"rule": one.rule, "queue": one.queue, "holds": one.holds, "because": one.because}
                for one in self.decision.tried
            ],
            "held": [
                {
                    "agent": one.agent.login,
                    "from": one.assigned_at.isoformat(),
                    "until": one.ended_at.isoformat() if one.ended_at is not None else None,
                    "because": one.because,
                }
                for one in self.held
            ],
            "agents": [
                {"agent": one.login, "has_it": one.has_it, "is_free": one.is_free, "because": one.because}
                for one in self.agents
            ],
        }


def why(session: Session, ticket: Ticket) -> Why:
    """Explain a ticket: how it was routed then, and how things stand now."""
    held, serving = holders(session, ticket), serving_queue(session, ticket)
    return Why(
        decision=Decision.from_json(ticket.routed),
        queue=ticket.queue.key,
        in_words=_in_words(ticket, held[-1] if held else None, serving),
        held=tuple(held),
        agents=tuple(_verdict(one, ticket) for one in serving),
    )


def holders(session: Session, ticket: Ticket) -> Sequence[Assignment]:
    """Return who has held a ticket and why, the first one first."""
    return session.scalars(
        sa.select(Assignment)
        .where(Assignment.ticket_id == ticket.id)
        .options(joinedload(Assignment.agent))
        .order_by(Assignment.id)
    ).all()


def serving_queue(session: Session, ticket: Ticket) -> Sequence[Candidate]:
    """Return those who serve a ticket's queue, as they stand now."""
    return candidates(session, QueueMember.queue_id == ticket.queue_id).get(ticket.queue_id, [])


def _verdict(one: Candidate, ticket: Ticket) -> AgentVerdict:
    because = one.obstacle or f"is free, with {one.load} of {one.capacity}"
    return AgentVerdict(
        one.login, one.display_name, has_it=one.id == ticket.agent_id, is_free=one.is_free, because=because
    )


def _in_words(ticket: Ticket, last: Assignment | None, serving: Sequence[Candidate]) -> str:
    if ticket.solved_at is not None:
        return "solved by us" if ticket.solved_by_id is not None else "solved without us"
    if ticket.agent_id is not None and last is not None:
        return f"{last.agent.display_name} has it ({last.because})"
    if not serving:
        return f"waits: nobody serves the queue {ticket.queue.key}"
    obstacles = "; ".join(f"{one.display_name} {one.obstacle}" for one in serving if one.obstacle)
    return f"waits: {obstacles}" if obstacles else "waits for the next look, within a minute"
