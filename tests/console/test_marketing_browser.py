"""People, segments and campaigns in Chromium: by keyboard, on a phone, live, and with people who mean no good."""

import re
import threading
from typing import Any

import pytest

from campaigns.models import Campaign, CampaignState
from contacts.models import Contact
from content.model import CampaignRules
from segmentation.models import Segment
from staff.models import Role, StaffUser
from tests import chromium
from tests.campaigns.office import Office
from tests.console.browser import DESK, POCKET, Site
from tests.console.inboxes import HOSTILE
from tests.console.people import a_user
from tests.console.test_contacts import FORMULA

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

pytestmark = chromium.MARKS


@pytest.fixture
def engine_name() -> str:
    """What a browser shows is the same on either database."""
    return "sqlite"


@pytest.fixture
def office(site: Site) -> Office:
    made = Office(site.shop, playbook="rental", rules=CampaignRules())
    for name in (HOSTILE, FORMULA, "王小美"):
        person = site.shop.person(name, language="zh-TW")
        person.follows()
        person.says(f"{name} 我想退貨，押金會退嗎？")  # answered at any hour, so that no ticket waits
    site.shop.does_chores()
    return made


@pytest.fixture
def mei(office: Office) -> StaffUser:
    with office.shop.database.write() as session:
        return a_user(session, Role.MARKETER, now=office.shop.now(), name="行銷小林")


def fits(page: Any) -> bool:
    """Say whether nothing has to be scrolled to sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_people_are_found_while_one_types_and_tagged_by_keyboard(
    site: Site, office: Office, mei: StaffUser
) -> None:
    with site.page(mei) as page:
        page.goto("/console/contacts/")
        page.get_by_role("searchbox").press_sequentially("小美")
        expect(page.locator(".person-line")).to_have_count(1)
        expect(page.locator("mark")).to_have_text("小美")
        expect(page).to_have_url(re.compile("[?&]q="))
        page.get_by_role("link", name="王小美").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("王小美")
        page.get_by_label("Tag to put on").select_option("area:taipei")
        page.get_by_role("button", name="Add").press("Enter")
        expect(page.get_by_role("button", name="Take off Taipei City")).to_be_visible()
        page.get_by_role("button", name="Take off Taipei City").press("Enter")
        expect(page.get_by_text("No tags yet")).to_be_visible()


@pytest.mark.parametrize("size", [DESK, POCKET], ids=["desk", "phone"])
def test_hostile_names_are_words_on_every_page_and_every_page_fits(
    site: Site, office: Office, mei: StaffUser, size: dict[str, int]
) -> None:
    segment = office.segment()
    draft = office.writes(
        {"say": {"text": f"{{{{ name }}}} {HOSTILE}"}}, {"show": {}}, name=HOSTILE, segment=segment
    )
    office.writes("早安", name=FORMULA)
    people = site.shop.rows(Contact)
    (key,) = [one.public_id for one in site.shop.rows(Segment, Segment.key == segment)]
    paths = [
        "/console/contacts/",
        "/console/contacts/?q=退貨",
        *(f"/console/contacts/{person.public_id}" for person in people),
        "/console/segments/",
        *(f"/console/segments/{key}?contact={person.public_id}" for person in people),
        "/console/campaigns/",
        f"/console/campaigns/{draft}?contact={people[0].public_id}&as={people[0].public_id}",
        f"/console/campaigns/{draft}/edit",
        f"/console/campaigns/{draft}/send",
    ]
    with site.page(mei, size=size) as page:
        for path in paths:
            page.goto(path)
            page.wait_for_load_state("networkidle")
            assert page.locator("main img[src='x']").count() == 0, path
            assert fits(page), path


def test_a_campaign_is_written_with_its_look_beside_it_sent_and_watched(
    site: Site, office: Office, mei: StaffUser
) -> None:
    office.segment()
    with site.page(mei) as page:
        page.goto("/console/campaigns/new")
        page.get_by_label("Name").fill("本週新上架")
        page.get_by_label("Segment").select_option("everybody")
        page.locator("textarea").first.fill("早安，！")
        page.locator("textarea").first.press("Home")
        page.get_by_role("button", name="Our name").press("Enter")
        expect(page.locator(".phone-message").first).to_contain_text("好窩租屋早安")
        page.get_by_role("button", name="Add cards").press("Enter")
        expect(page.locator(".step")).to_have_count(2)
        expect(page.locator("textarea").first).to_have_value("{{ account }}早安，！")
        expect(page.locator(".phone-message")).to_have_count(2)
        page.get_by_role("button", name="Remove").last.press("Enter")
        expect(page.locator(".step")).to_have_count(1)
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("3 people get it")).to_be_visible()
        page.get_by_role("link", name="Send…").click()
        page.once("dialog", lambda asked: asked.accept() if "3 people" in asked.message else asked.dismiss())
        page.get_by_role("button", name="Send to 3 people now").click()
        expect(page.get_by_text("It is on its way.")).to_be_visible()
        working = threading.Thread(target=site.shop.does_chores)
        working.start()
        expect(page.locator("#campaign-state")).to_contain_text("Finished", timeout=15_000)
        working.join()
        expect(page.locator("#campaign-state")).to_contain_text("Got it")
    (campaign,) = [one for one in site.shop.rows(Campaign) if one.name == "本週新上架" and one.key is None]
    assert campaign.state is CampaignState.FINISHED
    assert len(office.got()) == 3
