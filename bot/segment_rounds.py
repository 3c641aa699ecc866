"""What takes longer than a page: everybody is asked, or everybody whom time may have carried over a border.

Both go on page by page and let touches in between. After a crash they begin again: what is written
already is no difference any more.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice
from time import monotonic

import structlog

from bot.pages import Pages
from bot.segment_desk import Desk, zone_of
from content.revisions import Published
from segmentation import crossings, memberships, sweeps, touches
from segmentation.current import Lineup
from segmentation.memberships import NIGHT, TIME, Move
from segmentation.sweeps import RETAG, Compared, DueSweep
from segmentation.touches import Touched

PAGE = 200
"""People of one transaction, which holds SQLite's write lock for some 20 ms."""
BULK_PAGE = 1_000
"""At most, where nothing more comes of it than that they are in or out."""
TRY_AGAIN_AFTER = timedelta(seconds=30)
LOOKS = 50
"""Segments that are asked about the clock before touches are looked at again; each is one query."""

log = structlog.get_logger()


class Rounds:
    """The long work of one keeper, one piece at a time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._work: Iterator[int] | None = None
        self._sweeping: tuple[DueSweep, frozenset[str]] | None = None
        self._meanwhile: set[int] = set()
        """Whom touches have settled since everybody was asked: that answer is older."""

    @property
    def is_under_way(self) -> bool:
        return self._work is not None

    def go_on(self) -> int:
        """Do a page of the work under way, or begin with what is due; return how many people it concerned."""
        while True:
            if self._work is None:
                self._work = self._next()
            if self._work is None:
                return 0
            try:
                done = next(self._work, None)
            except Exception:
                self._let_others_go_first()
                raise
            if done is not None:
                return done
            self.drop()

    def _let_others_go_first(self) -> None:
        """Put off a sweep that fails; where the database is gone this fails too, and it stays due."""
        if self._sweeping is not None:
            with self._desk.database.write() as session:
                sweeps.postpone(session, self._sweeping[0], until=self._desk.clock() + TRY_AGAIN_AFTER)

    def drop(self) -> None:
        """Forget what is under way; what of it is not written is still due."""
        self._work, self._sweeping = None, None
        self._meanwhile.clear()

    def were_settled(self, page: Sequence[Touched]) -> None:
        """Know that touches were worked in."""
        if self._sweeping is not None:
            due, reads = self._sweeping
            self._meanwhile |= {
                one.contact_id for one in page if one.channel_id == due.channel_id and one.fact in reads
            }

    def _next(self) -> Iterator[int] | None:
        now = self._desk.clock()
        with self._desk.database.read() as session:
            channels = crossings.channels_due(session, now=now)
            if channels:
                return self._tick(channels[0])
            due = sweeps.next_due(session, now=now)
        return None if due is None else self._sweep(due)

    def _sweep(self, due: DueSweep) -> Iterator[int]:
        """Ask everybody, and write page by page what is not as it was."""
        desk, now = self._desk, self._desk.clock()
        self._sweeping = due, frozenset()
        with desk.database.read() as session:
            lineup, published = desk.look_up(session, due.channel_id)
            reads = next((one.reads for one in lineup.kept if one.id == due.segment_id), frozenset[str]())
            # From here on whoever is touched is asked anew, and what follows says nothing about them.
            self._sweeping = due, reads
            compared = sweeps.compare(session, desk.segments, due, now=now, zone=zone_of(published))
        _tell_of_night(due, compared)
        moving = _moves(due, compared)
        most = desk.mover.page_size(due, published, bulk=BULK_PAGE, usual=PAGE)
        # On PostgreSQL nobody waits for a page.
        fewest = min(most, PAGE) if desk.database.is_sqlite else most
        pages = Pages(fewest, fewest=fewest, most=most)
        while found := list(islice(moving, pages.size)):
            with desk.database.write() as session:
                desk.fence(session)
                began = monotonic()  # by now SQLite's lock is ours, however long others had it
                if not sweeps.is_still_due(session, due):
                    return
                there = memberships.lock_contacts(session, {move.contact_id for move in found})
                # Locked first: a turn that was being written has left its touch by now.
                newer = self._meanwhile.union(touches.who_waits(session, reads))
                moves = [one for one in found if one.contact_id in there and one.contact_id not in newer]
                desk.mover.write(
                    session, due.channel_id, moves, published, lineup, now=desk.clock(), sweep=due
                )
            pages.took(monotonic() - began)
            yield len(found)
        if due.because == RETAG:
            yield from self._retag(due, lineup, published)
        with desk.database.write() as session:
            desk.fence(session)
            sweeps.finish(session, due, asked_at=now)
        yield 1

    def _retag(self, due: DueSweep, lineup: Lineup, published: Published | None) -> Iterator[int]:
        """Take back what the segment said about other tags, and say it about the one it gives now."""
        desk = self._desk
        with desk.database.read() as session:
            others = sweeps.to_untag(session, due, desk.mover.source(due.key))
            members = sweeps.to_tag(session, due) if due.gives_tag is not None else ()
        given = [(id_, due.gives_tag or "") for id_ in members]
        for pairs, puts_on in ((others, False), (given, True)):
            for start in range(0, len(pairs), PAGE):
                with desk.database.write() as session:
                    desk.fence(session)
                    if not sweeps.is_still_due(session, due):
                        return
                    page = pairs[start : start + PAGE]
                    desk.mover.say(session, due, page, lineup, published, puts_on=puts_on, now=desk.clock())
                yield len(page)

    def _tick(self, channel_id: int) -> Iterator[int]:
        """Ask those whom time may have carried over a border."""
        desk, now = self._desk, self._desk.clock()
        with desk.database.read() as session:
            lineup, published = desk.look_up(session, channel_id)
            crossed = crossings.begin(session, channel_id, now=now)
        for start in range(0, len(lineup.kept), LOOKS):
            some = lineup.kept[start : start + LOOKS]
            with desk.database.read() as session:
                crossings.look(
                    session,
                    desk.segments,
                    crossed,
                    some,
                    channel_id,
                    now=now,
                    zone=zone_of(published),
                )
            yield len(some)
        everyone = list(crossed.candidates)
        for start in range(0, len(everyone), PAGE):
            page = {id_: crossed.candidates[id_] for id_ in everyone[start : start + PAGE]}
            with desk.database.read() as session:
                moves = [
                    Move(id_, kept.id, kept.key, enters=holds, because=TIME)
                    for id_, kept, holds in desk.verdicts(session, page, published)
                ]
            with desk.database.write() as session:
                desk.fence(session)
                desk.move(session, channel_id, moves, published, lineup)
            yield len(page)
        with desk.database.write() as session:
            desk.fence(session)
            crossings.ask_everybody(session, crossed.crowded, now=now)
            crossings.finish(session, crossed.done, now=now)
        yield 1


def _moves(due: DueSweep, compared: Compared) -> Iterator[Move]:
    for found, enters in ((compared.leaving, False), (compared.entering, True)):
        for id_ in found:
            yield Move(id_, due.segment_id, due.key, enters=enters, because=due.reason)


def _tell_of_night(due: DueSweep, compared: Compared) -> None:
    """Say what should not be: somebody changed a fact and told nobody."""
    if due.because == NIGHT and (compared.entering or compared.leaving):
        log.warning(
            "segments.found_at_night",
            segment=due.key,
            entering=len(compared.entering),
            leaving=len(compared.leaving),
        )
