"""What an agent cannot reach by the numbers of others: conversations, notes, files of other queues; more rights."""

from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa

from core.db import Base
from staff.models import Role, StaffUser
from staff.permissions import PERMISSIONS, Permission
from tests.console.inboxes import Inbox
from tests.console.people import Browser, browser_of, signed_in
from tests.console.roles import EXPECTED
from tests.console.test_roles import filled
from tests.shop import Shop

CONVERSATIONS = [route for route in EXPECTED if "/console/inbox/<public_id>" in route]
SECRET = "my secret illness"
FORM = {"text": "x", "tag": "area:taipei", "agent": "chen", "queue": "taipei", "before": "MS4wLjE"}
TOUCHED_BY_STAFF = ("tickets", "assignments", "ticket_notes", "outbox", "contact_tags", "timeline_entries")


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def inbox(shop: Shop) -> Inbox:
    return Inbox(shop)


def everything(shop: Shop, *names: str) -> dict[str, list[Any]]:
    """Return every row of these tables."""
    with shop.database.read() as session:
        return {
            name: [tuple(row) for row in session.execute(sa.select(Base.metadata.tables[name]))]
            for name in names
        }


def asks(browser: Browser, route: str, public_id: str, form: dict[str, str]) -> Any:
    method, path = filled(route)
    path = path.replace("nobodyatall2", public_id)
    return browser.get(path, query_string=form) if method == "GET" else browser.post(path, form)


def test_there_are_conversations_to_be_kept_apart() -> None:
    assert len(CONVERSATIONS) >= 11


def test_nobody_reaches_a_conversation_that_is_not_theirs(inbox: Inbox) -> None:
    """Agents of another queue, and roles that have no inbox; by its own id, and by that of its customer."""
    inbox.agent("lin", "general")
    mina, ticket = inbox.customer("Mina", SECRET, queue="general")
    shop = inbox.shop
    chen = inbox.agent("chen", "taipei")
    strangers = [
        signed_in(shop.app, shop.database, chen, now=shop.now()),
        browser_of(shop.app, shop.database, Role.MARKETER, now=shop.now()),
    ]
    before = everything(shop, *TOUCHED_BY_STAFF)
    for stranger, route in product(strangers, CONVERSATIONS):
        for public_id in (ticket, inbox.contact(mina).public_id, chen.public_id, "1"):
            answer = asks(stranger, route, public_id, FORM)
            assert answer.status_code in {403, 404}, (route, public_id)
            assert SECRET not in answer.text
    assert everything(shop, *TOUCHED_BY_STAFF) == before


def test_who_reads_along_changes_nothing(inbox: Inbox) -> None:
    inbox.agent("lin", "general")
    inbox.agent("chen", "taipei")
    _mina, ticket = inbox.customer("Mina", "hello", queue="general")
    shop = inbox.shop
    viewer = browser_of(shop.app, shop.database, Role.VIEWER, now=shop.now())
    before = everything(shop, *TOUCHED_BY_STAFF)
    for route in CONVERSATIONS:
        expected = 403 if route.startswith("POST") else 200
        assert asks(viewer, route, ticket, FORM).status_code == expected, route
    assert everything(shop, *TOUCHED_BY_STAFF) == before


def test_an_agent_gives_nothing_away_and_takes_nothing_that_another_has(inbox: Inbox) -> None:
    lin, chen = inbox.agent("lin", "general"), inbox.agent("chen", "general")
    _mina, ticket = inbox.customer("Mina", "hello", queue="general")
    shop = inbox.shop
    assert inbox.ticket(ticket).agent_id == lin.id
    other = signed_in(shop.app, shop.database, chen, now=shop.now())
    url = f"/console/inbox/{ticket}"
    assert other.post(f"{url}/assign", {"agent": "chen"}).status_code == 403
    assert other.post(f"{url}/move", {"queue": "taipei"}).status_code == 403
    assert other.post(f"{url}/take").status_code == 409
    assert other.post(f"{url}/answer", {"text": "hi"}).status_code == 403
    assert other.post(f"{url}/solve").status_code == 403
    assert inbox.ticket(ticket).agent_id == lin.id


MORE = {
    "role": "admin", "is_active": "1", "is_admin": "1", "is_demo": "1", "capacity": "500", "login": "root",
    "password_hash": "x", "permissions": "manage_staff", "user_id": "1", "agent_id": "1", "public_id": "x",
    "queues": "taipei", "queue": "taipei", "agent": "chen", "on": "1", "tag": "area:taipei", "text": "x",
    "channel_id": "2", "state": "finished", "version": "1",
}  # fmt: skip


@pytest.mark.parametrize("role", [Role.AGENT, Role.MARKETER, Role.VIEWER, Role.SUPERVISOR])
def test_no_form_takes_more_than_it_asks_for(inbox: Inbox, role: Role) -> None:
    """Every address that the role may post to, with every field that could mean more rights."""
    shop = inbox.shop
    someone = inbox.agent("someone", "general", role=role)
    chen = inbox.agent("chen", "taipei")
    browser = signed_in(shop.app, shop.database, someone, now=shop.now())
    for route in EXPECTED:
        method, path = filled(route)
        if method == "GET" or path == "/console/sign-out":
            continue
        for public_id in ("nobodyatall2", someone.public_id, chen.public_id):
            assert browser.post(path.replace("nobodyatall2", public_id), MORE).status_code < 500, route
    after = {user.login: user for user in shop.rows(StaffUser)}
    assert set(after) == {"someone", "chen"}
    assert after["someone"].role is role
    assert after["chen"].role is Role.AGENT
    assert not after["someone"].is_demo
    assert after["someone"].password_hash is None
    assert after["someone"].public_id == someone.public_id
    may_set = Permission.SET_OTHERS_DUTY in PERMISSIONS[role]
    assert after["chen"].capacity == (500 if may_set else 10)
