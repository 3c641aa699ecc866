"""Line-platform rules for reply, push, multicast and broadcast."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from simulator.clock import SimClock
from simulator.person import Person
from simulator.server import Simulator
from tests.simulator.conftest import EchoBot

HI = [{"type": "text", "text": "hi"}]
NOBODY = "U" + "0" * 32


@pytest.fixture
def line(bot: EchoBot) -> Iterator[Simulator]:
    """A simulator whose clock stands and whose bot says nothing by itself."""
    bot.status = 202
    with Simulator(deliver=bot, clock=SimClock(datetime(2027, 3, 1, 4, tzinfo=UTC)), seed=3) as simulator:
        bot.simulator = simulator
        yield simulator


@pytest.fixture
def mina(line: Simulator) -> Person:
    mina = line.person("Mina")
    mina.follows()
    return mina


def push(bot: EchoBot, to: object, messages: object = None, **more: Any) -> tuple[int, dict[str, Any]]:
    key = more.pop("key", None)
    headers = {"X_Line_Retry_Key": key} if key else {}
    body = {"to": to, "messages": HI if messages is None else messages} | more
    answer = bot.call("POST", "/v2/bot/message/push", body, **headers)
    return answer.status, answer.json()


def token_of(bot: EchoBot) -> str:
    return str(orjson.loads(bot.bodies[-1][0])["events"][0]["replyToken"])


# Reply tokens


def test_a_reply_token_works_once(bot: EchoBot, mina: Person) -> None:
    token = token_of(bot)
    first, second = bot.reply(token, HI), bot.reply(token, HI)
    assert first.status == 200
    assert first.json()["sentMessages"][0]["id"] == mina.messages[0].message_id
    assert (second.status, second.json()) == (400, {"message": "Invalid reply token"})
    assert mina.sees == ["hi"]


@pytest.mark.parametrize(("seconds", "status"), [(59, 200), (61, 400)])
def test_a_reply_token_lives_a_minute(
    line: Simulator, bot: EchoBot, mina: Person, seconds: int, status: int
) -> None:
    line.clock.advance(seconds)
    assert bot.reply(token_of(bot), HI).status == status


def test_redelivery_gives_the_token_another_minute(line: Simulator, bot: EchoBot, mina: Person) -> None:
    with line.line.webhooks.hold() as held:
        mina.says("hello")
    line.line.webhooks.send(*held)
    line.clock.advance(300)
    token = token_of(bot)
    assert bot.reply(token, HI).status == 400
    line.line.webhooks.redeliver(*held)
    line.clock.advance(50)
    assert bot.reply(token, HI).status == 200


def test_a_token_is_dead_twenty_minutes_after_its_event(line: Simulator, bot: EchoBot, mina: Person) -> None:
    with line.line.webhooks.hold() as held:
        mina.says("hello")
    line.clock.advance(19 * 60 + 50)
    line.line.webhooks.redeliver(*held)
    line.clock.advance(15)
    assert bot.reply(token_of(bot), HI).status == 400


def test_redelivery_does_not_revive_a_spent_token(line: Simulator, bot: EchoBot, mina: Person) -> None:
    with line.line.webhooks.hold() as held:
        mina.says("hello")
    line.line.webhooks.send(*held)
    assert bot.reply(token_of(bot), HI).status == 200
    line.line.webhooks.redeliver(*held)
    assert bot.reply(token_of(bot), HI).status == 400


def test_a_refused_reply_leaves_the_token_alone(bot: EchoBot, mina: Person) -> None:
    token = token_of(bot)
    assert bot.reply(token, []).status == 400
    assert bot.reply(token, HI).status == 200


def test_reply_is_free(line: Simulator, bot: EchoBot, mina: Person) -> None:
    bot.reply(token_of(bot), HI)
    assert bot.call("GET", "/v2/bot/message/quota/consumption").json() == {"totalUsage": 0}


# Whom it reaches


def test_a_push_arrives_and_returns_ids_in_order(bot: EchoBot, mina: Person) -> None:
    messages = [{"type": "text", "text": str(number)} for number in range(5)]
    status, answer = push(bot, mina.user_id, messages)
    assert status == 200
    assert [sent["id"] for sent in answer["sentMessages"]] == [entry.message_id for entry in mina.messages]
    assert all(sent["quoteToken"] for sent in answer["sentMessages"])
    assert mina.sees == ["0", "1", "2", "3", "4"]


def test_a_push_to_whoever_blocked_us_is_accepted_and_lost(
    line: Simulator, bot: EchoBot, mina: Person
) -> None:
    mina.blocks()
    status, answer = push(bot, mina.user_id)
    assert status == 200
    assert answer["sentMessages"]
    assert mina.sees == []
    assert line.line.quota.used(line.clock.seconds()) == 0
    assert [sent.delivered_to for sent in line.line.ledger] == [()]


def test_a_stranger_is_reached_for_a_week_after_writing(line: Simulator, bot: EchoBot) -> None:
    ken = line.person("Ken")
    assert push(bot, ken.user_id)[0] == 200
    assert ken.sees == []
    ken.says("hello")
    line.clock.advance(timedelta(days=6, hours=23))
    push(bot, ken.user_id)
    line.clock.advance(timedelta(hours=2))
    push(bot, ken.user_id)
    assert ken.sees == ["hi"]


def test_a_deleted_account_swallows_pushes(bot: EchoBot, mina: Person) -> None:
    mina.deletes_account()
    assert push(bot, mina.user_id)[0] == 200
    assert mina.sees == []


def test_unknown_and_malformed_ids_are_refused(line: Simulator, bot: EchoBot) -> None:
    assert push(bot, NOBODY) == (400, {"message": "Failed to send messages"})
    refusal = {"message": "The property, 'to', in the request body is invalid (line: -, column: -)"}
    status, answer = push(bot, "U123")
    assert (status, answer["message"].replace("'", "")) == (400, refusal["message"].replace("'", ""))


def test_a_multicast_drops_blocked_people_silently(line: Simulator, bot: EchoBot, mina: Person) -> None:
    ken = line.person("Ken")
    ken.follows()
    ken.blocks()
    to = [mina.user_id, ken.user_id, NOBODY]
    answer = bot.call("POST", "/v2/bot/message/multicast", {"to": to, "messages": HI})
    assert (answer.status, answer.json()) == (200, {})
    assert (mina.sees, ken.sees) == (["hi"], [])
    assert line.line.quota.used(line.clock.seconds()) == 1


def test_a_multicast_may_refuse_unknown_people(line: Simulator, bot: EchoBot, mina: Person) -> None:
    line.line.refuses_unknown_in_multicast = True
    answer = bot.call("POST", "/v2/bot/message/multicast", {"to": [mina.user_id, NOBODY], "messages": HI})
    assert answer.status == 400
    assert mina.sees == []


def test_one_malformed_id_spoils_a_multicast(bot: EchoBot, mina: Person) -> None:
    answer = bot.call("POST", "/v2/bot/message/multicast", {"to": [mina.user_id, "C1"], "messages": HI})
    assert answer.status == 400
    assert "to[1]" in answer.json()["message"]
    assert mina.sees == []


@pytest.mark.parametrize("count", [0, 501])
def test_a_multicast_takes_1_to_500(bot: EchoBot, mina: Person, count: int) -> None:
    answer = bot.call("POST", "/v2/bot/message/multicast", {"to": [mina.user_id] * count, "messages": HI})
    assert answer.status == 400


def test_a_broadcast_reaches_friends_only(line: Simulator, bot: EchoBot, mina: Person) -> None:
    ken = line.person("Ken")
    assert bot.call("POST", "/v2/bot/message/broadcast", {"messages": HI}).json() == {}
    assert (mina.sees, ken.sees) == (["hi"], [])


# Retry keys


def test_the_same_key_sends_once(line: Simulator, bot: EchoBot, mina: Person) -> None:
    key = str(uuid.uuid4())
    headers = {"X_Line_Retry_Key": key}
    body = {"to": mina.user_id, "messages": HI}
    first = bot.call("POST", "/v2/bot/message/push", body, **headers)
    again = bot.call("POST", "/v2/bot/message/push", body, **headers)
    assert (first.status, again.status) == (200, 409)
    assert again.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
    assert again.headers["x-line-request-id"] != first.headers["x-line-request-id"]
    assert again.json()["message"] == "The retry key is already accepted"
    assert again.json()["sentMessages"] == first.json()["sentMessages"]
    assert mina.sees == ["hi"]
    assert [sent.retry_key for sent in line.line.ledger] == [key]


def test_a_key_lives_a_day(line: Simulator, bot: EchoBot, mina: Person) -> None:
    key = str(uuid.uuid4())
    assert push(bot, mina.user_id, key=key)[0] == 200
    line.clock.advance(timedelta(hours=23, minutes=59))
    assert push(bot, mina.user_id, key=key)[0] == 409
    line.clock.advance(timedelta(minutes=2))
    assert push(bot, mina.user_id, key=key)[0] == 200


def test_a_refused_request_leaves_no_key(bot: EchoBot, mina: Person) -> None:
    key = str(uuid.uuid4())
    assert push(bot, mina.user_id, [], key=key)[0] == 400
    assert push(bot, mina.user_id, key=key)[0] == 200


def test_a_multicast_key_returns_no_messages(bot: EchoBot, mina: Person) -> None:
    headers = {"X_Line_Retry_Key": str(uuid.uuid4())}
    body = {"to": [mina.user_id], "messages": HI}
    bot.call("POST", "/v2/bot/message/multicast", body, **headers)
    again = bot.call("POST", "/v2/bot/message/multicast", body, **headers)
    assert (again.status, again.json()) == (409, {"message": "The retry key is already accepted"})


def test_a_key_must_be_a_uuid_and_stands_on_sends_only(bot: EchoBot, mina: Person) -> None:
    assert push(bot, mina.user_id, key="once")[0] == 400
    body = {"replyToken": token_of(bot), "messages": HI}
    headers = {"X_Line_Retry_Key": str(uuid.uuid4())}
    assert bot.call("POST", "/v2/bot/message/reply", body, **headers).status == 400
    assert bot.call("GET", "/v2/bot/info", **headers).status == 400


# Quota and rates


def test_the_quota_counts_recipients_and_refuses_whole_requests(
    line: Simulator, bot: EchoBot, mina: Person
) -> None:
    line.line.quota.limit = 3
    ken = line.person("Ken")
    ken.follows()
    both = {"to": [mina.user_id, ken.user_id], "messages": HI * 5}
    assert bot.call("POST", "/v2/bot/message/multicast", both).status == 200
    refused = bot.call("POST", "/v2/bot/message/multicast", both)
    assert (refused.status, refused.json()) == (429, {"message": "You have reached your monthly limit."})
    assert push(bot, mina.user_id)[0] == 200
    assert bot.call("GET", "/v2/bot/message/quota").json() == {"type": "limited", "value": 3}
    assert bot.call("GET", "/v2/bot/message/quota/consumption").json() == {"totalUsage": 3}
    assert push(bot, mina.user_id)[0] == 429
    line.clock.set(datetime(2027, 3, 31, 15, 1, tzinfo=UTC))  # April has begun in Japan
    assert push(bot, mina.user_id)[0] == 200


def test_too_fast_is_another_429(line: Simulator, bot: EchoBot, mina: Person) -> None:
    line.line.buckets.scale = 2 / 200
    body = {"to": [mina.user_id], "messages": HI}
    statuses = [bot.call("POST", "/v2/bot/message/multicast", body).status for _ in range(3)]
    assert statuses == [200, 200, 429]
    answer = bot.call("POST", "/v2/bot/message/multicast", body)
    assert answer.json() == {"message": "The API rate limit has been exceeded. Try again later."}
    assert bot.call("GET", "/v2/bot/info").status == 200, "another endpoint has its own bucket"
    line.clock.advance(1)
    assert bot.call("POST", "/v2/bot/message/multicast", body).status == 200


def test_unit_names_beyond_a_thousand_are_dropped(line: Simulator, bot: EchoBot, mina: Person) -> None:
    for number in range(1000):
        line.line.quota.admit_unit(f"unit_{number}", line.clock.seconds())
    assert push(bot, mina.user_id, customAggregationUnits=["unit_7"])[0] == 200
    assert push(bot, mina.user_id, customAggregationUnits=["one_more"])[0] == 200
    assert [sent.units for sent in line.line.ledger] == [("unit_7",), ()]
    assert push(bot, mina.user_id, customAggregationUnits=["no-dash"])[0] == 400
    assert push(bot, mina.user_id, customAggregationUnits=["a", "b"])[0] == 400


# The door


def test_every_answer_has_its_own_request_id(line: Simulator, bot: EchoBot) -> None:
    calls = [("GET", "/v2/bot/info"), ("GET", "/v2/bot/nothing"), ("POST", "/v2/bot/message/push")]
    ids = [bot.call(*call).headers["x-line-request-id"] for call in calls]
    assert len({str(uuid.UUID(each)) for each in ids}) == 3


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", "Basic x", "Bearer  "])
def test_a_wrong_token_is_turned_away(line: Simulator, bot: EchoBot, authorization: str) -> None:
    answer = bot.call("GET", "/v2/bot/info", Authorization=authorization)
    assert answer.status == 401
    assert "access token" in answer.json()["message"]


def test_an_expired_token_is_turned_away(line: Simulator, bot: EchoBot) -> None:
    line.line.access_tokens[line.access_token] = line.clock.now_ms() + 1000
    assert bot.call("GET", "/v2/bot/info").status == 200
    line.clock.advance(2)
    assert bot.call("GET", "/v2/bot/info").status == 401


def test_more_than_two_megabytes_are_refused(bot: EchoBot, mina: Person) -> None:
    answer = bot.call("POST", "/v2/bot/message/push", b" " * (2 * 1024 * 1024 + 1))
    assert answer.status == 413


def test_json_is_asked_for(bot: EchoBot, mina: Person) -> None:
    wrong = bot.call("POST", "/v2/bot/message/push", {"to": mina.user_id}, Content_Type="text/plain")
    assert (wrong.status, wrong.json()["message"]) == (415, "The content type, text/plain, is not supported")
    broken = bot.call("POST", "/v2/bot/message/push", b'{"to":\n  oops}')
    assert broken.status == 400
    assert broken.json()["message"] == "The request body could not be parsed as JSON (line: 2, column: 3)"
    assert bot.call("POST", "/v2/bot/message/push", b"[]").status == 400


def test_one_bad_message_sends_none(bot: EchoBot, mina: Person) -> None:
    status, answer = push(bot, mina.user_id, [*HI, {"type": "text", "text": ""}, {"type": "poem"}])
    assert status == 400
    assert answer["message"] == "The request body has 2 error(s)"
    assert answer["details"][0] == {"message": "May not be empty", "property": "messages[1].text"}
    assert answer["details"][1]["property"] == "messages[2].type"
    assert answer["details"][1]["message"].startswith("Must be one of the following values: text, ")
    assert mina.sees == []


@pytest.mark.parametrize("count", [0, 6])
def test_one_to_five_messages(bot: EchoBot, mina: Person, count: int) -> None:
    status, answer = push(bot, mina.user_id, HI * count)
    assert status == 400
    assert answer["details"] == [{"message": "Size must be between 1 and 5", "property": "messages"}]


@pytest.mark.parametrize("kind", ["reply", "push", "multicast", "narrowcast", "broadcast"])
def test_validation_sends_nothing(line: Simulator, bot: EchoBot, mina: Person, kind: str) -> None:
    assert bot.call("POST", f"/v2/bot/message/validate/{kind}", {"messages": HI}).json() == {}
    assert bot.call("POST", f"/v2/bot/message/validate/{kind}", {"messages": []}).status == 400
    assert mina.sees == []
    assert len(line.line.ledger) == 0


# The ledger


def test_the_ledger_keeps_the_newest_and_counts_all(bot: EchoBot) -> None:
    bot.status = 202
    with Simulator(deliver=bot, ledger_size=3) as simulator:
        bot.simulator = simulator
        mina = simulator.person("Mina")
        mina.follows()
        for number in range(5):
            push(bot, mina.user_id, [{"type": "text", "text": str(number)}])
        ledger = simulator.line.ledger
        assert (ledger.total, ledger.accepted["push"], ledger.delivered, len(ledger)) == (5, 5, 5, 3)
        assert [sent.messages[0]["text"] for sent in ledger.after(3)] == ["3", "4"]
        simulator.line.reset()
        assert (simulator.line.ledger.total, mina.sees) == (0, [])


def test_a_bench_may_let_everybody_in(bot: EchoBot) -> None:
    with Simulator(deliver=bot, knows_everyone=True) as simulator:
        bot.simulator = simulator
        assert push(bot, NOBODY)[0] == 200
        assert simulator.line.ledger.delivered == 1
