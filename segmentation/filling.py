"""Lists of people, filled in pages of their own transactions: from another segment, or from what people are known by."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from core.clock import Clock
from core.db import Database
from core.errors import InvalidInput
from segmentation import audience, static, unfinished
from segmentation.segments import Segments
from segmentation.static import Unfinished
from segmentation.writable import faults_of_key, label_faults
from staff.audit import Actor, record

PAGE = 500
"""People looked up, put on or taken off at a time, so that nobody waits for the write lock."""
NAME_CHARS = 100
"""No id is so long."""


@dataclass(frozen=True)
class NewList:
    """What a list is to be called, and who makes it."""

    channel_id: int
    key: str
    labels: dict[str, str]
    by: Actor


@dataclass(frozen=True)
class Known:
    """Whom the lines of a file name."""

    ids: Collection[int]
    lines: int
    """Lines that name anybody at all."""
    unknown: Sequence[tuple[int, str]]
    """Line numbers, and what nobody is known by."""


@dataclass(frozen=True, slots=True)
class Made:
    """A list that is whole."""

    public_id: str
    count: int


def look_up(database: Database, channel_id: int, lines: Iterable[str]) -> Known:
    """Find people by one LINE user id, or customer id, to a line; it is what stands in the first column."""
    ids: dict[int, None] = {}
    unknown: list[tuple[int, str]] = []
    count = 0
    named = _named(lines)
    while page := list(islice(named, PAGE)):
        with database.read() as session:
            found = static.find_people(session, channel_id, [text for _number, text in page])
        unknown += [(number, text) for number, text in page if text not in found]
        ids.update((found[text], None) for _number, text in page if text in found)
        count += len(page)
    return Known(ids, count, unknown)


def upload(
    database: Database, segments: Segments, wanted: NewList, known: Known, name: str, *, clock: Clock
) -> Made:
    """Make a list of the people that a file names.

    :param name: the file's, for the reason why somebody is on the list.
    :raises InvalidInput: the list cannot be called so.
    :raises Conflict: the id is taken, or somebody else began the same list meanwhile.
    """
    name = _storable(name)
    ours = _begin(database, wanted, now=clock())
    ids = iter(known.ids)
    while page := list(islice(ids, PAGE)):
        with database.write() as session:
            static.put(session, ours, page, because=f"upload:{name}", now=clock())
    with database.write() as session:
        public_id = static.finish(session, segments, ours, now=clock())
        detail = {"people": len(known.ids), "lines": known.lines, "file": name}
        record(session, wanted.by, "segment.upload", "segment", public_id, clock(), detail)
    return Made(public_id, len(known.ids))


def snapshot(
    database: Database, segments: Segments, wanted: NewList, key: str, *, clock: Clock, zone: ZoneInfo
) -> Made:
    """Keep who is in a segment at this moment as a list.

    :raises NotFound: there is no such segment.
    :raises InvalidInput: the list cannot be called so.
    :raises Conflict: the new id is taken, or somebody else began the same list meanwhile.
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
    with database.write() as session:
        public_id = static.finish(session, segments, ours, now=clock())
        record(session, wanted.by, "segment.list", "segment", public_id, clock(), {"because": because})
    return Made(public_id, count)


def discard(database: Database, channel_id: int, key: str, by: Actor, *, clock: Clock) -> int:
    """Throw away a list that was not finished; whoever still fills it is refused. Return how many were on it.

    :param key: its id, or its public id.
    :raises NotFound: there is none of this id.
    :raises Conflict: somebody else began it anew meanwhile.
    """
    with database.write() as session:
        segment = unfinished.get(session, channel_id, key)
        ours, key, public_id = (
            unfinished.take_over(session, segment, now=clock()),
            segment.key,
            segment.public_id,
        )
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
    if faults := {**faults_of_key(wanted.key), **label_faults(wanted.labels)}:
        raise InvalidInput(faults)
    with database.write() as session:
        ours = static.begin(
            session, wanted.channel_id, wanted.key, labels=wanted.labels, by=wanted.by.login[:120], now=now
        )
    while True:
        with database.write() as session:
            if not static.empty(session, ours, limit=PAGE):
                return ours


def _storable(name: str) -> str:
    """Return a file's name without what a database does not take: NUL, and bytes that are no UTF-8."""
    return name.encode("utf-8", "replace").decode().replace("\x00", "")


def _named(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield the number of each line that says something, and what."""
    for number, line in enumerate(lines, 1):
        text = line.lstrip("\ufeff").partition(",")[0].strip().strip('"').strip()
        if text:
            # PostgreSQL takes no NUL.
            yield number, text[:NAME_CHARS].replace("\x00", "")
