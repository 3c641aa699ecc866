"""Rows that are written many at a time, or only where they are missing."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from core.db import Base, changed


def insert_or_skip(session: Session | sa.Connection, table: type[Base]) -> Any:
    """Return an INSERT that does nothing where a unique constraint says the row is there already."""
    return upsert(session, table).on_conflict_do_nothing()


def insert_new(
    connection: sa.Connection,
    table: type[Base],
    rows: Sequence[Mapping[str, object]],
    same: Mapping[str, object] | None = None,
) -> int:
    """Insert rows, leaving out what a unique constraint says is there already; return how many were new.

    All rows have the same columns, and together with `same` every one that has no default in the database.
    The values go straight to the driver: SQLAlchemy takes as long over a row as a database takes to store it.

    :param same: what all rows have in common.
    """
    return _insert(connection, table, rows, same or {}, " ON CONFLICT DO NOTHING") if rows else 0


def insert_all(
    connection: sa.Connection,
    table: type[Base],
    rows: Sequence[Mapping[str, object]],
    same: Mapping[str, object] | None = None,
) -> None:
    """Insert rows that cannot be there already, written as `insert_new` writes them."""
    if rows:
        _insert(connection, table, rows, same or {}, "")


_ForDriver = Callable[[list[Any]], Sequence[Any]]
"""Makes the values of a column ones that the driver takes."""

MADE_KEPT = 4_096
ROWS_AT_ONCE = 32
"""In one statement of SQLite's, for which it takes longer to begin a statement than to write a row."""


def _insert(
    connection: sa.Connection,
    table: type[Base],
    rows: Sequence[Mapping[str, object]],
    same: Mapping[str, object],
    ending: str,
) -> int:
    own = tuple(rows[0])
    shape = connection.dialect, table, tuple(same), own
    makers = _makers(*shape)
    common = {name: makers[name]([value])[0] for name, value in same.items()}
    columns = {name: makers[name]([row[name] for row in rows]) for name in own}
    if connection.dialect.name != "sqlite":
        statement = _insert_of_lists(*shape) + ending
        return changed(connection.exec_driver_sql(statement, {**common, **columns}))
    told = list(zip(*columns.values(), strict=True))
    whole = len(told) - len(told) % ROWS_AT_ONCE
    count = 0
    for size, some in ((ROWS_AT_ONCE, told[:whole]), (1, told[whole:])):
        if some:
            values = [(*common.values(), *chain(*some[at : at + size])) for at in range(0, len(some), size)]
            count += changed(connection.exec_driver_sql(_insert_of_rows(*shape, size) + ending, values))
    return count


@lru_cache(maxsize=64)
def _makers(
    dialect: sa.Dialect, table: type[Base], same: tuple[str, ...], own: tuple[str, ...]
) -> Mapping[str, _ForDriver]:
    columns = table.__table__.c
    forgotten = {column.name for column in columns if column.default is not None} - {*same, *own}
    if forgotten:
        raise TypeError(f"columns of {table.__tablename__} with a default have to be given: {forgotten}")
    return {name: _for_driver(columns[name].type, dialect) for name in (*same, *own)}


@lru_cache(maxsize=64)
def _for_driver(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> _ForDriver:
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    if process is None:
        return lambda values: values
    if isinstance(kind, sa.JSON):
        return lambda values: [process(value) for value in values]

    # Most columns of a page hold few moments, or few members of an enum; and the same as other columns.
    made = lru_cache(MADE_KEPT)(process)
    return lambda values: list(map(made, values))


@lru_cache(maxsize=128)
def _insert_of_rows(
    dialect: sa.Dialect, table: type[Base], same: tuple[str, ...], own: tuple[str, ...], size: int
) -> str:
    """Return an INSERT of several rows as SQLite reads it; first come the values they have in common."""
    first = len(same) + 1
    common = [f"?{place}" for place in range(1, first)]
    rows = (
        ", ".join((*common, *(f"?{place}" for place in range(begin, begin + len(own)))))
        for begin in range(first, first + size * len(own), len(own))
    )
    return f"{_into(dialect, table, (*same, *own))} VALUES {', '.join(f'({row})' for row in rows)}"


@lru_cache(maxsize=64)
def _insert_of_lists(
    dialect: sa.Dialect, table: type[Base], same: tuple[str, ...], own: tuple[str, ...]
) -> str:
    """Return an INSERT whose rows PostgreSQL reads from one list for each column, however many there are."""
    columns = table.__table__.c
    # Cast to a type with a limit, a text that is too long would lose its end in silence.
    kinds = {name: re.sub(r"\(\d+\)", "", columns[name].type.compile(dialect)) for name in (*same, *own)}
    told = [f'told."{name}"' for name in own]
    picked = ", ".join((*(f"%({name})s::{kinds[name]}" for name in same), *told))
    lists = ", ".join(f"%({name})s::{kinds[name]}[]" for name in own)
    names = ", ".join(f'"{name}"' for name in own)
    into = _into(dialect, table, (*same, *own))
    return f"{into} SELECT {picked} FROM unnest({lists}) AS told ({names})"  # noqa: S608 - names of our own


def _into(dialect: sa.Dialect, table: type[Base], names: Sequence[str]) -> str:
    quote = dialect.identifier_preparer.quote
    return f"INSERT INTO {table.__tablename__} ({', '.join(map(quote, names))})"


def upsert(session: Session | sa.Connection, table: type[Base]) -> Any:
    """Return the INSERT of this database that knows ON CONFLICT."""
    connection = session.connection() if isinstance(session, Session) else session
    return upsert_for(connection.dialect, table)


def upsert_for(dialect: sa.Dialect, table: type[Base]) -> Any:
    """Return what `upsert` does, for statements that are built once."""
    return (sqlite.insert if dialect.name == "sqlite" else postgresql.insert)(table)
