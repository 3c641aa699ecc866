"""The front door as a server meets it: methods, lengths that lie, bodies in chunks."""

from collections.abc import Iterator
from datetime import datetime

import orjson
import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.app import create_app
from config import Settings
from core.db import Database
from line.signature import sign
from tests.line.queues import NOON

SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
SETTINGS = Settings(
    line_channel_secret=SecretStr(SECRET),
    line_channel_access_token=SecretStr("token"),
    secret_key=SecretStr("k" * 40),
    database_url="sqlite:///:memory:",
)
BODY = orjson.dumps({"destination": "U" + "0" * 32, "events": []})


@pytest.fixture
def web(database: Database) -> Iterator[FlaskClient]:
    app = create_app(SETTINGS, database)
    yield app.test_client()
    app.extensions["committer"].close()


def headers(body: bytes = BODY) -> dict[str, str]:
    return {"X-Line-Signature": sign(SECRET, body)}


def test_only_posts_are_taken(web: FlaskClient) -> None:
    answer = web.get("/callback")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"


def test_paths_beside_the_webhook_are_the_applications(web: FlaskClient) -> None:
    assert web.post("/callback/", data=BODY, headers=headers()).status_code == 404
    assert web.get("/healthz").data == b"ok\n"


def test_a_fault_of_ours_is_answered_and_goes_no_further(database: Database) -> None:
    """The server below would print what the exception says, and that may be what a customer wrote."""
    times = [NOON]

    def clock() -> datetime:
        if not times:
            raise ValueError("my secret illness")
        return times.pop()

    app = create_app(SETTINGS, database, clock)
    body = orjson.dumps({"destination": "U" + "0" * 32, "events": [{"type": "message"}]})
    answer = app.test_client().post("/callback", data=body, headers=headers(body))
    assert (answer.status_code, answer.data) == (500, b"")
    app.extensions["committer"].close()


def test_a_refusal_repeats_nothing_of_what_was_sent(web: FlaskClient) -> None:
    secret = b'{"events":[{"text":"my secret illness"}]}'
    for body, signature in ((secret, "my secret"), (secret[:-1], sign(SECRET, secret[:-1]))):
        with capture_logs() as logged:
            answer = web.post("/callback", data=body, headers={"X-Line-Signature": signature})
        assert (answer.status_code, answer.data) == (400, b"")
        (line,) = logged
        assert line["event"] == "webhook.refused"
        assert "secret" not in str(line) + str(answer.headers)


def test_a_body_cut_off_on_the_way_is_refused(web: FlaskClient) -> None:
    whole = {"CONTENT_LENGTH": str(len(BODY))}
    for received in (BODY[:-1], b""):
        answer = web.post("/callback", data=received, headers=headers(), environ_overrides=whole)
        assert answer.status_code == 400


@pytest.mark.parametrize("length", ["-1", "seven", "1e3", ""])
def test_a_length_that_is_none_counts_as_no_body(web: FlaskClient, length: str) -> None:
    answer = web.post("/callback", data=BODY, headers=headers(), environ_overrides={"CONTENT_LENGTH": length})
    assert answer.status_code == 400


def test_a_body_in_chunks_is_taken(web: FlaskClient) -> None:
    chunked = {
        "CONTENT_LENGTH": "",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input_terminated": True,
    }
    answer = web.post("/callback", data=BODY, headers=headers(), environ_overrides=chunked)
    assert (answer.status_code, answer.data) == (200, b"OK")
