"""Segments of a playbook as rows."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from content.model import Content
from content.model import Score as WrittenScore
from content.model import Segment as WrittenSegment
from content.models import Revision
from content.text import named
from core.errors import Conflict
from line.channels import Channel
from segmentation import aiming, keeping, score_points, staff_words
from segmentation.models import About, Origin, Score, Segment, SegmentKind
from segmentation.references import conditions_of
from segmentation.staff_words import Words


class MadeInConsole(Conflict):
    """A segment of the playbook has the id of one that staff made."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"the segment {key} was made in the console; give the one in segments.yaml another id,"
            " or retire that one first"
        )


def store_segments(
    session: Session, channel: Channel, content: Content, live: Revision | None, *, now: datetime
) -> None:
    """Write the segments and scores of a playbook; those it no longer has are retired, for campaigns may name them.

    Those made in the console are neither changed nor retired, and what staff said otherwise stays as they said it.

    :raises MadeInConsole: one of them has an id of the playbook's.
    """
    rows = {
        row.key: row for row in session.scalars(sa.select(Segment).where(Segment.channel_id == channel.id))
    }
    words = staff_words.standing(session, channel.id)
    for position, written in enumerate(content.segments):
        row = rows.get(written.id)
        if row is None:
            row = keeping.new(channel.id, written.id, written.rule, now=now)
            session.add(row)
            rows[written.id] = row
        elif row.origin is Origin.STAFF:
            if row.retired_at is None:
                raise MadeInConsole(row.key)
            row.origin, row.kind = Origin.PLAYBOOK, SegmentKind.ACTIVE
        _write(row, written, position, content.default_language, words, now=now)
    declared = {segment.id for segment in content.segments}
    before = live.content.get("segments", ()) if live is not None else ()
    for key in {segment["id"] for segment in before} - declared:
        if key in rows and rows[key].origin is Origin.PLAYBOOK:
            keeping.let_go(rows[key], now=now)
    # What days are depends on it, in every rule; without a playbook it was UTC's.
    all_of_them = live is None or live.content.get("time_zone") != content.time_zone
    scores = {row.key: row for row in session.scalars(sa.select(Score).where(Score.channel_id == channel.id))}
    changed = _store_scores(session, channel, content, scores, words, now=now)
    keeping.ask_again(rows.values(), scores.values(), changed_scores=changed, everyone=all_of_them, now=now)


def _store_scores(
    session: Session,
    channel: Channel,
    content: Content,
    rows: dict[str, Score],
    words: Words,
    *,
    now: datetime,
) -> set[str]:
    """Write the scores, into `rows` as well; return the ids of those that give other points than before."""
    changed = set()
    for position, written in enumerate(content.scores):
        row = rows.get(written.id)
        if row is None:
            row = rows[written.id] = Score(channel_id=channel.id, key=written.id, conditions=[])
            session.add(row)
        conditions = score_points.weighed(conditions_of(written), words.get((About.POINTS, written.id)))
        if row.conditions != conditions:
            changed.add(written.id)
        _write_score(row, written, conditions, content.default_language, now=now)
        row.position = position
    for key in rows.keys() - {one.id for one in content.scores}:
        rows[key].retired_at = rows[key].retired_at or now
    return changed


def _write_score(
    row: Score,
    written: WrittenScore,
    conditions: list[dict[str, object]],
    default_language: str,
    *,
    now: datetime,
) -> None:
    labels = named(written.label, default_language)
    descriptions = named(written.description or {}, default_language)
    if (row.labels, row.descriptions, row.conditions, row.retired_at) != (
        labels,
        descriptions,
        conditions,
        None,
    ):
        row.changed_at = now
    row.labels, row.descriptions, row.conditions = labels, descriptions, conditions
    row.retired_at = None


def _write(
    row: Segment,
    written: WrittenSegment,
    position: int,
    default_language: str,
    words: Words,
    *,
    now: datetime,
) -> None:
    labels = named(written.label, default_language)
    descriptions = named(written.description or {}, default_language)
    if (row.labels, row.descriptions) != (labels, descriptions):
        row.labels, row.descriptions = labels, descriptions
        keeping.has_changed(row, now=now)
    keeping.mean(row, written.rule, gives_tag=written.gives_tag, now=now)
    row.position = position
    # Where the playbook says nothing, or staff say otherwise, what the console says stays.
    aim = aiming.in_playbook(written, default_language)
    if written.target is not None and (About.TARGET, row.key) not in words:
        row.targeting, row.targeting_reason = aim.target.targeting, aim.target.because
    if written.positioning is not None and (About.POSITIONING, row.key) not in words:
        row.positioning = dict(aim.positioning)
