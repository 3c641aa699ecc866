"""Connections that the server ended while nobody used them."""

from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from core import db
from core.db import Database


def test_connections_that_rested_are_replaced_when_the_server_has_ended_them(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no server that ends connections")
    with (
        database.engine.connect() as one,
        database.engine.connect() as two,
        database.engine.connect() as three,
    ):
        for connection in (one, two, three):
            connection.execute(sa.text("SELECT 1"))
    with database.engine.connect() as connection:
        connection.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    monkeypatch.setattr(db, "monotonic", lambda: float("inf"))
    with database.read() as session:
        assert session.scalar(sa.select(1)) == 1
    with database.write() as session:
        assert session.scalar(sa.select(1)) == 1


def test_a_connection_in_use_is_not_asked_whether_it_works(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no server to ask")
    asked: list[str] = []
    proxied = SimpleNamespace(execute=asked.append, rollback=lambda: None, OperationalError=OSError)
    record = SimpleNamespace(info={})
    db._note_use(proxied, record)
    db._ping_if_idle(proxied, record, None)
    assert asked == []
    record.info["used_at"] -= db.TRUSTED_FOR_S
    db._ping_if_idle(proxied, record, None)
    assert asked == [""]


def test_a_read_leaves_no_transaction_open(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("on SQLite a read is a transaction, which sees one state of the file")
    with database.read() as session:
        session.scalar(sa.select(1))
        raw = session.connection().connection.driver_connection
        assert raw is not None
        assert raw.info.transaction_status == raw.info.transaction_status.IDLE
