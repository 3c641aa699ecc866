"""The databases that tests are lent."""

import pytest
import sqlalchemy as sa

from core.db import Database, missing_migrations
from tests.databases import PostgresTemplate

NOTE = sa.text("INSERT INTO note VALUES (1)")


def test_a_lent_database_is_migrated(database: Database) -> None:
    assert list(missing_migrations(database)) == []
    assert "alembic_version" in sa.inspect(database.engine).get_table_names()


def test_an_empty_database_has_no_tables(empty_database_url: str) -> None:
    database = Database.connect(empty_database_url)
    assert sa.inspect(database.engine).get_table_names() == []
    database.dispose()


def test_another_connection_sees_what_was_committed(database: Database, database_url: str) -> None:
    with database.write() as session:
        session.execute(sa.text("CREATE TABLE note (id INTEGER PRIMARY KEY)"))
        session.execute(NOTE)
    elsewhere = Database.connect(database_url)
    with elsewhere.read() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM note")) == 1
    elsewhere.dispose()


def test_whoever_holds_on_to_a_lent_database_is_thrown_out(postgres_template: PostgresTemplate) -> None:
    with postgres_template.copied() as url:
        database = Database.connect(url)
        left_behind = database.engine.connect()
        left_behind.execute(sa.text("CREATE TABLE note (id INTEGER PRIMARY KEY)"))
    with pytest.raises(sa.exc.OperationalError):
        left_behind.execute(NOTE)
    left_behind.invalidate()
    database.dispose()
    with postgres_template.copied() as url:
        database = Database.connect(url)
        assert "note" not in sa.inspect(database.engine).get_table_names()
        database.dispose()
