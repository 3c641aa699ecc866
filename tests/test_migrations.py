"""The migration chain: one line, whole or not at all, and what the models say."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import bot.tables  # noqa: F401 - every table there is
from core.db import Base, Database
from core.migrating import MIGRATIONS, missing_migrations, upgrade


def a_chain(folder: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder))
    return config


def tables(database: Database) -> set[str]:
    with database.engine.connect() as connection:
        return {name for name in sa.inspect(connection).get_table_names() if is_modelled(name)}


def is_modelled(name: str | None, *_: object) -> bool:
    """Say whether models describe it: revision 0003 makes `search_index` for each database by hand."""
    return not (name or "").startswith("search_index")


def test_there_is_one_newest_revision_and_one_way_to_it() -> None:
    script = ScriptDirectory.from_config(a_chain(MIGRATIONS))
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1
    for revision in script.walk_revisions():
        assert not revision.is_merge_point
        assert revision.doc, "says what it does"


def test_revisions_are_numbered_and_import_none_of_our_code() -> None:
    files = sorted(path for path in (MIGRATIONS / "versions").glob("*.py"))
    assert [int(path.name[:4]) for path in files] == list(range(1, len(files) + 1))
    for path in files:
        ours = ("from core", "from line", "from contacts", "from bot", "import core", "import line")
        assert not any(line.startswith(ours) for line in path.read_text().splitlines())


def test_an_empty_database_is_brought_to_what_the_models_say(empty_database_url: str) -> None:
    database = Database.connect(empty_database_url)
    assert missing_migrations(database)
    upgrade(database)
    assert missing_migrations(database) == []
    upgrade(database)  # twice changes nothing
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": is_modelled}
        )
        assert compare_metadata(context, Base.metadata) == []
    assert tables(database) == {*Base.metadata.tables, "alembic_version"}
    database.dispose()


def test_partial_indexes_are_as_the_models_say(database: Database) -> None:
    """Alembic does not compare conditions, and a queue's look-up without its index reads the whole table."""
    expected = {
        index.name
        for table in Base.metadata.tables.values()
        for index in table.indexes
        if index.dialect_kwargs.get("postgresql_where") is not None
    }
    assert expected
    with database.engine.connect() as connection:
        query = (
            "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'"
            if database.is_sqlite
            else "SELECT indexname FROM pg_indexes WHERE indexdef LIKE '% WHERE %'"
        )
        assert set(connection.scalars(sa.text(query))) == expected


BROKEN = '''\
"""Fails in the middle."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
    op.create_table("half_done", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("INSERT INTO leases (name, lease_no, expires_at) VALUES ('half', 0, '2027-01-01')")
    with op.batch_alter_table("leases") as batch:
        batch.add_column(sa.Column("half", sa.Integer))
    raise ZeroDivisionError
'''


def a_chain_that_breaks(folder: Path) -> Path:
    """Return a copy of our chain with one more revision, which fails."""
    (head,) = ScriptDirectory.from_config(a_chain(MIGRATIONS)).get_heads()
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    for path in MIGRATIONS.rglob("*"):
        if path.suffix in {".py", ".mako"}:
            (folder / "migrations" / path.relative_to(MIGRATIONS)).write_bytes(path.read_bytes())
    (versions / "9999_broken.py").write_text(BROKEN.format(head=head))
    return folder / "migrations"


@pytest.mark.parametrize("starts_empty", [True, False])
def test_a_failing_migration_leaves_nothing_behind(
    empty_database_url: str, tmp_path: Path, starts_empty: bool
) -> None:
    database = Database.connect(empty_database_url)
    if not starts_empty:
        upgrade(database)
    before = tables(database)
    config = a_chain(a_chain_that_breaks(tmp_path))
    config.attributes["database"] = database
    with pytest.raises(ZeroDivisionError):
        command.upgrade(config, "head")
    assert tables(database) == before
    if not starts_empty:
        with database.read() as session:
            assert session.execute(sa.text("SELECT count(*) FROM leases")).scalar() == 0
            columns = sa.inspect(session.connection()).get_columns("leases")
        assert "half" not in {column["name"] for column in columns}
        assert missing_migrations(database) == []
    upgrade(database)  # the next try begins where the last good one ended
    assert missing_migrations(database) == []
    database.dispose()
