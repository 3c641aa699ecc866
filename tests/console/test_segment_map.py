"""The map of all segments, the card of one, and the mark of those that nobody looks after."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from analytics.uses import Neglect, neglect_of, neglect_of_all, uses_of
from bot.segmenting import SEGMENTS
from campaigns.models import Campaign
from contacts.models import Contact
from content.revisions import Revisions
from segmentation import audience
from segmentation.models import Membership, Score, Segment
from staff.models import AuditEntry, Role
from tests.campaigns.office import Office
from tests.console.people import Browser, browser_of
from tests.console.queries import counted
from tests.shop import Shop

SIMPLE = {"following": True}
WIDE = {"all": [{"following": True}, {"any": [{"following": True}] * 8}]}


@pytest.fixture
def office(shop: Shop) -> Office:
    office = Office(shop)
    office.befriends(4)
    return office


@pytest.fixture
def mei(office: Office) -> Browser:
    return browser_of(office.shop.app, office.shop.database, Role.MARKETER, now=office.shop.now())


def path_of(office: Office, key: str) -> str:
    (segment,) = office.shop.rows(Segment, Segment.key == key)
    return f"/console/segments/{segment.public_id}"


def row_of(page: str, key: str) -> tuple[str, ...]:
    found = re.search(
        r'<tr data-people="(\d+)" data-precision="([\d.]+)" data-complexity="(\d+)">'
        rf'<th scope="row"><a href="[^"]+"><bdi dir="auto">{key}</bdi></a><small>([^<]+)',
        page,
    )
    assert found, key
    return found.groups()


def fills(office: Office, key: str) -> None:
    """Let everybody be in a segment."""
    shop = office.shop
    (segment,) = shop.rows(Segment, Segment.key == key)
    with shop.database.write() as session:
        session.add_all(
            Membership(
                segment_id=segment.id, contact_id=one.id, entered_at=shop.now(), entered_because="rule"
            )
            for one in shop.rows(Contact)
        )


def grows_old(office: Office, key: str, days: int = 100) -> None:
    """Let a segment have been made, and left alone, long ago."""
    then = office.shop.now() - timedelta(days=days)
    with office.shop.database.write() as session:
        session.execute(sa.update(Segment).where(Segment.key == key).values(created_at=then, changed_at=then))


def test_every_segment_has_its_place_with_what_it_means(office: Office, mei: Browser) -> None:
    office.segment("simple", SIMPLE)
    office.segment("wide", WIDE)
    fills(office, "simple")
    fills(office, "wide")
    page = mei.get("/console/segments/map/points").text
    shown = page.count("<tr data-people")
    assert shown == len(office.shop.rows(Segment, Segment.retired_at.is_(None)))
    assert row_of(page, "wide")[2:] == ("9", "Complicated, and still most people are in: simplify it.")
    people, precision, complexity, advice = row_of(page, "simple")
    assert (people, precision, complexity) == ("4", "0.0000", "1")
    assert advice == "Simple and broad: good for news for many."
    assert "/console/segments/map/points" in mei.get("/console/segments/map").text
    assert "/console/segments/map" in mei.get("/console/segments/").text


def test_the_map_asks_as_much_for_many_as_for_few(office: Office, mei: Browser) -> None:
    def asked() -> int:
        with counted(office.shop.database) as count:
            assert mei.get("/console/segments/map/points").status_code == 200
        return count.number

    office.segment("simple", SIMPLE)
    asked()  # what is published is read once
    few = asked()
    for number in range(20):
        office.segment(f"more_{number}", WIDE)
    assert asked() == few
    assert few < 14


def test_a_card_says_its_verdicts_in_words(office: Office, mei: Browser) -> None:
    office.segment("simple", SIMPLE)
    fills(office, "simple")
    page = mei.get(f"{path_of(office, 'simple')}/card").text
    for words in (
        "Measurable",
        "Accessible",
        "Substantial",
        "Actionable",
        "strong",
        "weak",
        "no campaign, queue, tag, score or other segment",
    ):
        assert words in page
    assert "#circle-check" in page
    assert "#circle-x" in page
    assert "Still right" not in page


def test_one_that_nobody_looks_after_says_so_until_somebody_does(office: Office, mei: Browser) -> None:
    office.segment("simple", SIMPLE)
    office.segment("asking", {"segment": "simple"})
    grows_old(office, "simple")
    here = path_of(office, "simple")
    assert "not reviewed for 90 days" in mei.get("/console/segments/").text
    card = mei.get(f"{here}/card").text
    assert "Nobody has changed or reviewed it for 90 days." in card
    assert f'action="{here}/review"' in card
    assert mei.post(f"{here}/review").status_code == 302
    assert "Still right" not in mei.get(f"{here}/card").text
    assert "not reviewed for 90 days" not in mei.get("/console/segments/").text
    assert len(office.shop.rows(AuditEntry, AuditEntry.action == "segment.review")) == 1


def test_one_that_nothing_uses_says_so_and_viewers_get_no_button(office: Office) -> None:
    office.segment("simple", SIMPLE)
    grows_old(office, "simple")
    viewer = browser_of(office.shop.app, office.shop.database, Role.VIEWER, now=office.shop.now())
    card = viewer.get(f"{path_of(office, 'simple')}/card").text
    assert "Nothing has used it for 90 days." in card
    assert "Still right" not in card


def test_what_asks_for_a_segment_is_linked(office: Office, mei: Browser) -> None:
    office.segment("simple", SIMPLE)
    office.segment("asking", {"segment": "simple"})
    page = mei.get(path_of(office, "simple")).text
    assert f'<a href="{path_of(office, "asking")}">the segment asking asks for it</a>' in page


def a_score_of(office: Office, key: str) -> None:
    with office.shop.database.write() as session:
        session.add(
            Score(
                channel_id=office.shop.channel_id,
                key="warmth",
                labels={"en": "Warmth"},
                conditions=[{"points": 5, "when": {"segment": key}}],
                changed_at=office.shop.now(),
            )
        )


def test_a_score_that_counts_a_segment_uses_it(office: Office, mei: Browser) -> None:
    office.segment("simple", SIMPLE)
    a_score_of(office, "simple")
    assert "the score Warmth counts it" in mei.get(path_of(office, "simple")).text


def test_the_list_asks_as_much_for_many_old_segments_as_for_few(office: Office, mei: Browser) -> None:
    def asked() -> int:
        with counted(office.shop.database) as count:
            assert mei.get("/console/segments/").status_code == 200
        return count.number

    office.segment("simple", SIMPLE)
    grows_old(office, "simple")
    asked()  # what is published is read once
    few = asked()
    for number in range(20):
        office.segment(f"more_{number}", SIMPLE)
        grows_old(office, f"more_{number}")
    assert asked() == few
    assert few < 14


@pytest.mark.parametrize("ran_days_ago", [None, 1, 91])
def test_neglect_of_all_is_that_of_each(office: Office, ran_days_ago: int | None) -> None:
    shop = office.shop
    for key in ("simple", "campaigned", "scored"):
        office.segment(key, SIMPLE)
    a_score_of(office, "scored")
    office.segment("asking", {"segment": "simple"})
    office.writes("早安", name="some", segment="campaigned")
    for one in shop.rows(Segment):
        grows_old(office, one.key)
    with shop.database.write() as session:
        if ran_days_ago is not None:
            session.execute(sa.update(Campaign).values(started_at=shop.now() - timedelta(days=ran_days_ago)))
    with shop.database.read() as session:
        several = audience.current(session, shop.channel_id)
        published = Revisions().live(session, shop.channel_id)
        told = neglect_of_all(session, SEGMENTS, several, published, now=shop.now())
        one_by_one = {
            one.key: neglect_of(one, uses_of(session, SEGMENTS, one, published), now=shop.now())
            for one in several
        }
        assert {one.key: told.get(one.id) for one in several} == one_by_one
    assert one_by_one["simple"] is Neglect.UNREVIEWED
    assert one_by_one["scored"] is Neglect.UNREVIEWED
    assert one_by_one["asking"] is Neglect.UNUSED
    assert (one_by_one["campaigned"] is Neglect.UNREVIEWED) == (ran_days_ago == 1)
