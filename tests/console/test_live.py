"""News for open pages: what is noticed, who is told, and how many find room."""

from collections.abc import Callable
from time import monotonic, sleep
from typing import Any

import orjson
import pytest

from console.live import MOST_PER_USER, MOST_STREAMS, Hub
from console.watching import Changes, Watch
from contacts.timeline import EntryKind, TimelineEntry
from staff.models import Role
from tests.console.inboxes import Inbox
from tests.console.people import Browser, signed_in
from tests.shop import Shop


@pytest.fixture
def inbox(shop: Shop) -> Inbox:
    return Inbox(shop)


@pytest.fixture
def look(inbox: Inbox) -> Callable[[], Changes]:
    watch = Watch(inbox.shop.channel_id)

    def look() -> Changes:
        with inbox.shop.database.read() as session:
            return watch.look(session, now=inbox.shop.now())

    look()
    return look


def browser_of(inbox: Inbox, role: Role = Role.AGENT) -> Browser:
    user = inbox.agent(f"{role.value}-{monotonic()}", "general", role=role)
    return signed_in(inbox.shop.app, inbox.shop.database, user, now=inbox.shop.now())


def test_a_look_finds_messages_outcomes_tickets_and_notes(inbox: Inbox, look: Callable[[], Changes]) -> None:
    shop = inbox.shop
    mina, ticket = inbox.customer("Mina")
    contact = shop.contact(mina).public_id
    assert look() == Changes(frozenset({contact}), frozenset({ticket}))
    assert not look()
    mina.says("hello?")
    assert look() == Changes(frozenset({contact}), frozenset({ticket}))
    browser = browser_of(inbox, Role.ADMIN)
    shop.waits(seconds=1)
    look()
    assert not look()
    assert browser.post(f"/console/inbox/{ticket}/note", {"text": "VIP"}).status_code == 302
    assert look() == Changes(frozenset({contact}), frozenset({ticket}))


def test_a_row_that_was_numbered_earlier_and_committed_later_is_found(
    inbox: Inbox, look: Callable[[], Changes]
) -> None:
    shop = inbox.shop
    mina, _ = inbox.customer("Mina")
    look()
    newest = max(entry.id for entry in shop.rows(TimelineEntry))

    def late(id_: int) -> None:
        with shop.database.write() as session:
            contact = session.merge(shop.contact(mina))
            session.add(
                TimelineEntry(
                    id=id_, channel_id=shop.channel_id, contact=contact, kind=EntryKind.EVENT, at=shop.now()
                )
            )

    late(newest + 10)
    assert look().contacts
    late(newest + 5)
    assert look().contacts == {shop.contact(mina).public_id}


def test_a_stream_begins_with_everything_and_then_tells_ids_only(inbox: Inbox) -> None:
    browser = browser_of(inbox)
    stream = browser.get("/console/live", buffered=False)
    assert stream.headers["Content-Type"].startswith("text/event-stream")
    parts = stream.iter_encoded()
    assert b"retry:" in next(parts)
    assert orjson.loads(next(parts).partition(b"data: ")[2])["all"] is True
    secret = "my door code is 4711"
    mina, _ = inbox.customer("Mina Secretname", secret)
    heard = b""
    deadline = monotonic() + 10
    while inbox.contact(mina).public_id.encode() not in heard and monotonic() < deadline:
        heard += next(parts)
    stream.close()
    assert inbox.contact(mina).public_id.encode() in heard
    assert b"4711" not in heard
    assert b"Secretname" not in heard


def test_a_page_that_comes_back_hears_what_it_missed(inbox: Inbox) -> None:
    browser = browser_of(inbox)
    first = orjson.loads(browser.get("/console/live/news").data)
    assert first["all"] is True
    _, ticket = inbox.customer("Mina")
    told = first
    while ticket not in told["tickets"]:
        told = wait_for_news(browser, told["after"])
    assert browser.get(f"/console/live/news?after={told['after']}").status_code in {200, 204}
    for strange in ("", "x", "abc-1", f"{first['after']}9999", "-" * 500):
        assert orjson.loads(browser.get("/console/live/news", query_string={"after": strange}).data)["all"]


def wait_for_news(browser: Browser, after: str) -> dict[str, Any]:
    deadline = monotonic() + 10
    while monotonic() < deadline:
        answer = browser.get(f"/console/live/news?after={after}")
        if answer.status_code == 200:
            told: dict[str, Any] = orjson.loads(answer.data)
            return told
        sleep(0.1)
    raise AssertionError("no news came")


def test_beyond_the_last_place_a_page_is_told_to_ask_instead(inbox: Inbox) -> None:
    hub: Hub = inbox.shop.console.extensions["live"]
    browser = browser_of(inbox)
    users = [f"user-{number}" for number in range(MOST_STREAMS)]
    assert all(hub.join(user) for user in users)
    assert not hub.join("one more")
    assert browser.get("/console/live").status_code == 503
    assert browser.get("/console/live/news").status_code in {200, 204}
    for user in users:
        hub.leave(user)
    assert [hub.join("greedy") for _ in range(MOST_PER_USER + 1)] == [True] * MOST_PER_USER + [False]
    for _ in range(MOST_PER_USER):
        hub.leave("greedy")
    for _ in range(MOST_STREAMS * 2):  # a browser that goes before it has read a word gives its place back
        browser.get("/console/live", buffered=False).close()
    assert hub.stream_count == 0


def test_marketers_hear_nothing_of_conversations(inbox: Inbox) -> None:
    assert browser_of(inbox, Role.MARKETER).get("/console/live").status_code == 403
