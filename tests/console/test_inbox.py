"""The inbox as its pages: who sees what, what can be done, and what comes first."""

import pytest

from tests.console.inboxes import Inbox
from tests.console.people import Browser, signed_in
from tests.shop import Shop


@pytest.fixture
def inbox(shop: Shop) -> Inbox:
    return Inbox(shop)


def browser_of(inbox: Inbox, user: object) -> Browser:
    return signed_in(inbox.shop.app, inbox.shop.database, user, now=inbox.shop.now())  # type: ignore[arg-type]


def test_an_agent_reads_and_answers_a_conversation(inbox: Inbox) -> None:
    lin = inbox.agent("lin", "general")
    mina, ticket = inbox.customer("美娜", "想看房子")
    browser = browser_of(inbox, lin)

    listed = browser.get("/console/inbox/").text
    assert "美娜" in listed
    assert "想看房子" in listed
    opened = browser.get(f"/console/inbox/{ticket}").text
    assert "想看房子" in opened

    answer = browser.post(f"/console/inbox/{ticket}/answer", {"text": "什麼時候方便？"})
    assert answer.status_code == 302
    inbox.shop.works()
    assert mina.sees[-1] == "什麼時候方便？"
    assert "Sent as a free reply" in browser.get(f"/console/inbox/{ticket}").text
