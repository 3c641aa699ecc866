"""Scores in a playbook: every fault with its line, and rows that are kept up to date and never deleted."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from content.model import Content
from core.db import Database
from playbook.apply import apply
from playbook.check import check
from playbook.plan import plan
from playbook.published import as_json
from playbook.schema import Playbook
from segmentation.models import Score, Segment
from tests.playbook.folders import GOOD, Files, line_in, write
from tests.playbook.test_apply import NOON, channel_of, publish, the_playbook

SCORES = """\
scores:
  - id: warmth
    label: Warmth
    description: How much somebody likes us.
    conditions:
      - points: 10
        when: {tag: "size:large"}
      - points: -5
        when:
          seen: {not_within: 30d}
segments:
  - id: warm
    label: Warm
    rule: {field: {name: "score:warmth", at_least: 10}}
  - id: cold
    label: Cold
    rule: {not: {segment: warm}}
  - id: others
    label: Others
    rule: {tag: "taste:sweet"}
"""
WITH: Files = GOOD | {"segments.yaml": SCORES}


def spoiled(old: str, new: str) -> Files:
    assert old in SCORES
    return GOOD | {"segments.yaml": SCORES.replace(old, new, 1)}


def test_a_playbook_with_scores_is_in_order(tmp_path: Path) -> None:
    playbook = the_playbook(tmp_path, WITH)
    assert [one.points for one in playbook.content.scores[0].conditions] == [10, -5]
    assert Content.model_validate(as_json(playbook.content)) == playbook.content


@pytest.mark.parametrize(
    ("old", "new", "marker", "fault"),
    [
        ("points: 10", "points: many", "points: many", "points must be a whole number, not 'many'"),
        ("points: 10", "points: 1.5", "points: 1.5", "points must be a whole number, not '1.5'"),
        ("points: 10", "points: 10000", "points: 10000", "points must be at most 1000"),
        ("points: 10", 'points: "10"', 'points: "10"', "points must be a whole number, not '10'"),
        ("- points: 10", "- point: 10", "point: 10", "unknown key 'point'; did you mean 'points'?"),
        ('{tag: "size:large"}', "{tag: huge}", "tag: huge", "unknown tag 'huge'"),
        ('{tag: "size:large"}', "{}", "when: {}", "is empty, and nobody fits an empty rule"),
        ('{tag: "size:large"}', "{tagg: x}", "tagg", "unknown key 'tagg'; did you mean 'tag'?"),
        ("score:warmth", "score:warmt", "score:warmt", "unknown score 'warmt'; did you mean 'warmth'?"),
        ("at_least: 10", "at_least: today", "at_least: today", "a score is a number: compare it with numbers"),
        ("at_least: 10", "contains: 'x'", "contains:", "a score is a number: compare it with numbers"),
        ("at_least: 10", "known: true", "known:", "a score is a number: compare it with numbers"),
        ("id: warmth", "id: warm th", "id: warm th", "'warm th' cannot name a score"),
        (
            'when: {tag: "size:large"}', "when: {segment: warm}", "id: warmth",
            "the segments and scores name each other in a circle: score:warmth → warm → score:warmth",
        ),
        (
            'when: {tag: "size:large"}', "when: {segment: cold}", "rule: {field:",
            "the segments and scores name each other in a circle: warm → score:warmth → cold → warm",
        ),
        (
            'when: {tag: "size:large"}', 'when: {field: {name: "score:warmth", at_least: 1}}', "id: warmth",
            "the segments and scores name each other in a circle: score:warmth → score:warmth",
        ),
    ],
)  # fmt: skip
def test_a_fault_in_a_score_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, marker: str, fault: str
) -> None:
    files = spoiled(old, new)
    found = [str(one) for one in check(write(tmp_path, files)).faults]
    expected = f"segments.yaml:{line_in(files, 'segments.yaml', marker)}: {fault}"
    assert [one for one in found if one.startswith(expected)], found


def test_a_score_of_nothing_is_refused(tmp_path: Path) -> None:
    empty = "scores:\n  - {id: warmth, label: Warmth, conditions: []}\n"
    (fault,) = check(write(tmp_path, GOOD | {"segments.yaml": empty})).faults
    assert fault.what == "a score has 1 to 50 conditions, not 0"


def test_a_segment_cannot_give_a_tag_that_its_own_score_counts(tmp_path: Path) -> None:
    files = spoiled("    label: Warm\n", "    label: Warm\n    gives_tag: 'taste:sour'\n")
    text = str(files["segments.yaml"]).replace('"size:large"', '"taste:sour"')
    (fault,) = check(write(tmp_path, files | {"segments.yaml": text})).faults
    assert "never come to rest: warm → tag:taste:sour → warm" in fault.what


def due(session: Session) -> set[str]:
    """Return the segments that have to ask everybody again, and let them have done so."""
    several = session.scalars(sa.select(Segment)).all()
    found = {one.key for one in several if one.sweep_due_at is not None}
    for one in several:
        one.sweep_due_at = one.sweep_because = None
    return found


def test_other_points_have_those_segments_asked_again_that_name_the_score(
    database: Database, tmp_path: Path
) -> None:
    with database.write() as session:
        publish(session, the_playbook(tmp_path, WITH))
        due(session)
    later: Playbook = the_playbook(tmp_path, spoiled("points: 10", "points: 12"))
    with database.write() as session:
        channel = channel_of(session)
        assert [str(one) for one in plan(session, channel, later).changes] == ["~ score warmth"]
        apply(session, channel, later, now=NOON + timedelta(days=1), by="tests")
        assert due(session) == {"warm", "cold"}
    renamed = the_playbook(tmp_path, spoiled("points: 10", "points: 12"))
    renamed_score = renamed.content.scores[0].model_copy(update={"label": {"": "Heat"}})
    content = renamed.content.model_copy(update={"scores": (renamed_score,)})
    with database.write() as session:
        again = Playbook(content, renamed.questionnaires, renamed.transcripts, renamed.assets)
        apply(session, channel_of(session), again, now=NOON + timedelta(days=2), by="tests")
        assert due(session) == set()
        assert session.scalars(sa.select(Score)).one().labels == {"en": "Heat"}


def test_a_score_that_is_dropped_is_retired_and_comes_back(database: Database, tmp_path: Path) -> None:
    without = GOOD | {"segments.yaml": "segments: []\n"}
    for files, is_retired in ((WITH, False), (without, True), (WITH, False)):
        with database.write() as session:
            publish(session, the_playbook(tmp_path, files))
            row = session.scalars(sa.select(Score)).one()
            assert (row.retired_at is not None) is is_retired
            assert row.conditions[0] == {"points": 10, "when": {"tag": "size:large"}}
