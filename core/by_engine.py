"""Conditions that the two databases want in different words."""

from collections.abc import Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class ByEngine(FunctionElement[bool]):
    """One condition, written twice."""

    type = sa.Boolean()
    inherit_cache = True

    def self_group(self, against: object = None) -> "ByEngine":
        """Stand as it is, in parentheses of its own: as `(…) = 1` SQLite could not look ids up in a list."""
        return self


def by_engine(
    *, sqlite: sa.ColumnElement[bool], postgresql: sa.ColumnElement[bool]
) -> sa.ColumnElement[bool]:
    """Return a condition in the form that each database is quick at; both must mean the same."""
    return ByEngine(sqlite, postgresql)


class _Integers(sa.types.UserDefinedType[str]):
    """An array of PostgreSQL's, given as it is written: psycopg takes 1.3 µs to make it of each number, this 0.1."""

    cache_ok = True
    render_bind_cast = True

    def get_col_spec(self, **_: Any) -> str:
        return "BIGINT[]"


class _List(sa.types.TypeDecorator[Sequence[Any]]):
    """Many values as one parameter: an array, or on SQLite a JSON text."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, item: sa.types.TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.Text())
        return dialect.type_descriptor(_Integers() if self._is_of_integers else postgresql.ARRAY(self.item))

    def process_bind_param(self, value: Sequence[Any] | None, dialect: sa.Dialect) -> Any:
        if dialect.name == "sqlite":
            return orjson.dumps(value).decode()
        return f"{{{orjson.dumps(value).decode()[1:-1]}}}" if self._is_of_integers else value

    @property
    def _is_of_integers(self) -> bool:
        return isinstance(self.item, sa.Integer)


def among(column: Any, values: str | sa.BindParameter[Any] | Sequence[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that a column is one of some values, which are one parameter; or of that of a name.

    For thousands of texts or ids: IN would make each a parameter, which takes longer than to look them up.
    """
    if isinstance(values, str):
        values = sa.bindparam(values, type_=_List(column.type))
    elif not isinstance(values, sa.BindParameter):
        values = sa.literal(values, _List(column.type))
    given = values
    each = sa.func.json_each(given).table_valued("value")
    return by_engine(sqlite=column.in_(sa.select(each.c.value)), postgresql=column == sa.any_(given))


def each_of(
    values: Sequence[Any], kind: sa.types.TypeEngine[Any], connection: sa.Connection
) -> sa.ColumnElement[Any]:
    """Return a column that holds each of some values, which are one parameter, in a row of its own."""
    given = sa.literal(values, _List(kind))
    if connection.dialect.name == "sqlite":
        return sa.func.json_each(given).table_valued("value").c.value
    return sa.func.unnest(given).table_valued("value").render_derived().c.value


@compiles(ByEngine)
def _write_by_engine(element: ByEngine, compiler: sa.sql.compiler.SQLCompiler, **more: Any) -> str:
    first, second = element.clauses
    written = compiler.process(first if compiler.dialect.name == "sqlite" else second, **more)
    return f"({written})"
