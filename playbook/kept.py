"""What staff said otherwise in the console and a playbook leaves as it is, in words for a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy.orm import Session

from content.model import Content, Score, Segment
from segmentation import aiming, score_points, staff_words
from segmentation.aiming import Target
from segmentation.models import About, StaffWord
from segmentation.references import conditions_of
from segmentation.staff_words import Words

SILENCE = "nothing"


@dataclass(frozen=True, slots=True)
class Kept:
    """One thing of which the playbook's word does not count."""

    noun: str
    name: str
    what: str
    by: str

    def __str__(self) -> str:
        return f"{self.noun} {self.name}: {self.what} (by {self.by})"


def kept_by_staff(session: Session, channel_id: int, content: Content) -> tuple[Kept, ...]:
    """Return where staff say otherwise than a playbook, in its order."""
    words = staff_words.standing(session, channel_id)
    if not words:
        return ()
    of_segments = (
        kept for one in content.segments for kept in _of_segment(one, content.default_language, words)
    )
    of_scores = (kept for one in content.scores for kept in _of_score(one, words))
    return (*of_segments, *of_scores)


def lines_of(kept: Sequence[Kept]) -> list[str]:
    """Return them as lines for a terminal."""
    if not kept:
        return []
    return ["Said otherwise in the console, where it stands until taken back:", *(f"  {one}" for one in kept)]


def _of_segment(written: Segment, default_language: str, words: Words) -> Iterator[Kept]:
    aim = aiming.in_playbook(written, default_language)
    word = words.get((About.TARGET, written.id))
    if word is not None and (said := Target.of(word)) != aim.target:
        yield _otherwise(written.id, "target", _target(said), _target(aim.target), word)
    word = words.get((About.POSITIONING, written.id))
    if word is not None and word.value != aim.positioning:
        yield _otherwise(written.id, "positioning", _lines(word.value), _lines(aim.positioning), word)


def _otherwise(key: str, field: str, said: str, written: str, word: StaffWord) -> Kept:
    return Kept("segment", key, f"{field} is {said}; the playbook says {written}", word.said_by)


def _of_score(written: Score, words: Words) -> Iterator[Kept]:
    word = words.get((About.POINTS, written.id))
    if word is None:
        return
    own = conditions_of(written)
    for number, (says, counts) in enumerate(zip(own, score_points.weighed(own, word), strict=True), 1):
        if says != counts:
            what = f"condition {number} gives {counts['points']} points; the playbook says {says['points']}"
            yield Kept("score", written.id, what, word.said_by)
    for one in score_points.without_place(own, word):
        rule = orjson.dumps(one["when"]).decode()
        what = f"{one['points']} points have no place, for the playbook has no condition {rule}"
        yield Kept("score", written.id, what, word.said_by)


def _target(target: Target) -> str:
    if target.targeting is None:
        return SILENCE
    return f"{target.targeting}, because {target.because}" if target.because else target.targeting


def _lines(lines: Mapping[str, str]) -> str:
    return ", ".join(f"{language}: {line}" for language, line in lines.items()) or SILENCE
