"""The segments that are kept current, with their rules read, and which facts each of them reads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from segmentation import rules
from segmentation.days import At
from segmentation.kinds.forms import When
from segmentation.models import Segment, SegmentKind
from segmentation.references import Others, others_of
from segmentation.rules import FaultyRule, Rule
from segmentation.segments import Segments
from segmentation.sources import Needs

SEEN = "seen"

log = structlog.get_logger()


class Mark(NamedTuple):
    """What is different as soon as any segment is."""

    editions: int | None
    """Of all together. Moments would not do: of two changes at once the earlier may be stored last."""
    segments: int
    swept: int


NOTHING = Mark(None, 0, 0)


def mark_of(channel_id: int | sa.BindParameter[int]) -> Sequence[sa.ScalarSelect[object]]:
    """Return the columns of a mark, so that whoever asks something anyway can ask for it as well."""
    ours = Segment.channel_id == channel_id
    return [
        sa.select(sa.func.sum(Segment.edition)).where(ours).scalar_subquery(),
        sa.select(sa.func.count(Segment.id)).where(ours).scalar_subquery(),
        sa.select(sa.func.count(Segment.swept_at)).where(ours).scalar_subquery(),
    ]


_MARK = sa.select(*mark_of(sa.bindparam("channel")))


@dataclass(frozen=True)
class Kept:
    """A segment that is kept current."""

    id: int
    key: str
    rule: Rule
    """With the rules of the segments that it names in their places."""
    reads: frozenset[str]
    gives_tag: str | None
    is_new: bool
    """Nobody was ever asked; who is in it did not enter it, the rule was written."""


@dataclass(frozen=True)
class Lineup:
    """The current segments of a channel at one moment."""

    kept: Sequence[Kept]

    @cached_property
    def readers(self) -> Mapping[str, Sequence[Kept]]:
        """By fact, the segments whose verdict may hang on it."""
        found: dict[str, list[Kept]] = {}
        for one in self.kept:
            for fact in one.reads:
                found.setdefault(fact, []).append(one)
        return found

    def reading(self, facts: Iterable[str]) -> Sequence[Kept]:
        """Return the segments that read any of the facts."""
        found = {one.id: one for fact in facts for one in self.readers.get(fact, ())}
        return list(found.values())

    def is_told_by(self, before: datetime, after: datetime, *, now: datetime, zone: ZoneInfo) -> bool:
        """Say whether any segment can change because somebody seen before is seen again.

        Most are seen every day and never have been away for the 30 days that rules ask about: without
        this, each of their turns would have all those segments look again.
        """
        if SEEN not in self.readers:
            return False
        at = At(now, zone)
        return any(
            not isinstance(asked, When) or asked.holds(before, at) != asked.holds(after, at)
            for asked in self._asked_of_seeing
        )

    @cached_property
    def _asked_of_seeing(self) -> Sequence[object]:
        leaves = (leaf for one in self.readers[SEEN] for _path, leaf in rules.leaves(one.rule))
        return list(dict.fromkeys(leaf.asks for leaf in leaves if leaf.kind == SEEN))


NOBODYS = Lineup(())


class Lineups:
    """Knows the current segments of each channel; reads them again when one has changed."""

    def __init__(self, segments: Segments) -> None:
        self._segments = segments
        self._known: dict[int, tuple[Mark, Lineup]] = {}

    def of(self, session: Session, channel_id: int, mark: Mark | None = None) -> Lineup:
        """Return the segments that are kept current now.

        :param mark: where the caller has just asked for it.
        """
        if mark is None:
            mark = Mark._make(session.connection().execute(_MARK, {"channel": channel_id}).one())
        if mark.segments == 0:
            return NOBODYS
        if channel_id not in self._known or self._known[channel_id][0] != mark:
            self._known[channel_id] = (mark, read(session, self._segments, channel_id))
        return self._known[channel_id][1]

    def needs(self, kept: Iterable[Kept]) -> Needs:
        """Return what has to be loaded of people to ask these segments."""
        return self._segments.needs(one.rule for one in kept)


def read(session: Session, segments: Segments, channel_id: int) -> Lineup:
    """Read the segments that are kept current: active ones that are not retired."""
    others = others_of(session, channel_id)
    rows = session.execute(
        sa.select(Segment.id, Segment.key, Segment.rule, Segment.gives_tag, Segment.swept_at)
        .where(
            Segment.channel_id == channel_id,
            Segment.kind == SegmentKind.ACTIVE,
            Segment.retired_at.is_(None),
        )
        .order_by(Segment.id)
    ).all()
    return Lineup([kept for row in rows if (kept := _kept(row, segments, others)) is not None])


def _kept(row: sa.Row[Any], segments: Segments, others: Others) -> Kept | None:
    try:
        rule = segments.read(row.rule, others)
    except FaultyRule:
        # Written for another version of the program. It must not keep anybody's turn from being taken.
        log.error("segments.unreadable", segment=row.key)
        return None
    return Kept(row.id, row.key, rule, segments.reads(rule), row.gives_tag, row.swept_at is None)
