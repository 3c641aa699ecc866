"""A person takes over: the ticket from the day it is opened to the customer's word on how it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.timeline import TimelineEntry
from content.revisions import Published, Revisions
from core.errors import Conflict, InvalidInput, NotAllowed
from handlers import handoff
from line.messages import text
from line.outbox import Outgoing, SendKind, SendStatus
from line.postback import ButtonTap, pack
from staff.models import Role, StaffUser
from tests.listening import listening
from tests.shop import Shop
from tests.stories.customer import Customer
from tests.tickets.agents import an_agent, goes
from tickets import lists, privacy, service
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
def desk(agency: Shop) -> Desk:
    """The agency's desk, with nobody at it and nothing on it."""
    desk = Desk(agency)
    with desk.session() as session:
        for user in session.scalars(sa.select(StaffUser).where(StaffUser.on_duty_since_at.is_not(None))):
            user.on_duty_since_at = None
        session.execute(sa.update(Assignment).values(ended_at=agency.now()))
        session.execute(sa.update(Ticket).values(state=TicketState.SOLVED, solved_at=agency.now()))
    return desk


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
    assert desk.answers(mina, lin, "好的") is SendKind.REPLY
    said = mina.shop.rows(TimelineEntry, TimelineEntry.contact_id == ticket.contact_id)
    assert [one.about for one in said if one.about and one.about.startswith("staff:")] == [f"staff:{lin}"] * 3


def test_an_answer_whose_token_line_does_not_know_arrives_as_a_push(desk: Desk, mina: Customer) -> None:
    lin = desk.hires("general")
    asks_for_a_person(mina)
    mina.says("請問可以今天看房嗎")
    desk.shop.simulator.line.faults.order("reply", "refuse", status=400, message="Invalid reply token")
    assert desk.answers(mina, lin, "可以") is SendKind.REPLY
    desk.shop.works()
    assert mina.person.messages[-1].body["text"] == "可以"


def test_a_finished_search_goes_to_the_team_of_its_area_and_a_second_reason_is_a_note(
    desk: Desk, searcher: Customer
) -> None:
    desk.hires("new_taipei_taoyuan", "general")
    searcher.taps("台北市", "15,000–25,000", "兩房以上", "越快越好", "沒有", "正確")
    (ticket,) = tickets_of(searcher)
    assert (ticket.reason, ticket.agent_id) == ("questionnaire:find_home", None)
    assert Decision.from_json(ticket.routed).rule == "taipei"
    lin = desk.hires("taipei")
    assert agent_of(searcher) == lin, "given the moment somebody is there"
    searcher.says("選單")
    searcher.taps("預約看房", "還沒看中，請專員推薦")
    searcher.picks("選擇日期與時間", "2027-03-10T14:00")
    searcher.says("0912345678")
    searcher.taps("正確")
    assert len(tickets_of(searcher)) == 1
    notes = searcher.shop.rows(TicketNote, TicketNote.ticket_id == ticket.id)
    assert [(note.user_id, note.text) for note in notes] == [(None, "questionnaire:viewing")]
    assert agent_of(searcher) == lin


def test_solving_gives_the_bot_back_and_asks_once_how_it_was(desk: Desk, mina: Customer) -> None:
    lin = desk.hires("general")
    asks_for_a_person(mina)
    desk.answers(mina, lin, "您好")
    desk.solves(mina, lin)
    question = mina.last
    assert mina.person.sees[-1].startswith("這次的服務先到這裡，小幫手回來了。")
    assert "wants:human" not in mina.tags
    assert mina.says("押金")[0].startswith("押金為兩個月租金"), "the bot answers again"
    stranger = Customer(desk.shop, "陳大文")
    stranger.follows()
    (ticket,) = tickets_of(mina)
    rating = pack(ButtonTap(f"ticket.{ticket.public_id}", "bad"))
    assert stranger.posts_back(rating)[0].startswith("這是先前的按鈕")
    assert tickets_of(mina)[0].satisfaction is None
    assert mina.taps("很滿意", on=question) == ["謝謝回饋，很高興能幫上忙！"]
    assert mina.taps("不滿意", on=question) == ["謝謝，先前的評分已經記下來了。"]
    (ticket,) = tickets_of(mina)
    assert (ticket.state, ticket.satisfaction) == (TicketState.SOLVED, Satisfaction.GOOD)
    assert mina.posts_back(pack(ButtonTap(f"ticket.{ticket.public_id}", "x")))[0].startswith("這是先前的按鈕")
    mina.says("專人")
    assert [one.state for one in tickets_of(mina)] == [TicketState.SOLVED, TicketState.OPEN], "a new need"
    assert mina.posts_back(pack(ButtonTap(f"ticket.{tickets_of(mina)[1].public_id}", "good")))[0].startswith(
        "這是先前的按鈕"
    ), "nobody has solved that one"


def test_a_poor_rating_offers_a_person_again(desk: Desk, mina: Customer) -> None:
    lin = desk.hires("general")
    asks_for_a_person(mina)
    mina.says("在嗎")
    desk.answers(mina, lin, "您好")
    desk.solves(mina, lin)
    assert mina.taps("不滿意") == ["很抱歉，這次沒有做好。要請專員再協助嗎？"]
    mina.taps("請專員協助")
    assert [one.reason for one in tickets_of(mina)] == ["handoff:asked", "handoff:misses"]


def test_whom_nobody_answered_is_not_asked(desk: Desk, mina: Customer) -> None:
    lin = desk.hires("general")
    asks_for_a_person(mina)
    seen = len(mina.person.messages)
    desk.solves(mina, lin)
    assert len(mina.person.messages) == seen


@pytest.mark.parametrize(
    ("fault", "times", "status", "copies"),
    [
        (None, 0, SendStatus.SENT, 1),
        ("rate_429", 99, SendStatus.SENT, 1),
        ("drop_after", 1, SendStatus.SENT, 1),
        # LINE never said whether it took it: shown as that, for sending again could send it twice.
        ("error_before", 99, SendStatus.UNKNOWN, 0),
    ],
)
def test_an_answer_that_misses_its_minute_arrives_once_and_in_its_place(
    desk: Desk, mina: Customer, fault: str | None, times: int, status: SendStatus, copies: int
) -> None:
    """Written while a reply was open, sent when LINE is back: as a push, before what was written after it."""
    shop = desk.shop
    lin = desk.hires("general")
    asks_for_a_person(mina)
    mina.says("在嗎")
    if fault is not None:
        shop.simulator.line.faults.order("reply", fault, times=times)
    with shop.database.write() as session:
        kinds = [
            service.answer(
                session,
                desk.ticket_in(session, mina),
                desk.user(session, lin),
                [text(words)],
                now=shop.now(),
            ).kind
            for words in ("第一句", "第二句")
        ]
    assert kinds == [SendKind.REPLY, SendKind.PUSH]
    if fault is None:
        shop.clock.advance(timedelta(minutes=30))  # no worker was there
    for _ in range(90):
        shop.works()
        shop.clock.advance(timedelta(seconds=1))
    shop.simulator.line.faults.clear()
    for _ in range(5):
        shop.works()
        shop.clock.advance(timedelta(minutes=1))
    answers = [one.body.get("text") for one in mina.person.messages][-copies - 1 :]
    assert answers == ["第一句", "第二句"][-copies - 1 :]
    rows = shop.rows(
        Outgoing, Outgoing.lane_key == mina.person.user_id, Outgoing.event_key.startswith("answer:")
    )
    assert [row.status for row in rows] == [status, SendStatus.SENT]
    assert "第一句" not in [one.body.get("text") for one in mina.person.messages[: -copies - 1]]


def test_an_unanswered_call_is_withdrawn_by_going_back_to_the_bot(desk: Desk, mina: Customer) -> None:
    lin = desk.hires("general", capacity=1)
    asks_for_a_person(mina)
    waiting = Customer(desk.shop, "陳大文")
    asks_for_a_person(waiting)
    assert (agent_of(mina), agent_of(waiting)) == (lin, None)
    mina.says("小幫手")
    (ticket,) = tickets_of(mina)
    assert (ticket.state, ticket.solved_by_id) == (TicketState.SOLVED, None)
    assert agent_of(waiting) == lin, "who is free gets the next at once"


def test_what_a_questionnaire_promised_is_still_done_when_the_bot_is_asked_for(
    desk: Desk, searcher: Customer
) -> None:
    lin = desk.hires("taipei")
    searcher.taps("台北市", "15,000–25,000", "兩房以上", "越快越好", "沒有", "正確")
    searcher.taps("回到小幫手")
    (ticket,) = tickets_of(searcher)
    assert (ticket.state, agent_of(searcher)) == (TicketState.OPEN, lin)
    assert searcher.says("押金")[0].startswith("押金為兩個月租金")
    desk.answers(searcher, lin, "您好，我是台北組的專員")
    assert searcher.says("押金") == [], "who writes takes the floor"
    assert tickets_of(searcher)[0].state is TicketState.OPEN


def test_a_call_that_nobody_answers_lapses_but_a_conversation_does_not(desk: Desk, mina: Customer) -> None:
    asks_for_a_person(mina)
    desk.shop.waits(hours=13)
    assert mina.says("押金")[0].startswith("押金為兩個月租金"), "nobody came, so the bot helps again"
    assert tickets_of(mina)[0].state is TicketState.OPEN, "but the ticket still waits"
    lin = desk.hires("general")
    desk.answers(mina, lin, "抱歉久等了")
    desk.shop.waits(hours=30)
    assert mina.says("押金") == [], "an answer is not answered by a machine"
    assert tickets_of(mina)[0].state is TicketState.OPEN


def test_nobody_waits_with_an_agent_who_left(desk: Desk, mina: Customer) -> None:
    lin = desk.hires("general")
    asks_for_a_person(mina)
    other = Customer(desk.shop, "陳大文")
    asks_for_a_person(other)
    desk.answers(other, lin, "您好")
    chen = desk.hires("general")
    desk.goes(lin, on=False)
    assert agent_of(mina) == chen
    assert agent_of(other) == lin, "there the customer has the word, and lin comes back"
    other.says("還在嗎？")
    assert agent_of(other) == chen
    desk.goes(chen, on=False)
    assert (agent_of(mina), agent_of(other)) == (None, None)
    desk.goes(lin, on=True)
    assert (agent_of(mina), agent_of(other)) == (lin, lin)


def test_only_whoever_has_the_ticket_answers_and_never_what_line_refuses(desk: Desk, mina: Customer) -> None:
    lin = desk.hires("general")
    sato = desk.hires("japanese")
    boss = desk.hires(role=Role.SUPERVISOR)
    asks_for_a_person(mina)
    with pytest.raises(NotAllowed, match="has this ticket"):
        desk.answers(mina, sato, "我來")
    with pytest.raises(NotAllowed, match="has this ticket"):
        desk.answers(mina, boss, "我來")
    with desk.session() as session:
        user = desk.user(session, boss)
        service.assign(session, desk.ticket_in(session, mina), user, user, now=desk.shop.now())
    assert desk.answers(mina, boss, "我來", answer_id="one") is SendKind.PUSH
    seen = len(mina.person.messages)
    assert desk.answers(mina, boss, "我來", answer_id="one") is SendKind.PUSH
    assert len(mina.person.messages) == seen, "send pressed twice sends once"
    with pytest.raises(InvalidInput):
        desk.answers(mina, boss, *"123456")
    with pytest.raises(NotAllowed), desk.session() as session:
        service.access(
            session,
            desk.user(session, sato),
            desk.ticket_in(session, mina).public_id,
            channel_id=desk.shop.channel_id,
        )
    mina.unfollows()
    with pytest.raises(Conflict, match="blocked"):
        desk.answers(mina, boss, "喂")
    assert lin


def test_lists_show_what_one_may_see_by_a_constant_number_of_queries(desk: Desk, mina: Customer) -> None:
    lin = desk.hires("general", capacity=30)
    sato = desk.hires("japanese")
    viewer = desk.hires(role=Role.VIEWER)
    asks_for_a_person(mina)

    def queries(login: str) -> tuple[int, list[str | None]]:
        with desk.shop.database.read() as session:
            user = desk.user(session, login)
            counted = []
            with listening(desk.shop.database, "before_cursor_execute", lambda *_: counted.append(1)):
                rows = lists.page(session, user, lists.View.ALL, channel_id=desk.shop.channel_id)
            return len(counted), [row.contact_name for row in rows]

    first, names = queries(lin)
    assert mina.person.name in names
    assert queries(sato)[1] == []
    assert mina.person.name in queries(viewer)[1]
    for number in range(5):
        asks_for_a_person(Customer(desk.shop, f"客人{number}"))
    second, names = queries(lin)
    assert names[0] == "客人4"
    assert first == second == 2
    with desk.shop.database.read() as session:
        user = desk.user(session, lin)
        tabs = lists.counts(session, user, channel_id=desk.shop.channel_id)
        assert tabs[lists.View.MINE] == lists.unread(session, user, channel_id=desk.shop.channel_id) == 6


def test_erasing_somebody_blanks_what_was_noted_and_frees_their_agent(desk: Desk, mina: Customer) -> None:
    lin = desk.hires("general", capacity=1)
    asks_for_a_person(mina)
    waiting = Customer(desk.shop, "陳大文")
    asks_for_a_person(waiting)
    with desk.session() as session:
        ticket = desk.ticket_in(session, mina)
        service.add_note(session, ticket, desk.user(session, lin), "電話是 0912", now=desk.shop.now())
        exported = privacy.export(session, mina.contact)
    assert "電話是 0912" in str(exported)
    contact_id = mina.contact.id
    with desk.session() as session:
        privacy.erase(session, mina.contact, now=desk.shop.now())
    (ticket,) = desk.shop.rows(Ticket, Ticket.contact_id == contact_id)
    assert ticket.state is TicketState.SOLVED
    assert [note.text for note in desk.shop.rows(TicketNote, TicketNote.ticket_id == ticket.id)] == [None]
    assert agent_of(waiting) == lin


def test_the_tea_shop_asks_only_where_it_costs_nothing(tea: Shop, guest: Customer) -> None:
    desk = Desk(tea)
    lin = desk.hires("counter", capacity=30)
    guest.follows()
    guest.says("店員")
    desk.answers(guest, lin, "你好")
    seen = len(guest.person.messages)
    desk.solves(guest, lin)
    assert len(guest.person.messages) == seen, "it would have been a push"
    guest.says("店員")
    desk.answers(guest, lin, "在")
    assert guest.says("謝謝") == []
    desk.solves(guest, lin)
    assert guest.person.sees[-1].startswith("這次的服務先到這裡")
    (*_, asked) = tea.rows(Outgoing, Outgoing.lane_key == guest.person.user_id)
    assert (asked.kind, asked.status) == (SendKind.REPLY, SendStatus.SENT)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("question:find_home/", "questionnaire:find_home"),
        ("rule:handoff/asked", "handoff:asked"),
        ("rule:handoff/offered", "handoff:misses"),
        ("rule:fallback.second/human", "handoff:misses"),
        ("rule:fallback/second", "handoff:misses"),
        ("rule:fallback.first/human", "handoff:fallback.first/human"),
        ("rule:menu.main/human", "handoff:menu.main/human"),
    ],
)
def test_a_tickets_reason_says_how_the_person_was_called(source: str, reason: str) -> None:
    assert handoff.reason_of(source) == reason
