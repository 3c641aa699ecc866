"""Segments that staff write: every fault in words, nobody's change lost, and the playbook's left alone."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.segmenting import SEGMENTS
from content.models import Revision
from core.errors import Conflict, InvalidInput
from segmentation import aiming, writing
from segmentation.aiming import Aim, Target
from segmentation.models import Origin, Segment, Tag, Targeting
from segmentation.writing import ChangedMeanwhile, Draft, OfThePlaybook
from tests.line.queues import NOON
from tests.segmentation.rulebook import Someone
from tests.segmentation.test_memberships import Keeping, shop

__all__ = ["shop"]

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def session(shop: Keeping) -> Iterator[Session]:
    shop.people(Someone(tags={"vip": None, "fan": None}, fields={"budget": ("number", "5", 5.0)}))
    shop.segment("written", {"tag": "vip"}, gives_tag="fan")
    with shop.database.write() as opened:
        opened.add_all(
            [
                Tag(channel_id=shop.channel_id, name="ends", lifetime_s=60, labels={}),
                Tag(channel_id=shop.channel_id, name="one:of", group="one", is_single=True, labels={}),
            ]
        )
        opened.flush()  # rules name them
        yield opened


def make(session: Session, shop: Keeping, rule: Any, key: str = "ours", **more: Any) -> Segment:
    draft = Draft(key, {"en": "Ours"}, rule, **more)
    return writing.create(session, SEGMENTS, shop.channel_id, draft, by="mina", now=NOON)


def test_a_segment_that_staff_make_is_theirs_and_everybody_is_asked(session: Session, shop: Keeping) -> None:
    ours = make(session, shop, {"all": [{"tag": "vip"}, {"field": {"name": "budget", "is": 5}}]})
    assert (ours.origin, ours.created_by, ours.sweep_due_at) == (Origin.STAFF, "mina", NOON)


@pytest.mark.parametrize(
    ("rule", "more", "where", "what"),
    [
        ({}, {}, "rule", "is empty, and nobody fits an empty rule"),
        ({"all": [{"tag": "vip"}, {"any": []}]}, {}, "rule.all.1", "is empty"),
        ({"tag": "vipp"}, {}, "rule.tag", "there is no tag vipp"),
        ({"field": {"name": "nothing", "known": True}}, {}, "rule.field.name", "there is no field nothing"),
        ({"consent": "news"}, {}, "rule.consent", "there is no consent news"),
        ({"segment": "nowhere"}, {}, "rule.segment", "there is no segment nowhere"),
        ({"segment": "ours"}, {}, "rule.segment", "there is no segment ours"),
        ({"field": {"name": "budget", "between": [9, 1]}}, {}, "rule.field", "comes before the first"),
        ({"tagg": "vip"}, {}, "rule.tagg", "unknown key 'tagg'"),
        ({"tag": "vip"}, {"key": "a b"}, "key", "is 1 to 40 letters"),
        ({"tag": "vip"}, {"key": "written"}, "key", "written is taken"),
        ({"tag": "vip"}, {"gives_tag": "none"}, "gives_tag", "there is no tag none"),
        ({"tag": "vip"}, {"gives_tag": "ends"}, "gives_tag", "ends has a lifetime"),
        ({"tag": "vip"}, {"gives_tag": "one:of"}, "gives_tag", "one:of is of one"),
        (
            {"tag": "fan"},
            {"gives_tag": "vip"},
            "gives_tag",
            "come to rest: written → tag:fan → ours → tag:vip → written",
        ),
        ({"segment": "written"}, {"gives_tag": "vip"}, "gives_tag", "would never come to rest"),
    ],
)
def test_what_is_wrong_is_told_by_its_place(
    session: Session, shop: Keeping, rule: Any, more: dict[str, Any], where: str, what: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        make(session, shop, rule, **more)
    assert what in refused.value.fields[where]
    session.rollback()


def test_a_loop_by_way_of_the_playbooks_steps_is_seen(session: Session, shop: Keeping) -> None:
    written = {"id": "written", "on_enter": [{"tag": ["back"]}], "on_leave": [{"untag": ["back"]}]}
    session.add_all(
        [
            Tag(channel_id=shop.channel_id, name="back", labels={}),
            Revision(
                channel_id=shop.channel_id,
                number=1,
                published_at=NOON,
                published_by="t",
                checksum="x",
                content={"segments": [written]},
                questionnaires={},
                assets={},
            ),
        ]
    )
    session.flush()  # read by statement
    with pytest.raises(InvalidInput, match="→ tag:back →"):
        make(session, shop, {"not": {"tag": "back"}}, gives_tag="vip")
    session.rollback()


def test_a_circle_of_segments_is_refused_when_one_is_changed(session: Session, shop: Keeping) -> None:
    one = make(session, shop, {"tag": "vip"}, key="one")
    make(session, shop, {"segment": "one"}, key="two")
    with pytest.raises(InvalidInput, match="goes round in a circle: one, which names two, which names one"):
        change(session, one, {"not": {"segment": "two"}})
    session.rollback()


def change(session: Session, segment: Segment, rule: Any, **more: Any) -> None:
    given: dict[str, Any] = {"gives_tag": None, "seen": segment.changed_at, "now": LATER, **more}
    writing.change_rule(session, SEGMENTS, segment, rule, **given)


def test_a_changed_rule_has_everybody_asked_also_by_who_names_it(session: Session, shop: Keeping) -> None:
    one = make(session, shop, {"tag": "vip"}, key="one")
    two = make(session, shop, {"segment": "one"}, key="two")
    three = make(session, shop, {"tag": "vip"}, key="three")
    change(session, one, {"tag": "fan"}, seen=NOON)
    assert (one.sweep_due_at, two.sweep_due_at, three.sweep_due_at) == (LATER, LATER, NOON)
    assert one.changed_at == LATER


def test_whoever_is_second_is_told_and_changes_nothing(session: Session, shop: Keeping) -> None:
    ours = make(session, shop, {"tag": "vip"})
    seen = ours.changed_at
    writing.rename(session, ours, labels={"en": "Mine"}, descriptions={}, seen=seen, now=NOON)
    assert ours.changed_at > seen, "at the same moment too"
    session.flush()  # what follows reads the row again
    with pytest.raises(ChangedMeanwhile):
        change(session, ours, {"tag": "fan"}, seen=seen)
    with pytest.raises(ChangedMeanwhile):
        writing.retire(session, ours, seen=seen, now=NOON)
    assert (ours.rule, ours.retired_at) == ({"tag": "vip"}, None)


def test_one_of_the_playbook_is_only_aimed_at_and_reviewed(session: Session, shop: Keeping) -> None:
    written = session.scalars(sa.select(Segment).where(Segment.key == "written")).one()
    with pytest.raises(OfThePlaybook):
        change(session, written, {"tag": "fan"})
    with pytest.raises(OfThePlaybook):
        writing.retire(session, written, seen=written.changed_at, now=LATER)
    lines = {"en": "Now", "ja": " "}
    aim = Aim(Target(Targeting.YES, "they pay"), lines)
    aiming.set_aim(session, written, aim, playbook=Aim(), by="mina", now=LATER)
    writing.review(written, by="mina", now=LATER)
    assert (written.targeting, written.targeting_reason) == (Targeting.YES, "they pay")
    assert (written.positioning, written.reviewed_at, written.reviewed_by) == ({"en": "Now"}, LATER, "mina")
    too_long = Aim(Target(None, "x" * 501), {"en": "y" * 301})
    with pytest.raises(InvalidInput) as refused:
        aiming.set_aim(session, written, too_long, playbook=Aim(), by="mina", now=LATER)
    assert refused.value.fields.keys() == {"reason", "targeting", "positioning"}


def test_a_retired_segment_has_nobody_in_it_and_takes_its_tag_back(shop: Keeping, session: Session) -> None:
    ours = make(session, shop, {"tag": "vip"}, gives_tag="fan")
    session.commit()
    shop.works()
    (mina,) = shop.inside("ours")
    shop.untags(mina, "fan")
    with shop.database.write() as later:
        again = later.get_one(Segment, ours.id)
        writing.retire(later, again, seen=again.changed_at, now=shop.now)
    shop.works()
    assert shop.inside("ours") == []
    assert "fan" not in shop.carried(mina)
    with shop.database.write() as later, pytest.raises(InvalidInput, match="ours is taken"):
        make(later, shop, {"tag": "vip"})


def test_a_list_has_no_rule_to_change(session: Session, shop: Keeping) -> None:
    ours = make(session, shop, {"tag": "vip"})
    session.execute(sa.update(Segment).where(Segment.id == ours.id).values(kind="static"))
    with pytest.raises(Conflict, match="is a list of people"):
        change(session, ours, {"tag": "fan"})
