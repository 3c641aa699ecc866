"""The one chain of migrations, for both databases."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.db import Database

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def upgrade(database: Database) -> None:
    """Bring the tables to the newest revision, whole or not at all."""
    from alembic import command  # half a second that most processes never need

    command.upgrade(_alembic(database), "head")


def missing_migrations(database: Database) -> Sequence[str]:
    """Return the revisions that the code knows and the database has not had, oldest first."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(_alembic(database))
    with database.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current is None:
        pending = [revision.revision for revision in script.walk_revisions()]
    else:
        pending = [r.revision for r in script.iterate_revisions("head", current) if r.revision != current]
    return pending[::-1]


def _alembic(database: Database) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["database"] = database
    return config
