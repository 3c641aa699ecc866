"""What doctor finds, and what it says to do about it."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from bot.doctor import Finding, Verdict, examine
from bot.scheduler import LEADER, LEADS_FOR
from config import Settings
from core import leases
from core.clock import Clock, system_clock
from core.db import Database
from core.leases import new_owner
from line.channels import Channel, ensure_channel
from line.inbox import EventStatus, Lane, WebhookEvent, arrivals, record
from playbook.apply import apply
from playbook.check import check
from simulator.server import TEST_SECRET, TEST_TOKEN, Simulator
from tests.bot.conftest import Run
from tests.shop import EXAMPLES

BASE = "http://127.0.0.1:8000"


@pytest.fixture
def line() -> Iterator[Simulator]:
    with Simulator(webhook_url=f"{BASE}/callback", deliver=lambda _body, _headers: 200) as simulator:
        yield simulator


@pytest.fixture
def settings(line: Simulator) -> Settings:
    return Settings(
        line_channel_secret=SecretStr(TEST_SECRET),
        line_channel_access_token=SecretStr(TEST_TOKEN),
        line_api_base=line.url,
        base_url=BASE,
        secret_key=SecretStr("k" * 40),
    )


@pytest.fixture
def healthy(database: Database) -> Database:
    """A database with a playbook and a scheduler that leads."""
    playbook = check(EXAMPLES / "tea_shop").playbook
    assert playbook is not None
    with database.write() as session:
        apply(session, ensure_channel(session, now=system_clock()), playbook, now=system_clock(), by="test")
        leases.acquire(session, LEADER, new_owner(), lasts=LEADS_FOR * 4, now=system_clock())
    return database


def found(settings: Settings, database: Database, clock: Clock = system_clock) -> dict[str, Finding]:
    """Return what is not well, by what it is about."""
    return {f.about: f for f in examine(settings, database, clock) if f.verdict is not Verdict.OK}


def wrong(settings: Settings, database: Database, clock: Clock = system_clock) -> dict[str, Finding]:
    return {a: f for a, f in found(settings, database, clock).items() if f.verdict is Verdict.WRONG}


def test_a_healthy_installation_has_only_reminders(settings: Settings, healthy: Database) -> None:
    findings = found(settings, healthy)
    assert set(findings) == {"redelivery", "greeting"}
    assert all(finding.verdict is Verdict.NOTE for finding in findings.values())


def test_everything_wrong_says_what_to_do(settings: Settings, database: Database) -> None:
    findings = wrong(settings.model_copy(update={"line_api_base": "http://127.0.0.1:9"}), database)
    assert set(findings) == {"network", "token"}
    assert all(finding.do for finding in findings.values())


def test_a_database_that_is_gone(settings: Settings) -> None:
    database = Database.connect("postgresql+psycopg://nobody@127.0.0.1:9/nothing")
    assert set(wrong(settings, database)) == {"database"}
    database.dispose()


def test_missing_migrations(settings: Settings, empty_database_url: str) -> None:
    database = Database.connect(empty_database_url)
    assert wrong(settings, database)["migrations"].do == "run `python -m bot db upgrade`"
    database.dispose()


def test_nothing_published_and_no_scheduler(settings: Settings, database: Database) -> None:
    with database.write() as session:
        ensure_channel(session, now=system_clock())
    assert set(wrong(settings, database)) == {"playbook", "scheduler"}


def test_events_that_wait_or_were_given_up(settings: Settings, healthy: Database) -> None:
    long_ago = system_clock() - timedelta(minutes=5)
    with healthy.write() as session:
        channel_id = session.scalar(sa.select(Channel.id)) or 0
        events = [{"webhookEventId": f"e{n}", "source": {"userId": f"U{n}"}} for n in range(2)]
        record(session.connection(), arrivals(events, channel_id, long_ago))
        session.execute(
            sa.update(WebhookEvent).where(WebhookEvent.event_key == "e0").values(status=EventStatus.PARKED)
        )
        session.execute(sa.update(Lane).where(Lane.key == "U0").values(due_at=None))
    findings = wrong(settings, healthy)
    assert set(findings) == {"backlog", "inbox"}
    assert findings["inbox"].says == "1 events were given up"


def test_a_token_that_line_refuses(settings: Settings, healthy: Database) -> None:
    mistyped = settings.model_copy(update={"line_channel_access_token": SecretStr("mistyped")})
    assert set(wrong(mistyped, healthy)) == {"token"}
    with healthy.write() as session:
        session.execute(
            sa.update(Channel).values(sending_stopped_at=system_clock(), sending_stopped_because="401")
        )
    assert set(wrong(mistyped, healthy)) == {"token", "sending"}


def test_a_webhook_address_that_is_not_ours(settings: Settings, healthy: Database, line: Simulator) -> None:
    line.line.webhook_url = "https://old.example.com/callback"
    assert wrong(settings, healthy)["webhook"].do == f"set it to {BASE}/callback, or correct BASE_URL"
    line.line.webhook_url = None
    assert wrong(settings, healthy)["webhook"].do == f"set the webhook URL to {BASE}/callback"


def test_a_webhook_that_is_switched_off(settings: Settings, healthy: Database, line: Simulator) -> None:
    line.line.is_webhook_active = False
    assert wrong(settings, healthy)["webhook"].says == "switched off"


def test_a_webhook_that_refuses_lines_signature(settings: Settings, healthy: Database) -> None:
    with Simulator(webhook_url=f"{BASE}/callback", deliver=lambda _body, _headers: 400) as line:
        findings = wrong(
            settings.model_copy(update={"line_api_base": line.url, "line_data_api_base": line.url}), healthy
        )
    assert findings["webhook"].says.startswith("LINE's test: ERROR_STATUS_CODE")
    assert "channel secret" in findings["webhook"].do


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_wrong(settings: Settings, healthy: Database, hours: int) -> None:
    finding = wrong(settings, healthy, lambda: system_clock() + timedelta(hours=hours))["clock"]
    direction = "ahead of" if hours > 0 else "behind"
    assert re.fullmatch(rf"(3599|3600|3601) s {direction} LINE's", finding.says)


def test_a_month_whose_messages_are_used_up(settings: Settings, healthy: Database) -> None:
    with Simulator(webhook_url=f"{BASE}/callback", deliver=lambda _b, _h: 200, quota=0) as line:
        pointed = settings.model_copy(update={"line_api_base": line.url, "line_data_api_base": line.url})
        assert set(wrong(pointed, healthy)) == {"quota"}


def test_settings_that_will_not_do_for_customers(settings: Settings, healthy: Database) -> None:
    real = settings.model_copy(update={"line_api_base": "http://line.invalid"})
    says = [f.says for f in examine(real, healthy, system_clock) if f.about == "settings"]
    assert any("HTTPS" in told for told in says)


def test_the_command_exits_with_one_when_something_is_wrong(command: Run, database: Database) -> None:
    shown = command("doctor", "--json")
    assert shown.exit_code == 1
    findings = json.loads(shown.stdout)
    assert {"check", "status", "says", "do"} == set(findings[0])
    assert {f["check"] for f in findings if f["status"] == "wrong"} >= {"network"}
    words = command("doctor").stdout
    assert "WRONG network: " in words
    assert "\n      → " in words
