"""The leaf `ticket`: whether somebody has a case with us, in which queue, or had one solved lately."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import BeforeValidator, TypeAdapter, model_validator
from sqlalchemy.orm import Session

from contacts.models import Contact
from content.comparing import says_one_of
from content.text import Frozen
from segmentation.carrying import known_by, told_in
from segmentation.days import At
from segmentation.joining import Meant, none_of
from segmentation.kinds.forms import Few, Past, fell_out
from segmentation.leaf import LeafKind, Mention
from segmentation.people import Fact, Person
from segmentation.sources import Need, Source
from tickets.models import Queue, Ticket, TicketState

State = Literal["unsolved", "open", "waiting", "none"]


@dataclass(frozen=True, slots=True)
class TicketSeen(Fact):
    """One case."""

    public_id: str
    queue: str
    state: TicketState
    opened_at: datetime
    solved_at: datetime | None


Tickets = tuple[TicketSeen, ...]


def _load(
    session: Session, ids: Sequence[int], needs: Sequence[Need[Tickets]], _now: datetime
) -> Mapping[str, Mapping[int, Tickets]]:
    (need,) = needs
    # The rows themselves, so that a turn sees what it has done to its own.
    rows = session.execute(
        sa.select(Ticket, Queue.key)
        .join(Queue, Queue.id == Ticket.queue_id)
        .where(Ticket.contact_id.in_(ids))
        .order_by(Ticket.id)
    )
    found: dict[int, list[TicketSeen]] = {}
    for row, queue in rows:
        found.setdefault(row.contact_id, []).append(_seen(row, queue))
    return {need.about: {id_: tuple(tickets) for id_, tickets in found.items()}}


def _unwritten(session: Session, contact: Contact, _need: Need[Tickets], known: Tickets) -> Tickets:
    new = (one for one in session.new if isinstance(one, Ticket) and contact.owns(one))
    return (*known, *(_seen(one, one.queue.key) for one in new))


def _seen(row: Ticket, queue: str) -> TicketSeen:
    return TicketSeen(row.public_id, queue, row.state, row.opened_at, row.solved_at)


TICKETS: Source[Tickets] = Source("tickets", _load, (), _unwritten)
_NEED: Need[Tickets] = Need(TICKETS)


class TicketTest(Frozen):
    """`unsolved`, or `{state: waiting, queue: taipei}`, or `{solved_within: 30d}`."""

    model_config = says_one_of("state", "solved_within")

    state: State | None = None
    """`open`: we have to do something. `waiting`: the customer has the word. `unsolved`: either. `none`: no such case."""
    queue: Few | None = None
    """In one of these."""
    solved_within: Past | None = None
    """One was solved in this time."""

    @model_validator(mode="after")
    def _makes_sense(self) -> "TicketTest":
        if (self.state is None) == (self.solved_within is None):
            raise ValueError("say either the `state` of a ticket, or `solved_within` such as 30d")
        return self

    @property
    def states(self) -> tuple[TicketState, ...]:
        match self.state:
            case None:
                return (TicketState.SOLVED,)
            case "open":
                return (TicketState.OPEN,)
            case "waiting":
                return (TicketState.WAITING,)
            case _:
                return (TicketState.OPEN, TicketState.WAITING)


def _in_full(raw: Any) -> Any:
    return raw if isinstance(raw, dict | TicketTest) else {"state": raw}


def _sql(test: TicketTest, at: At) -> Meant:
    where: list[sa.ColumnElement[bool]] = [Ticket.state.in_(test.states)]
    if test.queue is not None:
        where.append(known_by(Ticket.queue_id, sa.select(Queue.id).where(Queue.key.in_(test.queue))))
    if test.solved_within is not None:
        where.append(Ticket.solved_at >= at.now - test.solved_within)
    there = told_in(Ticket.contact_id, *where)
    return none_of(there) if test.state == "none" else there


def _fitting(test: TicketTest, person: Person, at: At) -> list[TicketSeen]:
    tickets: Tickets = person.of(_NEED)
    return [
        one
        for one in tickets
        if one.state in test.states
        and (test.queue is None or one.queue in test.queue)
        and (
            test.solved_within is None
            or (one.solved_at is not None and one.solved_at >= at.now - test.solved_within)
        )
    ]


def _fact(test: TicketTest, person: Person, at: At) -> TicketSeen | None:
    ever = person.of(_NEED)
    fitting = _fitting(test, person, at) or ever
    return fitting[-1] if fitting else None


def _crossing(test: TicketTest, since: At, at: At) -> Iterable[sa.Select[int]]:
    if test.solved_within is not None:
        fell = fell_out(Ticket.solved_at, test.solved_within, since, at)
        yield sa.select(Ticket.contact_id).where(Ticket.state == TicketState.SOLVED, fell)


TICKET: LeafKind[Any] = LeafKind[TicketTest](
    "ticket",
    TypeAdapter(Annotated[TicketTest, BeforeValidator(_in_full, json_schema_input_type=State | TicketTest)]),
    sql=_sql,
    holds=lambda test, person, at: bool(_fitting(test, person, at)) == (test.state != "none"),
    fact=_fact,
    reads=lambda _test: ["ticket"],
    crossing=_crossing,
    needs=lambda _test: [_NEED],
    mentions=lambda test: [Mention("queue", queue, ("queue",)) for queue in test.queue or ()],
)

LEAVES: Sequence[LeafKind[Any]] = (TICKET,)
"""What rules about people may ask about tickets."""
