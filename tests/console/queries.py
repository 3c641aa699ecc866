"""How many statements a piece of work asks the database."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from core.db import Database
from tests.listening import listening


class Count:
    """A number that grows."""

    def __init__(self) -> None:
        self.number = 0

    def one(self, *_: object) -> None:
        self.number += 1


@contextmanager
def counted(database: Database) -> Iterator[Count]:
    """Count the statements that are executed meanwhile."""
    count = Count()
    with listening(database, "before_cursor_execute", count.one):
        yield count


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Collect the statements that are executed meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    with listening(database, "before_cursor_execute", note):
        yield asked


@contextmanager
def writing(database: Database) -> Iterator[list[str]]:
    """Collect what is asked meanwhile by transactions that hold SQLite's write lock."""
    asked: list[str] = []

    def note(connection: sa.Connection, _cursor: object, statement: str, *_: object) -> None:
        if connection.get_execution_options().get("sqlite_begin") == "IMMEDIATE":
            asked.append(statement)

    with listening(database, "before_cursor_execute", note):
        yield asked
