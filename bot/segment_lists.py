"""Lists of people, filled in pages of their own transactions: from another segment, or from a file of ids."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from core.clock import Clock
from core.db import Database
from segmentation import audience, static, unfinished
from segmentation.segments import Segments
from segmentation.static import Unfinished
from staff.audit import Actor, record

PAGE = 1_000


@dataclass(frozen=True)
class NewList:
    """What a list is to be called, and who makes it."""

    channel_id: int
    key: str
    labels: dict[str, str]
    by: Actor


@dataclass(frozen=True)
class Uploaded:
    """What became of a file."""

    count: int
    """People on the list."""
    unknown: Sequence[tuple[int, str]]
    """Line numbers, and what nobody is known by."""


def snapshot(
    database: Database, segments: Segments, wanted: NewList, key: str, *, clock: Clock, zone: ZoneInfo
) -> int:
    """Keep who is in a segment at this moment as a list; return how many they are.

    :raises NotFound: there is no such segment.
    :raises Conflict: the new id is taken.
    """
    with database.read() as session:
        found = audience.get(session, wanted.channel_id, key)
        pages = audience.members(session, segments, found, now=clock(), zone=zone)
    ours = _begin(database, wanted, now=clock())
    because, count = f"snapshot:{key}", 0
    for page in pages:
        with database.write() as session:
            static.put(session, ours, page, because=because, now=clock())
        count += len(page)
    _finish(database, segments, wanted, ours, because, now=clock())
    return count


def upload(
    database: Database, segments: Segments, wanted: NewList, lines: Iterable[str], name: str, *, clock: Clock
) -> Uploaded:
    """Make a list of a file with one LINE user id, or customer id, to a line; what is unknown is left out.

    :param name: the file's, for the reason why somebody is on the list.
    :raises Conflict: the id is taken.
    """
    ours = _begin(database, wanted, now=clock())
    because = f"upload:{name}"
    unknown: list[tuple[int, str]] = []
    known: set[int] = set()
    for page in _pages(_written(lines)):
        with database.read() as session:
            found = static.find_people(session, wanted.channel_id, [text for _number, text in page])
        unknown += [(number, text) for number, text in page if text not in found]
        known |= (ids := set(found.values()))
        with database.write() as session:
            static.put(session, ours, ids, because=because, now=clock())
    _finish(database, segments, wanted, ours, because, now=clock())
    return Uploaded(len(known), unknown)


def discard(database: Database, channel_id: int, key: str, by: Actor, *, clock: Clock) -> int:
    """Throw away a list that was not finished; whoever still fills it is refused. Return how many were on it.

    :raises NotFound: there is none of this id.
    """
    with database.write() as session:
        segment = unfinished.get(session, channel_id, key)
        ours, public_id = unfinished.take_over(session, segment, now=clock()), segment.public_id
    count = 0
    while True:
        with database.write() as session:
            gone = static.empty(session, ours, limit=PAGE)
            count += gone
            if not gone:
                unfinished.drop(session, ours)
                detail = {"key": key, "people": count}
                record(session, by, "segment.discard", "segment", public_id, clock(), detail)
                return count


def _begin(database: Database, wanted: NewList, *, now: datetime) -> Unfinished:
    with database.write() as session:
        ours = static.begin(
            session, wanted.channel_id, wanted.key, labels=wanted.labels, by=wanted.by.login[:120], now=now
        )
    while True:
        with database.write() as session:
            if not static.empty(session, ours, limit=PAGE):
                return ours


def _finish(
    database: Database, segments: Segments, wanted: NewList, ours: Unfinished, because: str, *, now: datetime
) -> None:
    with database.write() as session:
        public_id = static.finish(session, segments, ours, now=now)
        record(session, wanted.by, "segment.list", "segment", public_id, now, {"because": because})


def _written(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield what stands in the first column of each line that says something."""
    for number, line in enumerate(lines, 1):
        text = line.lstrip("\ufeff").partition(",")[0].strip().strip('"').strip()
        if text:
            # No id is so long; PostgreSQL takes no NUL.
            yield number, text[:100].replace("\x00", "")


def _pages(found: Iterator[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    while page := list(islice(found, PAGE)):
        yield page
