"""Whatever comes in, whoever comes and goes, and wherever a worker dies: nobody is lost, nothing is held twice."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from contacts import service as contacts
from contacts.models import Contact
from content.model import BusinessHours, Content, Fallback
from content.revisions import Published
from content.routing import AskSatisfaction, Routing
from core.db import Database
from core.errors import NotAllowed, Rejected
from line.messages import text
from staff.models import StaffUser
from tests.line.queues import NOON, a_channel
from tests.tickets.agents import an_agent
from tickets import queues, service
from tickets.assigning import AlreadyAssigned, NotFree, mend
from tickets.models import Assignment, QueueMember, Ticket, TicketState
from tickets.routing import Decision
from tickets.why import why

QUEUES = ("taipei", "japanese", "nobody")
AGENTS = ("lin", "chen")
PEOPLE = tuple(f"U{number}" for number in range(5))

PUBLISHED = Published(
    id=1,
    number=1,
    content=Content(
        name="Shop",
        default_language="en",
        languages=("en",),
        time_zone="Asia/Taipei",
        privacy_url="https://shop.example",
        hours=BusinessHours(mon=("10:00-20:00",)),
        fallback=Fallback(first=(), second=()),
        routing=Routing(satisfaction=AskSatisfaction(ask=True)),
    ),
    version_ids={},
    assets={},
)

people = st.sampled_from(PEOPLE)
agents = st.sampled_from(AGENTS)
queue_keys = st.sampled_from(QUEUES)
deaths = st.sampled_from([False, False, False, True])


class Died(Exception):  # noqa: N818 - the name is what happened
    """The worker's process is gone; so is its transaction."""


def open_ticket(
    session: Session, contact: Contact, queue: str, now: datetime, reason: str = "handoff:asked"
) -> Ticket:
    decision = Decision(queue, None, ())
    return service.open_or_note(session, contact, reason=reason, decision=decision, event_key=None, now=now)


class Desk(RuleBasedStateMachine):
    """Every step is one transaction, which may die before it commits."""

    database: Database

    @initialize()
    def opens(self) -> None:
        self.now = NOON
        with self.database.engine.begin() as connection:
            for table in reversed(Ticket.metadata.sorted_tables):
                connection.execute(sa.delete(table))
        self.channel_id = a_channel(self.database)
        self.opened = 0
        with self.database.write() as session:
            for key in QUEUES:
                queues.of_key(session, self.channel_id, key)
            for login in AGENTS:
                an_agent(
                    session,
                    self.channel_id,
                    login,
                    "taipei",
                    now=self.now,
                    capacity=2,
                    is_on_duty=login == "lin",
                )
            for user_id in PEOPLE:
                contacts.meet(session, self.channel_id, user_id, shard=0, sent_at=self.now, now=self.now)
        self.loads = self.counted()

    def does(self, act: Callable[[Session], object], *refusals: type[Rejected], dies: bool) -> bool:
        """Do one step, and say whether it was written.

        :param refusals: what the state of things may forbid; any other refusal is a fault.
        """
        self.now += timedelta(seconds=1)
        try:
            with self.database.write() as session:
                act(session)
                session.flush()
                if dies:
                    raise Died  # noqa: TRY301 - it dies in the middle of its transaction
        except Died:
            return False
        except Rejected as refused:
            if not isinstance(refused, refusals):
                raise
            return False
        return True

    def agent(self, session: Session, login: str) -> StaffUser:
        return session.scalars(sa.select(StaffUser).where(StaffUser.login == login)).one()

    def person(self, session: Session, user_id: str) -> Contact:
        found = contacts.find(session, self.channel_id, user_id)
        assert found is not None
        return found

    def ticket(self, session: Session, user_id: str) -> Ticket:
        found = service.unsolved_of(session, self.person(session, user_id).id)
        if found is None:
            raise Died  # nothing to do
        return found

    @rule(user_id=people, queue=queue_keys, again=st.booleans(), dies=deaths)
    def somebody_calls(self, user_id: str, queue: str, again: bool, dies: bool) -> None:
        reason = "questionnaire:viewing" if again else "handoff:asked"

        def calls(session: Session) -> None:
            open_ticket(session, self.person(session, user_id), queue, self.now, reason)

        if self.does(calls, dies=dies):
            with self.database.read() as session:
                assert service.unsolved_of(session, self.person(session, user_id).id) is not None

    @rule(user_id=people, dies=deaths)
    def the_customer_writes(self, user_id: str, dies: bool) -> None:
        self.does(
            lambda session: service.customer_wrote(session, self.person(session, user_id), now=self.now),
            dies=dies,
        )

    @rule(user_id=people, dies=deaths)
    def the_customer_goes_back_to_the_bot(self, user_id: str, dies: bool) -> None:
        self.does(
            lambda session: service.withdraw(session, self.person(session, user_id), now=self.now), dies=dies
        )

    @rule(login=agents, on=st.booleans(), dies=deaths)
    def duty_changes(self, login: str, on: bool, dies: bool) -> None:
        def goes(session: Session) -> None:
            user = self.agent(session, login)
            user.on_duty_since_at = self.now if on and user.is_active else None
            service.release_agent(session, user, now=self.now)
            service.drain(session, self.channel_id, now=self.now)

        self.does(goes, dies=dies)

    @rule(login=agents, capacity=st.integers(0, 3), dies=deaths)
    def capacity_changes(self, login: str, capacity: int, dies: bool) -> None:
        def changes(session: Session) -> None:
            self.agent(session, login).capacity = capacity
            service.drain(session, self.channel_id, now=self.now)

        self.does(changes, dies=dies)

    @rule(login=agents, serves=st.sets(queue_keys, max_size=2), dies=deaths)
    def queues_change(self, login: str, serves: set[str], dies: bool) -> None:
        def changes(session: Session) -> None:
            ids = [queues.of_key(session, self.channel_id, key).id for key in sorted(serves)]
            queues.set_served(session, self.agent(session, login), ids)
            service.drain(session, self.channel_id, now=self.now)

        self.does(changes, dies=dies)

    @rule(login=agents, back=st.booleans(), dies=deaths)
    def somebody_is_deactivated_or_comes_back(self, login: str, back: bool, dies: bool) -> None:
        def changes(session: Session) -> None:
            user = self.agent(session, login)
            user.deactivated_at, user.on_duty_since_at = (None, self.now) if back else (self.now, None)
            service.release_agent(session, user, now=self.now)
            service.drain(session, self.channel_id, now=self.now)

        self.does(changes, dies=dies)

    @rule(user_id=people, dies=deaths)
    def the_agent_answers(self, user_id: str, dies: bool) -> None:
        def answers(session: Session) -> None:
            ticket = self.ticket(session, user_id)
            if ticket.agent is not None:
                service.answer(session, ticket, ticket.agent, [text("hello")], now=self.now)

        self.does(answers, dies=dies)

    @rule(user_id=people, login=agents, dies=deaths)
    def somebody_takes(self, user_id: str, login: str, dies: bool) -> None:
        self.does(
            lambda session: service.take(
                session, self.ticket(session, user_id), self.agent(session, login), now=self.now
            ),
            AlreadyAssigned,
            NotAllowed,
            NotFree,
            dies=dies,
        )

    @rule(user_id=people, login=agents, dies=deaths)
    def somebody_is_given(self, user_id: str, login: str, dies: bool) -> None:
        self.does(
            lambda session: service.assign(
                session, self.ticket(session, user_id), self.agent(session, login), None, now=self.now
            ),
            NotFree,
            dies=dies,
        )

    @rule(user_id=people, queue=queue_keys, dies=deaths)
    def a_ticket_changes_its_queue(self, user_id: str, queue: str, dies: bool) -> None:
        def moves(session: Session) -> None:
            to = queues.of_key(session, self.channel_id, queue)
            service.move_to_queue(session, self.ticket(session, user_id), to, None, now=self.now)

        self.does(moves, dies=dies)

    @rule(user_id=people, dies=deaths)
    def a_ticket_is_solved(self, user_id: str, dies: bool) -> None:
        self.does(
            lambda session: service.solve(
                session, self.ticket(session, user_id), None, published=PUBLISHED, now=self.now
            ),
            dies=dies,
        )

    def counted(self) -> dict[int, int]:
        with self.database.read() as session:
            held = session.execute(
                sa.select(Ticket.agent_id, sa.func.count())
                .where(Ticket.agent_id.is_not(None), Ticket.state != TicketState.SOLVED)
                .group_by(Ticket.agent_id)
            )
            return {int(agent_id or 0): count for agent_id, count in held}

    @invariant()
    def everything_is_where_it_belongs(self) -> None:
        with self.database.read() as session:
            staff = {user.id: user for user in session.scalars(sa.select(StaffUser))}
            unsolved = session.scalars(sa.select(Ticket).where(Ticket.state != TicketState.SOLVED)).all()
            current = session.scalars(sa.select(Assignment).where(Assignment.ended_at.is_(None))).all()
            serving = {(row.queue_id, row.user_id) for row in session.scalars(sa.select(QueueMember))}
            ever = session.scalar(sa.select(sa.func.count()).select_from(Ticket)) or 0
        held = Counter(ticket.agent_id for ticket in unsolved if ticket.agent_id is not None)
        assert max(Counter(ticket.contact_id for ticket in unsolved).values(), default=0) <= 1
        assert ever >= self.opened, "a ticket is lost"
        self.opened = ever
        assert sorted((one.ticket_id, one.agent_id) for one in current) == sorted(
            (ticket.id, ticket.agent_id) for ticket in unsolved if ticket.agent_id is not None
        ), "each ticket has one agent, who holds it now"
        for agent_id, load in held.items():
            grew = load > self.loads.get(agent_id, 0)
            assert not grew or load <= staff[agent_id].capacity, "beyond capacity"
        self.loads = dict(held)
        for ticket in unsolved:
            if ticket.agent_id is not None:
                agent = staff[ticket.agent_id]
                assert agent.is_active
                assert agent.on_duty_since_at is not None or ticket.state is TicketState.WAITING
                continue
            free = [
                user
                for user in staff.values()
                if user.is_active
                and user.on_duty_since_at is not None
                and held[user.id] < user.capacity
                and (ticket.queue_id, user.id) in serving
            ]
            assert free == [], "it waits although somebody is free"


def test_no_ticket_is_lost_held_twice_or_left_waiting(database: Database) -> None:
    class OnThisDatabase(Desk):
        pass

    OnThisDatabase.database = database
    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(
            max_examples=15,
            stateful_step_count=40,
            phases=[Phase.generate],  # shrinking a story of forty transactions takes minutes
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("capacity", [1, 5])
def test_workers_that_route_at_once_give_each_ticket_once_and_nobody_too_much(
    database: Database, capacity: int
) -> None:
    channel_id = a_channel(database)
    with database.write() as session:
        for login in AGENTS:
            an_agent(session, channel_id, login, "taipei", now=NOON, capacity=capacity)
        for number in range(20):
            contacts.meet(session, channel_id, f"U{number}", shard=0, sent_at=NOON, now=NOON)
    start = threading.Barrier(4)

    def works(share: int) -> None:
        start.wait()
        for number in range(share, 20, 4):
            with database.write() as session:
                contact = contacts.find(session, channel_id, f"U{number}")
                assert contact is not None
                open_ticket(session, contact, "taipei", NOON)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(works, range(4)))
    with database.read() as session:
        tickets = session.scalars(sa.select(Ticket)).all()
        assert len(tickets) == 20
        loads = Counter(ticket.agent_id for ticket in tickets)
        given = session.scalars(sa.select(Assignment.ticket_id)).all()
    waiting = loads.pop(None, 0)
    assert waiting == max(0, 20 - len(AGENTS) * capacity)
    assert sorted(loads.values()) == [capacity] * len(AGENTS)
    assert len(given) == len(set(given)) == 20 - waiting


def test_somebody_who_comes_on_duty_while_tickets_come_in_misses_none(database: Database) -> None:
    """Neither sees the other's change before it is committed: only the lock keeps both from finding nothing."""
    channel_id = a_channel(database)
    with database.write() as session:
        an_agent(session, channel_id, "lin", "taipei", now=NOON, capacity=100, is_on_duty=False)
        for number in range(10):
            contacts.meet(session, channel_id, f"U{number}", shard=0, sent_at=NOON, now=NOON)
    start = threading.Barrier(2)

    def calls() -> None:
        start.wait()
        for number in range(10):
            with database.write() as session:
                contact = contacts.find(session, channel_id, f"U{number}")
                assert contact is not None
                open_ticket(session, contact, "taipei", NOON)

    def comes_and_goes() -> None:
        start.wait()
        for turn in range(11):
            with database.write() as session:
                lin = session.scalars(sa.select(StaffUser)).one()
                lin.on_duty_since_at = NOON if turn % 2 == 0 else None
                service.release_agent(session, lin, now=NOON)
                service.drain(session, channel_id, now=NOON)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(calls), pool.submit(comes_and_goes)]:
            done.result()
    with database.read() as session:
        agents_of = session.scalars(sa.select(Ticket.agent_id)).all()
    assert len(agents_of) == 10
    assert None not in agents_of, "lin is on duty in the end"
    with database.write() as session:
        assert mend(session, channel_id, now=NOON) == 0, "and nothing was left for the net below"


def test_two_who_take_one_ticket_at_once_do_not_both_have_it(database: Database) -> None:
    channel_id = a_channel(database)
    with database.write() as session:
        for login in AGENTS:
            an_agent(session, channel_id, login, "taipei", now=NOON)
        contact = contacts.meet(session, channel_id, "U1", shard=0, sent_at=NOON, now=NOON)
        session.flush()
        ticket_id = open_ticket(session, contact, "nobody", NOON).id
        of_all = [queues.of_key(session, channel_id, key).id for key in ("taipei", "nobody")]
    for login in AGENTS:  # members without a drain, so that the ticket still waits
        with database.write() as session:
            user = session.scalars(sa.select(StaffUser).where(StaffUser.login == login)).one()
            queues.set_served(session, user, of_all)
    start = threading.Barrier(len(AGENTS))

    def takes(login: str) -> bool:
        start.wait()
        try:
            with database.write() as session:
                user = session.scalars(sa.select(StaffUser).where(StaffUser.login == login)).one()
                service.take(session, session.get_one(Ticket, ticket_id), user, now=NOON)
        except AlreadyAssigned:
            return False
        return True

    with ThreadPoolExecutor(len(AGENTS)) as pool:
        won = list(pool.map(takes, AGENTS))
    assert won.count(True) == 1
    with database.read() as session:
        assert session.get_one(Ticket, ticket_id).agent.login == AGENTS[won.index(True)]  # type: ignore[union-attr]


def test_what_nobody_serves_waits_and_why_says_so(database: Database) -> None:
    channel_id = a_channel(database)
    with database.write() as session:
        lin = an_agent(session, channel_id, "lin", "taipei", now=NOON, capacity=1)
        first, second, third = (
            contacts.meet(session, channel_id, f"U{number}", shard=0, sent_at=NOON, now=NOON)
            for number in range(3)
        )
        session.flush()
        unserved = open_ticket(session, first, "japanese", NOON)
        assert why(session, unserved).in_words == "waits: nobody serves the queue japanese"
        held = open_ticket(session, second, "taipei", NOON)
        assert why(session, held).in_words == "Lin has it (routing: 0 of 1)"
        full = open_ticket(session, third, "taipei", NOON)
        assert why(session, full).in_words == "waits: Lin holds 1 of 1"
        # All at capacity for a day: the net finds nothing to do either, and the ticket is still there.
        for hour in range(24):
            assert mend(session, channel_id, now=NOON + timedelta(hours=hour)) == 0
        service.solve(session, held, None, published=PUBLISHED, now=NOON + timedelta(days=1))
        assert why(session, full).in_words == "Lin has it (routing: 0 of 1)"
        assert why(session, full).to_json()["agents"] == [
            {"agent": "lin", "has_it": True, "is_free": False, "because": "holds 1 of 1"}
        ]
        lin.on_duty_since_at = None
        service.release_agent(session, lin, now=NOON)
        assert why(session, full).in_words == "waits: Lin is off duty"


def test_the_net_finds_what_was_changed_behind_our_back(database: Database) -> None:
    channel_id = a_channel(database)
    with database.write() as session:
        lin = an_agent(session, channel_id, "lin", "taipei", now=NOON)
        contact = contacts.meet(session, channel_id, "U1", shard=0, sent_at=NOON, now=NOON)
        session.flush()
        ticket = open_ticket(session, contact, "taipei", NOON)
        assert ticket.agent_id == lin.id
        an_agent(session, channel_id, "chen", "taipei", now=NOON)
        session.execute(sa.update(StaffUser).where(StaffUser.login == "lin").values(deactivated_at=NOON))
        assert mend(session, channel_id, now=NOON) == 2, "taken off lin, and given to chen"
        assert ticket.agent is not None
        assert ticket.agent.login == "chen"
