"""What SQLite itself takes for the rows of an import: the reference that imports are held against."""

import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from core.db import Database
from core.migrating import upgrade

A_PAGE = 500
"""Rows of the file in a transaction."""


def heights(file: Path) -> Mapping[str, int]:
    """Return the highest row number of every table."""
    with _opened(file) as connection:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'"
        )
        return {
            name: connection.execute(f'SELECT coalesce(max(rowid), 0) FROM "{name}"').fetchone()[0]
            for (name,) in names.fetchall()
            if not name.startswith(("sqlite_", "alembic_")) and "search" not in name
        }


def seconds(file: Path, before: Mapping[str, int], rows: int, folder: Path) -> float:
    """Return how long Python's own driver takes to write again, as finished tuples, what has come in since.

    Into the same tables with the same indexes, in as many transactions as the file has pages of `A_PAGE` rows, with
    `synchronous=FULL`; nothing is read, checked or looked up, and no foreign key is followed.
    """
    copy = folder / "bare.db"
    for path in folder.glob("bare.db*"):
        path.unlink()
    database = Database.connect(f"sqlite:///{copy}")
    upgrade(database)
    database.dispose()
    pages = -(-rows // A_PAGE)
    took = 0.0
    with _opened(file) as read, _opened(copy) as written:
        written.execute("PRAGMA synchronous=FULL")
        grown = {
            name: (first, last) for name, last in heights(file).items() if last > (first := before[name])
        }
        columns = {name: _columns(read, name) for name in grown}
        for page in range(pages):
            slices = []
            for name, (first, last) in grown.items():
                begin, end = (first + (last - first) * part // pages for part in (page, page + 1))
                wanted = f'SELECT {columns[name]} FROM "{name}" WHERE rowid > ? AND rowid <= ?'
                slices.append((name, read.execute(wanted, (begin, end)).fetchall()))
            began = time.perf_counter()
            written.execute("BEGIN IMMEDIATE")
            for name, tuples in slices:
                if tuples:
                    places = ", ".join("?" * len(tuples[0]))
                    written.executemany(f'INSERT INTO "{name}" ({columns[name]}) VALUES ({places})', tuples)
            written.execute("COMMIT")
            took += time.perf_counter() - began
    return took


def _columns(connection: sqlite3.Connection, table: str) -> str:
    """Return the columns that hold what was written; others the database works out."""
    told = connection.execute(f'PRAGMA table_xinfo("{table}")')
    return ", ".join(f'"{name}"' for _place, name, _kind, _null, _default, _key, hidden in told if not hidden)


def _opened(file: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(file, isolation_level=None))
