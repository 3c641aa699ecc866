"""Segments in the console: rules in words, numbers, and why somebody is in."""

import pytest

from contacts.models import Contact
from segmentation.models import Segment
from staff.models import Role
from tests.console.inboxes import HOSTILE, Inbox
from tests.console.people import Browser, browser_of
from tests.console.queries import counted
from tests.console.test_contacts import crowd, crowd_more
from tests.shop import Shop


@pytest.fixture
def inbox(shop: Shop) -> Inbox:
    return Inbox(shop)


@pytest.fixture
def mei(inbox: Inbox) -> Browser:
    return browser_of(inbox.shop.app, inbox.shop.database, Role.MARKETER, now=inbox.shop.now())


def path_of(shop: Shop, key: str) -> str:
    (segment,) = shop.rows(Segment, Segment.key == key)
    return f"/console/segments/{segment.public_id}"


def test_a_rule_is_read_as_a_tree_of_sentences(inbox: Inbox, mei: Browser) -> None:
    page = mei.get(path_of(inbox.shop, "within_a_month")).text
    for words in (
        "at least one of these",
        "“Moving in” is from today to 1 month from today",
        "carries the tag “As soon as possible”",
        "was here in the last 30 days",
    ):
        assert words in page


def test_a_tag_that_a_segment_gives_goes_by_its_name(inbox: Inbox, mei: Browser) -> None:
    (segment,) = inbox.shop.rows(Segment, Segment.key == "within_a_month")
    with inbox.shop.database.write() as session:
        session.get_one(Segment, segment.id).gives_tag = "role:tenant"
    page = mei.get(path_of(inbox.shop, "within_a_month")).text
    assert "Everybody in it carries the tag Tenant." in page
    assert "it gives the tag Tenant" in page


def test_counts_come_after_the_page(inbox: Inbox, mei: Browser) -> None:
    shop = inbox.shop
    crowd(shop, 4)
    page = mei.get("/console/segments/").text
    assert f'{path_of(shop, "taipei_two_bed")}/count"' in page
    assert "4" in mei.get(f"{path_of(shop, 'taipei_two_bed')}/count").text
    assert "100%" in mei.get(f"{path_of(shop, 'taipei_two_bed')}/numbers").text
    assert "nobody now" in mei.get(f"{path_of(shop, 'landlords')}/count").text


def test_why_says_of_everybody_what_each_line_was_decided_by(inbox: Inbox, mei: Browser) -> None:
    shop = inbox.shop
    crowd(shop, 1)
    stranger = shop.person(HOSTILE)
    stranger.follows()
    shop.does_chores()
    here = path_of(shop, "taipei_two_bed")
    found = mei.get(f"{here}/why?q=guest").text
    assert "guest 000" in found
    assert "is in" in found
    out = mei.get(f"{here}?contact={shop.contact(stranger).public_id}").text
    assert "is not in" in out
    assert "does not carry it" in out
    assert "<img src=x" not in out
    (guest,) = shop.rows(Contact, Contact.display_name == "guest 000")
    inside = mei.get(f"{here}?contact={guest.public_id}").text
    assert "import 2026-11.csv" in inside


def test_a_page_asks_as_much_for_many_as_for_one(inbox: Inbox, mei: Browser) -> None:
    def asked(path: str) -> int:
        with counted(inbox.shop.database) as count:
            assert mei.get(path).status_code == 200
        return count.number

    here = path_of(inbox.shop, "taipei_two_bed")
    crowd(inbox.shop, 1)
    mei.get(here)  # what is published is read once
    one = [asked(path) for path in (here, f"{here}/why?q=guest", f"{here}/count")]
    crowd_more(inbox.shop)
    assert [asked(path) for path in (here, f"{here}/why?q=guest", f"{here}/count")] == one
    assert max(one) < 25
