"""What is written to the database meanwhile."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from core.db import Database
from tests.listening import listening


@contextmanager
def changes(database: Database) -> Iterator[list[str]]:
    """Collect what is written meanwhile, but for the time at which sessions were last used."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if re.match(r"\s*(INSERT|UPDATE|DELETE)", statement) and "staff_sessions" not in statement:
            found.append(statement)

    with listening(database, "before_cursor_execute", note):
        yield found
