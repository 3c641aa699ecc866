"""Giving tickets to agents: one decision at a time, so that two workers can never both win.

Everything that gives or takes away holds one lock (`ASSIGNING`) until its transaction ends, taken
before any ticket's row and after whatever made it necessary: a duty that changed, a ticket that
came in. Whoever comes second therefore sees what the first has done, and nothing falls between a
ticket that finds nobody free and an agent who finds nothing waiting. Row locks could not do that:
neither of the two has a row yet that the other could wait for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from contacts.timeline import EntryKind, note
from core.db import one_at_a_time
from core.errors import Conflict, NotAllowed
from staff.models import StaffUser
from staff.permissions import Permission, may
from tickets.choosing import Candidate, because, choose
from tickets.models import Assignment, Queue, Ticket, TicketState
from tickets.serving import UNASSIGNED, UNSOLVED, candidates_where_some_wait, serves, standing
from tickets.states import tell

ASSIGNING = "tickets.assign"


class AlreadyAssigned(Conflict):
    """Somebody else has the ticket."""

    def __init__(self, agent: str) -> None:
        super().__init__(f"{agent} has this ticket already")
        self.agent = agent


class NotFree(Conflict):
    """The agent can be given nothing now."""

    def __init__(self, agent: str, obstacle: str) -> None:
        super().__init__(f"{agent} {obstacle}, so the ticket stays where it is")
        self.agent = agent
        self.obstacle = obstacle


def drain(session: Session, channel_id: int, *, now: datetime) -> int:
    """Give waiting tickets to agents who are free, as far as they go; return how many were given.

    Those on which a customer waits for us come first, then the oldest. Call it, in the same
    transaction, after everything that may let a ticket fit an agent.
    """
    one_at_a_time(session, ASSIGNING)
    session.flush()  # what follows is asked of the database: who is on duty, what waits
    serving = candidates_where_some_wait(session, channel_id)
    free = {queue_id: room for queue_id, who in serving.items() if (room := _room(who))}
    if not free:
        return 0
    given = 0
    for ticket in _waiting(session, channel_id, free):
        chosen = choose(serving[ticket.queue_id])
        if chosen is None:
            continue
        _give(session, ticket, chosen, f"routing: {because(chosen, serving[ticket.queue_id])}", now=now)
        _count(serving, chosen, now)
        given += 1
    session.flush()  # so that the load is right for whoever counts it next in this transaction
    return given


def take(session: Session, ticket: Ticket, user: StaffUser, *, now: datetime) -> None:
    """Let somebody take a ticket that waits.

    :raises NotAllowed: their role may not, or it waits in a queue that they do not serve.
    :raises AlreadyAssigned: somebody else was faster.
    :raises NotFree: they are off duty, or hold as many as they can.
    """
    if not may(user.role, Permission.TAKE):
        raise NotAllowed(f"taking tickets needs the permission {Permission.TAKE}")
    ticket = lock(session, ticket)
    if ticket.agent_id == user.id:
        return
    if ticket.agent_id is not None:
        raise AlreadyAssigned(_name(session, ticket.agent_id))
    if not may(user.role, Permission.ASSIGN) and not serves(session, user.id, ticket.queue_id):
        raise NotAllowed("this ticket waits in a queue that you do not serve")
    _give(session, ticket, _free(session, user), "taken", now=now)
    session.flush()  # the next count in this transaction must see it


def assign(
    session: Session, ticket: Ticket, agent: StaffUser, by: StaffUser | None, *, now: datetime
) -> None:
    """Give a ticket to somebody, whoever has it; what the one before could not take on is given out.

    :param by: who decides; None: the command line.
    :raises NotAllowed: `by` may not.
    :raises NotFree: the agent is off duty, or holds as many as they can.
    """
    _may_assign(by)
    ticket = lock(session, ticket)
    if ticket.agent_id == agent.id:
        return
    chosen = _free(session, agent)
    end_assignment(session, ticket, now=now)
    _give(session, ticket, chosen, f"assigned:{by.login if by is not None else 'command line'}", now=now)
    drain(session, ticket.channel_id, now=now)


def move_to_queue(
    session: Session, ticket: Ticket, queue: Queue, by: StaffUser | None, *, now: datetime
) -> None:
    """Let a ticket wait in another queue, or in its own again, for whoever is free there.

    :raises NotAllowed: `by` may not.
    """
    _may_assign(by)
    ticket = lock(session, ticket)
    ticket.queue = queue
    tell(session, ticket, now=now)
    requeue(session, ticket, now=now)
    drain(session, ticket.channel_id, now=now)


def release_agent(session: Session, user: StaffUser, *, now: datetime) -> int:
    """Give back what somebody who left cannot go on with; return how many tickets that were.

    Off duty: those on which a customer waits for us; where the customer has the word they stay, for the
    agent comes back, and return to the queue should the customer write before that. Deactivated, or no
    longer allowed to answer: all of them. On duty: none.
    """
    one_at_a_time(session, ASSIGNING)
    session.flush()  # their new duty is what decides
    which = [Ticket.agent_id == user.id, UNSOLVED]
    if user.is_active and may(user.role, Permission.ANSWER):
        if user.on_duty_since_at is not None:
            return 0
        which.append(Ticket.state == TicketState.OPEN)
    held = session.scalars(
        sa.select(Ticket)
        .where(*which)
        .order_by(Ticket.id)
        .with_for_update(key_share=True, of=Ticket)
        .execution_options(populate_existing=True)
    ).all()
    for ticket in held:
        requeue(session, ticket, now=now)
    for channel_id in {ticket.channel_id for ticket in held}:
        drain(session, channel_id, now=now)
    return len(held)


def mend(session: Session, channel_id: int, *, now: datetime) -> int:
    """Do what should have been done already, and return how much that was: nothing, if all is well.

    Takes tickets off agents who left without `release_agent`, and drains.
    """
    one_at_a_time(session, ASSIGNING)
    gone = sa.select(StaffUser.id).where(StaffUser.deactivated_at.is_not(None))
    off_duty = sa.select(StaffUser.id).where(StaffUser.on_duty_since_at.is_(None))
    stranded = session.scalars(
        sa.select(Ticket)
        .where(
            Ticket.channel_id == channel_id,
            UNSOLVED,
            sa.or_(
                Ticket.agent_id.in_(gone),
                sa.and_(Ticket.agent_id.in_(off_duty), Ticket.state == TicketState.OPEN),
            ),
        )
        .with_for_update(key_share=True, of=Ticket)
    ).all()
    for ticket in stranded:
        requeue(session, ticket, now=now)
    return len(stranded) + drain(session, channel_id, now=now)


def requeue(session: Session, ticket: Ticket, *, now: datetime) -> None:
    """Let a ticket wait in its queue again; the caller holds `ASSIGNING` and drains."""
    end_assignment(session, ticket, now=now)
    ticket.agent_id = None
    ticket.assigned_at = None
    ticket.touched_at = now
    session.flush()
    session.expire(ticket, ["agent"])


def has_left(session: Session, agent_id: int | None) -> bool:
    """Say whether nobody is at the desk of this agent; False where there is no agent."""
    if agent_id is None:
        return False
    return session.scalar(_AT_DESK, {"agent": agent_id}) is None


_AT_DESK = sa.select(StaffUser.id).where(
    StaffUser.id == sa.bindparam("agent"),
    StaffUser.on_duty_since_at.is_not(None),
    StaffUser.deactivated_at.is_(None),
)


def end_assignment(session: Session, ticket: Ticket, *, now: datetime) -> None:
    """Close the time for which its agent has held a ticket."""
    session.execute(_END, {"ticket": ticket.id, "now": now})


_END = (
    sa.update(Assignment)
    .where(Assignment.ticket_id == sa.bindparam("ticket"), Assignment.ended_at.is_(None))
    .values(ended_at=sa.bindparam("now"))
    .execution_options(synchronize_session=False)
)


def lock(session: Session, ticket: Ticket) -> Ticket:
    """Hold `ASSIGNING` and the ticket's row, and read it as it is now.

    :raises Conflict: it is solved.
    """
    one_at_a_time(session, ASSIGNING)
    session.flush()  # reading anew would undo what this transaction has changed
    read_anew(session, ticket)
    if ticket.state is TicketState.SOLVED:
        raise Conflict("this ticket is solved already")
    return ticket


def read_anew(session: Session, ticket: Ticket) -> None:
    """Lock the ticket's row and read it as it is now; `Session.refresh` builds its question each time."""
    session.scalars(_ANEW, {"ticket": ticket.id}).one()


_ANEW = (
    sa.select(Ticket)
    .where(Ticket.id == sa.bindparam("ticket"))
    .with_for_update(key_share=True, of=Ticket)
    .execution_options(populate_existing=True)
)


def _room(who: Iterable[Candidate]) -> int:
    return sum(one.capacity - one.load for one in who if one.is_free)


def _waiting(session: Session, channel_id: int, room: Mapping[int, int]) -> Sequence[Ticket]:
    """Return what waits, the most urgent first, as many of each queue as there is room for."""
    found: list[Ticket] = []
    for queue_id, limit in room.items():
        found += session.scalars(_WAITING, {"channel": channel_id, "queue": queue_id, "most": limit})
    return sorted(found, key=lambda ticket: (ticket.state, ticket.opened_at, ticket.id))


_WAITING = (
    sa.select(Ticket)
    .where(Ticket.channel_id == sa.bindparam("channel"), Ticket.queue_id == sa.bindparam("queue"), UNASSIGNED)
    .order_by(Ticket.state, Ticket.opened_at, Ticket.id)  # `open` comes before `waiting`
    .limit(sa.bindparam("most", type_=sa.Integer()))
    .with_for_update(key_share=True, of=Ticket)
    .options(joinedload(Ticket.contact, innerjoin=True))
    .execution_options(populate_existing=True)
)


def _count(serving: Mapping[int, list[Candidate]], chosen: Candidate, now: datetime) -> None:
    """Count a ticket that was just given, in every queue that its agent serves."""
    for who in serving.values():
        who[:] = [
            replace(one, load=one.load + 1, last_given_at=now) if one.id == chosen.id else one for one in who
        ]


def _free(session: Session, user: StaffUser) -> Candidate:
    """Return how somebody stands now.

    :raises NotFree: nothing can be given to them.
    """
    now_is = standing(session, user.id)
    if now_is.obstacle is not None:
        raise NotFree(now_is.display_name, now_is.obstacle)
    return now_is


def _give(session: Session, ticket: Ticket, chosen: Candidate, why: str, *, now: datetime) -> None:
    ticket.agent_id, ticket.assigned_at, ticket.touched_at = chosen.id, now, now
    session.expire(ticket, ["agent"])
    session.add(Assignment(ticket_id=ticket.id, agent_id=chosen.id, assigned_at=now, because=why[:160]))
    note(
        session,
        ticket.contact,
        EntryKind.TICKET_ASSIGNED,
        at=now,
        about=f"ticket:{ticket.public_id}",
        payload={"ticket": ticket.public_id, "agent": chosen.display_name},
    )


def _may_assign(by: StaffUser | None) -> None:
    if by is not None and not may(by.role, Permission.ASSIGN):
        raise NotAllowed(f"giving tickets to others needs the permission {Permission.ASSIGN}")


def _name(session: Session, user_id: int) -> str:
    return session.get_one(StaffUser, user_id).display_name
