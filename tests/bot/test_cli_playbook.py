"""A playbook's way from a folder to being live."""

import json
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from contacts import many
from content.models import Revision
from content.revisions import Revisions
from core.clock import system_clock
from core.db import Database
from facts.events import Tracked, track
from line.channels import ensure_channel
from segmentation import score_points
from segmentation.models import Score
from tests.bot.conftest import Run
from tests.line.queues import NOON

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """The rental agency with a mistake in it."""
    folder = tmp_path / "faulty"
    shutil.copytree(EXAMPLES / "rental", folder)
    (folder / "tags.yaml").write_text("groups: 12:30\n")
    return folder


@pytest.mark.parametrize("example", ["rental", "tea_shop"])
def test_the_examples_pass_check(command: Run, example: str) -> None:
    found = command("playbook", "check", str(EXAMPLES / example))
    assert (found.exit_code, found.stdout) == (0, "")


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_an_example_passes_its_transcripts(command: Run) -> None:
    found = command("playbook", "test", str(EXAMPLES / "tea_shop"))
    assert (found.exit_code, found.stdout) == (0, "")
    assert found.stderr.endswith(" transcripts, 0 failed\n")


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_transcript_that_goes_another_way_fails(command: Run, tmp_path: Path) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(EXAMPLES / "tea_shop", folder)
    (folder / "transcripts").joinpath("zz.yaml").write_text(
        "name: What nobody says\nlines:\n  - types: 菜單\n    bot: 我們不賣茶\n", encoding="utf-8"
    )
    found = command("playbook", "test", str(folder))
    assert found.exit_code == 1
    assert found.stdout.startswith("transcripts/zz.yaml:3: expected the bot to say")


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_faults_are_told_with_file_and_line(command: Run, faulty: Path) -> None:
    found = command("playbook", "check", str(faulty))
    assert found.exit_code == 1
    assert found.stdout.startswith("tags.yaml:1: ") or "\ntags.yaml:1: " in found.stdout
    as_json = command("playbook", "check", str(faulty), "--json")
    assert {"file", "line", "what"} == set(json.loads(as_json.stdout)[0])


def test_a_faulty_playbook_is_refused_whole_and_the_live_one_goes_on(
    command: Run, database: Database, faulty: Path
) -> None:
    assert command("playbook", "apply", str(EXAMPLES / "tea_shop")).stdout == "revision 1 is live\n"
    refused = command("playbook", "apply", str(faulty))
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "tags.yaml:1: " in refused.stderr
    with database.read() as session:
        assert list(session.scalars(sa.select(Revision.number))) == [1]


def test_a_plan_is_shown_applied_and_then_empty(command: Run, database: Database) -> None:
    rental = str(EXAMPLES / "rental")
    planned = json.loads(command("playbook", "plan", rental, "--json").stdout)
    assert planned["live"] is None
    assert {"kind": "added", "noun": "rich menu", "name": "main"} in planned["changes"]
    assert command("playbook", "plan", rental).stdout.startswith("Nothing is published yet")
    with database.read() as session:
        assert session.scalar(sa.select(Revision.id)) is None, "a plan publishes nothing"

    assert command("playbook", "apply", rental, "--by", "mina").stdout == "revision 1 is live\n"
    with database.read() as session:
        assert session.scalar(sa.select(Revision.published_by)) == "mina"
    assert command("playbook", "apply", rental).stdout == "nothing to do: the live revision says the same\n"
    assert json.loads(command("playbook", "plan", rental, "--json").stdout)["changes"] == []


def test_plan_and_apply_doubt_what_events_from_outside_have_never_told(
    command: Run, database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "tea"
    shutil.copytree(EXAMPLES / "tea_shop", folder)
    rules = (folder / "segments.yaml").read_text(encoding="utf-8")
    first, _segments, rest = rules.partition("\nsegments:\n")
    ours = "  - id: large\n    label: 大杯\n    rule: {event: {name: bought, where: {size: L}}}\n"
    (folder / "segments.yaml").write_text(f"{first}\nsegments:\n{ours}{rest}", encoding="utf-8")
    (folder / "notes.txt").write_text("to do", encoding="utf-8")
    notes = [
        "notes.txt:1: is no part of a playbook and was left alone",
        "segment large: no event bought has told 'size' so far",
    ]
    told = "".join(f"note: {one}\n" for one in notes)
    for how in ("plan", "apply", "apply"):
        done = command("playbook", how, str(folder))
        assert (done.exit_code, done.stderr) == (0, told), "it may still come"
    as_json = command("playbook", "plan", str(folder), "--json")
    assert as_json.stderr == told
    assert json.loads(as_json.stdout)["notes"] == notes
    with database.write() as session:
        channel, now = ensure_channel(session, now=system_clock()), system_clock()
        mina = many.meet_new(session, channel.id, {"U" + "0" * 32: None}, now=now).ids["U" + "0" * 32]
        track(
            session,
            channel.id,
            [Tracked(mina, "bought", now, {"size": "S"}, "api/1")],
            source="api:x",
            now=now,
        )
    for how in ("plan", "apply"):
        assert command("playbook", how, str(folder)).stderr == f"note: {notes[0]}\n"


def test_a_plan_doubts_buttons_that_nobody_knows(command: Run, tmp_path: Path) -> None:
    folder = tmp_path / "tea"
    shutil.copytree(EXAMPLES / "tea_shop", folder)
    rules = (folder / "segments.yaml").read_text(encoding="utf-8")
    first, _segments, rest = rules.partition("\nsegments:\n")
    where = "{owner: card.taro_milk, button: [wantt, want]}"
    ours = f"  - id: wanting\n    label: 想喝\n    rule: {{event: {{name: tap, where: {where}}}}}\n"
    (folder / "segments.yaml").write_text(f"{first}\nsegments:\n{ours}{rest}", encoding="utf-8")
    assert command("playbook", "check", str(folder)).exit_code == 0
    told = command("playbook", "plan", str(folder)).stderr
    doubt = "neither the playbook nor the newest taps know a button 'wantt'; did you mean 'want'?"
    assert told == f"note: segment wanting: {doubt}\n"


def test_what_staff_say_otherwise_is_told_by_plan_and_apply(command: Run, database: Database) -> None:
    tea_shop = str(EXAMPLES / "tea_shop")
    command("playbook", "apply", tea_shop)
    with database.write() as session:
        score = session.scalars(sa.select(Score)).one()
        published = Revisions().live(session, score.channel_id)
        assert published is not None
        (written,) = published.content.scores
        points = [15, *(one.points for one in written.conditions[1:])]
        seen = score.changed_at
        score_points.set_points(session, score, points, playbook=written, seen=seen, by="mei", now=NOON)
    line = "score heat: condition 1 gives 15 points; the playbook says 20 (by mei)"
    told = f"Said otherwise in the console, where it stands until taken back:\n  {line}\n"
    assert command("playbook", "plan", tea_shop).stdout.endswith(told)
    assert json.loads(command("playbook", "plan", tea_shop, "--json").stdout)["kept"] == [line]
    again = command("playbook", "apply", tea_shop)
    assert again.stdout == f"nothing to do: the live revision says the same\n{told}"
