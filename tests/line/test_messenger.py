"""LineMessenger against a LINE that answers, refuses, dawdles and hangs up, over real HTTP."""

import http.client
import io
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from threading import Thread
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import orjson
import pytest

from core.leases import Owner
from line.account_calls import AccessToken, BotInfo, Consumption, Quota, WebhookEndpoint, WebhookTest
from line.answers import Accepted, Missing
from line.menu_calls import Aliases, MenuId, Menus
from line.messenger import Downloaded, Gone, LineMessenger, LineProfile, NotReady, TooLarge
from line.outbox import Sending, SendKind
from line.outcomes import Later, QuotaSpent, Refused, Sent, TokenRefused
from simulator.faults import Do
from simulator.person import Person
from simulator.server import Simulator
from tests.patience import PROMPTLY_S

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TEXT = {"type": "text", "text": "您好 👋"}
MENU = {
    "size": {"width": 2500, "height": 1686},
    "selected": True,
    "name": "main/zh-TW",
    "chatBarText": "點我開啟選單",
    "areas": [
        {
            "bounds": {"x": 0, "y": 0, "width": 2500, "height": 1686},
            "action": {"type": "postback", "data": "x"},
        }
    ],
}


class Ears:
    """Keeps what the webhook was sent."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def __call__(self, body: bytes, headers: dict[str, str]) -> int:
        self.events += orjson.loads(body)["events"]
        return 200

    @property
    def reply_token(self) -> str:
        return str(self.events[-1]["replyToken"])


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
def line(ears: Ears) -> Iterator[Simulator]:
    with Simulator(deliver=ears, seed=1, rate_scale=None) as simulator:
        yield simulator


@pytest.fixture
def messenger(line: Simulator) -> Iterator[LineMessenger]:
    made = LineMessenger(line.access_token, api_base=line.url, data_api_base=line.url)
    yield made
    made.close()


@pytest.fixture
def mina(line: Simulator) -> Person:
    mina = line.person("Mina", language="ja", status_message="hi")
    mina.follows()
    return mina


def sending(kind: SendKind, body: dict[str, Any], *, retry_key: str | None = None) -> Sending:
    return Sending(
        id=1,
        channel_id=1,
        lane_key=None,
        kind=kind,
        body=orjson.dumps(body),
        retry_key=retry_key,
        owner=Owner("test"),
        lease_no=1,
        attempts=1,
        maybe_sent=False,
        created_at=NOW,
        deadline_at=NOW + timedelta(hours=1),
        event_key=None,
        answers_at=None,
    )


def a_push(person: Person, *messages: dict[str, Any]) -> Sending:
    return sending(
        SendKind.PUSH, {"to": person.user_id, "messages": list(messages) or [TEXT]}, retry_key=str(uuid4())
    )


def a_reply(token: str) -> Sending:
    return sending(SendKind.REPLY, {"replyToken": token, "messages": [TEXT]})


def test_importing_the_module_leaves_the_sdk_alone() -> None:
    code = "import sys, line.messenger; sys.exit('linebot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# What sending may come to


def test_a_reply_arrives_and_its_message_ids_come_back(
    messenger: LineMessenger, ears: Ears, mina: Person
) -> None:
    outcome = messenger.send(a_reply(ears.reply_token))
    assert isinstance(outcome, Sent)
    assert outcome.message_ids == (mina.messages[-1].message_id,)
    assert outcome.request_id is not None
    assert mina.sees == ["您好 👋"]


def test_a_push_carries_its_retry_key(messenger: LineMessenger, line: Simulator, mina: Person) -> None:
    push = a_push(mina)
    outcome = messenger.send(push)
    assert isinstance(outcome, Sent)
    accepted = list(line.line.ledger)[-1]
    assert (accepted.retry_key, accepted.request_id) == (push.retry_key, outcome.request_id)


def test_a_request_leaves_in_one_piece(
    messenger: LineMessenger, mina: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces: list[bytes] = []
    send = http.client.HTTPConnection.send

    def noting(connection: http.client.HTTPConnection, data: Any) -> None:
        pieces.append(data)
        send(connection, data)

    monkeypatch.setattr(http.client.HTTPConnection, "send", noting)
    push = a_push(mina)
    assert isinstance(messenger.send(push), Sent)
    assert [piece[:5] for piece in pieces] == [b"POST "]
    assert pieces[0].endswith(push.body)


def test_a_multicast_has_no_message_ids(messenger: LineMessenger, mina: Person) -> None:
    body = {"to": [mina.user_id], "messages": [TEXT]}
    outcome = messenger.send(sending(SendKind.MULTICAST, body, retry_key=str(uuid4())))
    assert isinstance(outcome, Sent)
    assert outcome.message_ids == ()
    assert mina.sees == ["您好 👋"]


def test_nothing_of_a_frozen_body_is_lost_or_added(
    messenger: LineMessenger, line: Simulator, mina: Person
) -> None:
    push = a_push(mina, {**TEXT, "sender": {"name": "林雅婷"}, "somethingNew": {"deep": [1, None, "二"]}})
    assert isinstance(messenger.send(push), Sent)
    assert messages_sent(line) == [orjson.loads(push.body)["messages"]]


def messages_sent(line: Simulator) -> list[list[dict[str, Any]]]:
    return [list(sent.messages) for sent in line.line.ledger]


def test_the_same_push_again_counts_as_sent_under_the_first_request_id(
    messenger: LineMessenger, mina: Person
) -> None:
    push = a_push(mina)
    first, second = messenger.send(push), messenger.send(push)
    assert first == second
    assert isinstance(second, Sent)
    assert len(mina.sees) == 1


@pytest.mark.parametrize("trouble", [Do.DROP_AFTER, Do.ERROR_AFTER])
def test_an_accepted_push_whose_answer_is_lost_is_found_out_by_its_key(
    messenger: LineMessenger, line: Simulator, mina: Person, trouble: Do
) -> None:
    line.line.faults.order("push", trouble)
    push = a_push(mina)
    assert may_be_sent(messenger.send(push))
    again = messenger.send(push)
    assert isinstance(again, Sent)
    assert again.message_ids == (mina.messages[-1].message_id,)
    assert len(mina.sees) == 1


def may_be_sent(outcome: object) -> bool:
    assert isinstance(outcome, Later)
    return outcome.maybe_sent


def test_an_accepted_reply_whose_answer_is_lost_makes_its_token_invalid(
    messenger: LineMessenger, line: Simulator, ears: Ears, mina: Person
) -> None:
    line.line.faults.order("reply", Do.DROP_AFTER)
    reply = a_reply(ears.reply_token)
    assert may_be_sent(messenger.send(reply))
    again = messenger.send(reply)
    assert isinstance(again, Refused)
    assert again.token_is_invalid
    assert len(mina.sees) == 1


def test_a_reply_token_that_line_never_gave_is_invalid(messenger: LineMessenger) -> None:
    outcome = messenger.send(a_reply("nobody"))
    assert outcome == Refused("400: Invalid reply token", token_is_invalid=True)


@pytest.mark.parametrize("trouble", [Do.DROP_BEFORE, Do.ERROR_BEFORE])
def test_a_lost_or_failing_request_may_have_been_sent_for_all_we_know(
    messenger: LineMessenger, line: Simulator, mina: Person, trouble: Do
) -> None:
    line.line.faults.order("push", trouble)
    assert may_be_sent(messenger.send(a_push(mina)))
    assert mina.sees == []


def test_an_answer_slower_than_five_seconds_may_have_been_sent(
    messenger: LineMessenger, line: Simulator, mina: Person
) -> None:
    line.line.faults.order("push", Do.SLOW, seconds=5.5)
    assert may_be_sent(messenger.send(a_push(mina)))


def test_a_request_is_never_repeated_behind_our_back(
    messenger: LineMessenger, line: Simulator, mina: Person
) -> None:
    line.line.faults.order("push", Do.DROP_BEFORE)
    line.line.faults.order("profile", Do.DROP_BEFORE)
    line.line.faults.order("profile", Do.RATE_429, retry_after=1)
    messenger.send(a_push(mina))
    assert isinstance(messenger.profile(mina.user_id), Later)
    assert isinstance(messenger.profile(mina.user_id), Later)
    assert line.line.faults.pending == 0
    assert isinstance(messenger.profile(mina.user_id), LineProfile)


@pytest.mark.parametrize("trouble", [Do.BAD_JSON, Do.ODD_JSON])
def test_a_success_with_a_surprising_body_is_a_success(
    messenger: LineMessenger, line: Simulator, mina: Person, trouble: Do
) -> None:
    line.line.faults.order("push", trouble)
    outcome = messenger.send(a_push(mina))
    assert isinstance(outcome, Sent)
    assert outcome.message_ids == ()
    assert outcome.request_id is not None
    assert len(mina.sees) == 1


@pytest.mark.parametrize(
    "canned",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\xff\xfe\xfd\xfc",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=klingon\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n",
        b'HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n{"sentMessages":[4711]}',
    ],
    ids=["not UTF-8", "unknown charset", "empty", "odd ids"],
)
def test_no_body_turns_a_success_into_anything_else(canned: bytes, mina: Person) -> None:
    with answering(canned) as messenger:
        assert messenger.send(a_push(mina)) == Sent(None)


@pytest.mark.parametrize(
    ("canned", "outcome"),
    [
        (
            b"HTTP/1.1 502 Bad\r\nContent-Length: 2\r\n\r\n\xff\xfe",
            Later("502: without a message", maybe_sent=True),
        ),
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\nContent-Length: 0\r\n\r\n",
            Later("302: without a message", maybe_sent=False),
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", Later("ProtocolError", maybe_sent=True)),
        (b"SSH-2.0-OpenSSH_9.6\r\n", Later("ProtocolError", maybe_sent=True)),
    ],
    ids=["not UTF-8", "redirect", "breaks off", "not HTTP"],
)
def test_whatever_stands_between_us_and_line_raises_nothing(
    canned: bytes, outcome: Later, mina: Person
) -> None:
    with answering(canned) as messenger:
        assert messenger.send(a_push(mina)) == outcome


@contextmanager
def answering(canned: bytes) -> Iterator[LineMessenger]:
    """A server that answers the first connection with these bytes, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.recv(65536)
                connection.sendall(canned)

        thread = Thread(target=serve)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        messenger = LineMessenger("token", api_base=url, data_api_base=url)
        yield messenger
        messenger.close()
        thread.join()


HEADERS = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nX-Line-Request-Id: r\r\n\r\n"


@pytest.mark.parametrize("whole", [b"", HEADERS], ids=["headers", "body"])
def test_an_answer_that_trickles_ends_all_the_same(
    whole: bytes, mina: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("line.sdk_client.READ_S", 0.3)
    with trickling(whole) as messenger:
        began = monotonic()
        assert may_be_sent(messenger.send(a_push(mina)))
        assert monotonic() - began < PROMPTLY_S


def test_a_file_that_trickles_ends_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("line.messenger.DOWNLOAD_WITHIN_S", 0.3)
    with trickling(HEADERS) as messenger:
        began = monotonic()
        assert may_be_sent(messenger.content("1", io.BytesIO(), most_bytes=1000))
        assert monotonic() - began < PROMPTLY_S


@contextmanager
def trickling(whole: bytes) -> Iterator[LineMessenger]:
    """A server that sends these bytes, and then one every 50 ms until it is hung up on."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.recv(65536)
                connection.sendall(whole)
                for _ in range(1000):
                    connection.sendall(b"H")
                    sleep(0.05)

        thread = Thread(target=serve)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        messenger = LineMessenger("token", api_base=url, data_api_base=url)
        yield messenger
        messenger.close()
        thread.join()


@pytest.mark.parametrize("length", [b"Content-Length: 3000000\r\n", b""], ids=["told", "untold"])
def test_an_answer_is_read_up_to_a_megabyte(length: bytes, mina: Person) -> None:
    canned = b"HTTP/1.1 200 OK\r\n" + length + b"\r\n" + b" " * 3_000_000
    with answering(canned) as messenger:
        assert messenger.send(a_push(mina)) == Later("ProtocolError", maybe_sent=True)


def test_nobody_listening_means_not_sent(line: Simulator, mina: Person) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and not listening
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        messenger = LineMessenger("token", api_base=url, data_api_base=url)
        outcome = messenger.send(a_push(mina))
    assert outcome == Later("NewConnectionError", maybe_sent=False)
    messenger.close()


def test_too_fast_waits_as_long_as_line_says(messenger: LineMessenger, line: Simulator, mina: Person) -> None:
    line.line.faults.order("push", Do.RATE_429, retry_after=7)
    line.line.faults.order("push", Do.RATE_429)
    told, untold = messenger.send(a_push(mina)), messenger.send(a_push(mina))
    assert isinstance(told, Later)
    assert isinstance(untold, Later)
    assert (told.maybe_sent, told.after) == (False, timedelta(seconds=7))
    assert (untold.maybe_sent, untold.after) == (False, None)


def test_a_spent_quota_is_something_else_than_too_fast(
    messenger: LineMessenger, line: Simulator, mina: Person
) -> None:
    line.line.quota.limit = 0
    assert messenger.send(a_push(mina)) == QuotaSpent()


def test_a_refused_token_stops_more_than_this_request(line: Simulator, mina: Person) -> None:
    messenger = LineMessenger("another token", api_base=line.url, data_api_base=line.url)
    assert isinstance(messenger.send(a_push(mina)), TokenRefused)
    assert isinstance(messenger.profile(mina.user_id), TokenRefused)
    messenger.close()


def test_a_refusal_says_what_line_said(messenger: LineMessenger, mina: Person) -> None:
    outcome = messenger.send(a_push(mina, {"type": "text", "text": ""}))
    assert isinstance(outcome, Refused)
    assert "messages[0].text" in outcome.reason
    assert len(outcome.reason) <= 300


@pytest.mark.parametrize(
    ("status", "kind"), [(400, Refused), (403, Refused), (404, Missing), (413, Refused), (415, Refused)]
)
def test_other_refusals_are_for_good_and_name_nobody(
    messenger: LineMessenger, line: Simulator, mina: Person, status: int, kind: type
) -> None:
    words = f"no, not {mina.user_id}: " + "really " * 100
    line.line.faults.order("push", Do.REFUSE, status=status, message=words)
    outcome = messenger.send(a_push(mina))
    assert type(outcome) is kind
    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith(f"{status}: no, not (id): really")
    assert len(outcome.reason) == 300


def test_many_threads_share_one_messenger(messenger: LineMessenger, line: Simulator, mina: Person) -> None:
    pushes = [a_push(mina, {"type": "text", "text": str(number)}) for number in range(200)]
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(messenger.send, pushes))
    shown = {entry.message_id: entry.body["text"] for entry in mina.messages}
    assert len(shown) == 200
    for number, outcome in enumerate(outcomes):
        assert isinstance(outcome, Sent)
        assert shown[outcome.message_ids[0]] == str(number)


LOGGING = """
import sys
from bot import logs
from line.messenger import LineMessenger

logs.configure("INFO")
url, token, user_id = sys.argv[1:]
messenger = LineMessenger(token, api_base=url, data_api_base=url)
messenger.profile(user_id)
messenger.show_loading(user_id, seconds=7)
"""


def test_every_call_is_logged_with_lines_request_id_and_nothing_of_its_content(
    line: Simulator, mina: Person
) -> None:
    # In a process of its own, because loggers are made once for a whole run.
    command = [sys.executable, "-c", LOGGING, line.url, line.access_token, mina.user_id]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    entries = [orjson.loads(entry) for entry in said.splitlines()]
    assert [(e["event"], e["endpoint"], e["status"], e["level"]) for e in entries] == [
        ("line.called", "profile", 200, "info"),
        ("line.called", "chat/loading", 400, "warning"),
    ]
    known = [entry.facts["request_id"] for entry in line.line.log if entry.kind == "api"]
    assert [entry["request_id"] for entry in entries] == known
    assert not any(secret in said for secret in ("Mina", mina.user_id, line.access_token))


# Asking


def test_a_profile_is_what_line_tells(messenger: LineMessenger, mina: Person) -> None:
    profile = messenger.profile(mina.user_id)
    assert isinstance(profile, LineProfile)
    assert (profile.display_name, profile.language, profile.status_message) == ("Mina", "ja", "hi")
    assert profile.picture_url is not None


def test_somebody_who_blocked_us_has_no_profile(messenger: LineMessenger, mina: Person) -> None:
    mina.unfollows()
    assert isinstance(messenger.profile(mina.user_id), Missing)


def test_an_id_that_is_none_is_refused(messenger: LineMessenger) -> None:
    assert isinstance(messenger.profile("../../info"), Refused)


def test_an_answer_that_is_no_profile_still_is_one_without_a_name(
    messenger: LineMessenger, line: Simulator, mina: Person
) -> None:
    line.line.faults.order("profile", Do.BAD_JSON)
    assert messenger.profile(mina.user_id) == LineProfile("")


def test_the_typing_sign_shows(messenger: LineMessenger, mina: Person) -> None:
    assert isinstance(messenger.show_loading(mina.user_id), Accepted)
    assert mina.is_shown_typing
    assert isinstance(messenger.show_loading(mina.user_id, seconds=7), Refused)


def test_messages_are_marked_as_read(messenger: LineMessenger, mina: Person) -> None:
    entry = mina.says("hello")
    assert isinstance(messenger.mark_as_read(entry.body["markAsReadToken"]), Accepted)
    assert mina.state.read_to == entry.message_id


def test_the_account_describes_itself(messenger: LineMessenger, line: Simulator, mina: Person) -> None:
    messenger.send(a_push(mina))
    account = messenger.account
    assert account.info() == BotInfo(line.line.bot_user_id, "@tagline", "Tagline", "bot")
    assert account.quota() == Quota(None)
    line.line.quota.limit = 500
    assert account.quota() == Quota(500)
    assert account.consumption() == Consumption(1)
    token = account.verify_token()
    assert isinstance(token, AccessToken)
    assert token.channel_id == "1657000000"


def test_a_token_that_line_does_not_know_is_refused(line: Simulator) -> None:
    messenger = LineMessenger("another", api_base=line.url, data_api_base=line.url)
    assert messenger.account.verify_token() == Refused("400: The access token expired")
    messenger.close()


def test_the_webhook_can_be_looked_up_and_tried(messenger: LineMessenger, line: Simulator) -> None:
    assert isinstance(messenger.account.webhook_endpoint(), Missing)
    line.line.webhook_url = "https://shop.example/callback"
    assert messenger.account.webhook_endpoint() == WebhookEndpoint("https://shop.example/callback", True)
    tried = messenger.account.test_webhook()
    assert isinstance(tried, WebhookTest)
    assert (tried.succeeded, tried.status) == (True, 200)


# Files


def test_a_photo_is_written_out(messenger: LineMessenger, line: Simulator, mina: Person) -> None:
    sent = mina.sends_photo()
    into = io.BytesIO()
    found = messenger.content(sent.message_id, into, most_bytes=1_000_000)
    kept = line.line.contents.find(sent.message_id)
    assert kept is not None
    assert into.getvalue() == kept.body
    assert found == Downloaded("image/jpeg", len(kept.body))


def test_a_film_takes_its_time_and_can_be_taken_back(
    messenger: LineMessenger, line: Simulator, mina: Person
) -> None:
    line.line.contents.preparation_ms = 60_000
    sent = mina.sends_video()
    assert messenger.content(sent.message_id, io.BytesIO(), most_bytes=1000) == NotReady()
    line.clock.advance(61)
    assert isinstance(messenger.content(sent.message_id, io.BytesIO(), most_bytes=1000), Downloaded)
    mina.unsends(sent)
    assert messenger.content(sent.message_id, io.BytesIO(), most_bytes=1000) == Gone()


def test_a_file_larger_than_allowed_is_left_there(messenger: LineMessenger, mina: Person) -> None:
    sent = mina.sends_file("plan.pdf", b"x" * 300_000)
    into = io.BytesIO()
    assert messenger.content(sent.message_id, into, most_bytes=299_999) == TooLarge()
    assert len(into.getvalue()) == 0
    assert isinstance(messenger.content(sent.message_id, into, most_bytes=300_000), Downloaded)


def test_what_is_no_message_id_never_gets_into_an_address(messenger: LineMessenger) -> None:
    assert messenger.content("../../v2/bot/info?", io.BytesIO(), most_bytes=1000) == Gone()
    assert messenger.content("4711", io.BytesIO(), most_bytes=1000) == Gone()


def test_a_download_that_breaks_off_comes_later(
    messenger: LineMessenger, line: Simulator, mina: Person
) -> None:
    sent = mina.sends_photo()
    line.line.faults.order("content", Do.DROP_AFTER)
    assert isinstance(messenger.content(sent.message_id, io.BytesIO(), most_bytes=1_000_000), Later)


# Menus


def test_a_menu_goes_through_its_whole_life(
    messenger: LineMessenger, line: Simulator, mina: Person, a_picture: bytes
) -> None:
    menus, there = messenger.menus, line.line.menus
    made = menus.create(MENU)
    assert isinstance(made, MenuId)
    assert there.menus[made.line_menu_id].body == MENU
    id_ = made.line_menu_id
    assert isinstance(menus.set_default(id_), Refused), "it has no picture yet"
    assert isinstance(menus.upload(id_, a_picture, content_type="image/png"), Accepted)
    assert there.menus[id_].picture == a_picture
    assert isinstance(menus.upload(id_, a_picture, content_type="image/png"), Refused), "only once"
    assert isinstance(menus.create_alias("main", id_), Accepted)
    assert isinstance(menus.create_alias("main", id_), Refused)
    assert isinstance(menus.update_alias("main", id_), Accepted)
    assert isinstance(menus.update_alias("other", id_), Missing)
    assert menus.aliases() == Aliases({"main": id_})
    assert isinstance(menus.set_default(id_), Accepted)
    assert default_of(line) == id_
    assert isinstance(menus.clear_default(), Accepted)
    assert default_of(line) is None
    assert isinstance(menus.link(mina.user_id, id_), Accepted)
    assert there.own_id(mina.state) == id_
    assert isinstance(menus.unlink(mina.user_id), Accepted)
    assert there.own_id(mina.state) is None
    assert isinstance(menus.bulk_link([mina.user_id], id_), Accepted)
    assert there.own_id(mina.state) == id_
    assert isinstance(menus.bulk_unlink([mina.user_id]), Accepted)
    assert there.own_id(mina.state) is None
    assert menus.all() == Menus(((id_, "main/zh-TW"),))
    assert isinstance(menus.delete_alias("main"), Accepted)
    assert isinstance(menus.delete(id_), Accepted)
    assert isinstance(menus.delete(id_), Missing)
    assert menus.all() == Menus(())


def default_of(line: Simulator) -> str | None:
    return line.line.menus.default_id


@pytest.fixture
def a_picture() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (2500, 1686), "#06c755").save(out, "PNG")
    return out.getvalue()
