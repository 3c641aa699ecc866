"""Making a token in Chromium: by the keyboard alone, on a desk and on a phone."""

from typing import Any

import pytest

from staff.models import ApiToken, Role, StaffUser
from tests.chromium import MARKS
from tests.console.browser import DESK, POCKET, Site
from tests.console.people import a_user

pytestmark = [*MARKS, pytest.mark.timeout(120)]


@pytest.fixture
def mei(site: Site) -> StaffUser:
    with site.shop.database.write() as session:
        return a_user(session, Role.MARKETER, now=site.shop.now(), name="Mei")


def fits(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("size", [DESK, POCKET], ids=["desk", "pocket"])
def test_a_token_is_made_copied_and_revoked_by_the_keyboard(
    site: Site, mei: StaffUser, size: dict[str, int]
) -> None:
    with site.page(mei, size=size) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.goto("/console/account/")
        page.get_by_text("New token").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.type("Till")
        for wanted in ("events:write", "orders:write"):
            page.locator(f'input[value="{wanted}"]').focus()
            page.keyboard.press("Space")
        assert fits(page)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="New token").wait_for()
        token = page.locator("#token").inner_text()
        assert token.startswith("tagline_")
        assert fits(page)
        page.get_by_role("button", name="Copy").press("Enter")
        page.get_by_role("button", name="Copied").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == token
        page.get_by_text("I have kept it").press("Enter")
        page.get_by_text("Never used").wait_for()
        assert fits(page)
        assert token not in page.content()
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Revoke “Till”").press("Enter")
        page.get_by_text("opens nothing any more").wait_for()
    (row,) = site.shop.rows(ApiToken)
    assert row.revoked_at is not None
