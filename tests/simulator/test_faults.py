"""Trouble on demand, and what is left of the request afterwards."""

import time

import pytest
import urllib3

from simulator.faults import Do
from simulator.person import Person
from simulator.server import Simulator
from tests.simulator.conftest import EchoBot


@pytest.fixture
def mina(echo: Simulator, bot: EchoBot) -> Person:
    bot.status = 202
    mina = echo.person("Mina")
    mina.follows()
    return mina


def push(bot: EchoBot, mina: Person) -> urllib3.BaseHTTPResponse:
    return bot.call(
        "POST", "/v2/bot/message/push", {"to": mina.user_id, "messages": [{"type": "text", "text": "hi"}]}
    )


@pytest.mark.parametrize(
    ("do", "status", "arrives"),
    [
        (Do.REFUSE, 400, False), (Do.RATE_429, 429, False), (Do.QUOTA_429, 429, False),
        (Do.ERROR_BEFORE, 500, False), (Do.ERROR_AFTER, 500, True), (Do.BAD_JSON, 200, True),
        (Do.ODD_JSON, 200, True),
    ],
)  # fmt: skip
def test_a_spoilt_answer_tells_less_than_what_happened(
    echo: Simulator, bot: EchoBot, mina: Person, do: Do, status: int, arrives: bool
) -> None:
    echo.line.faults.order("push", do)
    answer = push(bot, mina)
    assert answer.status == status
    assert answer.headers["x-line-request-id"]
    assert mina.sees == (["hi"] if arrives else [])
    assert push(bot, mina).status == 200, "one order, one call"


@pytest.mark.parametrize(("do", "arrives"), [(Do.DROP_BEFORE, False), (Do.DROP_AFTER, True)])
def test_a_dropped_connection_may_have_been_accepted(
    echo: Simulator, bot: EchoBot, mina: Person, do: Do, arrives: bool
) -> None:
    echo.line.faults.order("push", do)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        push(bot, mina)
    assert mina.sees == (["hi"] if arrives else [])


def test_a_slow_answer_comes_late(echo: Simulator, bot: EchoBot, mina: Person) -> None:
    echo.line.faults.order("push", "slow", seconds=0.3)
    started = time.monotonic()
    assert push(bot, mina).status == 200
    assert time.monotonic() - started >= 0.3


def test_an_order_counts_its_calls_and_its_endpoint(echo: Simulator, bot: EchoBot, mina: Person) -> None:
    echo.line.faults.order("push", "refuse", times=2, status=403, message="No")
    assert bot.call("GET", "/v2/bot/info").status == 200
    assert [push(bot, mina).status for _ in range(3)] == [403, 403, 200]
    echo.line.faults.order("*", "rate_429", retry_after=3)
    assert echo.line.faults.pending == 1
    assert bot.call("GET", "/v2/bot/info").headers["Retry-After"] == "3"


def test_the_two_429s_differ_in_their_words(echo: Simulator, bot: EchoBot, mina: Person) -> None:
    echo.line.faults.order("push", "rate_429")
    echo.line.faults.order("push", "quota_429")
    told = [push(bot, mina).json()["message"] for _ in range(2)]
    assert told == [
        "The API rate limit has been exceeded. Try again later.",
        "You have reached your monthly limit.",
    ]


def test_orders_can_be_cleared(echo: Simulator, bot: EchoBot, mina: Person) -> None:
    echo.line.faults.order("push", "error_before", times=9)
    echo.line.faults.clear()
    assert push(bot, mina).status == 200
