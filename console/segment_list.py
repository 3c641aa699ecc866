"""The list of segments: what each is, how many it has, how that moved, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from analytics.uses import Neglect, neglect_of_all
from console.customer import Reader
from console.open_ticket import Desk
from console.segment_past import growth_of
from segmentation import audience
from segmentation.history import Day
from segmentation.models import Origin, Segment, SegmentKind, Targeting
from segmentation.unfinished import broken_off

WIDTH, HEIGHT = 120, 28
DAYS = 30


@dataclass(frozen=True, slots=True)
class Line:
    """One segment of the list."""

    public_id: str
    label: str
    description: str
    kind: SegmentKind
    is_ours: bool
    """Made here, and not in the playbook."""
    targeting: Targeting | None
    neglect: Neglect | None


@dataclass(frozen=True, slots=True)
class BrokenOffLine:
    """A list whose filling died, or is under way."""

    public_id: str
    label: str
    begun_at: datetime
    by: str
    people: int


@dataclass(frozen=True, slots=True)
class Trend:
    """How a segment moved lately."""

    points: str
    """Of a line in a box of 120 by 28; empty: there is nothing to draw yet."""
    change: int
    """People more or less than at the beginning."""


def lines(desk: Desk, reader: Reader, query: str) -> Sequence[Line]:
    """Return the segments whose names a search finds, in their order."""
    wanted = query.casefold()
    current = audience.current(desk.session, desk.channel_id)
    neglected = _neglected(desk, current)
    found = [_line(one, reader, neglected.get(one.id)) for one in current]
    return [one for one in found if wanted in f"{one.label} {one.description}".casefold()]


def line_of(desk: Desk, segment: Segment, reader: Reader) -> Line:
    """Return a segment as the list shows it."""
    return _line(segment, reader, _neglected(desk, [segment]).get(segment.id))


def _neglected(desk: Desk, several: Sequence[Segment]) -> Mapping[int, Neglect]:
    return neglect_of_all(desk.session, desk.segments, several, desk.published, now=desk.now)


def _line(segment: Segment, reader: Reader, neglect: Neglect | None) -> Line:
    return Line(
        public_id=segment.public_id,
        label=reader.pick(segment.labels, segment.key),
        description=reader.pick(segment.descriptions, ""),
        kind=segment.kind,
        is_ours=segment.origin is Origin.STAFF,
        targeting=segment.targeting,
        neglect=neglect,
    )


def unfinished(desk: Desk, reader: Reader) -> Sequence[BrokenOffLine]:
    """Return the lists that are not whole."""
    return [
        BrokenOffLine(
            one.segment.public_id,
            reader.pick(one.segment.labels, one.segment.key),
            one.segment.changed_at,
            one.segment.created_by or "",
            one.people,
        )
        for one in broken_off(desk.session, desk.channel_id)
    ]


def trend(desk: Desk, segment: Segment) -> Trend:
    """Return how the last month went."""
    days = growth_of(desk, segment, DAYS)
    return Trend(_points(days), days[-1].members - (days[0].members - days[0].entered + days[0].left))


def _points(days: Sequence[Day]) -> str:
    most, least = max(one.members for one in days), min(one.members for one in days)
    if len(days) < 2 or not most:
        return ""
    height = max(most - least, 1)
    step = WIDTH / (len(days) - 1)
    return " ".join(
        f"{place * step:.1f},{HEIGHT - 2 - (one.members - least) / height * (HEIGHT - 4):.1f}"
        for place, one in enumerate(days)
    )
