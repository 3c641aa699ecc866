"""What every look at the segments needs: who is asked, by which rules, and how what comes of it is written."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.segment_moves import Mover
from content.revisions import Published, Revisions, newest_of
from core.clock import Clock
from core.db import Database
from segmentation import memberships, people
from segmentation.current import Kept, Lineup, Lineups, Mark, mark_of
from segmentation.memberships import Move
from segmentation.segments import Segments


@dataclass
class Desk:
    """The tools of one keeper."""

    database: Database
    segments: Segments
    clock: Clock
    fence: Callable[[Session], None]
    """Raises where another worker keeps the segments by now; the first statement of every transaction."""
    lineups: Lineups = field(init=False)
    revisions: Revisions = field(default_factory=Revisions)
    mover: Mover = field(default_factory=Mover)

    def __post_init__(self) -> None:
        self.lineups = Lineups(self.segments)

    def look_up(self, session: Session, channel_id: int) -> tuple[Lineup, Published | None]:
        """Return what is kept current and what is published, as of now."""
        *mark, newest = session.connection().execute(_NOW, {"channel": channel_id}).one()
        published = None if newest is None else self.revisions.get(session, newest)
        return self.lineups.of(session, channel_id, Mark._make(mark)), published

    def verdicts(
        self, session: Session, asked: Mapping[int, Sequence[Kept]], published: Published | None
    ) -> Iterator[tuple[int, Kept, bool]]:
        """Yield contact, segment and verdict where it is not as it was, of some people and for each some segments."""
        if not asked:
            return
        kept = {one.id: one for several in asked.values() for one in several}
        now, zone = self.clock(), zone_of(published)
        known = people.load(
            session,
            list(asked),
            now=now,
            needs=self.lineups.needs(kept.values()),
            reads=frozenset().union(*(one.reads for one in kept.values())),
        )
        inside = memberships.open_of(session, list(asked), kept.keys())
        for id_, person in known.items():
            for one in asked[id_]:
                holds = self.segments.holds(one.rule, person, now=now, zone=zone)
                if holds != ((id_, one.id) in inside):
                    yield id_, one, holds

    def move(
        self,
        session: Session,
        channel_id: int,
        moves: Sequence[Move],
        published: Published | None,
        lineup: Lineup,
    ) -> None:
        """Write moves, and all that comes of them; not of those who are gone."""
        if not moves:
            return
        there = memberships.lock_contacts(session, {move.contact_id for move in moves})
        moves = [move for move in moves if move.contact_id in there]
        self.mover.write(session, channel_id, moves, published, lineup, now=self.clock())


# Both by one statement, for on PostgreSQL each is a trip.
_NOW = sa.select(*mark_of(sa.bindparam("channel")), newest_of(sa.bindparam("channel")))


def zone_of(published: Published | None) -> ZoneInfo:
    """Return where the account's calendar hangs."""
    return published.zone if published is not None else ZoneInfo("UTC")
