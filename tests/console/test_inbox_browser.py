"""The inbox in Chromium: live, by keyboard, on a phone, and with people who mean no good."""

import re
from typing import Any

import pytest
import sqlalchemy as sa

from core.db import Database
from staff import service
from staff.models import Role, StaffSession, StaffUser
from staff.passwords import Passwords
from tests import chromium
from tests.console.browser import POCKET, Site
from tests.console.inboxes import HOSTILE, Inbox
from tests.console.people import TESTS

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect

pytestmark = chromium.MARKS

COMPOSING = ("{ key: 'Enter', isComposing: true }", "{ key: 'Enter', keyCode: 229 }")


@pytest.fixture
def engine_name() -> str:
    """What a browser shows is the same on either database."""
    return "sqlite"


@pytest.fixture
def inbox(site: Site) -> Inbox:
    return Inbox(site.shop)


@pytest.fixture
def lin(inbox: Inbox) -> StaffUser:
    return inbox.agent("lin", "general")


def answer_box(page: Any) -> Any:
    return page.get_by_role("textbox", name="Answer")


def has_words(page: Any, words: str) -> None:
    """Wait until the box holds these words."""
    expect(page.locator("[data-write=answer] textarea")).to_have_value(words)


def hear_nothing(page: Any) -> None:
    """Keep the news away, so that the page learns of changes by what it does itself."""
    page.route("**/console/live**", lambda route: route.abort())


def look_at_no_clock(page: Any) -> None:
    """Keep the page from looking, a second after it has come, what happened meanwhile."""
    page.add_init_script(
        "const wait = window.setTimeout;"
        "window.setTimeout = (act, ms, ...more) => (ms === 1000 ? 0 : wait(act, ms, ...more));"
    )


def title_is(page: Any, pattern: str) -> None:
    expect(page).to_have_title(re.compile(pattern))


def end_sessions(database: Database) -> None:
    with database.write() as session:
        session.execute(sa.delete(StaffSession))


def test_what_a_customer_writes_appears_by_itself_and_is_answered(
    site: Site, inbox: Inbox, lin: StaffUser
) -> None:
    mina, ticket = inbox.customer("美娜", "請問還有空房嗎？")
    with site.page(lin) as page:
        page.goto(f"/console/inbox/{ticket}")
        page.locator("#lines").get_by_text("請問還有空房嗎？").wait_for()
        title_is(page, r"^\(1\) ")
        answer_box(page).fill("有的，哪一區？")
        page.keyboard.press("Enter")
        page.locator("#lines").get_by_text("有的，哪一區？").wait_for()
        site.shop.works()
        page.locator(".line-out .is-sent").last.wait_for()
        assert mina.sees[-1] == "有的，哪一區？"
        title_is(page, r"^Inbox")

        page.evaluate("window.stays = true")
        mina.says("大安區")
        page.locator("#lines").get_by_text("大安區").wait_for()
        page.locator("#rows").get_by_text("大安區").wait_for()
        title_is(page, r"^\(1\) Inbox")
        assert page.evaluate("window.stays")
        _, other = inbox.customer("Ken", "hello?")
        page.locator(f"#row-{other}").wait_for()


def test_all_tabs_of_a_browser_hear_the_news_over_one_stream(
    site: Site, inbox: Inbox, lin: StaffUser
) -> None:
    mina, ticket = inbox.customer("美娜", "在嗎？")
    with site.page(lin) as page:
        tabs = [page, *(page.context.new_page() for _ in range(3))]
        for tab in tabs:
            tab.goto(f"/console/inbox/{ticket}")
        mina.says("有人嗎？")
        for tab in tabs:
            tab.locator("#lines").get_by_text("有人嗎？").wait_for()
        assert site.shop.console.extensions["live"].stream_count == 1
        tabs[0].close()  # the one that listened; another takes over
        mina.says("哈囉？")
        for tab in tabs[1:]:
            tab.locator("#lines").get_by_text("哈囉？").wait_for()


def test_enter_never_sends_while_an_input_method_composes(site: Site, inbox: Inbox, lin: StaffUser) -> None:
    mina, ticket = inbox.customer("美娜", "在嗎？")
    with site.page(lin) as page:
        page.goto(f"/console/inbox/{ticket}")
        answer_box(page).fill("ni")
        answer_box(page).dispatch_event("compositionstart")
        for composing in COMPOSING:
            answer_box(page).evaluate(
                "(box, init) => box.dispatchEvent(new KeyboardEvent('keydown', "
                f"Object.assign({{ bubbles: true, cancelable: true }}, {composing})))"
            )
        page.keyboard.press("Shift+Enter")
        assert answer_box(page).input_value() == "ni\n"
        answer_box(page).dispatch_event("compositionend")
        answer_box(page).fill("您好")
        page.keyboard.press("Enter")
        page.locator("#lines").get_by_text("您好", exact=True).wait_for()
        site.shop.works()
        assert mina.sees[-1] == "您好"
        assert [said for said in mina.sees if "ni" in said] == []


def test_of_two_who_take_a_ticket_one_is_told_who_was_faster(site: Site, inbox: Inbox) -> None:
    lin, chen = (inbox.agent(login, "general", is_on_duty=False) for login in ("lin", "chen"))
    _, ticket = inbox.customer("美娜", "在嗎？")
    for user in (lin, chen):  # nobody is given it by coming on duty
        with site.shop.database.write() as session:
            session.merge(user).on_duty_since_at = site.shop.now()
    with site.page(lin) as first, site.page(chen, expected=("409", "ERR_FAILED")) as second:
        hear_nothing(second)
        look_at_no_clock(second)
        for page in (first, second):
            page.goto(f"/console/inbox/{ticket}?view=waiting")
            page.get_by_text("Nobody has this conversation yet").wait_for()
        take = "document.querySelector('#take button').click()"
        first.evaluate(take)
        first.locator(".talk-head").get_by_text("yours").wait_for()
        second.evaluate(take)
        second.get_by_text("Lin took it a moment ago.").wait_for()
        second.locator("#obstacle").get_by_text("Lin has this conversation").wait_for()
        assert second.locator("[data-write=answer]").count() == 0
        assert inbox.ticket(ticket).agent_id == lin.id


def test_hostile_names_and_words_stay_words(site: Site, inbox: Inbox, lin: StaffUser) -> None:
    mallory, ticket = inbox.customer(HOSTILE, HOSTILE, '=HYPERLINK("http://evil","x")', "\u202egnp.exe")
    mallory.sends_file('"><script>document.title=2</script>.html', b"<script>document.title=3</script>")
    mallory.sends_photo(b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "image/svg+xml")
    site.shop.does_chores()
    with site.shop.database.write() as session:
        contact = session.merge(inbox.contact(mallory))
        contact.status_message = "{{ 7 * 7 }} javascript:alert(1)"
        contact.picture_url = "javascript:alert(1)"
    with site.page(lin) as page:  # fails on any policy violation, script error or foreign request
        page.goto(f"/console/inbox/{ticket}?q=%3Cimg")
        page.locator("#lines").get_by_text('=HYPERLINK("http://evil","x")').wait_for()
        page.locator("#details").get_by_text("{{ 7 * 7 }} javascript:alert(1)").wait_for()
        page.wait_for_timeout(500)
        assert "Inbox" in page.title()
        assert page.locator("#lines img[src=x], .list-pane img[src=x]").count() == 0
        file = page.locator("#lines a[download]").first.get_attribute("href")
        answer = page.request.get(file)
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["content-security-policy"]


def test_a_draft_outlives_a_session_that_ended(site: Site, inbox: Inbox, lin: StaffUser) -> None:
    mina, ticket = inbox.customer("美娜", "在嗎？")
    with site.shop.database.write() as session:
        hashed = Passwords().hashed("correct horse")
        service.set_password(session, session.merge(lin), hashed, by=TESTS, now=site.shop.now())
    with site.page(lin, expected=("401", "ERR_FAILED")) as page:
        hear_nothing(page)
        page.goto(f"/console/inbox/{ticket}")
        end_sessions(site.shop.database)
        answer_box(page).fill("這是很長的回覆")
        page.keyboard.press("Enter")
        page.get_by_label("Login").fill("lin")
        page.get_by_label("Password").fill("correct horse")
        # The page comes anew; its words may stand there before its scripts know what Enter means.
        with page.expect_navigation(wait_until="load"):
            page.get_by_role("button", name="Sign in").click()
        has_words(page, "這是很長的回覆")
        sends(page, "這是很長的回覆")
    site.shop.works()
    assert mina.sees[-1] == "這是很長的回覆"
    assert mina.sees.count("這是很長的回覆") == 1


def sends(page: Any, words: str) -> None:
    """Press Enter, and once more where a busy machine said no: the words are back in their box then."""
    line = page.locator("#lines").get_by_text(words)
    answer_box(page).press("Enter")
    try:
        line.wait_for(timeout=12_000)
    except sync_api.TimeoutError:
        has_words(page, words)
        answer_box(page).press("Enter")
        line.wait_for()


def test_somebody_deactivated_while_typing_is_told_and_keeps_the_words(
    site: Site, inbox: Inbox, lin: StaffUser
) -> None:
    mina, ticket = inbox.customer("美娜", "在嗎？")
    with site.page(lin, expected=("401", "ERR_FAILED")) as page:
        hear_nothing(page)
        page.goto(f"/console/inbox/{ticket}")
        with site.shop.database.write() as session:
            service.deactivate(session, session.merge(lin), by=TESTS, now=site.shop.now())
        answer_box(page).fill("我馬上查")
        page.keyboard.press("Enter")
        page.get_by_text("What you were writing is kept.").wait_for()
        has_words(page, "我馬上查")
    site.shop.works()
    assert "我馬上查" not in mina.sees


def test_conversations_are_opened_in_place_and_the_way_back_works(
    site: Site, inbox: Inbox, lin: StaffUser
) -> None:
    for name, words in (("Mina", "first words"), ("Ken", "second words")):
        inbox.customer(name, words)
    site.shop.does_chores()  # which writes what can be searched
    with site.page(lin) as page:
        page.goto("/console/inbox/?view=all")
        page.evaluate("window.stays = true")
        page.locator("[data-row]").filter(has_text="Mina").click()
        page.locator("#lines").get_by_text("first words").wait_for()
        answer_box(page).fill("half a sent")
        page.locator("[data-row]").filter(has_text="Ken").click()
        page.locator("#lines").get_by_text("second words").wait_for()
        has_words(page, "")
        page.go_back()
        page.locator("#lines").get_by_text("first words").wait_for()
        has_words(page, "half a sent")
        page.locator("#search [name=q]").fill("ken")
        expect(page.locator("[data-row]")).to_have_count(1)
        page.locator("#search [name=q]").fill("")
        expect(page.locator("[data-row]")).to_have_count(2)
        page.locator("[data-row]").last.focus()
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        page.locator("#lines").get_by_text("second words").wait_for()
        page.go_back()
        page.locator("#lines").get_by_text("first words").wait_for()
        page.go_back()
        page.get_by_text("Choose a conversation").wait_for()
        assert page.evaluate("window.stays")


def test_on_a_phone_one_pane_at_a_time(site: Site, inbox: Inbox, lin: StaffUser) -> None:
    inbox.customer("美娜", "在嗎？")
    with site.page(lin, size=POCKET) as page:
        page.goto("/console/inbox/")
        page.locator("[data-row]").first.click()
        page.locator("#lines").get_by_text("在嗎？").wait_for()
        assert page.locator(".list-pane").is_hidden()
        page.get_by_role("button", name="About this person").click()
        page.get_by_role("heading", name="Handover").wait_for()
        assert page.locator(".talk").is_hidden()
        page.get_by_role("button", name="Back to the conversation").click()
        assert page.locator("#lines").is_visible()
        page.get_by_role("link", name="Back to the list").click()
        assert page.locator(".list-pane").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= POCKET["width"]


def test_earlier_messages_come_by_pages_and_notes_stay_inside(site: Site, inbox: Inbox) -> None:
    boss = inbox.agent("boss", role=Role.SUPERVISOR)
    mina, ticket = inbox.customer("美娜")
    for number in range(1, 75):
        mina.says(f"message {number}")
    with site.page(boss) as page:
        page.goto(f"/console/inbox/{ticket}")
        assert page.locator("#lines").get_by_text("message 74", exact=True).is_visible()
        assert page.get_by_text("message 1", exact=True).count() == 0
        page.get_by_role("button", name="Earlier").click()
        page.get_by_text("message 1", exact=True).wait_for(state="attached")
        shown = page.locator(".lines .line-in .bubble").all_inner_texts()
        assert [words.strip() for words in shown] == [f"message {number}" for number in range(1, 75)]
        page.get_by_role("textbox", name="Note").fill("VIP, be kind")
        page.get_by_role("button", name="Keep the note").click()
        page.locator(".note").get_by_text("VIP, be kind").wait_for()
    site.shop.works()
    assert not [said for said in mina.sees if "VIP" in said]
