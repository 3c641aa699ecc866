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
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.sql import visitors

from contacts.models import Contact
from core.by_engine import ByEngine
from segmentation.models import ContactTag

SHARE_OF_FEW = 20
"""A list of less than one row to so many people is quicker made than the rows of each are looked for."""


class Condition(ByEngine):
    """A condition that is best asked in another way where others have left few people."""

    inherit_cache = True

    def __init__(
        self,
        *,
        sqlite: sa.ColumnElement[bool],
        postgresql: sa.ColumnElement[bool],
        few: sa.ColumnElement[bool] | None,
    ) -> None:
        super().__init__(sqlite, postgresql)
        self.sqlite, self.postgresql = sqlite, postgresql
        self.few = few
        """The same of one person at a time."""


class Listed(Condition):
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
        few: sa.ColumnElement[bool] | None = None,
    ) -> None:
        super().__init__(sqlite=sqlite, postgresql=postgresql, few=few)
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


def listed(rows: sa.Select[Any], contact_id: InstrumentedAttribute[Any], *, piles_up: bool = False) -> Listed:
    """Return the condition that a table has such a row about the contact.

    :param piles_up: there may be many times as many rows as people, as of events. Beside another list SQLite
        then looks at the number of rows, and asks of those who are left one at a time where they are many: a
        list of 825,000 events takes it 0.4 s, to look for those of 222,000 people 0.1 s.
    """
    of_contact = rows.where(contact_id == Contact.id).correlate(Contact).exists()
    on_list = Contact.id.in_(rows)
    few = None
    if piles_up:
        each = sa.case((sa.not_(are_at_most(rows, _everybody() // SHARE_OF_FEW)), of_contact), else_=on_list)
        few = ByEngine(each, of_contact)
    return Listed(sqlite=on_list, postgresql=of_contact, ids=rows, rows=rows, contact_id=contact_id, few=few)


def are_at_most(rows: sa.Select[Any], most: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that a list is no longer than that; no further than to there is it gone through.

    Of nobody in particular, so that SQLite asks it once.
    """
    some = rows.with_only_columns(sa.literal(1).label("one")).limit(most + 1).subquery()
    return sa.select(sa.func.count()).select_from(some).scalar_subquery() <= most


def _everybody() -> sa.ColumnElement[int]:
    """Return about how many people there are: to count them SQLite would go through them all."""
    everybody = aliased(Contact)
    return sa.select(sa.func.coalesce(sa.func.max(everybody.id), 0)).scalar_subquery()


def are_fewer_than_people(rows: sa.Select[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that there are fewer rows than people."""
    return are_at_most(rows, _everybody())


def of_few(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Return a condition as it is best asked of the few whom others have left."""
    few = condition.few if isinstance(condition, Condition) else None
    return condition if few is None else few


def all_of(conditions: Sequence[sa.ColumnElement[bool]]) -> sa.ColumnElement[bool]:
    """Return the condition that all hold."""
    on = [one for one in conditions if isinstance(one, Listed)]
    off = [one.told for one in conditions if isinstance(one, _NotListed)]
    if not on or len(on) + len(off) < 2:
        rest = [one if isinstance(one, Listed) or not on else of_few(one) for one in conditions]
        return sa.and_(*rest)
    rest = [of_few(one) for one in conditions if not isinstance(one, Listed | _NotListed)]
    return sa.and_(_joined(on, off), *rest)


def any_of(conditions: Sequence[sa.ColumnElement[bool]]) -> sa.ColumnElement[bool]:
    """Return the condition that one of them holds."""
    if len(conditions) < 2 or not any(isinstance(one, Listed) for one in conditions):
        return _either(conditions)
    lists = [one.ids if isinstance(one, Listed) else _whose(one) for one in conditions]
    if None in lists:
        return _either(conditions)
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
    if isinstance(condition, Listed):
        return _NotListed(condition)
    if isinstance(condition, Condition) and condition.few is not None:
        return Condition(
            sqlite=sa.not_(condition.sqlite),
            postgresql=sa.not_(condition.postgresql),
            few=sa.not_(condition.few),
        )
    return sa.not_(condition)


def _either(conditions: Sequence[sa.ColumnElement[bool]]) -> sa.ColumnElement[bool]:
    few = sa.or_(*map(of_few, conditions))
    if len(conditions) < 2 or all(of_few(one) is one for one in conditions):
        return sa.or_(*conditions)
    # PostgreSQL makes no join of what stands in an OR: it asks of one person at a time anyway.
    return Condition(sqlite=sa.or_(*conditions), postgresql=few, few=few)


def _joined(on: Sequence[Listed], off: Sequence[Listed]) -> Listed:
    # Who is on a list twice is on it: without UNION's own look for doubles PostgreSQL takes two thirds of the time.
    ids = sa.intersect(*(_with_doubles(one.ids) for one in on)) if len(on) > 1 else on[0].ids
    if off:
        ids = sa.except_(ids, *(one.ids for one in off))
    postgresql: sa.ColumnElement[bool] = Contact.id.in_(ids)
    if len(on) == 1 and all(one.contact_id is not None and one.few is None for one in (*on, *off)):
        # Of one list without some others PostgreSQL makes a join by itself, which takes four fifths of the time.
        postgresql = sa.and_(on[0].postgresql, *(sa.not_(one.postgresql) for one in off))
    gone_through = min((one for one in on if one.contact_id is not None), key=_is_long, default=None)
    if gone_through is None or gone_through.rows is None:
        first, *more_on = on
        sqlite = sa.and_(
            first.sqlite, *map(_of_few_sqlite, more_on), *(sa.not_(_of_few_sqlite(one)) for one in off)
        )
        return Listed(sqlite=sqlite, postgresql=postgresql, ids=ids, rows=None)
    others = [
        one for one in (*on, *off) if one is not gone_through and (one.rows is None or one.few is not None)
    ]
    contact_id = gone_through.contact_id
    assert contact_id is not None
    # `+ 0`: or else SQLite would search the index for each member of another list.
    whose = contact_id + 0
    short = [one for one in (*on, *off) if one is not gone_through and one not in others]
    held = [whose.not_in(one.rows) if one in off else whose.in_(one.rows) for one in short]  # type: ignore[arg-type]
    rows = gone_through.rows.where(*held)  # type: ignore[union-attr]
    more = [sa.not_(_of_few_sqlite(one)) if one in off else _of_few_sqlite(one) for one in others]
    return Listed(
        sqlite=sa.and_(Contact.id.in_(rows), *more),
        postgresql=postgresql,
        ids=ids,
        rows=None if more else rows,
        contact_id=None if more else contact_id,
    )


def _with_doubles(ids: Any) -> Any:
    """Return a list that is going to be intersected with another, which leaves each person there once."""
    if isinstance(ids, sa.CompoundSelect) and ids.keyword.name == "UNION":
        return sa.union_all(*ids.selects)
    return ids


def _flat(several: Sequence[sa.Select[Any] | sa.CompoundSelect[Any]]) -> Iterator[Any]:
    """Yield the lists, and of several in one each: SQLite knows no parentheses there."""
    for rows in several:
        yield from rows.selects if isinstance(rows, sa.CompoundSelect) else (rows,)


def _is_long(one: Listed) -> tuple[bool, bool]:
    """Say how ill a list is gone through: rows may be many, or come in the order of contacts.

    In another order writing it down takes longest, and so that one is better gone through.
    """
    return one.few is not None, one.contact_id is ContactTag.contact_id


def _of_few_sqlite(one: Listed) -> sa.ColumnElement[bool]:
    return one.sqlite if one.few is None else one.few


def _whose(condition: sa.ColumnElement[bool]) -> sa.Select[Any] | None:
    """Return whose row fulfils a condition that reads nothing else; None where it does."""
    if any(isinstance(part, sa.SelectBase | sa.Exists | ByEngine) for part in visitors.iterate(condition)):
        return None
    return sa.select(Contact.id).where(condition).correlate(None)
