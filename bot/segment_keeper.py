"""Keeping segments current: who enters and who leaves as facts, rules and the hour change; and menus by tag.

One of all workers does it at a time, under a lease that every transaction checks, one page after the
other; so no verdict is overtaken by an older one. What a turn changes while we decide has left a touch
of its own, and is looked at again.
"""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from bot.menu_keeper import MenuKeeper
from bot.segment_desk import Desk
from bot.segment_rounds import PAGE, Rounds
from content.revisions import Published
from core.clock import Clock
from core.db import DATABASE_GONE, Database
from core.leases import Held, Owner, acquire, check
from line.channels import Channel
from segmentation import crossings, touches
from segmentation.current import Lineup
from segmentation.memberships import RULE, Move
from segmentation.models import Segment, Touch
from segmentation.segments import Segments
from segmentation.touches import Touched

LEASE_NAME = "segments"
LEASE = timedelta(seconds=10)

log = structlog.get_logger()


class Fenced(Exception):  # noqa: N818 - the name says where we stand
    """Another worker keeps the segments by now; nothing was written."""


class SegmentKeeper:
    """The segments of all channels, as one worker sees to them; `step` does what there is to do."""

    def __init__(self, database: Database, segments: Segments, clock: Clock, *, owner: Owner) -> None:
        self._database = database
        self._clock = clock
        self._owner = owner
        self._held: Held | None = None
        self._most = PAGE
        self._was_full = False
        self._renew_at = clock()
        self._desk = Desk(database, segments, clock, self._fence)
        self._rounds = Rounds(self._desk)
        self._menus = MenuKeeper(self._desk)

    def is_pressed(self) -> bool:
        """Say whether more is to be done at once."""
        return self._rounds.is_under_way or self._menus.is_under_way or self._was_full

    def step(self) -> int:
        """Work in a page of touches, then a page of longer work; return how many things were done."""
        self._was_full = False
        try:
            due = self._what_is_due()
            if not any(due) or not self._hold():
                return 0
            waiting, longer, menus = due
            did = self._careful_touches(waiting) if waiting else 0
            did += self._rounds.go_on() if longer else 0
            return did + (self._menus.go_on() if menus else 0)
        except Fenced:
            log.warning("segments.fenced")
            self._let_go()
            return 0
        except Exception:
            self._let_go()  # what was under way begins again; its pages that are written stay
            raise

    def _let_go(self) -> None:
        self._held = None
        self._rounds.drop()
        self._menus.drop()

    def _what_is_due(self) -> tuple[Sequence[Touched], bool, bool]:
        """Return a page of touches, whether there is longer work, and whether menus of everybody are due."""
        now = self._clock()
        with self._database.read() as session:
            asked = {"now": now, "until": now - crossings.EVERY}
            touched, swept, crossed, menus = session.connection().execute(_DUE, asked).one()
            waiting = touches.waiting(session, limit=self._most) if touched else ()
        return waiting, self._rounds.is_under_way or swept or crossed, menus

    def _hold(self) -> bool:
        """Take the lease, or renew it; other workers find nothing to do meanwhile."""
        now = self._clock()
        if self._held is not None and self._renew_at - LEASE < now < self._renew_at:
            return True
        with self._database.write() as session:
            held = acquire(session, LEASE_NAME, self._owner, lasts=LEASE, now=now)
        if held != self._held:
            self._rounds.drop()
            self._menus.drop()
        self._held, self._renew_at = held, now + LEASE / 2
        return held is not None

    def _fence(self, session: Session) -> None:
        if self._held is None or not check(session, self._held):
            raise Fenced

    def _careful_touches(self, waiting: Sequence[Touched]) -> int:
        """Work in a page, and after a fault one by one: what fails alone is put aside, for others wait behind it."""
        try:
            self._work_in(waiting)
        except (Fenced, *DATABASE_GONE):
            raise
        except Exception:
            if self._most == 1:
                with self._database.write() as session:
                    touches.forget(session, [one.id for one in waiting])
            self._most = 1
            raise
        self._was_full = len(waiting) == self._most
        self._most = PAGE
        return len(waiting)

    def _work_in(self, waiting: Sequence[Touched]) -> None:
        """Ask those about whom a fact has changed, by the segments that read it."""
        for channel_id in dict.fromkeys(one.channel_id for one in waiting):
            page = [one for one in waiting if one.channel_id == channel_id]
            with self._database.read() as session:
                lineup, published = self._desk.look_up(session, channel_id)
                moves = self._asked(session, page, lineup, published)
            self._menus.touched(page, channel_id, published)
            with self._database.write() as session:
                self._fence(session)
                self._desk.move(session, channel_id, moves, published, lineup)
                touches.forget(session, [one.id for one in page])
            self._rounds.were_settled(page)

    def _asked(
        self, session: Session, page: Sequence[Touched], lineup: Lineup, published: Published | None
    ) -> list[Move]:
        facts: dict[int, dict[str, str | None]] = {}
        for one in page:
            facts.setdefault(one.contact_id, {}).setdefault(one.fact, one.event_key)
        asked = {id_: several for id_, changed in facts.items() if (several := lineup.reading(changed))}
        moves = []
        for id_, kept, holds in self._desk.verdicts(session, asked, published):
            # Turns name first what says most.
            because = next(fact for fact in facts[id_] if fact in kept.reads)
            event_key = facts[id_][because]
            if kept.is_new:
                because = RULE
            moves.append(Move(id_, kept.id, kept.key, enters=holds, because=because, event_key=event_key))
        return moves


_DUE = sa.select(
    sa.exists().where(Touch.id.is_not(None)),
    sa.exists().where(Segment.sweep_due_at <= sa.bindparam("now", type_=Segment.swept_at.type)),
    sa.exists().where(crossings.is_due()),
    sa.exists().where(Channel.menus_sweep_at.is_not(None)),
)
