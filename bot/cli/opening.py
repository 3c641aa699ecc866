"""What every command begins with: the settings and the database. `up` waits for whatever is imported here."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
import orjson
import sqlalchemy as sa

from bot.cli import Refused
from config import Settings, SettingsRefused
from core.db import DATABASE_GONE, Database


def load_settings() -> Settings:
    """Read the settings; without credentials they point at the simulator."""
    try:
        settings = Settings.load()
    except SettingsRefused as error:
        raise Refused(*error.faults) from None
    return settings if settings.has_credentials else settings.simulated()


@contextmanager
def open_database(settings: Settings | None = None) -> Iterator[Database]:
    """Open the database for the time of a command; what keeps it from working is told in words."""
    database = Database.connect((settings or load_settings()).database_url)
    try:
        yield database
    except (*DATABASE_GONE, sa.exc.ProgrammingError) as error:
        raise Refused(_in_words(error)) from error
    finally:
        database.dispose()


def answer_json(value: object) -> None:
    """Print a value as JSON."""
    sys.stdout.flush()
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def _in_words(error: sa.exc.SQLAlchemyError) -> str:
    cause = getattr(error, "orig", None) or error
    said = next(iter(str(cause).strip().splitlines()), type(cause).__name__)
    if "no such table" in said or "no such column" in said or "does not exist" in said:
        return f"the database is not up to date ({said}): run `python -m bot db upgrade`"
    return f"the database cannot be used: {said}"
