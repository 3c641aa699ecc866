"""The one public page: what runs, in numbers, and nothing about anybody."""

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from console import console
from core.db import Database
from line.channels import Channel
from line.inbox import EventStatus, WebhookEvent
from tests.shop import EXAMPLES, Shop

PHONE = "http://127.0.0.1:8001"


@pytest.fixture
def web(database: Database) -> FlaskClient:
    app = Flask("test", static_folder=None)
    app.register_blueprint(console(database, simulator_url=PHONE))
    return app.test_client()


def numbers(page: str) -> dict[str, int]:
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page)
    return {name: int(value.replace(",", "")) for name, value in found}


def test_the_root_leads_to_the_console(web: FlaskClient) -> None:
    answer = web.get("/")
    assert (answer.status_code, answer.location) == (302, "/console/")


def test_an_empty_installation_says_what_is_missing(web: FlaskClient) -> None:
    page = web.get("/console/").text
    assert "Nothing is published yet" in page
    assert numbers(page) == {"People known": 0, "Following": 0, "Events waiting": 0, "Given up": 0}


def test_the_page_counts_and_names_nobody(shop: Shop) -> None:
    shop.publishes(EXAMPLES / "tea_shop")
    for name in ("王小美", "陳大文"):
        shop.person(name).follows()
    shop.person("陳大文").blocks()
    with shop.database.write() as session:
        newest = session.scalar(sa.select(sa.func.max(WebhookEvent.id)))
        session.execute(
            sa.update(WebhookEvent).where(WebhookEvent.id == newest).values(status=EventStatus.PARKED)
        )
    page = shop.web.get("/console/").text
    assert numbers(page) == {"People known": 2, "Following": 1, "Events waiting": 0, "Given up": 1}
    assert "日日茶" in page
    assert "Revision 1 is live" in page
    assert "1 event was given up" in page
    assert "王小美" not in page
    assert shop.person("王小美").user_id not in page


def test_with_the_simulator_the_page_leads_to_the_phone(web: FlaskClient) -> None:
    page = web.get("/console/").text
    assert f'href="{PHONE}/"' in page
    assert "Simulated LINE" in page


def test_with_a_real_account_there_is_no_phone(shop: Shop) -> None:
    page = shop.web.get("/console/").text
    assert "Connected to LINE" in page
    assert "Open the phone" not in page


def test_a_refused_token_is_told(shop: Shop) -> None:
    with shop.database.write() as session:
        session.execute(sa.update(Channel).values(sending_stopped_at=shop.now()))
    assert "LINE refuses the access token" in shop.web.get("/console/").text


def test_the_page_needs_no_script_and_loads_nothing_from_elsewhere(shop: Shop) -> None:
    answer = shop.web.get("/console/")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<script|<style|style=|onclick|https?://", answer.text)
    for address in re.findall(r'(?:href|src)="(/console/static/[^"]+)"', answer.text):
        with shop.web.get(address) as file:
            assert file.status_code == 200
