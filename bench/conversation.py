"""What the conversation benches share: a shop with the rental playbook, and what LINE has received."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
import urllib3

from bench.databases import Store
from core.clock import system_clock
from core.db import Database
from line.channels import ensure_channel
from line.inbox import EventStatus, WebhookEvent
from playbook.apply import apply
from playbook.check import check

RENTAL = Path(__file__).parent.parent / "examples" / "rental"
QUESTION = "押金"
"""What everybody asks: an auto-reply with two buttons answers."""


@dataclass(frozen=True, slots=True)
class Received:
    """One reply that the simulated LINE accepted."""

    token: str
    at: float
    """Seconds since 1970."""


def publish(store: Store) -> int:
    """Apply the rental playbook; return the channel's id."""
    checked = check(RENTAL)
    if checked.playbook is None:
        raise ValueError(f"the rental playbook has faults: {checked.faults}")
    database = Database.connect(store.url)
    with database.write() as session:
        channel = ensure_channel(session, now=system_clock())
        apply(session, channel, checked.playbook, now=system_clock(), by="bench")
        channel_id = channel.id
    database.dispose()
    return channel_id


def replies(line_port: int) -> Iterator[Received]:
    """Return every reply that LINE accepted, in order."""
    after = 0
    while sent := _ask(line_port, f"/sim/sent?after={after}&limit=500")["sent"]:
        for one in sent:
            after = one["number"]
            if one["endpoint"] == "reply":
                yield Received(one["reply_token"], one["at_ms"] / 1000)


def count_replies(line_port: int) -> int:
    """Return how many replies LINE accepted so far."""
    return int(_ask(line_port, "/sim/sent?limit=1")["accepted"].get("reply", 0))


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of the events that carried reply tokens."""

    received: dict[str, datetime]
    """By reply token: when the web process had the event in its hands."""
    begun: dict[str, datetime]
    """By reply token: when the turn that handled it began."""
    event_keys: dict[str, str]
    """By reply token: what the logs call the event."""
    unhandled: int


def stored(store: Store) -> Stored:
    """Read the inbox."""
    database = Database.connect(store.url)
    with database.read() as session:
        rows = session.execute(
            sa.select(
                WebhookEvent.body,
                WebhookEvent.received_at,
                WebhookEvent.handled_at,
                WebhookEvent.event_key,
                WebhookEvent.status,
            )
        ).all()
    database.dispose()
    by_token = {orjson.loads(row.body or b"{}")["replyToken"]: row for row in rows}
    return Stored(
        {token: row.received_at for token, row in by_token.items()},
        {token: row.handled_at for token, row in by_token.items() if row.handled_at is not None},
        {token: row.event_key for token, row in by_token.items()},
        sum(row.status is not EventStatus.HANDLED for row in rows),
    )


def _ask(port: int, path: str) -> Any:
    return urllib3.request("GET", f"http://127.0.0.1:{port}{path}", timeout=30.0).json()
