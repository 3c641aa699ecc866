"""Who reads what a customer wrote: every role, in every case in which a person of ours may be talking with them."""

from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from contacts.media import MediaFile, MediaStatus
from core.db import Database
from staff.models import Role
from staff.permissions import Permission, may
from tests.console.inboxes import Inbox
from tests.console.people import Browser, signed_in
from tests.shop import Shop
from tests.tickets.agents import an_agent
from tickets.models import Ticket, TicketState

WORDS = "陽台可以養貓嗎"
CASES = ("none", "own queue", "other queue", "held in other queue", "solved in other queue")


@dataclass(frozen=True)
class Case:
    browser: Browser
    page: str
    file: str
    expects: bool


def staged(shop: Shop, role: Role, case: str) -> Case:
    """Let somebody write while they stand to the user as the case says."""
    inbox, now = Inbox(shop), shop.now()
    mina = shop.person("王小美", language="zh-TW")
    mina.follows()
    mina.says(WORDS)
    shop.does_chores()
    contact = shop.contact(mina)
    with shop.database.write() as session:
        user = an_agent(session, shop.channel_id, "lin", "taipei", now=now, role=role, is_on_duty=False)
        user_id = user.id
        session.add(
            MediaFile(
                channel_id=shop.channel_id,
                contact_id=contact.id,
                message_id="m1",
                kind="image",
                status=MediaStatus.STORED,
                stored_as="ab/cd",
                content_type="image/png",
            )
        )
    (shop.media_dir / "ab").mkdir(parents=True, exist_ok=True)
    (shop.media_dir / "ab" / "cd").write_bytes(b"png")
    if case != "none":
        ticket = inbox.waits(mina, "taipei" if case == "own queue" else "general")
        cases: dict[str, dict[str, object]] = {
            "held in other queue": {"agent_id": user_id},
            "solved in other queue": {"state": TicketState.SOLVED, "solved_at": now},
        }
        values = cases.get(case, {"agent_id": None})
        with shop.database.write() as session:
            session.execute(sa.update(Ticket).where(Ticket.public_id == ticket).values(**values))
    browser = signed_in(shop.app, shop.database, user, now=now)
    open_elsewhere = case in {"other queue", "held in other queue", "own queue"}
    sees_ticket = may(role, Permission.SEE_ALL_TICKETS) or (
        may(role, Permission.SEE_INBOX) and case in {"own queue", "held in other queue"}
    )
    page = f"/console/contacts/{contact.public_id}"
    return Case(browser, page, f"/console/media/{contact.public_id}/m1", sees_ticket or not open_elsewhere)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("role", list(Role))
def test_an_open_conversation_is_read_by_those_who_may_see_its_ticket(
    shop: Shop, database: Database, role: Role, case: str
) -> None:
    if database.is_sqlite is False and role not in {Role.AGENT, Role.MARKETER}:
        pytest.skip("the other roles ask nothing of the database")
    told = staged(shop, role, case)
    page = told.browser.get(told.page)
    assert page.status_code == 200
    assert "王小美" in page.text, "who they are is for everybody who may see people"
    assert (WORDS in page.text) == told.expects
    earlier = told.browser.get(f"{told.page}/earlier?before=MS4wLjE")
    assert earlier.status_code == (200 if told.expects else 403)
    file = told.browser.get(told.file)
    file.close()
    assert file.status_code == (200 if told.expects else 404)
    found = told.browser.get("/console/contacts/?q=養貓").text
    assert ("王小美" in found) == told.expects, "nobody is found by what others may not read"
    by_name = told.browser.get("/console/contacts/?q=王小美").text
    assert "王小美" in by_name
    assert WORDS not in told.browser.get("/console/contacts/?q=小美").text
