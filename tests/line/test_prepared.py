"""Statements compiled once write exactly what the others write."""

from datetime import UTC, datetime

import sqlalchemy as sa

from core.db import Database
from line.channels import ensure_channel
from line.inbox import Arrival, EventStatus, WebhookEvent, record

NOW = datetime(2027, 1, 15, 4, 0, 0, 120_000, tzinfo=UTC)


def test_a_prepared_insert_stores_values_as_a_mapped_one_does(database: Database) -> None:
    with database.write() as session:
        channel_id = ensure_channel(session, now=NOW).id
        session.add(
            WebhookEvent(
                channel_id=channel_id,
                event_key="mapped",
                lane_key="U1",
                shard=1,
                order_ms=1,
                received_at=NOW,
                body=b"{}",
                status=EventStatus.PENDING,
            )
        )
    with database.engine.begin() as connection:
        assert record(connection, [Arrival(channel_id, "prepared", "U1", 1, NOW, b"{}")]) == 1
    with database.engine.connect() as connection:
        columns = "status, body, failures, deaths, CAST(received_at AS VARCHAR)"
        rows = connection.exec_driver_sql(f"SELECT {columns} FROM webhook_events ORDER BY id").all()
        due = connection.exec_driver_sql("SELECT CAST(due_at AS VARCHAR), wakes FROM lanes").one()
    assert len(rows) == 2
    assert rows[0] == rows[1]
    assert due == (rows[0][-1], 1)


def test_the_same_events_again_only_wake_their_lanes(database: Database) -> None:
    with database.write() as session:
        channel_id = ensure_channel(session, now=NOW).id
    both = [Arrival(channel_id, key, "U1", 1, NOW, b"{}") for key in ("a", "b")]
    with database.engine.begin() as connection:
        assert record(connection, both) == 2
    with database.engine.begin() as connection:
        assert record(connection, both) == 0
        assert connection.scalar(sa.text("SELECT wakes FROM lanes")) == 2
