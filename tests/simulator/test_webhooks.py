"""Line-platform rules for webhooks: the signature, the two seconds, redelivery, order."""

import base64
import hashlib
import hmac
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import orjson
import pytest
import urllib3

from simulator.clock import SimClock
from simulator.server import Simulator
from simulator.webhooks import sign
from tests.simulator.conftest import EchoBot

VECTOR_SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
VECTOR_BODY = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'
VECTOR_SIGNATURE = "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="


def test_the_published_vector_is_signed_the_same() -> None:
    assert sign(VECTOR_SECRET, VECTOR_BODY) == VECTOR_SIGNATURE


def signature_of(headers: dict[str, str]) -> str | None:
    return next((value for name, value in headers.items() if name.lower() == "x-line-signature"), None)


def is_right(simulator: Simulator, body: bytes, headers: dict[str, str]) -> bool:
    expected = hmac.new(simulator.channel_secret.encode(), body, hashlib.sha256).digest()
    return signature_of(headers) == base64.b64encode(expected).decode()


def test_the_exact_bytes_are_signed(echo: Simulator, bot: EchoBot) -> None:
    echo.person("美").says("你好 👋")
    body, headers = bot.bodies[0]
    assert is_right(echo, body, headers)
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert orjson.loads(body)["destination"] == echo.line.bot_user_id


def test_bodies_may_be_spaced_and_ordered_otherwise(echo: Simulator, bot: EchoBot) -> None:
    echo.line.webhooks.disguise.varies = True
    mina = echo.person("Mina")
    for number in range(4):
        mina.says(f"{number} 你好")
    assert all(is_right(echo, *each) for each in bot.bodies)
    assert len({body[:3] for body, _ in bot.bodies}) == 2
    assert {name for _, headers in bot.bodies for name in headers if "ignature" in name} == {
        "x-line-signature",
        "X-Line-Signature",
    }
    assert mina.sees[-1] == "echo: 3 你好"


@pytest.mark.parametrize("spoil", ["wrong_secret", "tampered"])
def test_a_spoilt_webhook_has_a_wrong_signature_once(echo: Simulator, bot: EchoBot, spoil: str) -> None:
    bot.status = 400
    echo.line.webhooks.disguise.spoil(spoil)
    mina = echo.person("Mina")
    mina.says("one")
    mina.says("two")
    assert [is_right(echo, *each) for each in bot.bodies] == [False, True]


def test_a_signature_can_be_left_out(echo: Simulator, bot: EchoBot) -> None:
    bot.status = 400
    echo.line.webhooks.disguise.spoil("no_signature")
    echo.person("Mina").says("one")
    assert signature_of(bot.bodies[0][1]) is None


def test_verifying_sends_no_events(echo: Simulator, bot: EchoBot) -> None:
    assert echo.line.webhooks.verify().is_ok
    assert orjson.loads(bot.bodies[0][0])["events"] == []


def test_a_text_event_has_the_fields_of_line(echo: Simulator, bot: EchoBot) -> None:
    mina = echo.person("Mina")
    entry = mina.says("hello")
    event = bot.events[0]
    assert event["type"] == "message"
    assert event["mode"] == "active"
    assert event["source"] == {"type": "user", "userId": mina.user_id}
    assert event["deliveryContext"] == {"isRedelivery": False}
    assert len(event["webhookEventId"]) == 26
    assert event["message"]["id"] == entry.message_id
    assert entry.message_id.isdigit()
    assert int(entry.message_id) > 2**53
    assert {"quoteToken", "markAsReadToken", "text"} <= event["message"].keys()


def test_ids_repeat_with_the_seed(bot: EchoBot) -> None:
    at = datetime(2027, 3, 1, tzinfo=UTC)
    seen = []
    for _ in range(2):
        bot.bodies.clear()
        bot.status = 500
        with Simulator(deliver=bot, seed=7, clock=SimClock(at)) as simulator:
            simulator.person("Mina").says("hello")
        seen.append(bot.bodies[0])
    assert seen[0] == seen[1]


def test_unsend_and_unfollow_bring_no_reply_token(echo: Simulator, bot: EchoBot) -> None:
    mina = echo.person("Mina")
    mina.follows()
    mina.unsends(mina.says("oops"))
    mina.unfollows()
    tokens = {event["type"]: "replyToken" in event for event in bot.events}
    assert tokens == {"follow": True, "message": True, "unsend": False, "unfollow": False}


def test_a_standby_event_brings_no_reply_token(echo: Simulator, bot: EchoBot) -> None:
    mina = echo.person("Mina")
    mina.state.is_standby = True
    mina.says("hello")
    assert bot.events[0]["mode"] == "standby"
    assert "replyToken" not in bot.events[0]


def test_unknown_events_and_messages_can_be_sent(echo: Simulator, bot: EchoBot) -> None:
    mina = echo.person("Mina")
    mina.causes("hologram", hologram={"depth": 3})
    mina.sends_message({"type": "smell", "notes": ["jasmine"]})
    echo.line.webhooks.send({"type": "message", "message": {"type": "text", "id": "1"}, "timestamp": 1})
    assert bot.events[0]["hologram"] == {"depth": 3}
    assert bot.events[1]["message"]["notes"] == ["jasmine"]
    assert "source" not in bot.events[2]


def test_half_a_surrogate_pair_goes_out_as_an_escape(echo: Simulator, bot: EchoBot) -> None:
    bot.status = 400
    echo.person("Mina").says("\ud83d")
    body, headers = bot.bodies[0]
    assert b"\\ud83d" in body
    assert is_right(echo, body, headers)


def test_several_persons_in_one_body_in_any_order(echo: Simulator, bot: EchoBot) -> None:
    mina, ken = echo.person("Mina"), echo.person("Ken")
    with echo.line.webhooks.hold() as held:
        mina.says("one")
        ken.says("two")
        mina.says("three")
    assert bot.bodies == []
    echo.line.webhooks.send(*reversed(held))
    assert len(bot.bodies) == 1
    assert [event["message"]["text"] for event in bot.events] == ["three", "two", "one"]
    assert mina.sees == ["echo: three", "echo: one"]


def test_copies_are_the_same_event(echo: Simulator, bot: EchoBot) -> None:
    with echo.line.webhooks.hold() as held:
        echo.person("Mina").says("one")
    echo.line.webhooks.send_copies(held[0], 3)
    assert len(bot.events) == 3
    assert len({event["webhookEventId"] for event in bot.events}) == 1
    assert echo.line.ledger.accepted["reply"] == 1


def test_nothing_is_redelivered_while_the_switch_is_off(echo: Simulator, bot: EchoBot) -> None:
    bot.status = 500
    echo.person("Mina").says("one")
    echo.clock.advance(3600)
    assert echo.line.webhooks.redeliver_due() == 0


@pytest.fixture
def still(bot: EchoBot) -> Iterator[Simulator]:
    with Simulator(deliver=bot, clock=SimClock(datetime(2027, 3, 1, 4, tzinfo=UTC))) as simulator:
        bot.simulator = simulator
        yield simulator


def test_a_failed_webhook_comes_again_and_says_so(still: Simulator, bot: EchoBot) -> None:
    webhooks = still.line.webhooks
    webhooks.stop()  # its clockwork would be quicker than the assertions
    webhooks.redelivery.is_on = True
    webhooks.redelivery.times = 2
    bot.status = 503
    still.person("Mina").says("one")
    assert webhooks.redeliver_due() == 0, "not due yet"
    for _ in range(4):
        still.clock.advance(10)
        webhooks.redeliver_due()
    events = [orjson.loads(body)["events"][0] for body, _ in bot.bodies]
    assert len(events) == 3, "once, and twice again"
    assert [event["deliveryContext"]["isRedelivery"] for event in events] == [False, True, True]
    for field in ("webhookEventId", "replyToken", "timestamp"):
        assert len({event[field] for event in events}) == 1


def test_redelivery_stops_with_the_first_success(still: Simulator, bot: EchoBot) -> None:
    webhooks = still.line.webhooks
    webhooks.redelivery.is_on = True
    bot.status = 503
    mina = still.person("Mina")
    mina.says("one")
    bot.status = 200
    still.clock.advance(10)
    assert mina.waits_for(1) == ["echo: one"]
    still.clock.advance(3600)
    assert webhooks.redeliver_due() == 0


# Over real HTTP


class Listener(BaseHTTPRequestHandler):
    """Answers 200 after as many seconds as the server says."""

    server: "Listening"

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(self.server.seconds)
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass


class Listening(HTTPServer):
    bodies: list[bytes]
    seconds = 0.0
    status = 200

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@pytest.fixture
def listening() -> Iterator[Listening]:
    with Listening(("127.0.0.1", 0), Listener) as server:
        server.bodies = []
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_webhooks_go_over_http_in_each_persons_order(listening: Listening) -> None:
    with Simulator(webhook_url=f"http://127.0.0.1:{listening.server_port}/callback") as simulator:
        mina = simulator.person("Mina")
        for number in range(20):
            mina.says(str(number))
        assert simulator.line.webhooks.wait_idle()
        texts = [orjson.loads(body)["events"][0]["message"]["text"] for body in listening.bodies]
        assert texts == [str(number) for number in range(20)]
        assert simulator.line.webhooks.delivered == 20


def test_an_answer_after_two_seconds_is_no_answer(listening: Listening) -> None:
    listening.seconds = 2.4
    with Simulator(webhook_url=f"http://127.0.0.1:{listening.server_port}/callback") as simulator:
        outcome = simulator.line.webhooks.verify()
        assert (outcome.status, outcome.reason) == (0, "REQUEST_TIMEOUT")


def test_an_error_and_a_closed_door_are_told_apart(listening: Listening) -> None:
    listening.status = 500
    with Simulator(webhook_url=f"http://127.0.0.1:{listening.server_port}/callback") as simulator:
        assert simulator.line.webhooks.verify().reason == "ERROR_STATUS_CODE"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    with Simulator(webhook_url=url) as simulator:
        assert simulator.line.webhooks.verify().reason == "COULD_NOT_CONNECT"


def test_a_slow_callable_counts_as_no_answer(bot: EchoBot, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(body: bytes, headers: dict[str, str]) -> int:
        time.sleep(2.1)
        return 200

    with Simulator(deliver=slow) as simulator:
        assert simulator.line.webhooks.verify().reason == "REQUEST_TIMEOUT"


def test_the_clock_moves_as_told() -> None:
    at = datetime(2027, 3, 1, tzinfo=UTC)
    clock = SimClock(at)
    clock.advance(timedelta(days=1))
    assert clock.now() == at + timedelta(days=1)
    clock.run()
    assert clock.is_running
    assert clock() >= at + timedelta(days=1)
    clock.set(at)
    assert clock.now() - at < timedelta(seconds=5)
    with pytest.raises(ValueError, match="zone"):
        clock.set(datetime(2027, 3, 1))  # noqa: DTZ001 - that is the fault


def test_stopping_closes_what_clients_left_open() -> None:
    pool = urllib3.PoolManager(retries=False)
    with Simulator() as simulator:
        assert pool.request("GET", f"{simulator.url}/sim/state").status == 200
    with pytest.raises(urllib3.exceptions.HTTPError):
        pool.request("GET", f"{simulator.url}/sim/state")
    pool.clear()
