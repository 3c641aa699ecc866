"""That contacts carry a tag, or have any row about them in a table."""

from collections.abc import Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute

from core.by_engine import by_engine
from facts.models import ActiveDay, ContactEvent, Order
from segmentation.days import At
from segmentation.joining import Listed
from segmentation.models import ContactTag, Tag
from segmentation.tags import live

FEW = 20
_PILES_UP = frozenset({ActiveDay, ContactEvent, Order})
"""Of which there may be many times as many rows as people."""
LISTED, PILED, SUMMED, ALL_THERE_WAS = 50, 12, 3, 1
"""`Listed.one_in`: of a million people and ten million events SQLite reads the 834,000 of a type and a time in
0.22 s, adds them up by contact in 0.6 s, and looks those of 100,000 people up in 0.16 s."""


def carries(name: str, at: At) -> Listed:
    """Return that a contact carries the tag now.

    A contact's tags are all of its own channel, so the name is enough.
    """
    tag_ids = sa.select(Tag.id).where(Tag.name == name)
    return told_in(ContactTag.contact_id, known_by(ContactTag.tag_id, tag_ids), live(at.now))


def known_by(column: sa.SQLColumnExpression[int], ids: sa.Select[int]) -> sa.ColumnElement[bool]:
    """Return the condition that a column holds the id of something that is asked for by name.

    PostgreSQL would make a join of it and go through all tags of a contact to see which has the name;
    an array that is made once goes into the index as a key.
    """
    array = sa.func.array(ids.scalar_subquery(), type_=ARRAY(sa.BigInteger()))
    return by_engine(sqlite=column.in_(ids), postgresql=column == sa.any_(array))


def told_in(
    contact_id: InstrumentedAttribute[Any],
    *where: sa.ColumnElement[bool],
    having: sa.ColumnElement[bool] | None = None,
    ever: bool = False,
) -> Listed:
    """Return that a table has such a row about the contact, or with `having` such rows together.

    :param ever: of what piles up, all there ever was is asked for, of which nobody knows how much it is.
    """
    rows = sa.select(contact_id.label("contact_id")).where(*where)
    piles_up = contact_id.class_ in _PILES_UP
    if having is None:

        def each(id_: sa.SQLColumnExpression[int]) -> sa.ColumnElement[bool]:
            return _of_one(rows, contact_id, id_).exists()

        if ever:
            return Listed(rows.distinct(), each, ALL_THERE_WAS)
        return Listed(rows, each, PILED if piles_up else LISTED)

    def sum_of_each(id_: sa.SQLColumnExpression[int]) -> sa.ColumnElement[bool]:
        # Without a group of its own a sum takes PostgreSQL two thirds of the time; of nothing it is one row too.
        whole = _of_one(sa.select(sa.and_(sa.func.count() > 0, having)).where(*where), contact_id, id_)
        return by_engine(
            sqlite=_of_one(rows, contact_id, id_).group_by(contact_id).having(having).exists(),
            postgresql=sa.func.coalesce(whole.scalar_subquery(), sa.false()),
        )

    return Listed(rows.group_by(contact_id).having(having), sum_of_each, SUMMED if piles_up else LISTED)


def told_so_often(
    contact_id: InstrumentedAttribute[Any], *where: sa.ColumnElement[bool], times: int, ever: bool = False
) -> Listed:
    """Return that a table has so many such rows about the contact, or more; one or more of them.

    :param ever: as in `told_in`.
    """
    if times <= 1:
        return told_in(contact_id, *where, ever=ever)
    rows = sa.select(contact_id.label("contact_id")).where(*where)

    def each(id_: sa.SQLColumnExpression[int]) -> sa.ColumnElement[bool]:
        # The database stops at the last of so many, and makes no group.
        return _of_one(rows, contact_id, id_).limit(1).offset(times - 1).exists()

    often = rows.group_by(contact_id).having(sa.func.count() >= times)
    return Listed(often, each, SUMMED if contact_id.class_ in _PILES_UP else LISTED)


def _of_one(
    rows: sa.Select[Any], contact_id: InstrumentedAttribute[Any], id_: sa.SQLColumnExpression[int]
) -> sa.Select[Any]:
    return rows.where(contact_id == id_).correlate_except(contact_id.class_)


def among(
    column: sa.SQLColumnExpression[Any], values: Sequence[str] | Sequence[float]
) -> sa.ColumnElement[bool]:
    """Return the condition that a column is one of some texts, or one of some numbers.

    Many of them travel as one parameter: SQLite takes no more than 32,766, and a statement is planned
    for each length of a list anew.
    """
    if len(values) <= FEW:
        return column.in_(values)
    given = sa.func.json_each(sa.literal(orjson.dumps(list(values)).decode())).table_valued("value")
    kind = ARRAY(sa.Text() if isinstance(values[0], str) else sa.Double())
    return by_engine(
        sqlite=column.in_(sa.select(given.c.value)),
        postgresql=column == sa.any_(sa.literal(list(values), kind)),
    )
