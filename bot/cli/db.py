"""`db`: the tables."""

import click

from bot.cli import Refused
from bot.cli.opening import open_database
from bot.search_indexer import index_anew
from core.migrating import missing_migrations, upgrade


@click.group()
def db() -> None:
    """Migrate the database, or say what is missing."""


@db.command("upgrade")
def upgrade_tables() -> None:
    """Bring the tables to the newest revision, whole or not at all."""
    with open_database() as database:
        missing = missing_migrations(database)
        upgrade(database)
    click.echo(f"applied {', '.join(missing)}" if missing else "nothing to do")


@db.command("check")
def check_tables() -> None:
    """Exit with 1 when migrations are missing."""
    with open_database() as database:
        missing = missing_migrations(database)
    if missing:
        raise Refused(f"migrations are missing: {', '.join(missing)}; run `python -m bot db upgrade`")
    click.echo("up to date")


@db.command("reindex")
def reindex() -> None:
    """Make the index for search again; the program may run meanwhile."""
    with open_database() as database:
        count = sum(index_anew(database))
    click.echo(f"{count} names, fields and messages looked at")
