"""What staff do to segments of their own: write a rule, change it, name it, review it, retire it.

Whoever calls writes the audit log. A segment of the playbook is written there; in the console it is only
aimed at (`segmentation.aiming`) and reviewed.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.errors import Conflict, InvalidInput
from segmentation import keeping
from segmentation.models import Origin, Score, Segment, SegmentKind
from segmentation.segments import Segments
from segmentation.writable import faults_of, key_faults, label_faults


class ChangedMeanwhile(Conflict):
    """Somebody else was quicker."""

    def __init__(self, segment: Segment) -> None:
        super().__init__(
            f"the segment {segment.key} was changed meanwhile: look at it again before you change it"
        )


class OfThePlaybook(Conflict):
    """It is written in the playbook."""

    def __init__(self, segment: Segment) -> None:
        super().__init__(
            f"the segment {segment.key} is written in segments.yaml: change it there, or make a copy of it"
        )


class TakenAtOnce(Conflict):
    """Two made a segment of the same id at the same moment."""

    def __init__(self, key: str) -> None:
        super().__init__(f"somebody made a segment {key} at the same moment; try again")


@dataclass(frozen=True)
class Draft:
    """A segment as a form hands it in."""

    key: str
    labels: Mapping[str, str]
    rule: Mapping[str, Any]
    gives_tag: str | None = None
    descriptions: Mapping[str, str] = field(default_factory=dict)


def create(
    session: Session,
    segments: Segments,
    channel_id: int,
    draft: Draft,
    *,
    fields: Collection[str] = (),
    by: str,
    now: datetime,
) -> Segment:
    """Make a segment of a rule.

    :param fields: names of fields that a rule may ask for although nobody has a value yet.
    :raises InvalidInput: with every fault by field: `key`, `label`, `gives_tag`, and `rule.…` by its place.
    :raises TakenAtOnce: somebody was quicker with the same id.
    """
    faults = {**key_faults(session, channel_id, draft.key), **label_faults(draft.labels)}
    faults |= faults_of(
        session, segments, channel_id, draft.key, draft.rule, gives_tag=draft.gives_tag, fields=fields
    )
    if faults:
        raise InvalidInput(faults)
    segment = keeping.new(channel_id, draft.key, draft.rule, now=now)
    segment.origin, segment.created_by = Origin.STAFF, by[:120]
    segment.labels, segment.descriptions = dict(draft.labels), dict(draft.descriptions)
    segment.gives_tag = draft.gives_tag
    try:
        with session.begin_nested():
            session.add(segment)
            session.flush()  # for its id, which who calls shows
    except sa.exc.IntegrityError:
        raise TakenAtOnce(draft.key) from None
    return segment


def change_rule(
    session: Session,
    segments: Segments,
    segment: Segment,
    rule: Mapping[str, Any],
    *,
    gives_tag: str | None,
    seen: datetime,
    fields: Collection[str] = (),
    now: datetime,
) -> None:
    """Give a segment of staff another rule, or another tag.

    :param seen: its `changed_at` when the form was opened.
    :raises ChangedMeanwhile: somebody else was quicker.
    :raises OfThePlaybook: it is not theirs.
    :raises InvalidInput: with every fault by its place.
    """
    _may_change(session, segment, seen)
    if segment.kind is SegmentKind.STATIC:
        raise Conflict(f"{segment.key} is a list of people, and has no rule")
    faults = faults_of(
        session, segments, segment.channel_id, segment.key, rule, gives_tag=gives_tag, fields=fields
    )
    if faults:
        raise InvalidInput(faults)
    changed_at = keeping.later(segment.changed_at, now=now)
    keeping.mean(segment, rule, gives_tag=gives_tag, now=now)
    segment.changed_at = changed_at
    several = session.scalars(sa.select(Segment).where(Segment.channel_id == segment.channel_id)).all()
    scores = session.scalars(sa.select(Score).where(Score.channel_id == segment.channel_id)).all()
    keeping.ask_again(several, scores, now=now)


def rename(
    session: Session,
    segment: Segment,
    *,
    labels: Mapping[str, str],
    descriptions: Mapping[str, str],
    seen: datetime,
    now: datetime,
) -> None:
    """Call a segment of staff something else; its id stays, for campaigns and rules name it.

    :raises ChangedMeanwhile: somebody else was quicker.
    """
    _may_change(session, segment, seen)
    if faults := label_faults(labels):
        raise InvalidInput(faults)
    segment.labels, segment.descriptions = dict(labels), dict(descriptions)
    segment.changed_at = keeping.later(segment.changed_at, now=now)


def retire(session: Session, segment: Segment, *, seen: datetime, now: datetime) -> None:
    """Take a segment of staff out of use; whatever names it keeps its last rule.

    :raises ChangedMeanwhile: somebody else was quicker.
    """
    _may_change(session, segment, seen)
    changed_at = keeping.later(segment.changed_at, now=now)
    keeping.let_go(segment, now=now)
    segment.changed_at = changed_at


def review(segment: Segment, *, by: str, now: datetime) -> None:
    """Take down that somebody looked at the segment and found it right."""
    segment.reviewed_at, segment.reviewed_by = now, by[:120]


def _may_change(session: Session, segment: Segment, seen: datetime) -> None:
    session.refresh(segment, with_for_update={"key_share": True})
    if segment.origin is not Origin.STAFF:
        raise OfThePlaybook(segment)
    if segment.changed_at != seen:
        raise ChangedMeanwhile(segment)
