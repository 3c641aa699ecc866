"""The phone page without a browser: what it serves, and what its policy allows."""

import re

import orjson
import pytest
from flask.testing import FlaskClient

from rendering import STATIC
from simulator.avatars import initials
from simulator.demo_persons import DEMO_PERSONS, make_demo_persons
from simulator.screen import tell_trouble
from simulator.server import Simulator, create_app
from simulator.webhooks import Outcome
from tests.simulator.conftest import EchoBot


@pytest.fixture
def client(echo: Simulator) -> FlaskClient:
    make_demo_persons(echo.line)
    return create_app(echo.line).test_client()


def status_of(client: FlaskClient, path: str) -> int:
    with client.get(path) as answer:  # closes the file behind it
        return answer.status_code


def test_the_page_has_no_inline_script_or_style_and_loads_nothing_foreign(client: FlaskClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    html = page.get_data(as_text=True)
    assert " style=" not in html
    assert "<style" not in html
    assert not re.search(r"<script(?![^>]* src=)", html)
    assert not re.search(r" on[a-z]+=", html)
    loaded = re.findall(r'(?:src|href)="([^"#]+)"', html)
    assert loaded
    for address in loaded:
        assert address.startswith("/")
        assert status_of(client, address) == 200


def test_its_modules_are_there(client: FlaskClient) -> None:
    for name in ("phone", "chat", "people", "menu", "dialogs", "log", "wire", "words"):
        with client.get(f"/static/{name}.js") as script:
            imported = re.findall(r'from "\./([a-z]+\.js)"', script.get_data(as_text=True))
        for other in imported:
            assert status_of(client, f"/static/{other}") == 200
    for path in STATIC.iterdir():
        assert status_of(client, f"/rendering/{path.name}") == 200
    assert status_of(client, "/static/../server.py") == 404


def test_the_demo_persons_are_always_the_same(client: FlaskClient) -> None:
    people = client.get("/page/persons").get_json()
    assert [(person["name"], person["language"]) for person in people] == list(DEMO_PERSONS)
    assert people[0]["user_id"] == "U2ca1a8ba498d8c51682bdc1e7d062376"
    assert sorted(person["language"] for person in people) == ["en", "ja", "ja", "ko"] + ["zh-TW"] * 4


def test_a_screen_is_drawn(client: FlaskClient, echo: Simulator, bot: EchoBot) -> None:
    item = {"type": "action", "imageUrl": "https://example.com/i.png",
            "action": {"type": "message", "label": "<b>", "text": "x"}}  # fmt: skip
    bot.answers = [[{"type": "text", "text": "<script>", "quickReply": {"items": [item]}}]]
    mina = echo.line.everyone()[0]
    mina.follows()
    mina.sends_photo()
    mina.says("taken back")
    mina.unsends(mina.chat[-2])
    screen = client.get(f"/page/persons/{mina.user_id}").get_json()
    kinds = [(entry["is_own"], entry["is_unsent"], entry["can_unsend"]) for entry in screen["entries"]]
    assert (False, False, False) in kinds
    assert (True, True, False) in kinds
    assert "&lt;script&gt;" in screen["entries"][0]["html"]
    photo = screen["entries"][1]
    assert f"/content/{photo['id']}" in photo["html"]
    assert client.get(f"/content/{photo['id']}").content_type == "image/jpeg"
    assert screen["quick"] == ""


def test_quick_replies_are_drawn_until_tapped(client: FlaskClient, echo: Simulator, bot: EchoBot) -> None:
    item = {"type": "action", "action": {"type": "message", "label": "Yes <3", "text": "x"}}
    bot.answers = [[{"type": "text", "text": "?", "quickReply": {"items": [item]}}]]
    mina = echo.line.everyone()[0]
    mina.follows()
    assert "Yes &lt;3" in client.get(f"/page/persons/{mina.user_id}").get_json()["quick"]


def test_the_stream_tells_of_changes(client: FlaskClient, echo: Simulator) -> None:
    stream = client.get("/page/stream")
    assert stream.content_type.startswith("text/event-stream")
    beats = iter(stream.response)
    assert next(beats) == b"retry: 1000\n\n"
    first = next(beats)
    mina = echo.line.everyone()[0]
    mina.follows()
    second = next(beats)
    assert isinstance(first, bytes)
    assert isinstance(second, bytes)
    before = orjson.loads(first.removeprefix(b"data: "))["persons"][mina.user_id]
    after = orjson.loads(second.removeprefix(b"data: "))["persons"][mina.user_id]
    assert before == [0, "stranger"]
    assert after[0] > 0
    assert after[1] == "friend"
    stream.close()


def test_the_log_shows_both_directions(client: FlaskClient, echo: Simulator) -> None:
    echo.line.everyone()[0].follows()
    lines = client.get("/page/log").get_json()
    assert [(line["kind"], line["status"]) for line in lines] == [("api", 200), ("webhook", 200)]
    assert '"replyToken"' in lines[1]["sent"]
    assert client.get(f"/page/log?after={lines[-1]['number']}").get_json() == []


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (None, ""),
        (Outcome(200, "OK"), ""),
        (Outcome(503, "ERROR_STATUS_CODE"), "The bot did not answer: it said 503"),
        (Outcome(0, "REQUEST_TIMEOUT"), "The bot did not answer: it took longer than 2 seconds"),
        (Outcome(0, "COULD_NOT_CONNECT"), "The bot did not answer: nobody listens at http://x/"),
    ],
)
def test_trouble_is_told_in_a_sentence(outcome: Outcome | None, told: str) -> None:
    assert tell_trouble(outcome, "http://x/") == told


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王小美", "美"),
        ("高橋 陽菜", "陽"),
        ("Emily Carter", "EC"),
        ("김민지", "지"),
        ("", "☺"),
        (" <>", "☺"),
        ("mina", "M"),
    ],
)
def test_initials_tell_people_apart(name: str, shown: str) -> None:
    assert initials(name) == shown


def test_a_hostile_name_is_drawn_as_letters(client: FlaskClient, echo: Simulator) -> None:
    hostile = echo.person("</text><script>alert(1)</script>\x00 &\u202e")
    drawn = client.get(f"/avatars/{hostile.user_id}.svg")
    assert b"<script" not in drawn.data
    assert client.get("/avatars/U0.svg").status_code == 404
