"""Segments as somebody writes them: made, given another rule, named, aimed at or not, retired.

Whoever calls writes the audit log. What changes who is in a segment has everybody asked again by the
worker; until that is done its members are those of before, and its count is already the new one.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from core.ids import new_public_id
from segmentation.comparing import SCORE
from segmentation.memberships import RETIRED, RULE
from segmentation.models import Score, Segment, SegmentKind
from segmentation.references import SEGMENT
from segmentation.sweeps import RETAG

_TICK = timedelta(microseconds=1)


def later(changed_at: datetime, *, now: datetime) -> datetime:
    """Return a moment after the last change: whoever has a form open must be able to tell."""
    return max(now, changed_at + _TICK)


def new(channel_id: int, key: str, rule: Mapping[str, Any], *, now: datetime) -> Segment:
    """Return a segment that nobody was asked about yet."""
    return Segment(
        public_id=new_public_id(),
        channel_id=channel_id,
        key=key,
        kind=SegmentKind.ACTIVE,
        rule=dict(rule),
        created_at=now,
        changed_at=now,
        sweep_due_at=now,
        sweep_because=RULE,
    )


def has_changed(segment: Segment, *, now: datetime) -> None:
    """Take down that a segment is not as it was."""
    segment.changed_at = max(now, segment.changed_at)
    if sa.inspect(segment).persistent:
        # Counted by the database: of two changes at once each is one more, whichever comes to write first.
        segment.edition = Segment.edition + 1


def mean(segment: Segment, rule: Mapping[str, Any], *, gives_tag: str | None, now: datetime) -> None:
    """Give a segment its rule and its tag; where they are others than before, everybody is asked again."""
    if (segment.rule, segment.retired_at) != (rule, None):
        segment.rule, segment.retired_at = dict(rule), None
        _want(segment, RULE, now=now)
    if segment.gives_tag != gives_tag:
        segment.gives_tag = gives_tag
        # Whoever enters one that nobody is in yet gets the tag anyway.
        _want(segment, RETAG if sa.inspect(segment).persistent else RULE, now=now)


def let_go(segment: Segment, *, now: datetime) -> None:
    """Retire a segment: everybody leaves it, and loses the tag it gave. A list keeps who is on it."""
    if segment.retired_at is not None:
        return
    segment.retired_at = now
    has_changed(segment, now=now)
    if segment.kind is SegmentKind.ACTIVE:
        segment.sweep_due_at = now
        if segment.sweep_because != RETAG:  # then a tag that it gave before is still to be taken back
            segment.sweep_because = RETIRED


def _want(segment: Segment, because: str, *, now: datetime) -> None:
    has_changed(segment, now=now)
    if segment.sweep_because != RETAG:
        segment.sweep_because = because
    segment.sweep_due_at = now


def ask_again(
    segments: Iterable[Segment],
    scores: Iterable[Score],
    *,
    changed_scores: Collection[str] = (),
    everyone: bool = False,
    now: datetime,
) -> None:
    """Have everybody asked also by the segments that name a segment or a score which has just changed.

    :param scores: all of the channel, since a segment may be named by a score that another segment names.
    :param changed_scores: the ids of those that have other conditions than before.
    :param everyone: by all of them.
    """
    active = [one for one in segments if one.kind is SegmentKind.ACTIVE and one.retired_at is None]
    changed = {one.key for one in segments if one.sweep_due_at == now}
    changed |= {f"{SCORE}{key}" for key in changed_scores}
    names = {one.key: set(named_in(one.rule)) for one in active}
    names |= {f"{SCORE}{one.key}": set(named_in(one.conditions)) for one in scores}
    while more := {key for key, named in names.items() if named & changed} - changed:
        changed |= more
    for one in active:
        if (everyone or one.key in changed) and one.sweep_due_at != now:
            one.sweep_due_at = now
            if one.sweep_because != RETAG:
                one.sweep_because = RULE
            if changed_scores:
                has_changed(one, now=now)  # a score has no mark of its own, by which rules are read anew


def named_in(rule: object) -> Iterator[str]:
    """Yield the ids of segments, and of scores as `score:KEY`, that a stored rule names."""
    match rule:
        case {"field": {"name": str(name)}} if name.startswith(SCORE):
            yield name
        case dict():
            for key, value in rule.items():
                if key == SEGMENT and isinstance(value, str):
                    yield value
                else:
                    yield from named_in(value)
        case list():
            for one in rule:
                yield from named_in(one)
        case _:
            return
