"""Who looks at another page hears of their customers as well: the number, the sound and the notice, once a browser."""

import re
from functools import wraps
from time import sleep
from typing import Any

import pytest

from staff.models import Role, StaffUser
from tests import chromium
from tests.console.browser import DESK, POCKET, Site
from tests.console.inboxes import Inbox
from tests.console.people import a_user

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

pytestmark = chromium.MARKS

HEARD = """
window.rings = 0;
window.notices = [];
window.away = false;
window.Audio = class { play() { window.rings += 1; return Promise.resolve(); } };
window.Notification = class {
  static permission = "granted";
  constructor(title, { body }) { window.notices.push(`${title}: ${body}`); window.newest = this; }
  close() {}
};
Object.defineProperty(Document.prototype, "hidden", { get: () => window.away });
"""


@pytest.fixture
def engine_name() -> str:
    """What a browser shows is the same on either database."""
    return "sqlite"


@pytest.fixture
def inbox(site: Site) -> Inbox:
    return Inbox(site.shop)


@pytest.fixture
def lin(inbox: Inbox) -> StaffUser:
    user = inbox.agent("lin", "general")
    with inbox.shop.database.write() as session:
        user = session.merge(user)
        user.plays_sound = user.shows_notifications = True
    return user


def opened(page: Any, path: str) -> Any:
    page.add_init_script(HEARD)
    page.goto(path)
    return page


def another_tab(page: Any, path: str) -> Any:
    return opened(page.context.new_page(), path)


def title_is(page: Any, pattern: str) -> None:
    expect(page).to_have_title(re.compile(pattern))


def test_a_page_that_shows_no_conversations_counts_rings_and_tells_who_waits(
    site: Site, inbox: Inbox, lin: StaffUser
) -> None:
    for number, (size, place) in enumerate(((DESK, ".side-nav"), (POCKET, ".top summary"))):
        with site.page(lin, size=size) as page:
            opened(page, "/console/contacts/")
            page.evaluate("window.away = true")
            before = page.evaluate("window.rings")
            name = ("美娜", "春香")[number]
            mina, ticket = inbox.customer(name, "在嗎？")
            title_is(page, rf"^\({number + 1}\) Contacts")
            expect(page.locator(f"{place} [data-unread]")).to_have_text(str(number + 1))
            page.wait_for_function("() => window.notices.length === 1")
            assert page.evaluate("window.notices[0]") == f"A customer wrote: {name}"
            assert page.evaluate("window.rings") == before + 1
            mina.says("有人嗎？")  # the same customer waits on: the number does not grow
            page.wait_for_timeout(2500)
            assert page.evaluate("window.rings") == before + 1
            page.evaluate("window.newest.onclick()")
            page.wait_for_url(f"**/console/inbox/{ticket}")


def test_where_a_browser_refuses_notices_it_rings_once_all_the_same(
    site: Site, inbox: Inbox, lin: StaffUser
) -> None:
    with site.page(lin, size=POCKET) as page:
        page.add_init_script(HEARD)
        page.add_init_script(
            "Notification = class { static permission = 'granted'; constructor() { throw new TypeError(); } };"
        )
        page.goto("/console/contacts/")
        page.wait_for_timeout(1200)
        page.evaluate("window.away = true")
        mina, _ticket = inbox.customer("美娜", "在嗎？")
        title_is(page, r"^\(1\) Contacts")
        page.wait_for_function("() => window.rings === 1")
        page.wait_for_timeout(2500)
        mina.says("有人嗎？")
        page.wait_for_timeout(2500)
        assert page.evaluate("window.rings") == 1


def test_the_inbox_rings_for_conversations_that_its_list_does_not_show(
    site: Site, inbox: Inbox, lin: StaffUser
) -> None:
    with site.page(lin) as page:
        opened(page, "/console/inbox/?view=solved")
        page.wait_for_timeout(1200)
        mina, ticket = inbox.customer("美娜", "在嗎？")
        title_is(page, r"^\(1\) Inbox")
        page.wait_for_function("() => window.rings === 1")
        assert page.locator(f"#row-{ticket}").count() == 0
        page.goto(f"/console/inbox/{ticket}")
        box = page.get_by_role("textbox", name="Answer")
        box.fill("在的")
        box.press("Enter")
        title_is(page, r"^Inbox")
        site.shop.waits(seconds=5)
        mina.says("請問還有房嗎？")
        title_is(page, r"^\(1\) Inbox")
        page.wait_for_function("() => window.rings === 1")  # of the page that came since


def test_customers_of_others_ring_nobody_here(site: Site, inbox: Inbox, lin: StaffUser) -> None:
    chen = inbox.agent("chen", "general", is_on_duty=False)
    inbox.goes(lin, on=False)
    inbox.goes(chen, on=True)
    with site.page(lin) as page:
        opened(page, "/console/")
        page.wait_for_timeout(3000)
        inbox.customer("美娜", "在嗎？")
        page.wait_for_timeout(2500)
        assert page.evaluate("[window.rings, document.title.startsWith('(')]") == [0, False]


def test_of_many_tabs_one_listens_one_rings_and_all_count(site: Site, inbox: Inbox, lin: StaffUser) -> None:
    with site.page(lin) as page:
        opened(page, "/console/")
        others = ("/console/contacts/", "/console/inbox/", "/console/account/")
        tabs = [page, *(another_tab(page, path) for path in others)]
        live = site.shop.console.extensions["live"]
        page.wait_for_timeout(3500)
        assert live.stream_count == 1
        inbox.customer("美娜", "在嗎？")
        for tab in tabs:
            title_is(tab, r"^\(1\) ")
        page.wait_for_timeout(1000)
        assert sum(tab.evaluate("window.rings") for tab in tabs) == 1
        assert live.stream_count == 1
        rung = sum(tab.evaluate("window.rings") for tab in tabs[1:])
        tabs[0].close()  # the one that listened; another takes over
        inbox.customer("Ken", "hello?")
        for tab in tabs[1:]:
            title_is(tab, r"^\(2\) ")
        tabs[1].wait_for_timeout(1000)
        assert sum(tab.evaluate("window.rings") for tab in tabs[1:]) == rung + 1


def test_whoever_may_hold_no_conversations_opens_no_stream(site: Site, inbox: Inbox) -> None:
    with site.shop.database.write() as session:
        viewer = a_user(session, Role.VIEWER, now=site.shop.now())
        marketer = a_user(session, Role.MARKETER, now=site.shop.now())
    for user in (viewer, marketer):
        with site.page(user) as page:
            page.goto("/console/segments/")
            assert page.locator("#news").count() == 0
    with site.page(viewer) as page, page.expect_request("**/console/live"):
        page.goto("/console/inbox/")


def test_a_page_that_somebody_elses_will_replace_asks_nothing_in_their_name(
    site: Site, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = site.shop.now()
    with site.shop.database.write() as session:
        admin = a_user(session, Role.ADMIN, now=now, login="admin", is_demo=True)
        a_user(session, Role.MARKETER, now=now, login="marketer", is_demo=True)
    monkeypatch.setattr(
        "console.demo._require_demo", lambda _parts, _user: None
    )  # nobody takes this shop away
    pages = site.shop.console.view_functions
    segments = pages["segments.page"]

    @wraps(segments)  # who may see it included
    def late() -> Any:
        """Give the cookie of other eyes some time before their page."""
        inbox.customer("美娜", "在嗎？")
        sleep(4)
        return segments()

    with site.page(admin) as page:
        opened(page, "/console/segments/")
        page.wait_for_timeout(4_000)  # by now it listens
        monkeypatch.setitem(pages, "segments.page", late)
        marketer = page.locator('.demo-eye[value="marketer"]')
        marketer.click()
        expect(marketer).to_have_attribute("aria-pressed", "true")
