"""The inbox with many conversations and long ones, on both databases."""

import random
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from campaigns.models import Campaign, CampaignState, Delivery
from console.story_rows import Place, newest, onwards, place_of
from contacts.service import meet
from contacts.timeline import EntryKind, note
from core.db import Database
from core.ids import new_public_id
from segmentation.models import Segment
from staff.models import Role, StaffUser
from tests.console.inboxes import Inbox
from tests.console.people import Browser, signed_in
from tests.listening import listening
from tests.shop import Shop
from tickets import lists, queues
from tickets.models import Ticket, TicketNote, TicketState


@pytest.fixture
def inbox(shop: Shop) -> Inbox:
    return Inbox(shop)


def browser_of(inbox: Inbox, user: StaffUser) -> Browser:
    return signed_in(inbox.shop.app, inbox.shop.database, user, now=inbox.shop.now())


@pytest.mark.parametrize("seed", range(3))
def test_pages_backwards_hold_every_line_once_whatever_happened_at_one_moment(
    inbox: Inbox, seed: int
) -> None:
    chance = random.Random(seed)
    mina, ticket = inbox.customer("Mina")
    shop = inbox.shop
    with shop.database.write() as session:
        contact = session.merge(shop.contact(mina))
        segment = session.scalars(sa.select(Segment).limit(1)).one()
        ticket_id = inbox.ticket(ticket).id
        for number in range(60):
            # A handful of moments, so that many lines share one and only their order tells them apart.
            at = shop.now() + timedelta(seconds=chance.randrange(8))
            match chance.randrange(3):
                case 0:
                    note(session, contact, EntryKind.EVENT, at=at)
                case 1:
                    session.add(TicketNote(ticket_id=ticket_id, at=at, text=str(number)))
                case _:
                    campaign = Campaign(
                        public_id=new_public_id(), channel_id=shop.channel_id, name=str(number),
                        segment=segment, content={}, state=CampaignState.FINISHED, created_at=at,
                        created_by="test",
                    )  # fmt: skip
                    session.add(campaign)
                    session.flush()  # for the id that the delivery names
                    session.add(Delivery(campaign_id=campaign.id, contact_id=contact.id, released_at=at))
    with shop.database.read() as session:
        whole = newest(session, contact, limit=500, with_notes=True)
        read: list[Place] = []
        before: Place | None = None
        while True:
            page = newest(session, contact, before=before, limit=7, with_notes=True)
            read = [*map(place_of, page.rows), *read]
            before = page.first
            if not page.has_earlier:
                break
            assert before is not None
            assert Place.read(str(before)) == before
        assert read == [place_of(row) for row in whole.rows] == sorted(set(read))
        middle = read[len(read) // 2]
        after = [place_of(row) for row in onwards(session, contact, middle, with_notes=True).rows]
        assert after == read[len(read) // 2 :]
        outside = newest(session, contact, limit=500, with_notes=False)
        assert not [row for row in outside.rows if place_of(row).kind == 2]


def test_pages_ask_as_much_of_the_database_for_five_hundred_conversations(inbox: Inbox) -> None:
    shop = inbox.shop
    boss = inbox.agent("boss", role=Role.SUPERVISOR)
    lin = inbox.agent("lin", "general", capacity=900)
    mina, ticket = inbox.customer("Mina", "hello")
    browsers = [browser_of(inbox, user) for user in (boss, lin)]
    paths = ["/console/inbox/?view=all", "/console/inbox/list?view=all", f"/console/inbox/{ticket}",
             f"/console/inbox/{ticket}/now", "/console/inbox/list?view=all&q=hello"]  # fmt: skip

    def counts() -> list[int]:
        return [queries(shop.database, browser, path) for browser in browsers for path in paths]

    mina.says("one more")
    few = counts()
    with shop.database.write() as session:
        more_conversations(session, shop, 500)
    for number in range(100):
        mina.says(f"message {number}")
    assert counts() == few
    assert max(few) <= 36
    assert browsers[0].get("/console/inbox/?view=all").text.count('class="row-link"') == 50


def queries(database: Database, browser: Browser, path: str) -> int:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    browser.get(path)  # reads what is kept for good
    with listening(database, "before_cursor_execute", note):
        assert browser.get(path).status_code == 200
    return len([one for one in asked if not one.startswith("BEGIN")])


def more_conversations(session: sa.orm.Session, shop: Shop, count: int) -> None:
    """Write people with a ticket each, as a busy week leaves them."""
    queue = queues.of_key(session, shop.channel_id, "general")
    for number in range(count):
        contact = meet(
            session, shop.channel_id, f"U{number:032x}", shard=0, sent_at=shop.now(), now=shop.now()
        )
        contact.display_name = f"Person {number}"
        note(session, contact, EntryKind.RECEIVED, at=shop.now(), text="hi",
             payload={"messages": [{"type": "text", "text": "hi"}]})  # fmt: skip
        ticket = Ticket(
            public_id=f"t{number:010}", channel_id=shop.channel_id, contact=contact, queue=queue,
            state=TicketState.OPEN, reason="handoff:asked", opened_at=shop.now(), touched_at=shop.now(),
            customer_wrote_at=shop.now(), routed={"queue": "general", "rule": None, "tried": []},
        )  # fmt: skip
        session.add(ticket)


@pytest.mark.parametrize("view", list(lists.View))
def test_a_list_is_read_in_its_order_from_an_index(inbox: Inbox, view: lists.View) -> None:
    """However many conversations there are, a page reads as many as it shows, and counts read no rows."""
    if not inbox.shop.database.is_sqlite:
        pytest.skip("PostgreSQL plans by what it knows of the rows, and there are none here")
    boss = inbox.agent("boss", role=Role.ADMIN)
    asked: list[tuple[str, tuple[Any, ...]]] = []

    def note(
        _connection: object, _cursor: object, statement: str, parameters: tuple[Any, ...], *_: object
    ) -> None:
        if "FROM tickets" in statement:
            asked.append((statement, parameters))

    with (
        listening(inbox.shop.database, "before_cursor_execute", note),
        inbox.shop.database.read() as session,
    ):
        lists.page(session, boss, view, channel_id=inbox.shop.channel_id)
        lists.counts(session, boss, channel_id=inbox.shop.channel_id)
    with inbox.shop.database.engine.connect() as connection:
        page, counts = (
            [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            for statement, parameters in asked
        )
    if view in {lists.View.ALL, lists.View.SOLVED}:
        assert not [step for step in page if "TEMP B-TREE" in step]
    assert any("ix__tickets__touched" in step for step in counts)
