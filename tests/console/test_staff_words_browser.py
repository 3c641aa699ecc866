"""Points and aims that staff set otherwise than the playbook, in Chromium, on a desk and on a phone."""

import pytest

from content.model import CampaignRules
from staff.models import Role
from tests import chromium
from tests.campaigns.office import Office
from tests.console.browser import DESK, POCKET, Site
from tests.console.people import a_user
from tests.console.test_marketing_browser import fits
from tests.console.test_segments import path_of
from tests.console.test_value_browser import keep

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

pytestmark = chromium.MARKS


@pytest.fixture
def engine_name() -> str:
    """What a browser shows is the same on either database."""
    return "sqlite"


@pytest.mark.parametrize("size", [DESK, POCKET], ids=["desk", "phone"])
def test_points_and_aims_are_set_and_taken_back(site: Site, size: dict[str, int]) -> None:
    Office(site.shop, rules=CampaignRules())
    with site.shop.database.write() as session:
        mei = a_user(session, Role.MARKETER, now=site.shop.now())
    with site.page(mei, size=size, language="zh-TW", expected=("422",), reduced_motion="reduce") as page:
        page.goto("/console/value/")
        page.get_by_text("什麼會加減分").click()
        page.get_by_role("link", name="修改「熱度」的加減分").click()
        field = page.get_by_role("textbox").first
        expect(field).to_have_value("20")
        field.fill("很多")
        field.press("Enter")
        expect(page.locator(".invalid-feedback")).to_have_text("請填 −1,000 到 1,000 之間的整數。")
        assert fits(page)
        keep(page, f"points-fault-{size['width']}")
        field.fill("35")
        page.get_by_role("button", name="儲存").click()
        page.get_by_text("什麼會加減分").click()
        expect(page.get_by_text("(劇本是 +20)")).to_be_visible()
        assert fits(page)
        keep(page, f"points-list-{size['width']}")
        page.get_by_role("link", name="修改「熱度」的加減分").click()
        expect(page.get_by_text("劇本是 +20。")).to_be_visible()
        assert fits(page)
        keep(page, f"points-{size['width']}")
        page.get_by_role("button", name="改回劇本的內容").click()
        expect(field).to_have_value("20")
        expect(page.get_by_role("button", name="改回劇本的內容")).to_have_count(0)

        page.goto(path_of(site.shop, "plain_tea"))
        page.get_by_label("是", exact=True).check()
        page.locator("#f-reason").fill("純茶系列上市了")
        page.locator("#f-reason").press("Enter")
        back = page.get_by_role("button", name="改回劇本的內容")
        expect(page.get_by_text("新品大多是甜的")).to_be_visible()
        assert fits(page)
        back.scroll_into_view_if_needed()
        keep(page, f"aim-{size['width']}")
        back.click()
        expect(back).to_have_count(0)
        expect(page.get_by_label("暫時不要")).to_be_checked()
