"""Tables that only grow: their rows are written beneath the unit of work, each flush's in one statement."""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import instance_dict, set_committed_value

from core.db import Base

_WAITING = "tagline.appended"


class Appended(Base):
    """The parent of tables to whose new rows nothing is done after adding them.

    The unit of work takes 200 µs for each row, this 30. Once flushed, such a row belongs to no session
    and has not learnt its id; to change it, read it first.
    """

    __abstract__ = True

    @classmethod
    def complete(cls, connection: sa.Connection, rows: Sequence[Self]) -> None:
        """Fill in, just before they are written, what rows could not know when they were made."""


def write_now(session: Session, row: Base) -> None:
    """Write a new row beneath the unit of work and tell it its id, for appended rows that refer to it.

    As for them: it belongs to no session, and every column has the value it was given or none.
    """
    key = session.connection().execute(_insert(type(row)), _values(row)).inserted_primary_key
    set_committed_value(row, "id", None if key is None else key[0])


@event.listens_for(Session, "before_flush")
def _take_out(session: Session, _context: object, _instances: object) -> None:
    rows = [made for made in session.new if isinstance(made, Appended)]
    for row in rows:
        session.expunge(row)
    if session.new:
        session.info[_WAITING] = rows
    else:
        _write(session, rows)


@event.listens_for(Session, "after_flush")
def _follow(session: Session, _context: object) -> None:
    """Write what referred to new rows: they have their ids by now."""
    _write(session, session.info.pop(_WAITING, ()))


def _write(session: Session, rows: Sequence[Appended]) -> None:
    # Rows of one table keep their order; of two tables none refers to the other.
    kind: type[Appended]
    for kind, group in groupby(sorted(rows, key=_table), key=type):
        some = list(group)
        kind.complete(session.connection(), some)
        session.connection().execute(_insert(kind), [_values(row) for row in some])


def _table(row: Appended) -> str:
    return str(type(row).__tablename__)


@cache
def _insert(kind: type[Base]) -> sa.Insert:
    table: Any = kind.__table__
    return sa.insert(table)


def _values(row: Base) -> Mapping[str, object]:
    given = instance_dict(row)
    columns, references = _shape(type(row))
    values = dict(zip(columns, map(given.get, columns), strict=True))
    for relationship, column, key in references:
        if given.get(relationship) is not None:
            values[column] = getattr(given[relationship], key)
    return values


@cache
def _shape(kind: type[Base]) -> tuple[Sequence[str], Sequence[tuple[str, str, str]]]:
    """Return the columns that are written, and (relationship, column, attribute of the other) of references."""
    mapper = sa.inspect(kind)
    columns = [column.key for column in mapper.columns if not column.primary_key]
    references = [
        (one.key, str(ours.key), one.mapper.get_property_by_column(theirs).key)
        for one in mapper.relationships
        for ours, theirs in one.local_remote_pairs
    ]
    return columns, references
