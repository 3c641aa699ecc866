"""A playbook's transcripts, played against the real turns on a database in memory, without LINE.

Every transcript has a world of its own: its clock may stand still, or go on for months.
"""

import operator
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from zoneinfo import ZoneInfo

from bot.reason_words import ReasonWords
from bot.rehearsed import OWNER, Rehearsal, World, keep_current
from bot.segment_keeper import SegmentKeeper
from bot.segmenting import SEGMENTS
from bot.tables import TABLES
from content import hours
from content.revisions import Published, Revisions
from core.db import Base, Database
from facts import event_types
from facts.events import BUILT_IN
from line.channels import ensure_channel
from playbook.apply import apply
from playbook.faults import Fault
from playbook.schema import Playbook
from playbook.transcript_model import Transcript
from playbook.transcripts import play

USUAL_DAY = datetime(2027, 1, 15, 4, tzinfo=UTC)
"""When a transcript takes place that does not say: a Friday at noon in Taipei, or the next opening."""
SETTLED = timedelta(minutes=2)
"""After so long everybody is asked about every rule for the second time."""


def rehearse(playbook: Playbook) -> Sequence[Fault]:
    """Play every transcript of a playbook; no faults means that all of them hold."""
    faults: list[Fault] = []
    with stage_of(playbook) as stage:
        for transcript in playbook.transcripts:
            faults += play(transcript, stage.begin(transcript))
    return faults


@contextmanager
def stage_of(playbook: Playbook) -> "Iterator[Stage]":
    """Return a stage for the time of a block."""
    stage = Stage(playbook)
    try:
        yield stage
    finally:
        stage.close()


class Stage:
    """A database in memory with the playbook applied, which every transcript finds as it was at first."""

    def __init__(self, playbook: Playbook) -> None:
        self.content = playbook.content
        self._words = ReasonWords()
        self._first = Database.connect("sqlite:///:memory:")
        # One for all transcripts: what its engine has once prepared serves the next one too.
        self._database = Database.connect("sqlite:///:memory:")
        begins = min((self.beginning(one) for one in playbook.transcripts), default=USUAL_DAY)
        now = min(begins, USUAL_DAY) - timedelta(days=1)
        Base.metadata.create_all(self._first.engine, tables=list(TABLES.values()))
        with self._first.write() as session:
            channel = ensure_channel(session, now=now)
            self.channel_id = channel.id
            apply(session, channel, playbook, now=now, by="rehearsal")
            # Their numbers are remembered for as long as the process lives, so they are the same in every copy.
            told = {line.event.name for one in playbook.transcripts for line in one.lines if line.event}
            event_types.declare(session.connection(), channel.id, {*BUILT_IN, *told}, now=now)
        for rounds in (1, 2):
            clock = partial(operator.add, now, rounds * SETTLED)
            keep_current(SegmentKeeper(self._first, SEGMENTS, clock, owner=OWNER))
        with self._first.read() as session:
            live = Revisions().live(session, self.channel_id)
        if live is None:
            raise LookupError("what was just published")
        self._published: Published = live
        self._persons = count(1)

    def begin(self, transcript: Transcript) -> "Rehearsal":
        """Return the conversation of a new person; the one before is over."""
        source, target = self._first.engine.raw_connection(), self._database.engine.raw_connection()
        source.driver_connection.backup(target.driver_connection)  # type: ignore[union-attr]
        source.close()
        target.close()
        world = World(self._database, self.channel_id, self._published, self._words)
        user_id = f"U{next(self._persons):032x}"
        return Rehearsal(world, transcript, user_id, begins_at=self.beginning(transcript))

    def beginning(self, transcript: Transcript) -> datetime:
        """Return the moment of a transcript's first line."""
        zone = ZoneInfo(self.content.time_zone)
        if transcript.at is not None:
            return datetime.fromisoformat(transcript.at).replace(tzinfo=zone).astimezone(UTC)
        return (hours.opens_at(self.content.hours, USUAL_DAY, zone) or USUAL_DAY).astimezone(UTC)

    def close(self) -> None:
        """Forget everything."""
        self._database.dispose()
        self._first.dispose()
