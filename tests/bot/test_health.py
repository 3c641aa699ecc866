"""What load balancers are told: alive is not yet ready, and ready means that a webhook would be stored."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from bot.health import health
from core.db import Database
from tests.bot.test_worker import database_gone
from tests.line.queues import NOON, a_channel, after, an_event, tell
from tests.listening import listening
from tests.patience import PROMPTLY_S


@pytest.fixture
def web(database: Database) -> FlaskClient:
    app = Flask("health")
    app.register_blueprint(health(database, lambda: after(minutes=3)))
    return app.test_client()


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Let somebody else hold what a webhook wants to write."""
    with database.engine.connect() as blocker:
        if database.is_sqlite:
            blocker.execution_options(sqlite_begin="IMMEDIATE").exec_driver_sql("SELECT 1")
        else:
            blocker.exec_driver_sql("LOCK TABLE webhook_events")
        yield
        blocker.rollback()


@contextmanager
def read_only(database: Database) -> Iterator[None]:
    def lock(connection: sa.Connection) -> None:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.execute("PRAGMA query_only = ON" if database.is_sqlite else "SET TRANSACTION READ ONLY")

    try:
        with listening(database, "begin", lock):
            yield
    finally:
        database.engine.dispose()


@pytest.mark.parametrize("trouble", [locked, read_only, database_gone])
def test_without_a_database_that_can_be_written_it_is_alive_and_not_ready(
    web: FlaskClient, database: Database, trouble: object
) -> None:
    assert web.get("/readyz").json == {"database": "ok", "migrations": "ok", "backlog": "ok"}
    with trouble(database):  # type: ignore[operator]
        began = monotonic()
        answer = web.get("/readyz")
        assert monotonic() - began < PROMPTLY_S
        assert (answer.status_code, web.get("/healthz").status_code) == (503, 200)
        assert answer.json is not None
        assert answer.json["database"].startswith("not reachable: ")
    assert web.get("/readyz").status_code == 200


def test_contacts_who_wait_for_two_minutes_are_told(web: FlaskClient, database: Database) -> None:
    tell(database, a_channel(database), an_event("U1"), an_event("U2"), at=NOON)
    answer = web.get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["backlog"].startswith("2 contacts have waited over two minutes")


def test_missing_migrations_are_told(empty_database_url: str) -> None:
    database = Database.connect(empty_database_url)
    app = Flask("health")
    app.register_blueprint(health(database, lambda: NOON))
    answer = app.test_client().get("/readyz")
    database.dispose()
    assert answer.status_code == 503
    assert answer.json is not None
    assert "db upgrade" in answer.json["migrations"]
