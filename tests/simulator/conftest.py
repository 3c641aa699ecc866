"""A simulator with a bot of ten lines behind it."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import urllib3

from simulator.server import Simulator


class EchoBot:
    """Answers every event with its words, or with what a test put into `answers`."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.bodies: list[tuple[bytes, dict[str, str]]] = []
        self.status = 200
        self.answers: list[list[dict[str, Any]]] = []
        self.simulator: Simulator | None = None
        self.http = urllib3.PoolManager(maxsize=8, retries=False)

    def __call__(self, body: bytes, headers: dict[str, str]) -> int:
        self.bodies.append((body, headers))
        if self.status != 200:
            return self.status
        for event in orjson.loads(body)["events"]:
            self.events.append(event)
            if "replyToken" in event:
                self.reply(event["replyToken"], self.answers.pop(0) if self.answers else _echo(event))
        return self.status

    def reply(self, token: str, messages: list[dict[str, Any]]) -> urllib3.BaseHTTPResponse:
        return self.call("POST", "/v2/bot/message/reply", {"replyToken": token, "messages": messages})

    def call(self, method: str, path: str, body: object = None, **headers: str) -> urllib3.BaseHTTPResponse:
        assert self.simulator is not None
        sent = {"Authorization": f"Bearer {self.simulator.access_token}"}
        if body is not None:
            sent["Content-Type"] = "application/json"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = body if isinstance(body, bytes) or body is None else orjson.dumps(body)
        return self.http.request(method, self.simulator.url + path, body=content, headers=sent)


def _echo(event: dict[str, Any]) -> list[dict[str, Any]]:
    match event["type"]:
        case "follow":
            return [{"type": "text", "text": "welcome"}]
        case "postback":
            return [{"type": "text", "text": f"postback: {event['postback']['data']}"}]
        case "message":
            message = event["message"]
            return [{"type": "text", "text": f"echo: {message.get('text', message['type'])}"}]
        case kind:
            return [{"type": "text", "text": f"event: {kind}"}]


@pytest.fixture
def bot() -> Iterator[EchoBot]:
    bot = EchoBot()
    yield bot
    bot.http.clear()


@pytest.fixture
def echo(bot: EchoBot) -> Iterator[Simulator]:
    with Simulator(deliver=bot, seed=1) as simulator:
        bot.simulator = simulator
        yield simulator
