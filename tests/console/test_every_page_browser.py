"""Every page of the console in Chromium over hostile tables: not one report of the content policy, not one script."""

from typing import Any

import pytest

from staff.models import Role
from tests import chromium
from tests.console.browser import Site
from tests.console.people import a_user, signed_in
from tests.console.roles import EXPECTED
from tests.console.test_hostile_content import BREAKOUT, IMG
from tests.console.test_hostile_rows import ids, lives, spoils
from tests.console.test_roles import filled

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = [*chromium.MARKS, pytest.mark.timeout(300)]

NO_PAGES = (
    "/static/",
    "/messages/",
    "/console/live",
    "/console/media/",
    "/console/inbox/waiting",
    "/parts",
    "/points",
    "/growth",
)
"""Files, streams and data."""


@pytest.fixture
def engine_name() -> str:
    """What a browser shows is the same on either database."""
    return "sqlite"


def test_no_page_runs_or_loads_what_others_wrote(site: Site) -> None:
    shop = site.shop
    _mina, ticket = lives(shop)
    with shop.database.write() as session:
        user = a_user(session, Role.ADMIN, now=shop.now())
    admin = signed_in(shop.app, shop.database, user, now=shop.now())
    admin.post(f"/console/inbox/{ticket}/note", {"text": "note"})
    spoils(shop, f"{IMG}{BREAKOUT}")
    looked_at: set[str] = set()
    # Fragments are no pages: by themselves they have no styles, which is nothing to complain of.
    with site.page(user, expected=("404", "409", "ERR_ABORTED")) as page:
        page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        for route in EXPECTED:
            method, path = filled(route)
            if method != "GET" or any(part in path for part in NO_PAGES):
                continue
            for public_id in ids(shop) if "nobodyatall2" in path else ("",):
                if opens(page, path.replace("nobodyatall2", public_id)):
                    looked_at.add(route)
                    break
    assert len(looked_at) > 30, looked_at


def opens(page: Any, path: str) -> bool:
    """Open a page; say whether there is one."""
    answer = page.goto(f"{path}?q=onerror", wait_until="load")
    assert answer.status < 500, path
    assert page.locator("img[src='x']").count() == 0, path
    assert page.locator("svg[onload]").count() == 0, path
    return bool(answer.status == 200)
