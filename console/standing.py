"""Whether somebody is in a segment, was in it, or how many points they have: each in one line."""

from console.customer import Reader
from console.open_ticket import Desk
from console.segment_past import told_stays
from console.times import moment
from console.words import _, ngettext
from segmentation.history import Stay
from segmentation.models import Score, Segment


def in_segment(segment: Segment, reader: Reader, *, holds: bool) -> str:
    """Say whether somebody is in a segment."""
    called = reader.pick(segment.labels, segment.key)
    if holds:
        return _("is in the segment “%(segment)s”", segment=called)
    return _("is not in the segment “%(segment)s”", segment=called)


def at_a_moment(desk: Desk, segment: Segment, stay: Stay | None, reader: Reader) -> str:
    """Say whether somebody was in a segment, since when, until when, and why."""
    called = reader.pick(segment.labels, segment.key)
    if stay is None:
        return _("was not in the segment “%(segment)s”", segment=called)
    (been,) = told_stays(desk, [stay], reader)
    words = _(
        "was in the segment “%(segment)s”, since %(since)s (%(because)s)",
        segment=called,
        since=moment(been.since),
        because=been.because,
    )
    if been.until is None:
        return words
    return _(
        "%(was_in)s, until %(until)s (%(because)s)",
        was_in=words,
        until=moment(been.until),
        because=been.left_because,
    )


def points_of(score: Score, points: int, reader: Reader) -> str:
    """Say how many points somebody has of a score."""
    called = reader.pick(score.labels, score.key)
    return ngettext("%(num)s point of “%(score)s”", "%(num)s points of “%(score)s”", points, score=called)
