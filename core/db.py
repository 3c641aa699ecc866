"""The database: one engine, three ways to open it.

SQLite and PostgreSQL are both at home here. The differences they force on us live in this file (how a
transaction begins), in core/inserts.py (how an insert ignores a clash) and in core/by_engine.py.
"""

import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session

from core import sqlite_lock

POSTGRES_SILENCE = {
    "tcp_user_timeout": 5000,
    "keepalives": 1,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
}
"""After five seconds a server that fell off the network is given up; by itself it would take minutes."""

BULK_CACHE_KIB = 32 * 1024
"""Of SQLite's file. Of 2 MB, as it has by itself, a page of rows changes more: then it writes some of it twice."""

_WRITING = "tagline.writing"

DATABASE_GONE = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)
"""Locked, full, read-only, away, or without a free connection: no fault of whoever meets it, who tries again."""


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware instant. Naive ones are refused; what comes back is always UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive datetime reached the database: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


def stored_enum(kind: type[StrEnum]) -> sa.Enum:
    """Return the column type that stores a StrEnum by its value, as plain text on either database."""
    return sa.Enum(
        kind,
        native_enum=False,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """The parent of every table."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix__%(table_name)s__%(column_0_N_name)s",
            "uq": "uq__%(table_name)s__%(column_0_N_name)s",
            "ck": "ck__%(table_name)s__%(constraint_name)s",
            "fk": "fk__%(table_name)s__%(column_0_N_name)s__%(referred_table_name)s",
            "pk": "pk__%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime(), dict[str, Any]: sa.JSON(), bytes: sa.LargeBinary()}


TRUSTED_FOR_S = 5.0
"""A connection that was used this short a time ago is taken without asking whether it still works."""

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""Key type: 64 bits on PostgreSQL; on SQLite the rowid, which only INTEGER names."""


class Database:
    """One engine and the three ways a piece of work may open it.

    - `read()`: queries only; takes no lock.
    - `write()`: a short transaction that holds SQLite's write lock from its first statement,
      because a transaction that reads first and writes later loses to whoever wrote between.
    - `decide()`: reads without any lock; `begin_write` then starts the transaction for what was decided.
      Only for work that something else (a lane's lease) already keeps to itself.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    @classmethod
    def connect(cls, url: str) -> "Database":
        """Open the database at `url`, creating the folder of an SQLite file."""
        parsed = sa.make_url(url)
        # Pools give out the connection used last: what it has read and prepared is still there, which beside
        # the threads of a worker makes a turn a tenth cheaper.
        options: dict[str, Any] = {
            "json_serializer": _dump_json,
            "json_deserializer": orjson.loads,
            # Errors are logged and kept beside parked events; what a customer wrote belongs in neither.
            "hide_parameters": True,
        }
        if parsed.get_backend_name() == "sqlite":
            if parsed.database and parsed.database != ":memory:":
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
                options |= {"pool_size": 140, "max_overflow": 20, "pool_use_lifo": True}
            else:
                options |= {"poolclass": sa.StaticPool}
            options["connect_args"] = {
                "timeout": sqlite_lock.PATIENCE_S,
                "check_same_thread": False,
                "isolation_level": None,
            }
            engine = sa.create_engine(parsed, **options)
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        else:
            engine = sa.create_engine(
                parsed,
                pool_size=20,
                max_overflow=20,
                pool_timeout=1,
                pool_use_lifo=True,
                connect_args={
                    "connect_timeout": 2,
                    "options": "-c lock_timeout=1200 -c timezone=UTC -c jit=off",
                    **POSTGRES_SILENCE,
                },
                **options,
            )
            event.listen(engine, "checkin", _note_use)
            event.listen(engine, "checkout", _ping_if_idle)
        return cls(engine)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session that only looks."""
        # Each statement sees its own snapshot, on either database; without BEGIN and ROLLBACK two trips less.
        with self._session(sqlite_begin="NONE", commits_itself=not self.is_sqlite) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a session whose changes are committed together, or not at all."""
        with self._session(sqlite_begin="IMMEDIATE") as session:
            yield session
            session.commit()

    @contextmanager
    def decide(self) -> Iterator[Session]:
        """Open a session that reads lock-free and never flushes before `begin_write`."""
        with self._session(_Deciding, sqlite_begin="NONE") as session:
            yield session

    @contextmanager
    def _session(
        self, kind: type[Session] = Session, *, sqlite_begin: str, commits_itself: bool = False
    ) -> Iterator[Session]:
        options = {"isolation_level": "AUTOCOMMIT"} if commits_itself else {}
        with (
            self.engine.connect().execution_options(sqlite_begin=sqlite_begin, **options) as connection,
            kind(connection, autoflush=kind is Session, expire_on_commit=False) as session,
        ):
            try:
                yield session
            except BaseException:
                _roll_back(session, connection)
                raise

    def is_awaited(self) -> bool:
        """Say whether somebody waits for SQLite's lock; on PostgreSQL, where they wait for rows, somebody might."""
        return not self.is_sqlite or sqlite_lock.is_awaited(self.engine.url.database)

    def let_others_go_first(self) -> None:
        """Give those who wait for SQLite's lock the time to take it: to be called between two transactions."""
        if self.is_sqlite:
            sqlite_lock.let_others_go_first(self.engine.url.database)

    def look_at_sizes(self, tables: Sequence[type[Base]]) -> None:
        """Have PostgreSQL look how much its tables have come to hold; SQLite needs nothing.

        By itself it does so once a minute. Until then it takes them for as good as empty, and reads them whole
        where an index would do.
        """
        if not self.is_sqlite:
            names = ", ".join(table.__tablename__ for table in tables)
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql(f"ANALYZE {names}")

    def write_in_bulk(self) -> None:
        """Let connections to come hold what a page of many rows changes; SQLite needs to be told."""
        if self.is_sqlite:
            event.listen(self.engine, "connect", _hold_more)

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


class _Deciding(Session):
    """A session of `Database.decide`."""


def _roll_back(session: Session, connection: sa.Connection) -> None:
    """Undo what was begun, without hiding why."""
    try:
        session.rollback()
    except sa.exc.DBAPIError:
        # The server is gone, or a turn was interrupted in the middle of a statement.
        connection.invalidate()


@event.listens_for(Session, "before_flush")
def _keep_order(session: Session, _context: object, _instances: object) -> None:
    """Write new rows in the order in which they were made.

    SQLAlchemy numbers them by how many are waiting, so that one taken back leaves two with the same number.
    """
    for number, made in enumerate(session.new):
        sa.inspect(made).insert_order = number


def is_deadlock(error: Exception) -> bool:
    """Say whether PostgreSQL ended the transaction because two waited for each other; the other has gone through."""
    return isinstance(error, sa.exc.DBAPIError) and getattr(error.orig, "sqlstate", None) == "40P01"


def begin_write(session: Session) -> None:
    """Start the transaction of a session opened by `decide`; PostgreSQL is in one already."""
    session.info[_WRITING] = True
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        sqlite_lock.take(connection)


def _refuse_early_write(state: ORMExecuteState) -> None:
    # On SQLite it would be committed by itself at once, outside the transaction that follows.
    if not state.is_select and _WRITING not in state.session.info:
        raise RuntimeError("a turn writes only after begin_write")


event.listen(_Deciding, "do_orm_execute", _refuse_early_write)


def one_at_a_time(session: Session, name: str) -> None:
    """Let nobody else who asks for this name go on until this transaction has ended.

    For decisions over rows that do not exist yet, which no row lock can guard: a ticket that comes in
    while somebody comes on duty. SQLite needs nothing: whoever writes there is alone anyway. What is
    read afterwards is what the one before has committed.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(zlib.crc32(name.encode()))))


def changed(result: sa.Result[Any]) -> int:
    """Return how many rows a statement changed."""
    if not isinstance(result, sa.CursorResult):
        raise TypeError("only a statement that writes changes rows")
    if result.rowcount < 0:
        raise TypeError("PostgreSQL does not count the rows of an insert through a session: ask by RETURNING")
    return result.rowcount


def _dump_json(value: object) -> str:
    return orjson.dumps(value).decode()


def _prepare_sqlite(dbapi_connection: Any, _record: object) -> None:
    cursor = dbapi_connection.cursor()
    # FULL: what a webhook was answered 200 for survives a power cut.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _hold_more(dbapi_connection: Any, _record: object) -> None:
    dbapi_connection.execute(f"PRAGMA cache_size = -{BULK_CACHE_KIB}").close()


def _note_use(_dbapi_connection: Any, record: Any) -> None:
    record.info["used_at"] = monotonic()


def _ping_if_idle(dbapi_connection: Any, record: Any, _proxy: Any) -> None:
    """Look whether the server has ended a connection meanwhile, but not each time: it is a trip more."""
    if monotonic() - record.info.get("used_at", monotonic()) < TRUSTED_FOR_S:
        return
    try:
        dbapi_connection.execute("")
        dbapi_connection.rollback()
    except dbapi_connection.OperationalError as error:
        raise sa.exc.InvalidatePoolError from error  # the others are no better


def _begin_sqlite(connection: sa.Connection) -> None:
    if connection.get_execution_options().get("sqlite_begin", "IMMEDIATE") == "IMMEDIATE":
        sqlite_lock.take(connection)
