"""`/sim`: what tests and the page may do, and who may not."""

import base64
from typing import Any

import pytest
from flask.testing import FlaskClient

from simulator.server import Simulator, create_app
from tests.simulator.conftest import EchoBot


@pytest.fixture
def client(echo: Simulator) -> FlaskClient:
    return create_app(echo.line).test_client()


def make(client: FlaskClient, name: str = "Mina", **more: Any) -> str:
    made = client.post("/sim/persons", json={"name": name, **more})
    assert made.status_code == 201
    return str(made.get_json()["user_id"])


def act(client: FlaskClient, user_id: str, name: str, /, **given: Any) -> tuple[int, Any]:
    answer = client.post(f"/sim/persons/{user_id}/{name}", json=given)
    return answer.status_code, answer.get_json()


def screen(client: FlaskClient, user_id: str) -> dict[str, Any]:
    return dict(client.get(f"/sim/persons/{user_id}").get_json())


def test_a_person_is_made_and_acts(client: FlaskClient, bot: EchoBot) -> None:
    mina = make(client, language="ja")
    assert act(client, mina, "follow")[0] == 200
    status, said = act(client, mina, "say", text="hello")
    assert status == 200
    assert said["entry"]["words"] == "hello"
    shown = screen(client, mina)
    assert (shown["friendship"], shown["language"]) == ("friend", "ja")
    assert [entry["words"] for entry in shown["chat"]] == ["welcome", "hello", "echo: hello"]
    assert act(client, mina, "unsend", message_id=said["entry"]["message_id"])[0] == 200
    assert screen(client, mina)["chat"][1]["is_unsent"]


def test_every_kind_of_act_reaches_the_bot(client: FlaskClient, bot: EchoBot) -> None:
    template = {
        "type": "buttons",
        "text": "t",
        "actions": [{"type": "postback", "label": "Go", "data": "go"}],
    }
    bot.answers = [[{"type": "template", "altText": "a", "template": template}]]
    mina = make(client)
    act(client, mina, "follow")
    acts: list[tuple[str, dict[str, Any]]] = [
        ("tap", {"label": "Go"}),
        ("perform", {"action": {"type": "message", "text": "hi"}}),
        ("postback", {"data": "forged", "params": {"date": "2027-03-01"}}),
        ("sticker", {}),
        ("photo", {"data": base64.b64encode(b"png").decode(), "media_type": "image/png"}),
        ("file", {"name": "a.pdf", "data": base64.b64encode(b"pdf").decode()}),
        ("location", {"title": "Here", "address": "Road 1", "latitude": 1.5, "longitude": 2.5}),
        ("message", {"message": {"type": "smell"}}),
        ("cause", {"type": "beacon", "beacon": {"hwid": "1", "type": "enter"}}),
        ("scan", {"code": "#shop"}),
        ("block", {}),
    ]
    for name, given in acts:
        assert act(client, mina, name, **given)[0] == 200, name
    kinds = [event.get("message", {}).get("type", event["type"]) for event in bot.events]
    assert kinds == [
        "follow", "postback", "text", "postback", "sticker", "image", "file", "location", "smell", "beacon", "text",
        "unfollow",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("say", {}),
        ("say", {"text": 5}),
        ("tap", {"label": "nothing"}),
        ("unsend", {"message_id": "1"}),
        ("photo", {"data": "%%%"}),
        ("photo", {"data": "", "media_type": "text/html"}),
        ("perform", {"action": {"type": "fly"}}),
        ("perform", {"action": {"type": "message"}}),
        ("perform", {"action": "x"}),
        ("message", {"message": 1}),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(
    client: FlaskClient, name: str, given: dict[str, Any]
) -> None:
    status, answer = act(client, make(client), name, **given)
    assert status == 400
    assert answer["message"]


def test_unknown_people_and_acts_are_not_found(client: FlaskClient) -> None:
    assert act(client, "U0", "say", text="x")[0] == 404
    assert act(client, make(client), "dance")[0] == 404
    assert client.get("/sim/persons/U0").status_code == 404
    assert client.post("/sim/persons", json={"name": 3}).status_code == 400


def test_the_ledger_is_read_from_a_number_on(client: FlaskClient, bot: EchoBot) -> None:
    mina = make(client)
    act(client, mina, "follow")
    act(client, mina, "say", text="hello")
    told = client.get("/sim/sent?after=1").get_json()
    assert (told["total"], told["accepted"], told["delivered"]) == (2, {"reply": 2}, 2)
    sent = told["sent"]
    assert [each["number"] for each in sent] == [2]
    assert sent[0]["to"] == sent[0]["delivered_to"] == [mina]
    assert sent[0]["messages"] == [{"type": "text", "text": "echo: hello"}]
    assert sent[0]["reply_token"] == bot.events[-1]["replyToken"]


def test_faults_are_ordered_and_cleared(client: FlaskClient, echo: Simulator, bot: EchoBot) -> None:
    order = {"endpoint": "bot_info", "do": "refuse", "status": 418, "message": "no", "times": 2}
    assert client.post("/sim/faults", json=order).get_json() == {"pending": 2}
    assert bot.call("GET", "/v2/bot/info").status == 418
    client.delete("/sim/faults")
    assert bot.call("GET", "/v2/bot/info").status == 200
    for wrong in ({"endpoint": "nowhere", "do": "slow"}, {"do": "explode"}, {"do": "slow", "extra": 1}):
        assert client.post("/sim/faults", json=wrong).status_code == 400


def test_webhooks_and_clock_are_switched(client: FlaskClient, echo: Simulator, bot: EchoBot) -> None:
    given = {"redelivery": True, "times": 1, "interval_seconds": 5, "spoil": "wrong_secret", "varies": True}
    told = client.post("/sim/webhooks", json=given).get_json()
    assert told["redelivery"] == {"is_on": True, "times": 1, "interval_seconds": 5.0}
    assert client.post("/sim/webhooks/verify", json={}).get_json() == {"status": 200, "reason": "OK"}
    assert client.post("/sim/webhooks/redeliver", json={}).get_json() == {"bodies": 0}
    told = client.post(
        "/sim/clock", json={"stop": True, "set": "2027-03-01T12:00:00+08:00", "advance": 90}
    ).get_json()
    assert told == {"now": "2027-03-01T04:01:30+00:00", "clock_runs": False}
    assert client.post("/sim/clock", json={"run": True}).get_json()["clock_runs"]


def test_reset_keeps_the_people_and_forgets_the_rest(client: FlaskClient, echo: Simulator) -> None:
    mina = make(client)
    act(client, mina, "follow")
    assert client.post("/sim/reset", json={}).status_code == 200
    shown = screen(client, mina)
    assert (shown["friendship"], shown["chat"]) == ("stranger", [])
    state = client.get("/sim/state").get_json()
    assert state["sent"]["total"] == 0
    assert [person["user_id"] for person in state["persons"]] == [mina]


def test_half_a_surrogate_pair_can_be_looked_at(client: FlaskClient, bot: EchoBot) -> None:
    bot.status = 400
    mina = make(client)
    client.post(f"/sim/persons/{mina}/say", data='{"text": "\\ud83d"}', content_type="application/json")
    assert screen(client, mina)["chat"][0]["words"] == "\ud83d"
    assert client.get(f"/page/persons/{mina}").status_code == 200


# Who may


@pytest.mark.parametrize("path", ["/", "/sim/state", "/page/pulse", "/page/stream", "/page/persons"])
def test_other_machines_and_other_names_are_turned_away(client: FlaskClient, path: str) -> None:
    assert client.get(path, environ_base={"REMOTE_ADDR": "192.168.1.7"}).status_code == 403
    assert client.get(path, headers={"Host": "evil.example"}).status_code == 403
    assert client.get(path, headers={"Host": "evil.example:8001"}).status_code == 403


@pytest.mark.parametrize("host", ["localhost:8001", "127.0.0.1", "[::1]:8001"])
def test_this_machine_is_let_in(client: FlaskClient, host: str) -> None:
    assert client.get("/sim/state", headers={"Host": host}).status_code == 200


def test_another_site_cannot_post(client: FlaskClient) -> None:
    mina = make(client)
    for content_type in ("text/plain", "application/x-www-form-urlencoded", None):
        answer = client.post(f"/sim/persons/{mina}/say", data='{"text":"x"}', content_type=content_type)
        assert answer.status_code == 415
    assert client.post("/sim/reset", data="[]", content_type="application/json").status_code == 200
    assert client.post("/sim/clock", data="[]", content_type="application/json").status_code == 400


def test_what_line_allows_the_account_can_be_changed(client: FlaskClient, echo: Simulator) -> None:
    given = {"quota": 1000, "quota_used": 998, "refuses_unknown_in_multicast": True, "rate_scale": None}
    shown = client.post("/sim/account", json=given).get_json()
    assert {name: shown[name] for name in given} == given
    assert client.get("/sim/state").get_json()["account"]["quota_used"] == 998
    assert echo.line.refuses_unknown_in_multicast
    assert not echo.line.quota.spend(3, echo.line.clock.seconds())
    assert client.post("/sim/account", json={"money": 5}).status_code == 400
    assert client.post("/sim/account", json={"quota": None}).get_json()["quota"] is None
