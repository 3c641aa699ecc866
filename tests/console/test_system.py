"""What runs, in numbers, and nothing about anybody."""

import re

import pytest
import sqlalchemy as sa

from line.channels import Channel
from line.inbox import EventStatus, WebhookEvent
from staff.models import Role
from tests.console.people import Browser, browser_of
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
