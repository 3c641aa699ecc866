"""Segments over time, told from the phone: somebody does something, and is in, and is given what goes with it."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot import privacy
from bot.segmenting import SEGMENTS as SEGMENTS_OF_RULES
from contacts.timeline import EntryKind, TimelineEntry
from handlers.by_staff import changed_tags
from line.channels import Channel, ensure_channel
from playbook.apply import apply
from questionnaires.versions import Versions
from segmentation.models import Membership, Segment, TagChange, Touch
from segmentation.writing import Draft, create
from simulator.person import Person
from tests.playbook.folders import GOOD
from tests.playbook.test_apply import the_playbook
from tests.shop import ERASURE_KEY, Shop
from tests.stories.cafe import opens, wants_it_large
from tickets.models import Ticket, TicketState

SEGMENTS = """\
segments:
  - id: large
    label: Wants it large
    rule: {tag: size:large}
    gives_tag: taste:sweet
    on_enter: [{tag: taste:sour}, {hand_over: true}]
    on_leave: [{untag: taste:sour}]
  - id: sweet
    label: Sweet
    rule: {all: [{tag: taste:sweet}, {following: true}]}
"""


@pytest.fixture
def cafe(shop: Shop, tmp_path: Path) -> Shop:
    return opens(shop, tmp_path, {"segments.yaml": SEGMENTS})


@pytest.fixture
def mina(cafe: Shop) -> Person:
    return wants_it_large(cafe)


def stays(shop: Shop, person: Person) -> list[tuple[str, str, str | None]]:
    """Return (segment, why in, why out) in order."""
    with shop.database.read() as session:
        rows = session.execute(
            sa.select(Segment.key, Membership.entered_because, Membership.left_because)
            .join(Segment, Segment.id == Membership.segment_id)
            .where(Membership.contact_id == shop.contact(person).id)
            .order_by(Membership.id)
        )
        return [(row.key, row.entered_because, row.left_because) for row in rows]


def test_an_answer_brings_somebody_in_with_its_reason_and_all_that_comes_of_it(
    cafe: Shop, mina: Person
) -> None:
    assert stays(cafe, mina) == []
    assert {touch.fact for touch in cafe.rows(Touch)} == {"tag:size:large"}
    cafe.does_chores()
    # The tag that the one segment gives is a fact, and brings her into the other.
    assert stays(cafe, mina) == [("large", "tag:size:large", None), ("sweet", "tag:taste:sweet", None)]
    (large, _sweet) = cafe.rows(Membership)
    (answered,) = cafe.rows(TagChange, TagChange.source == "question:order/size")
    assert large.entered_by_event == answered.event_key
    given = cafe.rows(TagChange, TagChange.source == "segment:large")
    assert [change.tag.name for change in given] == ["taste:sweet", "taste:sour"]
    assert {change.event_key for change in given} == {answered.event_key}
    told = cafe.rows(TimelineEntry, TimelineEntry.kind == EntryKind.SEGMENT_ENTERED)
    assert [line.about for line in told] == ["large", "sweet"]
    (ticket,) = cafe.rows(Ticket)
    assert (ticket.reason, ticket.state) == ("segment:large", TicketState.OPEN)
    assert cafe.contact(mina).human_wanted_at is None, "nobody asked for a person: the bot goes on"
    assert cafe.rows(Touch) == []


def test_what_was_given_is_taken_once_somebody_leaves(cafe: Shop, mina: Person) -> None:
    cafe.does_chores()
    with cafe.database.write() as session:
        contact = session.merge(cafe.contact(mina))
        with changed_tags(session, contact, None, versions=Versions(), now=cafe.now()) as tags:
            tags.remove("size:large", source="staff:mina")
    cafe.does_chores()
    assert [left for _key, _entered, left in stays(cafe, mina)] == ["tag:size:large", "tag:taste:sweet"]
    with cafe.database.read() as session:
        shown: Any = privacy.show(session, cafe.contact(mina), limit=50, now=cafe.now())
        kept: Any = privacy.export(session, cafe.contact(mina), now=cafe.now())
    assert shown["tags"] == []
    assert [line["about"] for line in shown["timeline"] if line["kind"] == "segment_left"] == [
        "large",
        "sweet",
    ]
    assert [stay["segment"] for stay in kept["segments"]] == ["large", "sweet"]


def test_whoever_is_erased_is_in_nothing_any_more(
    cafe: Shop, mina: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cafe.does_chores()
    mina.says("hello")
    with cafe.database.read() as session:
        channel = session.get_one(Channel, cafe.channel_id)
    privacy.erase(cafe.database, channel, mina.user_id, key=ERASURE_KEY, now=cafe.now())
    assert (cafe.rows(Membership), cafe.rows(Touch)) == ([], [])
    cafe.waits(minutes=2)
    cafe.does_chores()
    assert cafe.rows(Membership) == []


def test_somebody_new_is_in_the_segments_of_those_who_did_not(shop: Shop, tmp_path: Path) -> None:
    """No fact of theirs has changed that such a rule reads, and until night they were in none of them."""
    segments = """\
segments:
  - {id: not_large, label: Not large, rule: {not: {tag: size:large}}}
  - {id: everybody, label: Drawn, rule: {random: {share: 1}}}
  - {id: large, label: Large, rule: {tag: size:large}}
"""
    cafe = opens(shop, tmp_path, {"segments.yaml": segments})
    mina = cafe.person("Mina", language="en")
    mina.follows()
    cafe.does_chores()
    assert stays(cafe, mina) == [("not_large", "new", None), ("everybody", "new", None)]
    mina.says("hello")
    assert cafe.rows(Touch) == [], "she is new once"


def test_a_segment_of_the_console_is_current_before_anything_is_published(shop: Shop, tmp_path: Path) -> None:
    with shop.database.write() as session:
        channel_id = ensure_channel(session, now=shop.now()).id
        draft = Draft("friends", {"en": "Friends"}, {"following": True})
        create(session, SEGMENTS_OF_RULES, channel_id, draft, by="staff:mina", now=shop.now())
    shop.does_chores()
    shop.waits(seconds=30)
    shop.does_chores()
    mina = shop.person("Mina", language="en")
    mina.follows()
    shop.does_chores()
    assert stays(shop, mina) == [("friends", "following", None)]
    with shop.database.write() as session:
        apply(
            session, session.get_one(Channel, channel_id), the_playbook(tmp_path), now=shop.now(), by="test"
        )
        due = session.scalars(sa.select(Segment.sweep_because).where(Segment.key == "friends")).one()
    assert due == "rule", "days are the account's from now on, and were UTC's"


def test_a_shop_without_segments_leaves_no_touches(shop: Shop, tmp_path: Path) -> None:
    with shop.database.write() as session:
        channel = ensure_channel(session, now=shop.now())
        apply(session, channel, the_playbook(tmp_path, GOOD), now=shop.now(), by="test")
    mina = shop.person("Mina", language="en")
    mina.follows()
    mina.taps("Order")
    mina.says("water")
    mina.taps("Large")
    assert shop.rows(Touch) == []


def test_whom_a_new_rule_finds_gets_the_tag_and_no_steps(cafe: Shop, mina: Person, tmp_path: Path) -> None:
    mina.says("hello")
    changed = SEGMENTS.replace("id: large", "id: grand")
    with cafe.database.write() as session:
        playbook = the_playbook(tmp_path, GOOD | {"segments.yaml": changed})
        apply(session, ensure_channel(session, now=cafe.now()), playbook, now=cafe.now(), by="test")
    cafe.does_chores()
    cafe.waits(seconds=30)
    cafe.does_chores()
    assert ("grand", "rule", None) in stays(cafe, mina)
    given = cafe.rows(TagChange, TagChange.source == "segment:grand")
    assert [change.tag.name for change in given] == ["taste:sweet"]
    assert cafe.rows(Ticket) == []


def test_from_the_start_means_those_whom_the_rule_finds_as_well(
    cafe: Shop, mina: Person, tmp_path: Path
) -> None:
    changed = SEGMENTS.replace("id: large", "id: grand").replace(
        "    on_leave", "    from_start: true\n    on_leave"
    )
    with cafe.database.write() as session:
        playbook = the_playbook(tmp_path, GOOD | {"segments.yaml": changed})
        apply(session, ensure_channel(session, now=cafe.now()), playbook, now=cafe.now(), by="test")
    cafe.does_chores()
    cafe.waits(seconds=30)
    cafe.does_chores()
    given = cafe.rows(TagChange, TagChange.source == "segment:grand")
    assert [change.tag.name for change in given] == ["taste:sweet", "taste:sour"]
    assert [ticket.reason for ticket in cafe.rows(Ticket)] == ["segment:grand"]
