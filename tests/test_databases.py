"""The databases that tests are lent."""

import pytest
import sqlalchemy as sa

from bot.tables import TABLES
from core.db import Database
from core.migrating import missing_migrations
from tests.databases import PostgresTemplate
from tests.line.queues import a_channel

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


def test_what_was_lent_is_lent_again_as_if_it_were_new(postgres_template: PostgresTemplate) -> None:
    with postgres_template.copied() as first:
        database = Database.connect(first)
        assert a_channel(database) == 1
        database.dispose()
    with postgres_template.copied() as second:
        assert second == first
        database = Database.connect(second)
        with database.read() as session:
            counts = [session.scalar(sa.select(sa.func.count()).select_from(t)) for t in TABLES.values()]
        assert set(counts) == {0}
        assert a_channel(database) == 1, "numbers begin anew"
        database.dispose()


def test_what_was_changed_beyond_its_rows_is_not_lent_again(postgres_template: PostgresTemplate) -> None:
    with postgres_template.copied() as changed:
        database = Database.connect(changed)
        with database.write() as session:
            session.execute(sa.text("CREATE TABLE note (id INTEGER PRIMARY KEY)"))
        database.dispose()
    with postgres_template.copied() as other:
        assert other != changed


def test_whoever_throws_everybody_out_throws_out_nobody_who_is_needed(
    postgres_template: PostgresTemplate,
) -> None:
    for _ in range(2):
        with postgres_template.copied() as url:
            database = Database.connect(url)
            with database.write() as session:
                session.execute(
                    sa.text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            assert a_channel(database) == 1
            database.dispose()
