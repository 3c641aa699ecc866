"""Statements that are compiled once, for the few that run thousands of times a second."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

MOST_ROWS = 500
"""Rows that go into one statement; SQLite takes 32,766 values."""


class Prepared:
    """An INSERT that is compiled once, for the few that run thousands of times a second.

    SQLAlchemy takes several times as long to get a small statement ready as SQLite to execute it. All
    rows go in one statement: between two of them a thread has to win Python's global lock again.
    """

    def __init__(self, statement: sa.Insert, columns: Sequence[str], dialect: sa.Dialect) -> None:
        """:param columns: what every row brings a value for, as the table orders them.
        :param statement: an upsert, in which everything else is literal.
        """
        make: Any = type(dialect)
        plain = make(paramstyle="qmark" if dialect.name == "sqlite" else "format")
        compiled = statement.compile(dialect=plain, column_keys=list(columns), for_executemany=True)
        if compiled.positiontup != list(columns):
            raise ValueError(f"the values are wanted as {compiled.positiontup}")
        self._head, _, values = str(compiled).partition(" VALUES ")
        self._row, _, self._tail = values.partition(" ON CONFLICT ")
        self._processors = [
            compiled.binds[name].type.dialect_impl(plain).bind_processor(plain) for name in columns
        ]

    def execute(self, connection: sa.Connection, rows: Sequence[Sequence[Any]]) -> int:
        """Insert the rows, each with its values in the order of `columns`; return how many were written."""
        written = 0
        for first in range(0, len(rows), MOST_ROWS):
            page = rows[first : first + MOST_ROWS]
            values = tuple(
                value if process is None else process(value)
                for row in page
                for process, value in zip(self._processors, row, strict=True)
            )
            sql = f"{self._head} VALUES {', '.join([self._row] * len(page))} ON CONFLICT {self._tail}"
            written += connection.exec_driver_sql(sql, values).rowcount
        return written
