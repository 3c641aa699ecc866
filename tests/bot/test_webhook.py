"""The front door: what is let in, what is turned away, and that nothing is half-written."""

import base64
import gzip
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from time import monotonic
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.app import create_app
from bot.committer import Committer
from bot.webhook import BODIES_AT_ONCE
from config import Settings
from core.clock import system_clock
from core.db import Database
from line.channels import Channel
from line.inbox import Lane, WebhookEvent
from line.signature import sign
from tests.patience import PROMPTLY_S

SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
NEXT_SECRET = "0123456789abcdef0123456789abcdef"
USER = "U" + "1" * 32


@pytest.fixture
def web(database: Database) -> Iterator[FlaskClient]:
    settings = Settings(
        line_channel_secret=SecretStr(f"{SECRET},{NEXT_SECRET}"),
        line_channel_access_token=SecretStr("token"),
        secret_key=SecretStr("k" * 40),
        database_url="sqlite:///:memory:",
    )
    app = create_app(settings, database)
    yield app.test_client()
    app.extensions["committer"].close()


def event(key: str, *, user: str = USER, **more: Any) -> dict[str, Any]:
    return {
        "type": "message",
        "message": {"id": "1", "type": "text", "text": "hi", "quoteToken": "q"},
        "webhookEventId": key,
        "timestamp": 1_700_000_000_000,
        "mode": "active",
        "deliveryContext": {"isRedelivery": False},
        "source": {"type": "user", "userId": user},
        "replyToken": "r",
        **more,
    }


def body_of(*events: Any) -> bytes:
    return orjson.dumps({"destination": "U" + "0" * 32, "events": list(events)})


def post(web: FlaskClient, body: bytes, signature: str | None = None, **headers: str) -> int:
    given = {"X-Line-Signature": sign(SECRET, body) if signature is None else signature, **headers}
    return web.post("/callback", data=body, headers=given).status_code


def stored(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(sa.select(WebhookEvent.event_key).order_by(WebhookEvent.id)))


def test_a_connection_check_without_events_is_answered(web: FlaskClient, database: Database) -> None:
    body = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'
    assert post(web, body, "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs=") == 200
    assert stored(database) == []


def test_events_of_several_people_in_one_body_are_all_stored(web: FlaskClient, database: Database) -> None:
    body = body_of(event("a", user="U" + "1" * 32), event("b", user="U" + "2" * 32), event("c"))
    assert post(web, body) == 200
    assert stored(database) == ["a", "b", "c"]
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Lane)) == 2


def test_the_same_event_twice_is_stored_once(web: FlaskClient, database: Database) -> None:
    again = event("a", deliveryContext={"isRedelivery": True})
    assert [post(web, body_of(event("a"))), post(web, body_of(again))] == [200, 200]
    assert stored(database) == ["a"]


def test_the_same_event_twice_in_one_body_is_stored_once(web: FlaskClient, database: Database) -> None:
    assert post(web, body_of(event("a"), event("a", replyToken="another"))) == 200
    assert stored(database) == ["a"]


def test_an_event_without_an_id_is_known_by_its_content(web: FlaskClient, database: Database) -> None:
    plain = event("")
    del plain["webhookEventId"]
    redelivered = plain | {"deliveryContext": {"isRedelivery": True}}
    numbered = plain | {"webhookEventId": 7}
    for one in (plain, redelivered, numbered):
        assert post(web, body_of(one)) == 200
    keys = stored(database)
    assert len(keys) == 2
    assert all(key.startswith("sha256:") for key in keys)


def test_the_same_event_from_32_threads_is_stored_once(web: FlaskClient, database: Database) -> None:
    body, answers = body_of(event("a")), []
    threads = [threading.Thread(target=lambda: answers.append(post(web, body))) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 32
    assert stored(database) == ["a"]


def test_a_replayed_body_is_still_known_later(web: FlaskClient, database: Database) -> None:
    body = body_of(event("a"))
    post(web, body)
    with database.write() as session:  # handled, and cut to its ids
        session.execute(sa.update(WebhookEvent).values(status="handled", body=None))
    assert post(web, body) == 200
    assert stored(database) == ["a"]


@pytest.mark.parametrize("secret", [SECRET, NEXT_SECRET])
def test_both_secrets_are_accepted_during_rotation(web: FlaskClient, secret: str) -> None:
    body = body_of(event("a"))
    assert post(web, body, sign(secret, body)) == 200


BODY = body_of(event("a"))
DIGEST = hmac.digest(SECRET.encode(), BODY, hashlib.sha256)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "AAAA",
        DIGEST.hex(),
        base64.b64encode(DIGEST).decode().rstrip("="),
        base64.b64encode(DIGEST).decode() + "=",
        base64.b64encode(DIGEST).decode().lower(),
        sign("f" * 32, BODY),
        sign(SECRET, orjson.dumps(orjson.loads(BODY), option=orjson.OPT_INDENT_2)),
        "\xe9\xe8簽章".encode().decode("latin-1"),
        f"{sign(SECRET, BODY)}, {sign(SECRET, BODY)}",
    ],
)
def test_a_wrong_signature_stores_nothing(web: FlaskClient, database: Database, signature: str) -> None:
    response = web.post("/callback", data=BODY, headers={"X-Line-Signature": signature})
    assert response.status_code == 400
    assert b"events" not in response.data
    assert stored(database) == []


def test_a_missing_signature_is_refused_and_any_case_of_the_header_is_read(web: FlaskClient) -> None:
    assert web.post("/callback", data=BODY).status_code == 400
    assert (
        web.post("/callback", data=BODY, headers={"X-LINE-SIGNATURE": sign(SECRET, BODY)}).status_code == 200
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"destination":"U"}',
        b'{"events":{}}',
        b'{"events":[1]}',
        b'\xef\xbb\xbf{"events":[]}',
        b'{"events":[{"x":NaN}]}',
        b'{"events":[{"x":1e400}]}',
        b'{"events":[{"x":"\xff"}]}',
        b'{"events":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        gzip.compress(b'{"events":[]}', mtime=0),
    ],
)
def test_a_signed_body_that_makes_no_sense_is_refused(
    web: FlaskClient, database: Database, body: bytes
) -> None:
    assert post(web, body) == 400
    assert stored(database) == []


def test_signed_but_unknown_events_are_stored(web: FlaskClient, database: Database) -> None:
    strange: list[Any] = [
        {},
        {"type": "hologram", "webhookEventId": "h"},
        {"type": "message", "webhookEventId": "n", "message": {"id": 5, "text": "\ud800\x00"}},
        {"webhookEventId": "g", "type": "join", "source": {"type": "group", "groupId": "C" + "0" * 32}},
        {"webhookEventId": "s", "source": "nobody", "timestamp": "yesterday"},
        {"webhookEventId": "t", "timestamp": 10**30},
        {"webhookEventId": "u", "timestamp": -5},
    ]
    assert post(web, b'{"events":' + json.dumps(strange).encode() + b"}") == 200
    assert len(stored(database)) == len(strange)
    with database.read() as session:
        bodies = session.scalars(sa.select(WebhookEvent.body)).all()
    assert all(isinstance(orjson.loads(body or b""), dict) for body in bodies)


def test_a_body_over_two_megabytes_is_refused_also_without_a_length(web: FlaskClient) -> None:
    large = body_of(event("a", padding="x" * (2 * 1024 * 1024)))
    assert post(web, large) == 413
    environ = {"wsgi.input": _Endless(), "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    assert web.post("/callback", environ_overrides=environ).status_code == 413


@pytest.mark.parametrize(("count", "status", "kept"), [(1000, 200, 1000), (1001, 400, 0), (100_000, 400, 0)])
def test_a_thousand_events_in_one_body_are_taken_and_no_more(
    web: FlaskClient, database: Database, count: int, status: int, kept: int
) -> None:
    body = b'{"events":[' + b",".join([b'{"a":%d}' % n for n in range(count)]) + b"]}"
    assert post(web, body) == status
    assert len(stored(database)) == kept


def test_another_destination_is_said_once_and_taken_all_the_same(
    web: FlaskClient, database: Database
) -> None:
    is_told_who_we_are(database, "U" + "9" * 32)
    with capture_logs() as said:
        assert [post(web, body_of(event(key))) for key in "ab"] == [200, 200]
    assert [entry["destination"] for entry in said] == ["U" + "0" * 32]
    assert stored(database) == ["a", "b"]


def test_whoever_we_are_by_now_is_nobody_else(web: FlaskClient, database: Database) -> None:
    with capture_logs() as said:
        assert post(web, body_of(event("a"))) == 200, "nobody has told us yet who we are"
        is_told_who_we_are(database, "U" + "0" * 32)
        front: Any = web.application.wsgi_app
        front._ask_again_at = None
        assert post(web, body_of(event("b"))) == 200
    assert said == []


def is_told_who_we_are(database: Database, user_id: str) -> None:
    with database.write() as session:
        session.execute(sa.update(Channel).values(bot_user_id=user_id))


def test_senders_who_dawdle_leave_threads_for_others(web: FlaskClient) -> None:
    stalled = _Stalled(BODIES_AT_ONCE)
    environ = {"wsgi.input": stalled, "CONTENT_LENGTH": "1000"}
    answers: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: answers.append(web.post("/callback", environ_overrides=environ).status_code)
        )
        for _ in range(BODIES_AT_ONCE)
    ]
    for thread in threads:
        thread.start()
    assert stalled.all_wait.wait(60)
    assert post(web, BODY) == 503
    assert web.get("/healthz").status_code == 200
    stalled.go_on.set()
    for thread in threads:
        thread.join()
    assert answers == [400] * BODIES_AT_ONCE
    assert post(web, BODY) == 200


def test_one_bad_row_does_not_cost_its_neighbours(database: Database) -> None:
    from line.channels import ensure_channel
    from line.inbox import Arrival

    with database.write() as session:
        channel_id = ensure_channel(session, now=system_clock()).id
    committer = Committer(database)
    bad = Arrival(channel_id + 99, "bad", USER, 1, system_clock(), b"{}")  # no such channel
    good = [Arrival(channel_id, f"good{n}", USER, 1, system_clock(), b"{}") for n in range(20)]
    errors: list[BaseException] = []

    def store(arrival: Arrival) -> None:
        try:
            committer.store([arrival])
        except Exception as error:  # noqa: BLE001 - counted below
            errors.append(error)

    threads = [threading.Thread(target=store, args=[arrival]) for arrival in (*good[:10], bad, *good[10:])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    committer.close()
    assert len(errors) == 1
    assert sorted(stored(database)) == sorted(arrival.event_key for arrival in good)


def test_a_database_that_is_gone_is_told_within_two_seconds(
    web: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.engine.connect() as blocker:
        if database.is_sqlite:
            blocker.execution_options(sqlite_begin="IMMEDIATE").exec_driver_sql("SELECT 1")
        else:
            blocker.exec_driver_sql("LOCK TABLE webhook_events")
        began = monotonic()
        assert post(web, body_of(event("a"))) == 503
        assert monotonic() - began < PROMPTLY_S, "a lock that is held for long is not waited for"
        assert web.get("/healthz").status_code == 200
        blocker.rollback()
    assert post(web, body_of(event("a"))) == 200
    assert stored(database) == ["a"]


class _Stalled:
    """A body that keeps its readers waiting, and then breaks off."""

    def __init__(self, readers: int) -> None:
        self._to_come = threading.Semaphore(readers - 1)
        self.all_wait = threading.Event()
        self.go_on = threading.Event()

    def read(self, _size: int = -1) -> bytes:
        if not self._to_come.acquire(blocking=False):
            self.all_wait.set()
        self.go_on.wait(60)
        return b""


class _Endless:
    """A chunked body without an end."""

    def __init__(self) -> None:
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        self.taken += max(size, 1)
        assert self.taken < 4 * 1024 * 1024, "more was read than can ever be accepted"
        return b"x" * size
