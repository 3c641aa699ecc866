"""The stage in a browser: scenes stand still when they are paused, costs are counted, a push counts down and arrives."""

import re
from typing import Any

import pytest

from line.messages import text
from simulator.person import Person
from staff.models import Role, StaffUser
from tests import chromium
from tests.campaigns.office import Office
from tests.console import browser
from tests.console.inboxes import Inbox
from tests.console.people import a_user
from tests.shop import Shop
from tickets.answering import answer

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

pytestmark = chromium.MARKS

UNFRAMED = ("frame", "Frame")
"""Here is no simulated LINE whose phone may stand in the page; the tour has one."""


@pytest.fixture
def engine_name() -> str:
    """What a browser shows is the same on either database."""
    return "sqlite"


@pytest.fixture
def office(shop: Shop) -> Office:
    return Office(shop, playbook="rental")


@pytest.fixture
def mina(office: Office) -> Person:
    person = office.shop.person("Mina")
    person.follows()
    return person


def staff(shop: Shop, role: Role = Role.MARKETER) -> StaffUser:
    with shop.database.write() as session:
        return a_user(session, role, now=shop.now())


def counted(page: Any, free: int, paid: int) -> None:
    """Wait until the counters show these numbers."""
    numbers = page.locator(".stage-cost dd")
    expect(numbers.nth(0)).to_have_text(str(free))
    expect(numbers.nth(1)).to_have_text(str(paid))


def test_a_scene_that_is_paused_does_not_act_once_more(shop: Shop, site: browser.Site) -> None:
    Inbox(shop)
    user = staff(shop)
    with site.page(user, expected=UNFRAMED) as page:
        page.goto("/console/stage/")
        page.click("#play-start")
        page.click("#play-pause")
        acted = progress(page)
        page.wait_for_timeout(3_000)
        assert progress(page) == acted
        page.click("#play-step")
        page.wait_for_function(
            "was => Number(document.getElementById('play-progress').ariaValueNow) > was", arg=acted
        )


def progress(page: Any) -> float:
    return float(page.get_attribute("#play-progress", "aria-valuenow"))


def test_replies_are_counted_as_free_and_pushes_as_paid_while_one_looks(
    site: browser.Site, office: Office, mina: Person
) -> None:
    shop = office.shop
    inbox = Inbox(shop)
    lin = inbox.agent("lin", "general")
    with site.page(staff(shop), expected=UNFRAMED) as page:
        page.goto(f"/console/stage/?person={mina.user_id}")
        counted(page, free=1, paid=0)  # the greeting
        mina.says("請問有房嗎？")
        shop.works()
        counted(page, free=2, paid=0)
        ticket = inbox.waits(mina)
        shop.waits(minutes=2)  # no reply token is good any more
        with shop.database.write() as session:
            found = session.merge(inbox.ticket(ticket))
            answer(session, found, session.merge(lin), [text("有的！")], now=shop.now(), answer_id="a1")
        shop.works()
        assert mina.sees[-1] == "有的！"
        counted(page, free=2, paid=1)
        expect(page.locator(".stage-agent")).to_contain_text("Lin")
        expect(page.locator(".stage-why")).to_contain_text("the least busy: 0 of 10 conversations")


def test_send_in_one_minute_counts_down_to_the_push_that_arrives(
    site: browser.Site, office: Office, mina: Person
) -> None:
    shop = office.shop
    office.writes({"say": "新品上市！"}, name="One-minute news")
    with site.page(staff(shop), expected=UNFRAMED) as page:
        page.clock.install(time=shop.now())
        page.goto(f"/console/stage/?person={mina.user_id}")
        line = page.locator(".stage-sendings li", has_text="One-minute news")
        counted(page, free=1, paid=0)
        line.get_by_role("button", name="Send in one minute").click()
        clock = line.locator(".stage-countdown")
        expect(clock).to_have_text(re.compile(r"^(1:00|0:5\d)$"))
        first = seconds(clock)
        page.wait_for_timeout(2_500)
        assert 2 <= first - seconds(clock) <= 10, "it counts down by itself"
        shop.does_chores()
        assert office.got() == [], "the minute is not over"
        expect(line.get_by_role("button")).to_have_count(0)
        shop.clock.advance(60)
        shop.does_chores()
        assert office.got() == [mina.user_id]
        expect(line).to_contain_text("Arrived on the phone")
        expect(clock).to_have_count(0)
        counted(page, free=1, paid=1)
        assert mina.sees[-1] == "新品上市！"


def seconds(clock: Any) -> int:
    minutes, _colon, rest = clock.inner_text().partition(":")
    return int(minutes) * 60 + int(rest)


def test_whoever_is_not_in_the_segment_is_told_so_and_only_marketers_send(
    site: browser.Site, office: Office, mina: Person
) -> None:
    shop = office.shop
    office.writes({"say": "新品上市！"}, name="One-minute news", segment="landlords")
    address = f"/console/stage/?person={mina.user_id}"
    with site.page(staff(shop, Role.VIEWER), expected=UNFRAMED) as page:
        page.goto(address)
        line = page.locator(".stage-sendings li", has_text="One-minute news")
        expect(line).to_contain_text("look as the marketer to send it")
        assert line.get_by_role("button").count() == 0
    with site.page(staff(shop), expected=UNFRAMED) as page:
        page.goto(address)
        line = page.locator(".stage-sendings li", has_text="One-minute news")
        line.get_by_role("button", name="Send in one minute").click()
        expect(line.locator(".stage-countdown")).to_be_visible()
        shop.clock.advance(61)
        shop.does_chores()
        expect(line).to_contain_text("this person is not in it")
        counted(page, free=1, paid=0)


def test_scenes_in_which_days_pass_are_there_grey_and_say_so(site: browser.Site, office: Office) -> None:
    user = staff(office.shop)
    for size in (browser.DESK, browser.POCKET):
        with site.page(user, expected=UNFRAMED, size=size) as page:
            page.goto("/console/stage/")
            options = page.locator("#stage-scene option")
            grey = page.locator("#stage-scene optgroup option:disabled")
            assert options.count() == 40
            assert grey.count() == 6
            assert all("pass)" in words for words in grey.all_text_contents())
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
