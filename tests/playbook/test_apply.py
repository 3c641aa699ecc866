"""Publishing: once, whole, numbered, and never over somebody else's work unasked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from content.model import Content
from content.models import Asset, Revision
from content.revisions import Revisions
from core.db import Database
from line.channels import Channel, ensure_channel
from playbook.apply import RevisionIsNewer, apply
from playbook.check import check
from playbook.plan import plan
from playbook.schema import Playbook
from questionnaires.definition import Questionnaire
from questionnaires.models import QuestionnaireVersion
from segmentation.models import Tag
from tests.playbook.folders import GOOD, Files, a_picture, changed, write

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def the_playbook(tmp_path: Path, files: Files = GOOD) -> Playbook:
    folder = tmp_path / f"playbook{len(list(tmp_path.iterdir()))}"
    checked = check(write(folder, files))
    assert checked.playbook is not None, checked.faults
    return checked.playbook


def publish(session: Session, playbook: Playbook, *, overwrite: bool = False) -> Revision | None:
    channel = ensure_channel(session, now=NOON)
    return apply(session, channel, playbook, now=NOON, by="tests", overwrite=overwrite)


def channel_of(session: Session) -> Channel:
    return ensure_channel(session, now=NOON)


def count(session: Session, table: type) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_the_first_publication_stores_everything(database: Database, tmp_path: Path) -> None:
    playbook = the_playbook(tmp_path)
    with database.write() as session:
        revision = publish(session, playbook)
        assert revision is not None
        assert (revision.number, revision.published_by) == (1, "tests")
    with database.read() as session:
        channel = channel_of(session)
        published = Revisions().live(session, channel.id)
        assert published is not None
        assert published.content == playbook.content
        version = session.get_one(QuestionnaireVersion, published.version_ids["order"])
        assert Questionnaire.model_validate(version.definition) == playbook.questionnaires[0]
        assert version.version == 1
        tag = session.scalars(sa.select(Tag).where(Tag.name == "size:large")).one()
        assert (tag.group, tag.is_single, tag.labels, tag.lifetime_s) == (
            "size",
            True,
            {"en": "Large"},
            90 * 86400,
        )
        asset = session.scalars(
            sa.select(Asset).where(Asset.sha256 == published.assets["pictures/tea.png"])
        ).one()
        assert (asset.content_type, asset.data) == ("image/png", GOOD["pictures/tea.png"])


def test_publishing_the_same_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        publish(session, the_playbook(tmp_path))
    tables = (Revision, QuestionnaireVersion, Asset, Tag)
    with database.write() as session:
        before = [count(session, table) for table in tables]
        assert publish(session, the_playbook(tmp_path)) is None
        assert [count(session, table) for table in tables] == before
        assert plan(session, channel_of(session), the_playbook(tmp_path)).is_empty


def test_a_plan_names_what_is_added_changed_and_retired(database: Database, tmp_path: Path) -> None:
    files = changed("auto_replies.yaml", "We open at", "Our doors open at")
    files["tags.yaml"] = str(GOOD["tags.yaml"]).replace(
        '      - {name: "taste:sour", label: Sour}\n', '      - {name: "taste:bitter", label: Bitter}\n'
    )
    files["cards.yaml"] = str(GOOD["cards.yaml"]).replace("tags: taste:sour", "tags: taste:bitter")
    files["pictures/tea.png"] = a_picture(300, 200)
    with database.write() as session:
        publish(session, the_playbook(tmp_path))
        found = plan(session, channel_of(session), the_playbook(tmp_path, files))
    assert str(found) == (
        "Revision 1 is live; this would publish revision 2:\n"
        "  + tag taste:bitter\n"
        "  - tag taste:sour\n"
        "  ~ card plum\n"
        "  ~ auto-reply hours\n"
        "  ~ picture pictures/tea.png"
    )


def test_the_first_plan_names_everything_and_an_empty_one_says_so(database: Database, tmp_path: Path) -> None:
    playbook = the_playbook(tmp_path)
    with database.write() as session:
        first = plan(session, channel_of(session), playbook)
        assert first.live is None
        assert {"+ tag size:small", "+ questionnaire order", "+ rich menu main"} <= set(
            map(str, first.changes)
        )
        publish(session, playbook)
        assert str(plan(session, channel_of(session), playbook)) == "Nothing to do: revision 1 says the same."


def test_the_order_of_rules_is_content(database: Database, tmp_path: Path) -> None:
    playbook = the_playbook(tmp_path)
    turned = playbook.content.model_copy(update={"auto_replies": playbook.content.auto_replies[::-1]})
    with database.write() as session:
        publish(session, playbook)
        found = plan(session, channel_of(session), replace(playbook, content=turned))
    assert [str(change) for change in found.changes] == ["~ order of auto-replies"]


def test_only_a_changed_questionnaire_gets_a_new_version(database: Database, tmp_path: Path) -> None:
    more: Files = {
        "questionnaires/other.yaml": "title: Other\ntimeout: 1h\nquestions: [{id: a, ask: b, kind: text}]\n"
    }
    reworded = changed("questionnaires/order.yaml", "Which size?", "What size?")
    with database.write() as session:
        first = publish(session, the_playbook(tmp_path, GOOD | more))
        second = publish(session, the_playbook(tmp_path, reworded | more))
        assert first is not None
        assert second is not None
        assert second.questionnaires["other"] == first.questionnaires["other"]
        assert second.questionnaires["order"] != first.questionnaires["order"]
        old = session.get_one(QuestionnaireVersion, first.questionnaires["order"])
        new = session.get_one(QuestionnaireVersion, second.questionnaires["order"])
        assert (old.version, new.version) == (1, 2)
        assert old.definition["questions"][1]["ask"] == {"": "Which size?"}


def test_what_is_dropped_is_retired_and_comes_back(database: Database, tmp_path: Path) -> None:
    without = dict(GOOD)
    without["tags.yaml"] = str(GOOD["tags.yaml"]).replace('      - {name: "taste:sour", label: Sour}\n', "")
    without["cards.yaml"] = str(GOOD["cards.yaml"]).replace("    tags: taste:sour\n", "")
    with database.write() as session:
        publish(session, the_playbook(tmp_path))
        session.add(Tag(channel_id=channel_of(session).id, name="staff:vip", labels={}))
    with database.write() as session:
        publish(session, the_playbook(tmp_path, without))
    retired = sa.select(Tag.name).where(Tag.retired_at.is_not(None))
    with database.read() as session:
        assert session.scalars(retired).all() == ["taste:sour"]
    with database.write() as session:
        publish(session, the_playbook(tmp_path))
    with database.read() as session:
        assert session.scalars(retired).all() == []
        assert count(session, Revision) == 3


def test_a_playbook_based_on_an_older_revision_is_refused_with_what_would_be_lost(
    database: Database, tmp_path: Path
) -> None:
    playbook = the_playbook(tmp_path)
    newer = the_playbook(tmp_path, changed("auto_replies.yaml", "We open at", "Our doors open at"))
    mine = the_playbook(tmp_path, changed("welcome.yaml", "Hello {{ name }}", "Hi {{ name }}"))
    based = replace(mine, based_on=1)
    with database.write() as session:
        publish(session, playbook)
        publish(session, newer)
        assert [str(change) for change in plan(session, channel_of(session), based).lost] == [
            "~ auto-reply hours"
        ]
        with pytest.raises(RevisionIsNewer) as refusal:
            publish(session, based)
        assert "revision 2 is live. What would be lost: ~ auto-reply hours." in refusal.value.message
        assert count(session, Revision) == 2
        revision = publish(session, based, overwrite=True)
        assert revision is not None
        assert revision.number == 3
        assert publish(session, replace(mine, based_on=3)) is None


def test_nothing_is_left_of_a_publication_that_is_rolled_back(database: Database, tmp_path: Path) -> None:
    playbook = the_playbook(tmp_path)
    with database.write() as session:
        publish(session, playbook)
        session.rollback()
    with database.read() as session:
        assert [count(session, table) for table in (Revision, QuestionnaireVersion, Asset, Tag)] == [
            0,
            0,
            0,
            0,
        ]


def test_a_setting_the_program_has_learnt_since_is_no_change(database: Database, tmp_path: Path) -> None:
    playbook = the_playbook(tmp_path)
    with database.write() as session:
        revision = publish(session, playbook)
        assert revision is not None
        # As an older program wrote it: without a field that has a default today.
        revision.content = {
            key: value for key, value in revision.content.items() if key != "resume_bot_after"
        }
        revision.checksum = "older"
    with database.write() as session:
        assert Content.model_validate(revision.content).resume_bot_after == timedelta(hours=12)
        assert publish(session, playbook) is None
