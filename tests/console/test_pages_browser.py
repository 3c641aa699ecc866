"""The staff pages in Chromium: hostile names, both widths, the keyboard, and a session that ends meanwhile."""

from typing import Any

import pytest
import sqlalchemy as sa

from staff.models import Role, StaffSession, StaffUser
from tests.chromium import MARKS
from tests.console.browser import DESK, POCKET, Site
from tests.console.people import a_user

pytestmark = [*MARKS, pytest.mark.timeout(120)]

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "{{ 7 * 7 }} ${7*7} %(name)s {% raw %}",
    "'-alert(1)-' javascript:alert(1)",
    '=HYPERLINK("//evil.example")',
    "\u05e9\u05dc\u05d5\u05dd evil gnp.exe",
    "王" * 60,
    "\u3164",
)


@pytest.fixture
def admin(site: Site) -> StaffUser:
    with site.shop.database.write() as session:
        return a_user(session, Role.ADMIN, now=site.shop.now(), name=HOSTILE[0])


def scrolls_sideways(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("size", [DESK, POCKET], ids=["desk", "pocket"])
def test_hostile_names_are_only_names(site: Site, admin: StaffUser, size: dict[str, int]) -> None:
    with site.shop.database.write() as session:
        users = [
            a_user(session, now=site.shop.now(), login=f"<b>{number}</b>", name=name)
            for number, name in enumerate(HOSTILE)
        ]
    with site.page(admin, size=size) as page:
        page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        for path in (
            "/console/", "/console/account/", "/console/staff/", f"/console/staff/{users[-1].public_id}",
            "/console/staff/new", "/console/audit/", "/console/system/",
        ):  # fmt: skip
            page.goto(path)
            assert page.locator("h1").is_visible()
            assert page.locator("main img").count() == 0
            assert not scrolls_sideways(page), path
        page.goto("/console/staff/")
        for name in HOSTILE[:5]:
            assert page.locator("main").get_by_text(name, exact=True).first.is_visible()


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_menus_work_by_keyboard_and_close_by_themselves(site: Site, admin: StaffUser) -> None:
    with site.page(admin, size=POCKET) as page:
        page.goto("/console/")
        page.get_by_label("Menu").press("Enter")
        item = page.locator(".top").get_by_role("link", name="Staff")
        item.wait_for()
        page.keyboard.press("Escape")
        item.wait_for(state="hidden")
        page.get_by_label("Menu").click()
        page.mouse.click(4, 300)  # beside the cards
        item.wait_for(state="hidden")
        page.get_by_label("Menu").click()
        page.locator(".top").get_by_role("button", name="Go on duty").click()
        page.get_by_text("You are on duty").wait_for()
    with site.page(admin) as page:
        page.goto("/console/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_one_signs_in_with_a_form_and_chooses_a_language(site: Site) -> None:
    with site.shop.database.write() as session:
        hashed = site.shop.console.extensions["console"].passwords.hashed("ten letters or more")
        a_user(session, Role.VIEWER, login="mei", now=site.shop.now(), password_hash=hashed)
    with site.page(expected=("422",)) as page:
        page.goto("/console/system/")
        page.get_by_label("Login").fill("mei")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_text("do not fit together").wait_for()
        page.get_by_label("Password").fill("ten letters or more")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="System").wait_for()
        page.locator(".side-user summary").click()
        page.locator(".side-user").get_by_role("button", name="日本語").click()
        page.wait_for_selector("html[lang=ja]")
        page.locator(".side-user summary").click()
        page.locator(".side-user .menu-list form").last.locator("button").click()
        page.wait_for_url("**/console/sign-in")


_A_BOX = """
const form = document.createElement("form");
form.setAttribute("hx-post", "/console/account/preferences");
form.setAttribute("hx-swap", "none");
form.innerHTML = '<textarea data-draft="ticket-1" name="text"></textarea><button type="submit">Send</button>';
document.querySelector("main").append(form);
htmx.process(form);
"""


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_session_that_ends_while_somebody_types_costs_no_word(site: Site, admin: StaffUser) -> None:
    password = "ten letters or more"
    with site.shop.database.write() as session:
        hashed = site.shop.console.extensions["console"].passwords.hashed(password)
        session.get_one(StaffUser, admin.id).password_hash = hashed
    # The stream of news, too, may begin only after the session has ended.
    with site.page(admin, expected=("401", "422", "EventSource")) as page:
        page.goto("/console/account/")
        page.evaluate(_A_BOX)
        page.locator("textarea").fill("您好，這是草稿")
        with site.shop.database.write() as session:
            session.execute(sa.update(StaffSession).values(revoked_at=site.shop.now()))
        page.get_by_role("button", name="Send").click()
        dialog = page.locator("#dialogs dialog")
        dialog.get_by_text("What you were writing is kept").wait_for()
        dialog.get_by_label("Login").fill("admin")
        dialog.get_by_label("Password").fill("wrong")
        dialog.get_by_role("button", name="Sign in").click()
        dialog.get_by_text("do not fit together").wait_for()
        dialog.get_by_label("Login").fill("admin")
        dialog.get_by_label("Password").fill(password)
        with page.expect_navigation():
            dialog.get_by_role("button", name="Sign in").click()
        assert page.evaluate("Object.values(sessionStorage)") == ["您好，這是草稿"]
        # A box with the same key finds the draft, and an accepted form forgets it.
        page.evaluate(_A_BOX + "restoreDrafts(document);")
        assert page.locator("textarea").input_value() == "您好，這是草稿"
