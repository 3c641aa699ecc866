"""The ribbon in a browser: one line over the page, whatever the language, and the user's menu stays in reach."""

import pytest

from staff.models import Role
from tests import chromium
from tests.console import browser
from tests.console.people import a_user
from tests.shop import EXAMPLES, Shop

pytestmark = chromium.MARKS


@pytest.fixture
def engine_name() -> str:
    """What a browser shows is the same on either database."""
    return "sqlite"


@pytest.mark.parametrize("language", ["en", "zh-TW", "ja"])
@pytest.mark.parametrize("width", [1280, 1000])
def test_the_ribbon_takes_one_line_and_leaves_the_users_menu_in_sight(
    shop: Shop, site: browser.Site, language: str, width: int
) -> None:
    shop.publishes(EXAMPLES / "rental")
    with shop.database.write() as session:
        admin = a_user(session, Role.ADMIN, now=shop.now(), is_demo=True)
    with site.page(admin, size={"width": width, "height": 860}, language=language) as page:
        page.goto("/console/campaigns/")
        band = page.locator(".demo-band").bounding_box()
        assert band["height"] < 42, "one line"
        menu = page.locator(".side-user summary").bounding_box()
        assert menu["y"] + menu["height"] <= 860
        words = page.locator(".demo-words")
        if width == 1280:
            assert words.evaluate("one => one.scrollWidth <= one.clientWidth"), "all of it is read"
        assert page.locator(".demo-eye").last.is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
