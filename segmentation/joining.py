"""Conditions that are lists of contacts, made one list before anybody looks at a contact.

A million people, six conditions over tags and fields (processor time, one after the other):

- SQLite, where each condition is an `IN` of its own, writes every list into a table and looks every contact of
  the first one up: 0.60 s. Where one list is gone through and held against the others, and only who is
  on all of them is looked up, it takes 0.49 s.
- PostgreSQL, of an `OR` of two lists, makes a search in each for every contact that is left, and of lists whose
  length it cannot guess nested loops: 3.1 s, and 20 s from disk. INTERSECT, EXCEPT and UNION go through each
  list once: 0.8 s.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql import visitors

from contacts.models import Contact
from core.by_engine import ByEngine
from segmentation.models import ContactTag


class Listed(ByEngine):
    """The condition that a contact is on a list, with the list."""

    inherit_cache = True

    def __init__(
        self,
        *,
        sqlite: sa.ColumnElement[bool],
        postgresql: sa.ColumnElement[bool],
        ids: sa.Select[Any] | sa.CompoundSelect[Any],
        rows: sa.Select[Any] | sa.CompoundSelect[Any] | None,
        contact_id: InstrumentedAttribute[Any] | None = None,
    ) -> None:
        super().__init__(sqlite, postgresql)
        self.sqlite, self.postgresql = sqlite, postgresql
        self.ids = ids
        """For PostgreSQL."""
        self.rows = rows
        """For SQLite; None where it is better off with the condition."""
        self.contact_id = contact_id
        """The column that the rows have; None where they come of several tables."""


class _NotListed(ByEngine):
    """That a contact is not on the list."""

    inherit_cache = True

    def __init__(self, told: Listed) -> None:
        super().__init__(sa.not_(told.sqlite), sa.not_(told.postgresql))
        self.told = told


def listed(rows: sa.Select[Any], contact_id: InstrumentedAttribute[Any]) -> Listed:
    """Return the condition that a table has such a row about the contact."""
    of_contact = rows.where(contact_id == Contact.id).correlate(Contact)
    return Listed(
        sqlite=Contact.id.in_(rows),
        postgresql=of_contact.exists(),
        ids=rows,
        rows=rows,
        contact_id=contact_id,
    )


def all_of(conditions: Sequence[sa.ColumnElement[bool]]) -> sa.ColumnElement[bool]:
    """Return the condition that all hold."""
    on = [one for one in conditions if isinstance(one, Listed)]
    off = [one.told for one in conditions if isinstance(one, _NotListed)]
    if not on or len(on) + len(off) < 2:
        return sa.and_(*conditions)
    rest = [one for one in conditions if not isinstance(one, Listed | _NotListed)]
    return sa.and_(_joined(on, off), *rest)


def any_of(conditions: Sequence[sa.ColumnElement[bool]]) -> sa.ColumnElement[bool]:
    """Return the condition that one of them holds."""
    if len(conditions) < 2 or not any(isinstance(one, Listed) for one in conditions):
        return sa.or_(*conditions)
    lists = [one.ids if isinstance(one, Listed) else _whose(one) for one in conditions]
    if None in lists:
        return sa.or_(*conditions)
    ids = sa.union(*(one for one in lists if one is not None))
    known = [one.rows for one in conditions if isinstance(one, Listed) and one.rows is not None]
    rows = sa.union_all(*_flat(known)) if len(known) == len(conditions) else None
    either = sa.or_(*(one.sqlite if isinstance(one, Listed) else one for one in conditions))
    return Listed(
        sqlite=either if rows is None else Contact.id.in_(rows),
        postgresql=Contact.id.in_(ids),
        ids=ids,
        rows=rows,
    )


def none_of(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Return the condition that it does not hold."""
    return _NotListed(condition) if isinstance(condition, Listed) else sa.not_(condition)


def _joined(on: Sequence[Listed], off: Sequence[Listed]) -> Listed:
    ids = sa.intersect(*(one.ids for one in on)) if len(on) > 1 else on[0].ids
    if off:
        ids = sa.except_(ids, *(one.ids for one in off))
    postgresql: sa.ColumnElement[bool] = Contact.id.in_(ids)
    if len(on) == 1 and all(one.contact_id is not None for one in (*on, *off)):
        # Of one list without some others PostgreSQL makes a join by itself, which takes four fifths of the time.
        postgresql = sa.and_(on[0].postgresql, *(sa.not_(one.postgresql) for one in off))
    others = [one for one in (*on, *off) if one.rows is None]
    gone_through = min((one for one in on if one.contact_id is not None), key=_is_in_order, default=None)
    if gone_through is None or gone_through.rows is None:
        sqlite = sa.and_(*(one.sqlite for one in on), *(sa.not_(one.sqlite) for one in off))
        return Listed(sqlite=sqlite, postgresql=postgresql, ids=ids, rows=None)
    contact_id = gone_through.contact_id
    assert contact_id is not None
    # `+ 0`: or else SQLite would search the index for each member of another list.
    whose = contact_id + 0
    held = [whose.in_(one.rows) for one in on if one is not gone_through and one.rows is not None]
    held += [whose.not_in(one.rows) for one in off if one.rows is not None]
    rows = gone_through.rows.where(*held)  # type: ignore[union-attr]
    more = [sa.not_(one.sqlite) if one in off else one.sqlite for one in others]
    return Listed(
        sqlite=sa.and_(Contact.id.in_(rows), *more),
        postgresql=postgresql,
        ids=ids,
        rows=None if more else rows,
        contact_id=None if more else contact_id,
    )


def _flat(several: Sequence[sa.Select[Any] | sa.CompoundSelect[Any]]) -> Iterator[Any]:
    """Yield the lists, and of several in one each: SQLite knows no parentheses there."""
    for rows in several:
        yield from rows.selects if isinstance(rows, sa.CompoundSelect) else (rows,)


def _is_in_order(one: Listed) -> bool:
    """Say whether the list comes in the order of contacts: in another, writing it down takes longest."""
    return one.contact_id is ContactTag.contact_id


def _whose(condition: sa.ColumnElement[bool]) -> sa.Select[Any] | None:
    """Return whose row fulfils a condition that reads nothing else; None where it does."""
    if any(isinstance(part, sa.SelectBase | sa.Exists | ByEngine) for part in visitors.iterate(condition)):
        return None
    return sa.select(Contact.id).where(condition).correlate(None)
