"""What operators do about events that were given up, and messages that LINE did not take."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.cli import inbox
from bot.jobs import cut_old_bodies
from core.clock import system_clock
from core.db import Database
from line import lanes, outbox
from line.channels import ensure_channel
from line.inbox import EventStatus, WebhookEvent, arrivals, record
from line.messages import text
from line.outbox import Outgoing, SendStatus
from tests.bot.conftest import Run

NOW = datetime(2027, 3, 1, 6, tzinfo=UTC)
USER = "U" + "1" * 32


@pytest.fixture
def parked(database: Database) -> list[int]:
    """Two events that were given up; their ids."""
    with database.write() as session:
        channel = ensure_channel(session, now=NOW)
        events = [
            {"type": "message", "webhookEventId": f"event{n}", "source": {"type": "user", "userId": USER}}
            for n in range(2)
        ]
        record(session.connection(), arrivals(events, channel.id, NOW))
        session.execute(
            sa.update(WebhookEvent).values(
                status=EventStatus.PARKED, parked_at=NOW, failures=3, error="ValueError: no such card"
            )
        )
        return list(session.scalars(sa.select(WebhookEvent.id).order_by(WebhookEvent.id)))


def statuses(database: Database) -> list[str]:
    with database.read() as session:
        return [
            str(s.value) for s in session.scalars(sa.select(WebhookEvent.status).order_by(WebhookEvent.id))
        ]


def test_parked_events_are_listed_with_their_error(command: Run, parked: list[int]) -> None:
    found = json.loads(command("inbox", "parked", "--json").stdout)
    assert [event["id"] for event in found] == parked[::-1]
    assert found[0] == {
        "id": parked[1],
        "event_id": "event1",
        "lane": USER,
        "received_at": NOW.isoformat(),
        "parked_at": NOW.isoformat(),
        "failures": 3,
        "deaths": 0,
        "error": "ValueError: no such card",
    }
    assert "no such card" in command("inbox", "parked").stdout


def test_one_event_is_retried(command: Run, database: Database, parked: list[int]) -> None:
    assert command("inbox", "retry", str(parked[0])).stdout == "1 put back\n"
    assert statuses(database) == ["pending", "parked"]
    again = command("inbox", "retry", str(parked[0]))
    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr == f"no parked event has the id {parked[0]}\n"


def test_all_events_are_retried(command: Run, database: Database, parked: list[int]) -> None:
    assert command("inbox", "retry", "--all").stdout == "2 put back\n"
    assert statuses(database) == ["pending", "pending"]


def test_what_fails_again_meanwhile_is_not_retried_for_ever(
    command: Run, database: Database, parked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    retry, pages = lanes.retry, []

    def retry_where_a_worker_is_quick(session: Session, ids: Sequence[int], *, now: datetime) -> int:
        pages.append(list(ids))
        assert len(pages) <= len(parked)
        done = retry(session, ids, now=now)
        session.execute(sa.update(WebhookEvent).values(status=EventStatus.PARKED, parked_at=now))
        return done

    monkeypatch.setattr(lanes, "retry", retry_where_a_worker_is_quick)
    monkeypatch.setattr(inbox, "PAGE", 1)
    ran = command("inbox", "retry", "--all")
    assert (ran.stdout, pages) == ("2 put back\n", [[one] for one in parked])


def test_events_are_dismissed_and_nobody_is_told_of_them_any_more(
    command: Run, database: Database, parked: list[int]
) -> None:
    assert command("inbox", "dismiss", str(parked[0])).stdout == "1 dismissed\n"
    assert statuses(database) == ["dismissed", "parked"]
    assert [event["id"] for event in json.loads(command("inbox", "parked", "--json").stdout)] == parked[1:]
    assert command("inbox", "retry", str(parked[0])).exit_code == 1
    assert command("inbox", "dismiss", "--all").stdout == "1 dismissed\n"
    assert command("inbox", "dismiss", str(parked[1])).stderr == f"no parked event has the id {parked[1]}\n"
    late = max(NOW, system_clock()) + timedelta(days=8)
    assert cut_old_bodies(database, late) == 2, "they keep nothing for good"


@pytest.mark.parametrize("arguments", [(), ("1", "--all"), ("9" * 20,)])
@pytest.mark.parametrize("what", ["retry", "dismiss"])
def test_one_event_that_can_be_is_wanted_or_all(command: Run, what: str, arguments: tuple[str, ...]) -> None:
    assert command("inbox", what, *arguments).exit_code == 2


def test_what_was_not_sent_is_listed_without_its_words(command: Run, database: Database) -> None:
    with database.write() as session:
        channel = ensure_channel(session, now=NOW)
        for number, status in enumerate((SendStatus.SENT, SendStatus.NO_QUOTA, SendStatus.UNKNOWN)):
            row = outbox.push(
                channel_id=channel.id,
                user_id=USER,
                shard=1,
                messages=[text("a secret").body],
                because=str(number),
                now=NOW + timedelta(seconds=number),
            )
            row.status, row.reason = status, "told by LINE"
            session.add(row)
    found = command("outbox", "list", "--json").stdout
    assert [row["status"] for row in json.loads(found)] == ["unknown", "no_quota"]
    assert "secret" not in found
    sent = json.loads(command("outbox", "list", "--status", "sent", "--json").stdout)
    assert [row["status"] for row in sent] == ["sent"]
    assert "no_quota" in command("outbox", "list").stdout
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Outgoing)) == 3
