"""The phone in a real browser: keyboard, input methods, pickers, menu, live updates."""

from collections.abc import Iterator
from typing import Any

import pytest

from simulator.demo_persons import make_demo_persons
from simulator.server import Simulator
from tests.chromium import MARKS, launched
from tests.simulator.conftest import EchoBot
from tests.simulator.test_rich_menus import MENU, Menus

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")


pytestmark = MARKS


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright_api.sync_playwright() as started:
        browser = launched(started)
        yield browser
        browser.close()


@pytest.fixture
def simulator(bot: EchoBot) -> Iterator[Simulator]:
    with Simulator(deliver=bot, background=True) as simulator:
        bot.simulator = simulator
        make_demo_persons(simulator.line)
        yield simulator


@pytest.fixture
def page(browser: Any, simulator: Simulator) -> Iterator[Any]:
    """A phone page; a script error, a policy violation or a foreign request fails the test."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    troubles: list[str] = []
    asked_for: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda told: troubles.append(told.text) if told.type == "error" else None)
    page.on("request", lambda asked: asked_for.append(asked.url))
    page.goto(simulator.url)
    page.wait_for_selector("#people-list [aria-current]")
    yield page
    page.close()
    assert troubles == []
    assert [url for url in asked_for if not url.startswith((simulator.url, "data:"))] == []


def bubble(page: Any, text: str) -> Any:
    return page.locator("#entries").get_by_text(text, exact=True)


def words(page: Any) -> list[str]:
    return [text.strip() for text in page.locator("#entries .bubble").all_inner_texts()]


def test_a_newcomer_adds_the_account_and_is_answered(page: Any, simulator: Simulator) -> None:
    page.get_by_role("button", name="加入好友").click()
    bubble(page, "welcome").wait_for()
    page.locator("#message").fill("你好")
    page.keyboard.press("Enter")
    bubble(page, "echo: 你好").wait_for()
    assert words(page) == ["welcome", "你好", "echo: 你好"]
    assert page.locator("#invite").is_hidden()


def test_what_is_written_before_the_first_answer_stays(page: Any, simulator: Simulator) -> None:
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    page.route("**/page/persons/*", hold, times=1)
    with page.expect_request("**/page/persons/*"):
        page.reload()
    page.locator("#message").fill("ni")
    held[0].continue_()
    page.locator("#bar-state", has_text="·").wait_for()
    assert page.locator("#message").input_value() == "ni"


def test_enter_during_composition_sends_nothing(page: Any, simulator: Simulator, bot: EchoBot) -> None:
    page.locator("#message").fill("ni")
    for composing in ("{ key: 'Enter', isComposing: true }", "{ key: 'Enter', keyCode: 229 }"):
        page.evaluate(
            f"document.getElementById('message').dispatchEvent(new KeyboardEvent('keydown', "
            f"Object.assign({{ bubbles: true, cancelable: true }}, {composing})))"
        )
    page.keyboard.press("Shift+Enter")
    assert page.locator("#message").input_value() == "ni\n"
    assert bot.events == []
    page.keyboard.press("Enter")
    bubble(page, "echo: ni").wait_for()


def test_cards_are_tapped_and_looks_are_applied(page: Any, simulator: Simulator, bot: EchoBot) -> None:
    body = {"type": "box", "layout": "vertical", "contents": [
        {"type": "text", "text": "Price", "color": "#E2574C", "size": "xl"},
        {"type": "button", "style": "primary", "color": "#2F855A",
         "action": {"type": "postback", "label": "Book", "data": "book=1", "displayText": "Book it"}}]}  # fmt: skip
    bot.answers = [[{"type": "flex", "altText": "a", "contents": {"type": "bubble", "body": body}}]]
    page.locator("#befriend").click()
    price = bubble(page, "Price")
    price.wait_for()
    colour = price.locator("xpath=..").evaluate("element => getComputedStyle(element).color")
    assert colour == "rgb(226, 87, 76)"
    page.get_by_role("button", name="Book").click()
    bubble(page, "postback: book=1").wait_for()
    assert "Book it" in words(page)


def test_a_date_is_picked_within_its_limits(page: Any, simulator: Simulator, bot: EchoBot) -> None:
    action = {"type": "datetimepicker", "label": "When", "data": "d", "mode": "date", "initial": "2027-03-05",
              "min": "2027-03-01", "max": "2027-03-31"}  # fmt: skip
    item = {"type": "action", "action": action}
    bot.answers = [[{"type": "text", "text": "?", "quickReply": {"items": [item]}}]]
    page.locator("#befriend").click()
    page.get_by_role("button", name="When").click()
    field = page.locator("#date-value")
    assert [field.get_attribute(name) for name in ("type", "min", "max")] == [
        "date",
        "2027-03-01",
        "2027-03-31",
    ]
    assert field.input_value() == "2027-03-05"
    field.fill("2027-04-01")
    page.get_by_role("button", name="確定").click()
    assert page.locator("#date-dialog").is_visible(), "outside the limits the browser asks again"
    field.fill("2027-03-09")
    page.get_by_role("button", name="確定").click()
    bubble(page, "postback: d").wait_for()
    assert bot.events[-1]["postback"]["params"] == {"date": "2027-03-09"}
    assert page.locator("#quick").inner_text() == ""


def test_the_menu_works_by_keyboard(page: Any, simulator: Simulator, bot: EchoBot) -> None:
    menus = Menus(bot)
    menus.call("POST", f"/user/all/richmenu/{menus.make(selected=False, areas=MENU['areas'][:1])}")
    page.locator("#befriend").click()
    bar = page.get_by_role("button", name="Menu", exact=True)
    bar.wait_for()
    bar.focus()
    page.keyboard.press("Enter")
    area = page.get_by_role("button", name="Find", exact=True)
    area.wait_for()
    page.keyboard.press("Tab")
    assert area.evaluate("element => element === document.activeElement")
    page.keyboard.press("Enter")
    bubble(page, "postback: find").wait_for()
    box = area.bounding_box()
    assert box is not None
    assert box["width"] >= 44
    assert box["height"] >= 44


def test_photo_place_and_sticker_are_sent(page: Any, simulator: Simulator, bot: EchoBot) -> None:
    page.locator("#open-tray").click()
    page.locator("#sample-photo").click()
    bubble(page, "echo: image").wait_for()
    page.locator("#open-tray").click()
    page.locator("#stickers button").first.click()
    bubble(page, "echo: sticker").wait_for()
    page.locator("#open-tray").click()
    page.locator("#send-location").click()
    page.locator("#place-dialog button[value=ok]").click()
    bubble(page, "echo: location").wait_for()
    assert bot.events[-1]["message"]["address"] == "台北市中正區北平西路3號"


def test_a_scanned_code_is_typed_not_sent(page: Any, simulator: Simulator, bot: EchoBot) -> None:
    page.locator("#open-options").click()
    page.get_by_role("button", name="掃描行動條碼").first.click()
    page.locator("#scan-dialog input").fill(
        "https://line.me/R/oaMessage/%40tagline/?%23%E4%BF%A1%E7%BE%A9%E5%BA%97"
    )
    page.locator("#scan-dialog button[value=ok]").click()
    bubble(page, "welcome").wait_for()
    assert page.locator("#message").input_value() == "#信義店"
    assert [event["type"] for event in bot.events] == ["follow"]


def test_blocking_closes_the_chat_and_can_be_undone(page: Any, simulator: Simulator, bot: EchoBot) -> None:
    page.locator("#befriend").click()
    bubble(page, "welcome").wait_for()
    page.locator("#open-options").click()
    page.locator("#block").click()
    page.get_by_role("button", name="解除封鎖").first.wait_for()
    assert page.locator("#message").is_disabled()
    page.locator("#befriend").click()
    bubble(page, "welcome").nth(1).wait_for()
    assert [event["type"] for event in bot.events] == ["follow", "unfollow", "follow"]


def test_messages_for_others_are_marked_and_each_has_their_language(
    page: Any, simulator: Simulator, bot: EchoBot
) -> None:
    yui = simulator.person("高橋 陽菜")
    yui.follows()
    page.locator("#people-list .news").wait_for()
    page.get_by_role("button", name="高橋 陽菜").click()
    bubble(page, "welcome").wait_for()
    assert page.locator("#phone").get_attribute("lang") == "ja"
    assert page.locator("#message").get_attribute("placeholder") == "メッセージを入力"
    bot.call(
        "POST", "/v2/bot/message/push", {"to": yui.user_id, "messages": [{"type": "text", "text": "live!"}]}
    )
    bubble(page, "live!").wait_for()


def test_an_unanswering_bot_is_told(page: Any, simulator: Simulator, bot: EchoBot) -> None:
    bot.status = 503
    page.locator("#befriend").click()
    page.locator("#trouble").get_by_text("The bot did not answer: it said 503").wait_for()
    bot.status = 200
    page.locator("#message").fill("there?")
    page.keyboard.press("Enter")
    page.locator("#trouble").wait_for(state="hidden")


def test_a_hostile_name_and_text_disturb_nothing(page: Any, simulator: Simulator) -> None:
    hostile = "\u202e<img src=x onerror=alert(1)>{{7*7}}"
    page.locator("#new-name").fill(hostile)
    page.locator("#people-new button").click()
    page.locator("#people-list [aria-current]", has_text="onerror").wait_for()
    page.locator("#message").fill(hostile)
    page.keyboard.press("Enter")
    page.locator("#entries .theirs").wait_for()
    assert page.locator("#entries img").count() == 0
    assert words(page)[0] == hostile


def test_the_page_fits_a_phone(browser: Any, simulator: Simulator) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(simulator.url)
    page.locator("#befriend").click()
    bubble(page, "welcome").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator("#phone").bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    assert page.locator("#people").is_hidden()
    page.locator("#open-people").click()
    page.get_by_role("button", name="Emily Carter").click()
    page.get_by_role("button", name="Add friend").wait_for()
    page.locator("#open-log").click()
    page.locator("#log-lines summary").first.click()
    page.locator("#log-lines pre").first.wait_for()
    page.keyboard.press("Escape")
    page.wait_for_function("!document.getElementById('desk').classList.contains('log-shown')")
    page.close()


def test_whoever_taps_an_old_card_sees_the_answer(page: Any, simulator: Simulator, bot: EchoBot) -> None:
    mina = simulator.person("王小美")
    template = {
        "type": "buttons",
        "text": "t",
        "actions": [{"type": "postback", "label": "Go", "data": "go"}],
    }
    bot.answers = [[{"type": "template", "altText": "a", "template": template}]]
    mina.follows()
    for number in range(30):
        mina.says(f"line {number}")
    bubble(page, "echo: line 29").wait_for()
    page.locator("#chat").hover()
    page.mouse.wheel(0, -20_000)
    page.get_by_role("button", name="Go", exact=True).click()
    answer = bubble(page, "postback: go")
    answer.wait_for()
    page.wait_for_function(
        "chat => chat.scrollHeight - chat.scrollTop - chat.clientHeight < 5", arg=page.query_selector("#chat")
    )
