"""Who is meant: each list that a rule is made of read by a query of its own, and put together as sets.

One statement for the whole of a rule leaves it to the database which list to go through and which to look into.
Of a million people and six conditions SQLite took 0.9 s so, looking up contact after contact, and PostgreSQL made
nested loops of lists whose length it cannot guess. A list alone is one range of an index, and two sets of a
hundred thousand are one within microseconds. What piles up, such as events, is asked of few people one at a time
where what stands beside it has left few.
"""

from array import array
from collections.abc import Mapping, Sequence
from sys import byteorder
from typing import Any, assert_never

import orjson
import sqlalchemy as sa
from pyroaring import BitMap
from sqlalchemy.orm import Session

from contacts.models import Contact
from core.by_engine import among, each_of
from line.channels import Channel
from segmentation.joining import AllOf, AnyOf, Listed, Meant, NoneOf, Totalled
from segmentation.looking import one_moment, sorting_in_pieces

ONE_IN = 10
"""Where no more than one in so many is left, contacts are looked up instead of all of them looked at."""
LATELY = 20
"""So many times as many as are wanted are looked through first."""


def fulfilling(session: Session, channel_id: int, meant: Meant, *, among: BitMap | None = None) -> BitMap:
    """Return the ids of all whom it means, of a channel, erased people left out; as of one moment.

    :param among: only of these.
    """
    with sorting_in_pieces(session), one_moment(session):
        looking = _Looking(session, channel_id)
        return looking.ours(looking.among(meant, among))


def scored(session: Session, channel_id: int, parts: Sequence[tuple[int, Meant]]) -> Mapping[int, BitMap]:
    """Return by number of points who has so many, of all of a channel who were not erased."""
    with sorting_in_pieces(session), one_moment(session):
        looking = _Looking(session, channel_id)
        return looking.by_points(parts, looking.ours(looking.everybody()))


def one_of(ids: BitMap) -> sa.ColumnElement[bool]:
    """Return the condition that a Contact is one of these."""
    return among(Contact.id, list(ids))


def newest(session: Session, channel_id: int, ids: BitMap, *, limit: int) -> Sequence[Contact]:
    """Return some of the people, those seen last before others."""
    # Of a large segment some were seen lately, and nobody else has to be put in order.
    lately = session.scalars(_LATELY, {"channel": channel_id, "limit": LATELY * limit}).all()
    among_them = [id_ for id_ in lately if id_ in ids]
    some = ids if len(among_them) < limit else BitMap(among_them[:limit])
    wanted = sa.select(Contact).where(one_of(some)).order_by(Contact.last_seen_at.desc(), Contact.id.desc())
    return session.scalars(wanted.limit(limit)).all()


def ids_of(connection: sa.Connection, wanted: sa.Select[Any], **given: Any) -> BitMap:
    """Return the contacts that a query names in its one column, each once."""
    # As one value: to take row by row Python needs several times as long as the database.
    (contact_id,) = wanted.correlate(None).subquery().c
    if connection.dialect.name == "sqlite":
        told = connection.execute(sa.select(sa.func.json_group_array(contact_id)), given).scalar_one()
        return BitMap(orjson.loads(told))
    # Four bytes for each, as they travel in a network: half the time that a list takes as text.
    sent = sa.func.int4send(sa.cast(contact_id, sa.Integer))
    whole = sa.func.string_agg(sent, sa.literal(b"", sa.LargeBinary), type_=sa.LargeBinary)
    ids = array("I", connection.scalar(sa.select(whole), given) or b"")
    if byteorder == "little":
        ids.byteswap()
    return BitMap(ids)


class _Looking:
    """One look at the database."""

    def __init__(self, session: Session, channel_id: int) -> None:
        if session.autoflush:
            session.flush()
        self._connection = session.connection()
        self._channel_id = channel_id
        self._everybody: BitMap | None = None
        # PostgreSQL takes longer to look one contact up, where it reads a list about as fast.
        self._slowness = 1 if self._connection.dialect.name == "sqlite" else 2
        highest, channels = self._connection.execute(_SIZES).one()
        self._highest: int = highest or 0
        self._is_of_all = channels == 1

    def ours(self, found: BitMap) -> BitMap:
        """Leave out who was erased, and who belongs to another channel."""
        if not found:
            return found
        if not self._is_of_all:
            found = found & self.everybody()
        return found - self._ids(_ERASED)

    def everybody(self) -> BitMap:
        if self._everybody is None:
            self._everybody = self._ids(_EVERYBODY, channel=self._channel_id)
        return self._everybody

    def among(self, meant: Meant, some: BitMap | None) -> BitMap:
        """Return who of some is meant; of everybody where it is not said of whom."""
        if some is not None and not some:
            return some
        match meant:
            case AllOf(parts):
                return self._all_of(parts, some)
            case AnyOf(parts):
                return self._any_of(parts, some)
            case NoneOf(part):
                people = self.everybody() if some is None else some
                return people - self.among(part, some)
            case Totalled(parts, fits):
                people = self.everybody() if some is None else some
                split = self.by_points(parts, people)
                return BitMap.union(BitMap(), *(those for points, those in split.items() if fits(points)))
            case Listed():
                return self._listed(meant, some)
            case sa.ColumnElement():
                return self._standing(meant, some)
            case _:
                assert_never(meant)

    def by_points(self, parts: Sequence[tuple[int, Meant]], people: BitMap) -> Mapping[int, BitMap]:
        """Return some people by how many points they have."""
        by_points = {0: people}
        for more, part in parts:
            who = self.among(part, people)
            split: dict[int, BitMap] = {}
            for points, those in by_points.items():
                for total, some in ((points + more, those & who), (points, those - who)):
                    if some:
                        split[total] = split.get(total, BitMap()) | some
            by_points = split
        return by_points

    def _all_of(self, parts: Sequence[Meant], some: BitMap | None) -> BitMap:
        # What takes long goes by those who are left.
        waiting = sorted(parts, key=lambda one: (_cost(one), isinstance(one, NoneOf)))
        if some is None:
            # Whoever is left out has to be somewhere first.
            first = next((one for one in waiting if not isinstance(one, NoneOf)), None)
            waiting.sort(key=lambda one: one is not first)
        for part in waiting:
            some = self.among(part, some)
        return BitMap() if some is None else some

    def _any_of(self, parts: Sequence[Meant], some: BitMap | None) -> BitMap:
        found = BitMap()
        for part in sorted(parts, key=_cost):
            found = found | self.among(part, None if some is None else some - found)
        return found

    def _listed(self, listed: Listed, some: BitMap | None) -> BitMap:
        if some is None and listed.one_in * self._slowness <= 1:
            some = self.everybody()
        if some is None or self._are_many(some, listed.one_in):
            return _of(some, self._ids(listed.ids))
        id_ = each_of(list(some), Contact.id.type, self._connection)
        return self._ids(sa.select(id_).where(listed.each(id_)))

    def _standing(self, condition: sa.ColumnElement[bool], some: BitMap | None) -> BitMap:
        wanted = sa.select(Contact.id).where(condition)
        if some is None or self._are_many(some, ONE_IN):
            return _of(some, self._ids(wanted))
        return self._ids(wanted.where(one_of(some)))

    def _are_many(self, some: BitMap, one_in: int) -> bool:
        return len(some) * one_in * self._slowness > self._highest

    def _ids(self, wanted: sa.Select[Any], **given: Any) -> BitMap:
        return ids_of(self._connection, wanted, **given)


def _of(some: BitMap | None, found: BitMap) -> BitMap:
    return found if some is None else some & found


def _cost(meant: Meant) -> float:
    """Say how long it takes to ask everybody, in no unit: what is added up longer than what is only read."""
    match meant:
        case AllOf(parts) | AnyOf(parts):
            return max(map(_cost, parts), default=0)
        case NoneOf(part):
            return _cost(part)
        case Totalled(parts):
            return max((_cost(part) for _points, part in parts), default=0)
        case Listed():
            return 1 / meant.one_in
        case _:
            return 1 / ONE_IN


_SIZES = sa.select(
    sa.select(sa.func.max(Contact.id)).scalar_subquery(),
    sa.select(sa.func.count()).select_from(Channel).scalar_subquery(),
)
_LATELY = (
    sa.select(Contact.id)
    .where(Contact.channel_id == sa.bindparam("channel"))
    .order_by(Contact.last_seen_at.desc(), Contact.id.desc())
    .limit(sa.bindparam("limit"))
)
_EVERYBODY = sa.select(Contact.id).where(Contact.channel_id == sa.bindparam("channel"))
_ERASED = sa.select(Contact.id).where(Contact.erased_at.is_not(None))
