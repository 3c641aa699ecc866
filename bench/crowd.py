"""A million people with tags, fields, events and orders, written by the database itself page after page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bench.progress import Progress
from contacts.models import Contact, ContactField
from core.db import Base, Database
from facts.models import ActiveDay, ContactEvent, Customer, EventType, Order, OrderTotals
from segmentation.models import ContactTag, Tag

PAGE = 50_000
"""People a statement writes about."""
EVENTS_EACH, ORDERS_EACH, DAYS_EACH = 10, 10, 3
TAGS = 400
DRAWS = 21
"""Of tags for each person; some are drawn twice, so that twenty are left."""
YEAR_S = 365 * 86_400

# One multiplier for each property: of one alone all of them would follow from each other.
_PRIME = 2_147_483_647
_MULTIPLIERS = (
    1_597_334_677,
    1_103_515_245,
    1_664_525_003,
    1_812_433_253,
    1_284_865_837,
    1_181_783_497,
    2_024_263_451,
    1_389_796_837,
    1_757_159_915,
    1_952_688_301,
)


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many there are of everything."""

    people: int = 1_000_000

    @property
    def events(self) -> int:
        return self.people * EVENTS_EACH

    @property
    def orders(self) -> int:
        """Every second one orders."""
        return self.people // 2 * ORDERS_EACH

    @property
    def steps(self) -> int:
        """Pages, and one for every index."""
        tables = [_table(kind) for kind, _ in _FILLED]
        return -(-self.people // PAGE) * len(tables) + sum(len(table.indexes) for table in tables) + 1


def build(
    database: Database, channel_id: int, crowd: Crowd, progress: Progress, *, now: datetime
) -> Sequence[str]:
    """Fill an empty database and return the tags' names, the frequent first.

    Indexes are made after the rows: row by row they would take an hour.
    """
    names = [f"bench:{number}" for number in range(TAGS)]
    sql = _Sql(database.engine.dialect.name, int(now.timestamp()), channel_id)
    with database.write() as session:
        session.add_all(Tag(channel_id=channel_id, name=name, labels={}) for name in names)
        session.add_all(
            EventType(channel_id=channel_id, name=name, created_at=now)
            for name in ("tap", "message", "bought")
        )
    with database.engine.connect() as connection:
        if not sql.is_sqlite:
            # Every row refers to one that this very run has written.
            connection.execute(sa.text("SET session_replication_role = replica"))
            connection.execute(sa.text("SET maintenance_work_mem = '1GB'"))
            connection.commit()
        else:
            connection.exec_driver_sql("PRAGMA cache_size = -1000000")
        for kind, insert in _FILLED:
            table = _table(kind)
            for index in table.indexes:
                index.drop(connection)
            for first in range(1, crowd.people + 1, PAGE):
                last = min(first + PAGE - 1, crowd.people)
                connection.execute(sa.text(insert(sql)), {"first": first, "last": last})
                connection.commit()
                progress.step()
            for index in table.indexes:
                index.create(connection)
                connection.commit()
                progress.step()
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # As autovacuum would have by and by: without its map of what everybody sees, PostgreSQL looks every
        # row up that an index has already told.
        connection.execute(sa.text("ANALYZE" if sql.is_sqlite else "VACUUM (ANALYZE)"))
        progress.step()
    return names


@dataclass(frozen=True, slots=True)
class _Sql:
    """What the two databases write differently."""

    dialect: str
    now_s: int
    channel_id: int

    @property
    def is_sqlite(self) -> bool:
        return self.dialect == "sqlite"

    def numbers(self, first: str, last: str, name: str) -> str:
        """A table `name(n)` of whole numbers."""
        if self.is_sqlite:
            return (
                f"(WITH RECURSIVE s(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM s WHERE n < {last})"
                f" SELECT n FROM s) AS {name}"
            )
        return f"generate_series(CAST({first} AS bigint), CAST({last} AS bigint)) AS {name}(n)"

    def ago(self, seconds: str) -> str:
        """A moment so many seconds before now."""
        if self.is_sqlite:
            return f"strftime('%Y-%m-%d %H:%M:%f000', {self.now_s} - ({seconds}), 'unixepoch')"
        return f"to_timestamp({self.now_s} - ({seconds}))"

    def day_ago(self, days: str) -> str:
        if self.is_sqlite:
            return f"date({self.now_s} - ({days}) * 86400, 'unixepoch')"
        return f"CAST(to_timestamp({self.now_s} - ({days}) * 86400) AS date)"

    def json(self, text: str) -> str:
        return f"'{text}'" if self.is_sqlite else f"CAST('{text}' AS json)"

    def chance(self, of: str, which: int, below: int) -> str:
        """A number below `below` that depends on `of`, another one for every `which`."""
        return f"((({of}) * {_MULTIPLIERS[which]}) % {_PRIME} % {below})"


def _contacts(sql: _Sql) -> str:
    seen = sql.ago(sql.chance("p.n", 0, YEAR_S))
    return f"""
        INSERT INTO contacts (id, public_id, channel_id, line_user_id, shard, language, following, times_followed,
            first_seen_at, last_seen_at, misses, is_demo)
        SELECT p.n, 'b' || p.n, {sql.channel_id}, 'U' || p.n, p.n % 64,
            CASE WHEN p.n % 10 = 0 THEN 'ja' ELSE 'zh-TW' END,
            CASE WHEN {sql.chance("p.n", 1, 100)} < 12 THEN 'blocked' ELSE 'following' END, 1,
            {sql.ago(str(YEAR_S))}, {seen}, 0, {"0" if sql.is_sqlite else "false"}
        FROM {sql.numbers(":first", ":last", "p")}"""


def _fields(sql: _Sql) -> str:
    number = f"CASE WHEN f.n = 0 THEN {sql.chance('p.n', 2, 60)} * 1000.0 END"
    day = sql.day_ago(f"{sql.chance('p.n', 3, 700)} - 350")
    text = (
        f"CASE WHEN f.n = 0 THEN CAST({sql.chance('p.n', 2, 60)} * 1000 AS text) ELSE CAST({day} AS text) END"
    )
    return f"""
        INSERT INTO contact_fields (contact_id, name, kind, text, number, source, set_at)
        SELECT p.n, CASE WHEN f.n = 0 THEN 'budget_max' ELSE 'move_in' END,
            CASE WHEN f.n = 0 THEN 'number' ELSE 'date' END, {text}, {number}, 'import:bench', {sql.ago("0")}
        FROM {sql.numbers(":first", ":last", "p")} CROSS JOIN {sql.numbers("0", "1", "f")}"""


def _tags(sql: _Sql) -> str:
    # The square makes some tags frequent and most rare: of the first two persons in three carry it, of the
    # eleventh every sixth, of the last three in a hundred.
    drawn = sql.chance(f"p.n * {DRAWS} + d.n", 4, 10_000)
    end = f"CASE WHEN t.tag % 10 = 9 THEN {sql.ago(sql.chance('t.n', 5, 60 * 86_400) + f' - {30 * 86_400}')} END"
    return f"""
        INSERT INTO contact_tags (contact_id, tag_id, source, set_at, expires_at)
        SELECT t.n, t.tag, 'import:bench', {sql.ago(sql.chance("t.n + t.tag", 6, YEAR_S))}, {end}
        FROM (
            SELECT DISTINCT p.n AS n, first.id + {drawn} * {drawn} * {TAGS} / 100000000 AS tag
            FROM {sql.numbers(":first", ":last", "p")} CROSS JOIN {sql.numbers("1", str(DRAWS), "d")}
            CROSS JOIN (SELECT min(id) AS id FROM tags) AS first
        ) AS t ORDER BY t.n, t.tag"""


def _events(sql: _Sql) -> str:
    one = f"(p.n * {EVENTS_EACH} + e.n)"
    types = "(SELECT min(id) FROM event_types)"
    return f"""
        INSERT INTO contact_events (channel_id, contact_id, type_id, at, properties, key, source)
        SELECT {sql.channel_id}, p.n, {types} + {sql.chance(one, 7, 3)}, {sql.ago(sql.chance(one, 8, YEAR_S))},
            CASE WHEN {sql.chance(one, 9, 10)} = 0 THEN {sql.json('{"card":"taro_milk"}')} END,
            'bench:' || {one}, 'import:bench'
        FROM {sql.numbers(":first", ":last", "p")} CROSS JOIN {sql.numbers("0", str(EVENTS_EACH - 1), "e")}"""


def _active_days(sql: _Sql) -> str:
    day = sql.day_ago(f"{sql.chance('p.n', 0, 360)} + d.n")
    return f"""
        INSERT INTO active_days (contact_id, day, hours)
        SELECT p.n, {day}, 1 << (8 + {"CAST(" if not sql.is_sqlite else ""}{sql.chance("p.n", 1, 12)}{" AS int)" if not sql.is_sqlite else ""})
        FROM {sql.numbers(":first", ":last", "p")} CROSS JOIN {sql.numbers("0", str(DAYS_EACH - 1), "d")}"""


def _customers(sql: _Sql) -> str:
    return f"""
        INSERT INTO customers (id, channel_id, customer_key, contact_id, created_at)
        SELECT p.n, {sql.channel_id}, 'c' || p.n, p.n, {sql.ago(str(YEAR_S))}
        FROM {sql.numbers(":first", ":last", "p")} WHERE p.n % 2 = 0"""


def _orders(sql: _Sql) -> str:
    one = f"(p.n * {ORDERS_EACH} + o.n)"
    cents = f"{sql.chance(one, 3, 300)} * 1000 + 3000"
    return f"""
        INSERT INTO orders (channel_id, order_key, customer_id, contact_id, ordered_at, status, total_cents,
            refunded_cents, net_cents, source, recorded_at)
        SELECT {sql.channel_id}, 'o' || {one}, p.n, p.n, {sql.ago(sql.chance(one, 4, 2 * YEAR_S))}, 'paid',
            {cents}, 0, {cents}, 'import:bench', {sql.ago("0")}
        FROM {sql.numbers(":first", ":last", "p")} CROSS JOIN {sql.numbers("0", str(ORDERS_EACH - 1), "o")}
        WHERE p.n % 2 = 0"""


def _totals(sql: _Sql) -> str:
    del sql
    return """
        INSERT INTO order_totals (contact_id, orders, net_cents, first_at, last_at)
        SELECT contact_id, count(*), sum(net_cents), min(ordered_at), max(ordered_at)
        FROM orders WHERE contact_id BETWEEN :first AND :last GROUP BY contact_id"""


_FILLED: Sequence[tuple[type[Base], Callable[[_Sql], str]]] = (
    (Contact, _contacts),
    (ContactField, _fields),
    (ContactTag, _tags),
    (ContactEvent, _events),
    (ActiveDay, _active_days),
    (Customer, _customers),
    (Order, _orders),
    (OrderTotals, _totals),
)


def _table(kind: type[Base]) -> Any:
    return kind.__table__
