"""What segments give and take, as a playbook says it: refused where it cannot work, stored where it can."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from core.db import Database
from playbook.apply import apply
from playbook.check import check
from playbook.segments import MadeInConsole
from playbook.staff_loops import LoopsWithStaff
from segmentation.models import Origin, Segment, Targeting
from tests.playbook.folders import GOOD, Files, line_in, write
from tests.playbook.test_apply import NOON, channel_of, publish, the_playbook

TAGS = """
  - id: drawn
    label: Drawn
    tags:
      - {name: fan, label: Fan}
      - {name: friend, label: Friend}
      - {name: soon, label: Soon, lifetime: 30d}
  - id: only
    label: Only one
    choice: single
    tags:
      - {name: only:a, label: A}
      - {name: only:b, label: B}
"""
SEGMENTS = """\
segments:
  - id: fans
    label: Fans
    rule: {following: true}
    gives_tag: fan
    on_enter: [{tag: [friend]}, {hand_over: true}]
    on_leave: [{untag: friend}]
    target: not_now
    because: later in the year
    positioning: What you like, before others have it.
  - id: known
    label: Known
    rule: {all: [{tag: fan}]}
"""
NEVER = "each changes a tag that the next reads, so who is in would never come to rest: "
THIRD = """\
rule: {tag: fan}
    on_enter: {tag: only:a}
  - id: third
    label: Third
    rule: {tag: only:b}
    on_leave: {untag: fan}
"""


def with_segments(old: str = "", new: str = "") -> Files:
    assert old in SEGMENTS
    return GOOD | {
        "tags.yaml": str(GOOD["tags.yaml"]).rstrip() + TAGS,
        "segments.yaml": SEGMENTS.replace(old, new, 1),
    }


@pytest.mark.parametrize(
    ("old", "new", "marker", "fault"),
    [
        ("gives_tag: fan", "gives_tag: fann", "gives_tag", "unknown tag 'fann'; did you mean 'fan'?"),
        ("gives_tag: fan", "gives_tag: soon", "gives_tag", "'soon' has a lifetime, and would end while somebody"),
        ("gives_tag: fan", "gives_tag: only:a", "gives_tag", "'only:a' is of 'only', of which a contact carries one"),
        ("tag: [friend]", "say: hello", "on_enter", "who enters or leaves a segment can be given tag, untag, hand_over"),
        ("tag: [friend]", "tag: [frend]", "on_enter", "unknown tag 'frend'; did you mean 'friend'?"),
        ("target: not_now", "target: never", "target", "target must be"),
        (
            "What you like, before others have it.", f"{{en: Yes, ja: {'長' * 301}}}", "positioning",
            "is a line of at most 300 characters, not 301",
        ),
        ("    target: not_now\n", "", "because", "says why, and `target` does not say what"),
        (
            "{following: true}", "{tag: fan}", "- id: fans",
            f"{NEVER}fans → tag:fan → fans",
        ),
        (
            "{following: true}", "{not: {segment: known}}", "- id: fans",
            f"{NEVER}fans → tag:fan → fans",
        ),
        (
            "rule: {all: [{tag: fan}]}", "rule: {tag: fan}\n    gives_tag: friend", "- id: fans",
            None,
        ),
        (
            "rule: {following: true}\n    gives_tag: fan\n",
            "rule: {tag: only:b}\n    gives_tag: fan\n",
            "- id: fans", None,
        ),
        (
            "rule: {all: [{tag: fan}]}", THIRD, "- id: known",
            f"{NEVER}known → tag:only:b → third → tag:fan → known",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_given_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, marker: str, fault: str | None
) -> None:
    files = with_segments(old, new)
    found = [str(one) for one in check(write(tmp_path, files)).faults]
    if fault is None:
        assert found == []
        return
    expected = f"segments.yaml:{line_in(files, 'segments.yaml', marker)}: {fault}"
    assert [one for one in found if one.startswith(expected)], found


def row(database: Database, key: str = "fans") -> Segment:
    with database.read() as session:
        return session.scalars(sa.select(Segment).where(Segment.key == key)).one()


def test_what_it_says_becomes_a_row_that_everybody_is_asked_about(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        publish(session, the_playbook(tmp_path, with_segments()))
    fans = row(database)
    assert (fans.gives_tag, fans.targeting, fans.targeting_reason) == (
        "fan",
        Targeting.NOT_NOW,
        "later in the year",
    )
    assert fans.positioning == {"en": "What you like, before others have it."}
    assert (fans.origin, fans.sweep_due_at, fans.sweep_because) == (Origin.PLAYBOOK, NOON, "rule")


def settle(database: Database) -> None:
    with database.write() as session:
        session.execute(sa.update(Segment).values(sweep_due_at=None, sweep_because=None, swept_at=NOON))


def test_only_what_is_another_rule_has_everybody_asked_again(database: Database, tmp_path: Path) -> None:
    later = NOON + timedelta(hours=1)

    def applies(old: str, new: str) -> dict[str, Any]:
        settle(database)
        with database.write() as session:
            apply(
                session,
                channel_of(session),
                the_playbook(tmp_path, with_segments(old, new)),
                now=later,
                by="t",
            )
        return {key: row(database, key).sweep_because for key in ("fans", "known")}

    with database.write() as session:
        publish(session, the_playbook(tmp_path, with_segments()))
    assert applies("label: Fans", "label: Great fans") == {"fans": None, "known": None}
    assert applies("{following: true}", "{following: false}") == {"fans": "rule", "known": None}
    assert applies("gives_tag: fan", "gives_tag: friend") == {"fans": "rule:tag", "known": None}
    assert applies("{all: [{tag: fan}]}", "{segment: fans}") == {"fans": "rule:tag", "known": "rule"}
    # One that names a segment means another rule as soon as that one does.
    both = with_segments("{all: [{tag: fan}]}", "{segment: fans}")
    both["segments.yaml"] = str(both["segments.yaml"]).replace("{following: true}", "{following: false}")
    settle(database)
    with database.write() as session:
        apply(
            session, channel_of(session), the_playbook(tmp_path, both), now=later + timedelta(hours=1), by="t"
        )
    assert (row(database).sweep_because, row(database, "known").sweep_because) == ("rule", "rule")


def test_what_staff_made_is_neither_changed_nor_retired_and_its_id_is_taken(
    database: Database, tmp_path: Path
) -> None:
    with database.write() as session:
        publish(session, the_playbook(tmp_path, with_segments()))
        session.execute(sa.update(Segment).where(Segment.key == "known").values(origin=Origin.STAFF))
    later = the_playbook(tmp_path, with_segments("label: Fans", "label: Great fans"))
    with database.write() as session:
        with pytest.raises(MadeInConsole, match="known was made in the console"):
            apply(session, channel_of(session), later, now=NOON, by="t")
        session.rollback()
    without = with_segments(SEGMENTS[SEGMENTS.index("  - id: known") :], "")
    with database.write() as session:
        apply(session, channel_of(session), the_playbook(tmp_path, without), now=NOON, by="t")
    assert row(database, "known").retired_at is None


def test_what_the_console_says_stays_where_the_playbook_says_nothing(
    database: Database, tmp_path: Path
) -> None:
    with database.write() as session:
        publish(session, the_playbook(tmp_path, with_segments()))
        session.execute(
            sa.update(Segment)
            .where(Segment.key == "known")
            .values(targeting=Targeting.YES, targeting_reason="mina says", positioning={"en": "x"})
        )
    with database.write() as session:
        later = the_playbook(tmp_path, with_segments("label: Known", "label: Well known"))
        apply(session, channel_of(session), later, now=NOON, by="t")
    assert (row(database, "known").targeting, row(database, "known").positioning) == (
        Targeting.YES,
        {"en": "x"},
    )


def test_a_loop_through_a_segment_of_staff_is_refused_where_it_is_published(
    database: Database, tmp_path: Path
) -> None:
    with database.write() as session:
        publish(session, the_playbook(tmp_path, with_segments()))
        session.add(
            Segment(
                public_id="ours",
                channel_id=channel_of(session).id,
                key="ours",
                origin=Origin.STAFF,
                rule={"tag": "friend"},
                gives_tag="soon",
                created_at=NOON,
                changed_at=NOON,
            )
        )
    looping = the_playbook(tmp_path, with_segments("{following: true}", "{tag: soon}"))
    with (
        database.write() as session,
        pytest.raises(LoopsWithStaff, match=r"never come to rest: .*→ tag:soon →"),
    ):
        publish(session, looping)
    with database.write() as session:
        session.execute(sa.update(Segment).where(Segment.key == "ours").values(retired_at=NOON))
    with database.write() as session:
        assert publish(session, looping) is not None
