"""A person takes over: the ticket from the day it is opened to the customer's word on how it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from content.revisions import Published, Revisions
from core.errors import Conflict, NotAllowed
from line.messages import text
from line.outbox import Outgoing, SendKind, SendStatus
from line.postback import ButtonTap, pack
from staff.models import Role, StaffUser
from tests.shop import Shop
from tests.stories.customer import Customer
from tests.tickets.agents import an_agent, goes
from tickets import service
from tickets.models import Assignment, Satisfaction, Ticket, TicketNote, TicketState
from tickets.routing import Decision


class Desk:
    """The agents of the shop, and what they do."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self._numbers = iter(range(1, 1000))

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self.shop.database.write() as session:
            yield session
        self.shop.works()

    def hires(self, *serves: str, **more: Any) -> str:
        login = f"agent{next(self._numbers)}.{self.shop.simulator.line.ids.user_id()[:6]}"
        with self.session() as session:
            an_agent(session, self.shop.channel_id, login, *serves, now=self.shop.now(), **more)
            service.drain(session, self.shop.channel_id, now=self.shop.now())
        return login

    def user(self, session: Session, login: str) -> StaffUser:
        return session.scalars(sa.select(StaffUser).where(StaffUser.login == login)).one()

    def goes(self, login: str, *, on: bool) -> None:
        with self.session() as session:
            goes(session, self.user(session, login), self.shop.channel_id, on=on, now=self.shop.now())

    def answers(self, customer: Customer, login: str, *words: str, answer_id: str | None = None) -> SendKind:
        with self.session() as session:
            row = service.answer(
                session,
                self.ticket_in(session, customer),
                self.user(session, login),
                [text(word) for word in words],
                now=self.shop.now(),
                answer_id=answer_id,
            )
            return row.kind

    def solves(self, customer: Customer, login: str) -> None:
        with self.session() as session:
            published = Revisions().live(session, self.shop.channel_id)
            assert isinstance(published, Published)
            service.solve(
                session,
                self.ticket_in(session, customer),
                self.user(session, login),
                published=published,
                now=self.shop.now(),
            )

    def ticket_in(self, session: Session, customer: Customer) -> Ticket:
        of_contact = sa.select(Ticket).where(Ticket.contact_id == customer.contact.id)
        return session.scalars(of_contact.order_by(Ticket.id.desc()).limit(1)).one()


@pytest.fixture
def desk(agency: Shop) -> Iterator[Desk]:
    """The agency's desk, with nobody at it; whoever was there before has gone home."""
    desk = Desk(agency)
    with desk.session() as session:
        for user in session.scalars(sa.select(StaffUser).where(StaffUser.on_duty_since_at.is_not(None))):
            user.on_duty_since_at = None
            service.release_agent(session, user, now=agency.now())
    yield desk


def tickets_of(customer: Customer) -> list[Ticket]:
    rows = customer.shop.rows(Ticket, Ticket.contact_id == customer.contact.id)
    return list(rows)


def agent_of(customer: Customer) -> str | None:
    with customer.shop.database.read() as session:
        ticket = session.scalars(
            sa.select(Ticket).where(Ticket.contact_id == customer.contact.id).order_by(Ticket.id.desc())
        ).first()
        assert ticket is not None
        return ticket.agent.login if ticket.agent is not None else None


def asks_for_a_person(customer: Customer) -> None:
    customer.follows()
    customer.says("專人")


def test_a_call_is_given_to_whoever_is_free_and_answered_for_nothing(desk: Desk, mina: Customer) -> None:
    lin = desk.hires("general")
    asks_for_a_person(mina)
    assert agent_of(mina) == lin
    assert mina.says("請問可以今天看房嗎") == []
    assert desk.answers(mina, lin, "可以，幾點方便？") is SendKind.REPLY
    assert mina.person.messages[-1].body["text"] == "可以，幾點方便？"
    (ticket,) = tickets_of(mina)
    assert (ticket.state, ticket.reason) == (TicketState.WAITING, "handoff:asked")
    assert ticket.first_answered_at is not None
    assert desk.answers(mina, lin, "或明天？") is SendKind.PUSH, "the reply token is used up"
    assert mina.does(lambda person: person.sends_sticker()) == []
    (ticket,) = tickets_of(mina)
    assert ticket.state is TicketState.OPEN, "a sticker is a message, too"
