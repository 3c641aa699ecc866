"""The stage in a browser: a scene that is paused stands still."""

from typing import Any

from staff.models import Role
from tests import chromium
from tests.console import browser
from tests.console.inboxes import Inbox
from tests.console.people import a_user
from tests.shop import Shop

pytestmark = chromium.MARKS


def test_a_scene_that_is_paused_does_not_act_once_more(shop: Shop, site: browser.Site) -> None:
    Inbox(shop)
    with shop.database.write() as session:
        user = a_user(session, Role.MARKETER, now=shop.now())
    with site.page(user, expected=("frame", "Frame")) as page:
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
