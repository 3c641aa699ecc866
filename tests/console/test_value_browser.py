"""The map of segments and customer value in Chromium, on a desk and on a phone."""

import os
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.schedules import Tick
from content.model import CampaignRules
from segmentation.models import Score
from staff.models import Role
from tests import chromium
from tests.campaigns.office import Office
from tests.console.browser import DESK, POCKET, Site
from tests.console.inboxes import HOSTILE
from tests.console.people import a_user
from tests.console.test_customer_value import BOUGHT, they_bought
from tests.console.test_marketing_browser import fits
from tests.console.test_segment_map import fills

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

pytestmark = chromium.MARKS


@pytest.fixture
def engine_name() -> str:
    """What a browser shows is the same on either database."""
    return "sqlite"


@pytest.mark.parametrize("size", [DESK, POCKET], ids=["desk", "phone"])
def test_value_is_seen_changed_and_scored_again_and_segments_stand_on_a_map(
    site: Site, size: dict[str, int]
) -> None:
    office = Office(site.shop, rules=CampaignRules())
    they_bought(office, BOUGHT)
    office.segment(HOSTILE, {"all": [{"following": True}] * 8})
    fills(office, HOSTILE)
    with site.shop.database.write() as session:
        mei = a_user(session, Role.MARKETER, now=site.shop.now())
        session.execute(sa.update(Score).values(labels={"zh-TW": "W" * 80}))
    with site.page(mei, size=size, language="zh-TW", expected=("422",), reduced_motion="reduce") as page:
        page.goto("/console/value/")
        expect(page.locator(".value-squares td")).to_have_count(25)
        page.get_by_text("什麼會加減分").first.click()
        assert fits(page)
        keep(page, f"value-{size['width']}")
        page.get_by_role("link", name="變更「沉睡顧客」").click()
        page.get_by_label("幾天沒有訂購").fill("很久")
        page.get_by_role("button", name="儲存").click()
        expect(page.locator(".invalid-feedback")).to_have_text("請填整數，或留空。")
        assert fits(page)
        keep(page, f"group-{size['width']}")
        page.get_by_label("幾天沒有訂購").fill("125")
        page.get_by_role("button", name="儲存").press("Enter")
        expect(page.get_by_text("125 天沒有訂購")).to_be_visible()
        page.get_by_role("button", name="立即重新評分").click()
        told = page.locator("#value-figures [role=status]")
        expect(told).to_contain_text("正在計算")
        with site.shop.database.write() as session:
            session.execute(sa.update(Tick).values(due_at=None, settled_at=site.shop.now()))
        expect(told).to_have_count(0)
        page.goto("/console/segments/")
        page.get_by_role("link", name="分眾地圖").click()
        expect(page.locator("#segment-map svg")).to_be_visible()
        expect(page.get_by_role("row", name=HOSTILE)).to_be_visible()
        assert page.locator("#segment-map path").count() > 8
        assert page.locator("main img[src='x']").count() == 0
        assert fits(page)
        keep(page, f"map-{size['width']}")
        page.get_by_role("link", name=HOSTILE).click()
        expect(page.locator(".criteria > li")).to_have_count(4)
        assert fits(page)
        page.locator(".criteria").scroll_into_view_if_needed()
        keep(page, f"card-{size['width']}")


def keep(page: Any, name: str) -> None:
    """Keep a picture for whoever wants to look, if they say where: SCREENSHOTS=folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True, animations="disabled")
