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


class _List(sa.types.TypeDecorator[Sequence[Any]]):
    """Many values as one parameter: an array, or on SQLite a JSON text."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, item: sa.types.TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        kind = sa.Text() if dialect.name == "sqlite" else postgresql.ARRAY(self.item)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: Sequence[Any] | None, dialect: sa.Dialect) -> Any:
        return orjson.dumps(value).decode() if dialect.name == "sqlite" else value


def among(column: Any, values: str | sa.BindParameter[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that a column is one of the values that are given as one parameter, or its name.

    For thousands of texts or ids: IN would make each a parameter, which takes longer than to look them up.
    """
    given = sa.bindparam(values, type_=_List(column.type)) if isinstance(values, str) else values
    each = sa.func.json_each(given).table_valued("value")
    return by_engine(sqlite=column.in_(sa.select(each.c.value)), postgresql=column == sa.any_(given))


@compiles(ByEngine)
def _write_by_engine(element: ByEngine, compiler: sa.sql.compiler.SQLCompiler, **more: Any) -> str:
    first, second = element.clauses
    written = compiler.process(first if compiler.dialect.name == "sqlite" else second, **more)
    return f"({written})"
