"""A quick look into the database before anything is started, without the weight of models and migrations."""

from dataclasses import dataclass
from pathlib import Path

import orjson
import sqlalchemy as sa

from simulator.demo_persons import demo_user_ids
from simulator.ids import SIMULATED

MIGRATIONS = Path(__file__).parent.parent / "migrations/versions"
NEEDED = {"alembic_version", "revisions", "erasures"}


@dataclass(frozen=True, slots=True)
class Seen:
    """What must be known before the start."""

    revision: str | None
    """Of the tables; None where there are none."""
    is_published: bool
    is_invented: bool
    """There is a demo shop."""
    is_half_invented: bool
    """Its filling was cut short."""
    is_open_all_day: bool
    """What is published is what the demo published: it knows no quiet hours."""
    erased: frozenset[str]
    """Hashes of the erased that the database knows of."""


NOTHING = Seen(
    None,
    is_published=False,
    is_invented=False,
    is_half_invented=False,
    is_open_all_day=False,
    erased=frozenset(),
)


def newest_migration() -> str:
    """Return the revision that the code needs: by convention the number that its file begins with."""
    return max(path.name.partition("_")[0] for path in MIGRATIONS.glob("[0-9]*.py"))


def look(database_url: str) -> Seen:
    """Look at a database, which may not exist yet.

    :raises sa.exc.SQLAlchemyError: it does not answer.
    """
    url = sa.make_url(database_url)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        return NOTHING
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        there = set(sa.inspect(connection).get_table_names())
        if not NEEDED.issubset(there):
            return NOTHING
        invented = sa.text("SELECT 1 FROM staff_users WHERE is_demo AND deactivated_at IS NULL LIMIT 1")
        sent = sa.text("SELECT 1 FROM campaigns WHERE is_demo LIMIT 1")  # by the last step of a filling
        newest = sa.text("SELECT published_by FROM revisions ORDER BY id DESC LIMIT 1")
        is_invented = "staff_users" in there and connection.scalar(invented) is not None
        return Seen(
            revision=connection.scalar(sa.text("SELECT version_num FROM alembic_version")),
            is_published=connection.scalar(sa.text("SELECT 1 FROM revisions LIMIT 1")) is not None,
            is_invented=is_invented,
            is_half_invented=is_invented and "campaigns" in there and connection.scalar(sent) is None,
            is_open_all_day=connection.scalar(newest) == "demo",
            erased=frozenset(connection.scalars(sa.text("SELECT user_hash FROM erasures"))),
        )


def has_met_simulated(database_url: str) -> bool:
    """Say whether there are people of a simulated LINE. Reads every contact's id, so only where LINE is real."""
    met = sa.text(
        "SELECT 1 FROM contacts WHERE line_user_id LIKE :marked OR line_user_id IN :demo LIMIT 1"
    ).bindparams(sa.bindparam("marked", SIMULATED), sa.bindparam("demo", demo_user_ids(), expanding=True))
    with sa.create_engine(database_url, poolclass=sa.NullPool).connect() as connection:
        return connection.scalar(met) is not None


def account_name(database_url: str) -> str | None:
    """Return what the live playbook calls the account, if that can be seen."""
    try:
        if not look(database_url).is_published:
            return None
        with sa.create_engine(database_url, poolclass=sa.NullPool).connect() as connection:
            newest = "SELECT content FROM revisions ORDER BY number DESC LIMIT 1"
            content = connection.scalar(sa.text(newest))
    except sa.exc.SQLAlchemyError:
        return None
    content = orjson.loads(content) if isinstance(content, str) else content
    return str(content["name"])
