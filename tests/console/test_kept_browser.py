"""What somebody writes at length outlives a session that ends meanwhile: the page stays, and they sign in over it."""

from typing import Any

import pytest
import sqlalchemy as sa

from campaigns.models import Campaign
from content.model import CampaignRules
from segmentation.models import Segment
from staff.models import Role, StaffSession, StaffUser
from tests import chromium
from tests.campaigns.office import Office
from tests.console.browser import Site
from tests.console.people import a_user

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

pytestmark = chromium.MARKS

PASSWORD = "ten letters or more"
ENDED = ("401", "422")


@pytest.fixture
def engine_name() -> str:
    """What a browser shows is the same on either database."""
    return "sqlite"


@pytest.fixture
def mei(site: Site) -> StaffUser:
    Office(site.shop, playbook="rental", rules=CampaignRules())
    hashed = site.shop.console.extensions["console"].passwords.hashed(PASSWORD)
    with site.shop.database.write() as session:
        a_user(session, Role.MARKETER, now=site.shop.now(), login="bo", password_hash=hashed)
        return a_user(session, Role.MARKETER, now=site.shop.now(), login="mei", password_hash=hashed)


def end_sessions(site: Site) -> None:
    with site.shop.database.write() as session:
        session.execute(sa.update(StaffSession).values(revoked_at=site.shop.now()))


def sign_in_again(page: Any, login: str = "mei") -> None:
    dialog = page.locator("#dialogs dialog")
    dialog.get_by_text("What you were writing is kept").wait_for()
    dialog.get_by_label("Login").fill(login)
    dialog.get_by_label("Password").fill("wrong")
    dialog.get_by_role("button", name="Sign in").click()
    dialog.get_by_text("do not fit together").wait_for()
    dialog.get_by_label("Login").fill(login)
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()


def test_a_campaign_goes_on_where_its_writer_was(site: Site, mei: StaffUser) -> None:
    with site.page(mei, expected=ENDED) as page:
        page.goto("/console/campaigns/new")
        page.evaluate("window.stays = true")
        page.get_by_label("Name").fill("本週新上架")
        page.get_by_label("Segment").select_option("taipei_two_bed")
        page.get_by_role("button", name="Add a text").click()
        expect(page.locator(".step")).to_have_count(2)
        page.locator("textarea[required]").first.fill("第一句")
        end_sessions(site)
        page.locator("textarea[required]").last.fill("第二句，寫了很久")  # its look is asked for, and refused
        sign_in_again(page)
        expect(page.locator("#dialogs dialog")).to_have_count(0)
        expect(page.locator(".phone-message")).to_have_count(2)
        assert page.evaluate("window.stays")
        expect(page.locator("textarea[required]").last).to_have_value("第二句，寫了很久")
        end_sessions(site)
        page.get_by_role("button", name="Save").click()  # nothing is lost by pressing it either
        sign_in_again(page)
        expect(page.locator("#dialogs dialog")).to_have_count(0)
        page.get_by_role("button", name="Save").click()
        page.wait_for_url(lambda url: not url.endswith("/new"))
    (campaign,) = [one for one in site.shop.rows(Campaign) if one.key is None]
    assert "第二句，寫了很久" in str(campaign.content)
    assert campaign.created_by == "mei"


def test_who_signed_in_in_another_tab_saves_in_this_one(site: Site, mei: StaffUser) -> None:
    with site.page(mei, expected=("403",)) as page:  # its look is asked for with the token of before
        page.goto("/console/campaigns/new")
        page.get_by_label("Name").fill("新品")
        page.get_by_label("Segment").select_option("taipei_two_bed")
        page.locator("textarea[required]").first.fill("早安")
        expect(page.locator(".phone-message")).to_have_count(1)
        end_sessions(site)
        tab = page.context.new_page()
        tab.goto("/console/sign-in")
        tab.get_by_label("Login").fill("mei")
        tab.get_by_label("Password").fill(PASSWORD)
        tab.get_by_role("button", name="Sign in").click()
        tab.wait_for_url("**/console/")
        page.get_by_role("button", name="Save").click()
        page.wait_for_url(lambda url: not url.endswith("/new"))
    assert [one.name for one in site.shop.rows(Campaign) if one.key is None] == ["新品"]


def test_a_segment_goes_on_where_its_writer_was(site: Site, mei: StaffUser) -> None:
    with site.page(mei, expected=ENDED) as page:
        page.goto("/console/segments/new")
        expect(page.locator("[data-builder]")).not_to_have_attribute("aria-busy", "true")
        page.get_by_label("Segment name").first.fill("新的分眾")
        page.locator("#rb-as-text").click()
        expect(page.locator("#rb-text")).to_be_focused()
        end_sessions(site)
        page.locator("#rb-text").fill("tag: area:taipei")
        sign_in_again(page)
        expect(page.locator("#rb-panel")).not_to_contain_text("An empty rule")
        expect(page.locator("#rb-text")).to_have_value("tag: area:taipei")
        end_sessions(site)
        page.get_by_role("button", name="Save").click()
        sign_in_again(page)
        expect(page.locator("#dialogs dialog")).to_have_count(0)
        page.get_by_role("button", name="Save").click()
        page.wait_for_url(lambda url: not url.endswith("/new"))
    (made,) = [one for one in site.shop.rows(Segment) if "新的分眾" in str(one.labels)]
    assert made.rule == {"tag": "area:taipei"}


def test_whoever_else_signs_in_there_begins_anew(site: Site, mei: StaffUser) -> None:
    with site.page(mei, expected=ENDED) as page:
        page.goto("/console/campaigns/new")
        page.get_by_label("Name").fill("a secret plan")
        end_sessions(site)
        page.locator("textarea").first.fill("words")
        with page.expect_navigation():
            sign_in_again(page, login="bo")
        expect(page.get_by_label("Name")).to_have_value("")
