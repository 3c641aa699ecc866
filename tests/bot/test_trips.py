"""How often the database is asked: each time costs PostgreSQL a trip, and any thread a wait for Python's lock."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from bot.committer import Committer
from core.db import Database
from line.inbox import Arrival
from tests.line.queues import NOON, a_channel
from tests.listening import listening
from tests.shop import EXAMPLES, Shop


@contextmanager
def asked(database: Database) -> Iterator[list[str]]:
    """Collect the first words of each statement that this thread asks; BEGIN and COMMIT are none."""
    told: list[str] = []
    this = threading.get_ident()

    def say(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if threading.get_ident() == this:
            told.append(" ".join(statement.split()[:3]))

    with listening(database, "before_cursor_execute", say):
        yield told


def arrivals(channel_id: int, *keys: str) -> list[Arrival]:
    return [Arrival(channel_id, key, f"U{key}", 1, NOON, b"{}") for key in keys]


def test_a_webhook_takes_two_statements_and_their_transaction(database: Database) -> None:
    """As SQLite tells it, which also knows of what no cursor was asked: PRAGMA, BEGIN, COMMIT."""
    if not database.is_sqlite:
        pytest.skip("PostgreSQL does not tell")
    channel_id = a_channel(database)
    told: list[str] = []

    def listen(raw: Any, *_: object) -> None:
        raw.set_trace_callback(told.append)

    sa.event.listen(database.engine, "checkout", listen)
    committer = Committer(database)
    committer.store(arrivals(channel_id, "a"))  # connects
    told.clear()
    committer.store(arrivals(channel_id, "b", "c"))
    beginnings = [" ".join(statement.split()[:2]) for statement in told]
    committer.close()
    assert beginnings == ["BEGIN IMMEDIATE", "INSERT INTO", "INSERT INTO", "COMMIT"]


def test_a_turn_of_somebody_known_asks_little(shop: Shop) -> None:
    shop.publishes(EXAMPLES / "rental")
    mina = shop.person("Mina")
    for _ in range(2):  # the second finds what the first has declared, and remembers it
        mina.says("押金")
        shop.waits(seconds=1)
    with asked(shop.database) as told:
        mina.says("押金")
    assert len(mina.sees) == 3
    # Of what is known of her and of what segments read: a row each.
    claim, turn, settle, rest, event, touch = 5, 6, 3, 2, 1, 1
    assert len(told) == claim + turn + settle + rest + event + touch, told
