"""Rows that are written many at a time, or only where they are missing."""

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
    On SQLite the values go straight to the driver: SQLAlchemy takes as long over a row as SQLite takes to
    store it. PostgreSQL counts only what it returns.

    :param same: what all rows have in common.
    """
    if not rows:
        return 0
    if connection.dialect.name == "sqlite":
        return _insert_raw(connection, _skipping, table, rows, same or {})
    returning = insert_or_skip(connection, table).returning(sa.literal(1))
    return len(connection.execute(returning, _whole(rows, same)).all())


def insert_all(
    connection: sa.Connection,
    table: type[Base],
    rows: Sequence[Mapping[str, object]],
    same: Mapping[str, object] | None = None,
) -> None:
    """Insert rows that cannot be there already, written as `insert_new` writes them."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        _insert_raw(connection, upsert_for, table, rows, same or {})
    else:
        connection.execute(sa.insert(table), _whole(rows, same))


def _whole(
    rows: Sequence[Mapping[str, object]], same: Mapping[str, object] | None
) -> Sequence[Mapping[str, object]]:
    return [{**row, **same} for row in rows] if same else rows


_Insert = Callable[[sa.Dialect, type[Base]], Any]
"""Returns an INSERT into a table."""
_ForDriver = Callable[[list[Any]], Sequence[Any]]
"""Makes the values of a column ones that the driver takes."""

ROWS_AT_ONCE = 32
"""In one statement of SQLite's, for which it takes longer to begin a statement than to write a row."""


def _insert_raw(
    connection: sa.Connection,
    insert: _Insert,
    table: type[Base],
    rows: Sequence[Mapping[str, object]],
    same: Mapping[str, object],
) -> int:
    shape = connection.dialect, insert, table, tuple(same), tuple(rows[0])
    makers = _makers(*shape)
    common = [makers[name]([value])[0] for name, value in same.items()]
    columns = [makers[name]([row[name] for row in rows]) for name in rows[0]]
    told = list(zip(*columns, strict=True))
    whole = len(told) - len(told) % ROWS_AT_ONCE
    count = 0
    for size, some in ((ROWS_AT_ONCE, told[:whole]), (1, told[whole:])):
        if some:
            values = [(*common, *chain(*some[at : at + size])) for at in range(0, len(some), size)]
            count += changed(connection.exec_driver_sql(_raw_insert(*shape, size), values))
    return count


@lru_cache(maxsize=64)
def _makers(
    dialect: sa.Dialect, _insert: _Insert, table: type[Base], same: tuple[str, ...], own: tuple[str, ...]
) -> Mapping[str, _ForDriver]:
    return {name: _for_driver(table.__table__.c[name].type, dialect) for name in (*same, *own)}


def _for_driver(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> _ForDriver:
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    if process is None:
        return lambda values: values
    if isinstance(kind, sa.JSON):
        return lambda values: [process(value) for value in values]

    def each_once(values: list[Any]) -> Sequence[Any]:
        # Most columns of a page hold few moments, or few members of an enum.
        made = {value: process(value) for value in set(values)}
        return [made[value] for value in values]

    return each_once


@lru_cache(maxsize=128)
def _raw_insert(
    dialect: sa.Dialect,
    insert: _Insert,
    table: type[Base],
    same: tuple[str, ...],
    own: tuple[str, ...],
    size: int,
) -> str:
    """Return an INSERT of several rows as SQLite reads it; first come the values they have in common."""
    compiled = insert(dialect, table).compile(dialect=dialect, column_keys=[*same, *own])
    order = compiled.positiontup or ()
    if set(order) != {*same, *own}:
        raise TypeError(f"every column of {table.__tablename__} with a default has to be given: {order}")
    head, _row, tail = str(compiled).partition(f"({', '.join('?' * len(order))})")
    places = {name: place for place, name in enumerate((*same, *own), 1)}
    rows = (
        ", ".join(f"?{places[name] + (0 if name in same else before)}" for name in order)
        for before in range(0, size * len(own), len(own))
    )
    return f"{head}{', '.join(f'({row})' for row in rows)}{tail}"


def upsert(session: Session | sa.Connection, table: type[Base]) -> Any:
    """Return the INSERT of this database that knows ON CONFLICT."""
    connection = session.connection() if isinstance(session, Session) else session
    return upsert_for(connection.dialect, table)


def upsert_for(dialect: sa.Dialect, table: type[Base]) -> Any:
    """Return what `upsert` does, for statements that are built once."""
    return (sqlite.insert if dialect.name == "sqlite" else postgresql.insert)(table)


def _skipping(dialect: sa.Dialect, table: type[Base]) -> Any:
    return upsert_for(dialect, table).on_conflict_do_nothing()
