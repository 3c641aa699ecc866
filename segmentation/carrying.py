"""That contacts carry a tag, or have any row about them in a table, as a condition on Contact."""

from collections.abc import Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, aliased

from contacts.models import Contact
from core.by_engine import by_engine
from facts.models import ActiveDay, ContactEvent, Order
from segmentation.days import At
from segmentation.joining import Condition, are_fewer_than_people, listed
from segmentation.models import ContactTag, Tag
from segmentation.tags import live

FEW = 20
_PILES_UP = frozenset({ActiveDay, ContactEvent, Order})
"""Of which there may be many times as many rows as people."""


def carries(name: str, at: At) -> sa.ColumnElement[bool]:
    """Return the condition that a contact carries the tag now.

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
) -> sa.ColumnElement[bool]:
    """Return the condition that a table has such a row about the contact, or with `having` such rows together.

    SQLite reads the list of ids once along an index, where EXISTS would look into the table for every
    contact (at 100,000: 50 ms against 500 ms for one tag). PostgreSQL makes joins of EXISTS, under `not`
    as well; of a list under `not` or `or` it makes a hash table, and where that outgrows its memory it
    goes through the whole list for every contact.

    What is added up is another matter: for a list SQLite would sort everybody's rows by contact, so it adds
    up those of one contact at a time, and only for whom the rest of the rule has left (a million people,
    ten million events: 0.4 instead of 2.1 s for two such sums, and no slower for everybody). PostgreSQL
    makes no join of an EXISTS that adds up itself, so there the sums stand in a table of their own.
    """
    rows = sa.select(contact_id.label("contact_id")).where(*where)
    if having is None:
        return listed(rows, contact_id, piles_up=contact_id.class_ in _PILES_UP)
    summed = rows.group_by(contact_id).having(having).subquery()
    of_contact = sa.select(summed.c.contact_id).where(summed.c.contact_id == Contact.id)
    one_by_one = rows.where(contact_id == Contact.id).group_by(contact_id).having(having).correlate(Contact)
    # Without a group of its own a sum takes PostgreSQL two thirds of the time; of nothing it is one row too.
    sum_of_one = (
        sa.select(sa.and_(sa.func.count() > 0, having))
        .where(*where, contact_id == Contact.id)
        .correlate(Contact)
        .scalar_subquery()
    )
    return Condition(
        sqlite=one_by_one.exists(),
        postgresql=of_contact.correlate(Contact).exists(),
        few=by_engine(sqlite=one_by_one.exists(), postgresql=sa.func.coalesce(sum_of_one, sa.false())),
    )


def told_so_often(
    contact_id: InstrumentedAttribute[Any], *where: sa.ColumnElement[bool], times: int
) -> sa.ColumnElement[bool]:
    """Return the condition that a table has so many such rows about the contact, or more; one or more of them.

    Of one person SQLite stops at the last of so many, and makes no group (a million people: 0.8 instead of
    1.3 s). Of everybody it sorts the rows where there are fewer of them than people (0.8 million rows: 0.4 s).
    """
    if times <= 1:
        return told_in(contact_id, *where)
    rows = sa.select(contact_id.label("contact_id")).where(*where)
    one_by_one = rows.where(contact_id == Contact.id).correlate(Contact).limit(1).offset(times - 1).exists()
    grouped = rows.group_by(contact_id).having(sa.func.count() >= times)
    summed = grouped.subquery()
    everybody = aliased(Contact)
    of_each = rows.where(contact_id == everybody.id).correlate(everybody).limit(1).offset(times - 1).exists()
    # One of the two is empty. SQLite would ask so of each person again, were it not a table to begin with.
    is_short = are_fewer_than_people(rows)
    begin = sa.select(sa.literal(0).label("at")).where(sa.not_(is_short)).subquery()
    whose = sa.union_all(
        grouped.where(is_short), sa.select(everybody.id).where(everybody.id > begin.c.at, of_each)
    )
    return Condition(
        sqlite=Contact.id.in_(whose),
        postgresql=sa.select(summed.c.contact_id)
        .where(summed.c.contact_id == Contact.id)
        .correlate(Contact)
        .exists(),
        few=one_by_one,
    )


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
