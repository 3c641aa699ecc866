"""What runs, in numbers, and nothing about anybody."""

import re

import pytest
import sqlalchemy as sa

from bot.doctor import examine
from line.channels import Channel
from line.inbox import EventStatus, WebhookEvent
from staff import service
from staff.models import Role
from tests.console.inboxes import Inbox
from tests.console.people import TESTS, Browser, browser_of, signed_in
from tests.shop import EXAMPLES, Shop


@pytest.fixture
def admin(shop: Shop) -> Browser:
    return browser_of(shop.app, shop.database, Role.ADMIN, now=shop.now())


def numbers(page: str) -> dict[str, int]:
    found = re.findall(r"<dt>([^<]*)</dt><dd>([\d,]+)</dd>", page)
    return {name: int(value.replace(",", "")) for name, value in found}


def test_an_empty_installation_says_what_is_missing(admin: Browser) -> None:
    page = admin.get("/console/system/").text
    assert "Nothing is published yet" in page
    assert numbers(page) == {"People known": 0, "Following": 0, "Events waiting": 0, "Given up": 0}


def test_the_page_counts_and_names_nobody(shop: Shop, admin: Browser) -> None:
    shop.publishes(EXAMPLES / "tea_shop")
    for name in ("王小美", "陳大文"):
        shop.person(name).follows()
    shop.person("陳大文").blocks()
    with shop.database.write() as session:
        newest = session.scalar(sa.select(sa.func.max(WebhookEvent.id)))
        session.execute(
            sa.update(WebhookEvent).where(WebhookEvent.id == newest).values(status=EventStatus.PARKED)
        )
    page = admin.get("/console/system/").text
    told = numbers(page)
    assert told.pop("Live revision") == 1
    assert told == {"People known": 2, "Following": 1, "Events waiting": 0, "Given up": 1}
    assert "日日茶" in page
    assert "1 event was given up" in page
    assert "王小美" not in page
    assert shop.person("王小美").user_id not in page


def test_a_refused_token_is_told_on_the_first_page_too(shop: Shop, admin: Browser) -> None:
    with shop.database.write() as session:
        session.execute(sa.update(Channel).values(sending_stopped_at=shop.now()))
    for path in ("/console/", "/console/system/"):
        assert "LINE refuses the access token" in admin.get(path).text


def test_a_queue_that_nobody_serves_is_told_of_while_somebody_waits_there(shop: Shop) -> None:
    """By a rule that names it, or since the last who served it has left."""
    inbox = Inbox(shop)
    boss = inbox.agent("boss", role=Role.SUPERVISOR)
    there = signed_in(shop.app, shop.database, boss, now=shop.now())

    def alarms(language: str = "en") -> list[str]:
        told = [
            there.get(path, headers={"Accept-Language": language}).text
            for path in ("/console/", "/console/system/")
        ]
        found = [re.findall(r'<h4 class="alert-title">(.*?)</h4>', page) for page in told]
        assert found[0] == found[1]
        return found[0]

    assert alarms() == [], "nobody waits"
    inbox.customer("Mina", "hello", queue="japanese")
    inbox.customer("Ken", "hello", queue="japanese")
    assert alarms() == ["2 conversations wait in “Japanese”, which nobody serves."]
    assert alarms("zh-TW") == ["「日本語」有 2 個對話在等，但沒有人負責這個組別。"]
    sato = inbox.agent("sato", "japanese", is_on_duty=False)
    assert alarms() == [], "who is off duty comes back"
    with shop.database.write() as session:
        service.deactivate(session, session.merge(sato), by=TESTS, now=shop.now())
    assert len(alarms()) == 1
    told = [one.says for one in examine(shop.settings, shop.database, shop.now) if one.about == "queues"]
    assert told == ["2 conversations wait in japanese, which nobody serves"]


def test_strangers_are_led_to_the_sign_in_page(shop: Shop) -> None:
    assert shop.web.get("/").location == "/console/"
    assert shop.web.get("/console/system/?x=1").location == "/console/sign-in?next=/console/system/?x%3D1"
    answer = shop.web.get("/console/sign-in")
    assert answer.status_code == 200
    assert not re.search(r"<script>|<style|style=|onclick|https?://(?!www.w3.org)", answer.text)
    for address in re.findall(r'(?:href|src)="(/console/static/[^"]+)"', answer.text):
        with shop.web.get(address) as file:
            assert file.status_code == 200
            assert "immutable" in file.headers["Cache-Control"]
