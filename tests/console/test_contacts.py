"""People in the console: found, filtered, tagged, and their story told."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from contacts.models import Contact, Following
from content.models import Revision
from core.db import Database
from core.ids import new_public_id
from segmentation.models import ContactTag, Segment, Tag
from segmentation.tags import TagBook
from simulator.person import Person
from staff.models import AuditEntry, Role
from tests.console.inboxes import HOSTILE, Inbox
from tests.console.people import Browser, browser_of
from tests.console.queries import counted
from tests.shop import Shop

FORMULA = '=HYPERLINK("http://evil.example")'


@pytest.fixture
def inbox(shop: Shop) -> Inbox:
    return Inbox(shop)


@pytest.fixture
def mei(inbox: Inbox) -> Browser:
    """A marketer at her desk."""
    return browser_of(inbox.shop.app, inbox.shop.database, Role.MARKETER, now=inbox.shop.now())


def crowd(shop: Shop, count: int) -> None:
    """Add people who have been here, each an hour after the one before, with three tags each."""
    with shop.database.write() as session:
        for number in range(count):
            contact = Contact(
                public_id=new_public_id(),
                channel_id=shop.channel_id,
                line_user_id=f"U{number:032x}",
                shard=0,
                display_name=f"guest {number:03}",
                following=Following.FOLLOWING,
                times_followed=1,
                misses=0,
                first_seen_at=shop.now(),
                last_seen_at=shop.now() - timedelta(hours=number),
            )
            session.add(contact)
            book = TagBook(session, contact, event_key=None, now=shop.now())
            for tag in ("area:taipei", "type:two_bed", "pet:yes"):
                book.set(tag, source="import:2026-11.csv")
    shop.does_chores()


def names(page: str) -> list[str]:
    """Return the names on a page of the list."""
    return re.findall(r'<a class="row-link"[^>]*><bdi class="person">(.*?)</bdi>', page)


def tags_of(shop: Shop, person: Person) -> dict[str, str]:
    with shop.database.read() as session:
        rows = session.execute(
            sa.select(Tag.name, ContactTag.source)
            .join(Tag, Tag.id == ContactTag.tag_id)
            .where(ContactTag.contact_id == shop.contact(person).id)
        )
        return {row.name: row.source for row in rows}


def test_people_are_found_by_what_they_said_with_the_words_marked(inbox: Inbox, mei: Browser) -> None:
    shop = inbox.shop
    mina = shop.person("王小美")
    mina.says("我想退貨，押金會退嗎？")  # answered at any hour, so that no ticket waits
    shop.person("陳怡君").says("可以養貓嗎")
    shop.does_chores()
    page = mei.get("/console/contacts/?q=退貨").text
    assert names(page) == ["王小美"]
    assert "<mark>退貨</mark>" in page
    assert names(mei.get("/console/contacts/?q=貓").text) == ["陳怡君"]
    assert names(mei.get("/console/contacts/?q=沒有人說過").text) == []


def test_filters_narrow_the_list_and_its_count(inbox: Inbox, mei: Browser) -> None:
    shop = inbox.shop
    crowd(shop, 3)
    gone = shop.person("走了")
    gone.follows()
    gone.unfollows()
    assert names(mei.get("/console/contacts/?following=blocked").text) == ["走了"]
    assert len(names(mei.get("/console/contacts/?tag=pet:yes").text)) == 3
    assert len(names(mei.get("/console/contacts/?segment=taipei_two_bed").text)) == 3
    assert names(mei.get("/console/contacts/?segment=taipei_two_bed&following=blocked").text) == []
    assert "3 people" in mei.get("/console/contacts/count?tag=pet:yes").text
    assert "1 person" in mei.get("/console/contacts/count?following=blocked").text
    assert mei.get("/console/contacts/?segment=nosuch").status_code == 404


def test_pages_follow_each_other_without_repeats_or_gaps(inbox: Inbox, mei: Browser) -> None:
    crowd(inbox.shop, 120)
    seen: list[str] = []
    page = mei.get("/console/contacts/").text
    while True:
        seen += names(page)
        found = re.search(r'id="people-more"><a class="btn" href="([^"]+)"', page)
        if found is None:
            break
        page = mei.get(found[1].replace("&amp;", "&")).text
    assert seen == [f"guest {number:03}" for number in range(120)]


def test_a_page_asks_as_much_for_many_as_for_one(inbox: Inbox, mei: Browser, database: Database) -> None:
    def asked(path: str) -> int:
        with counted(database) as count:
            assert mei.get(path).status_code == 200
        return count.number

    crowd(inbox.shop, 1)
    mei.get("/console/contacts/")  # what is published is read once
    one = [asked(path) for path in ("/console/contacts/", "/console/contacts/?q=guest")]
    crowd_more(inbox.shop)
    many = [asked(path) for path in ("/console/contacts/", "/console/contacts/?q=guest")]
    assert many == one
    assert max(many) < 20


def crowd_more(shop: Shop) -> None:
    with shop.database.write() as session:
        for number in range(100, 180):
            session.add(
                Contact(
                    public_id=new_public_id(),
                    channel_id=shop.channel_id,
                    line_user_id=f"U{number:032x}",
                    shard=0,
                    display_name=f"guest {number:03}",
                    following=Following.FOLLOWING,
                    times_followed=1,
                    misses=0,
                    first_seen_at=shop.now(),
                    last_seen_at=shop.now(),
                )
            )
    shop.does_chores()


def test_a_tag_of_a_single_choice_group_takes_the_place_of_the_other(inbox: Inbox, mei: Browser) -> None:
    shop = inbox.shop
    mina = shop.person("王小美")
    mina.follows()
    here = f"/console/contacts/{shop.contact(mina).public_id}"
    assert mei.post(f"{here}/tag", {"tag": "area:taipei"}).status_code == 302
    answer = mei.post(f"{here}/tag", {"tag": "area:taoyuan"}, headers={"HX-Request": "true"})
    assert "It took the place of the tag before it." in answer.text
    assert tags_of(shop, mina) == {"area:taoyuan": "staff:marketer"}
    mei.post(f"{here}/untag", {"tag": "area:taoyuan"})
    assert tags_of(shop, mina) == {}
    assert mei.post(f"{here}/tag", {"tag": "no:such"}).status_code == 404
    told = [(row.action, row.detail) for row in shop.rows(AuditEntry, AuditEntry.noun == "contact")]
    assert told == [
        ("contact.tag", {"tag": "area:taipei"}),
        ("contact.tag", {"tag": "area:taoyuan", "instead_of": "area:taipei"}),
        ("contact.untag", {"tag": "area:taoyuan"}),
    ]


def test_one_page_tells_everything_about_a_person(inbox: Inbox, mei: Browser) -> None:
    shop = inbox.shop
    mina = shop.person("王小美", language="zh-TW")
    mina.follows()
    for label in ("開始找房", "台北市", "15,000–25,000", "兩房以上", "越快越好", "有", "貓", "正確"):
        mina.taps(label)
    page = mei.get(f"/console/contacts/{shop.contact(mina).public_id}").text
    assert "Taipei City" in page
    assert "answer to “City” in “Find a home”" in page
    assert "Two bedrooms in Taipei" in page, "the segment"
    assert "Budget (to)" in page
    assert "ticket opened" not in page, "the story, while colleagues talk with them"
    assert "/console/inbox/" not in page, "a marketer is led to no conversation"
    boss = browser_of(shop.app, shop.database, Role.SUPERVISOR, now=shop.now())
    assert "ticket opened" in boss.get(f"/console/contacts/{shop.contact(mina).public_id}").text


def test_hostile_people_are_only_words(inbox: Inbox, mei: Browser) -> None:
    shop = inbox.shop
    for name in (HOSTILE, FORMULA):
        person = shop.person(name)
        person.follows()
        person.says(f"{name} 退貨")
        shop.does_chores()
        for path in ("/console/contacts/", "/console/contacts/?q=退貨", contact_path(shop, person)):
            page = mei.get(path).text
            assert "<img src=x" not in page
            assert "HYPERLINK" not in page or "&#34;http://evil" in page


def contact_path(shop: Shop, person: Person) -> str:
    return f"/console/contacts/{shop.contact(person).public_id}"


def test_nobody_is_looked_at_who_is_not_there(inbox: Inbox, mei: Browser) -> None:
    assert mei.get("/console/contacts/nosuchperson").status_code == 404
    assert mei.get("/console/contacts/?before=yesterday&following=x").status_code == 200
    assert mei.get("/console/contacts/nosuchperson/earlier?before=x").status_code == 404
    assert inbox.shop.rows(Segment), "the playbook's segments are there"


@pytest.mark.parametrize("page", ["contacts", "inbox"])
def test_a_tag_that_staff_put_on_brings_its_menu_at_once(shop: Shop, page: str) -> None:
    inbox = Inbox(shop)
    with shop.database.write() as session:
        revision = session.scalars(sa.select(Revision)).one()
        (main,) = revision.content["rich_menus"]
        taipei = {**main, "key": "taipei", "default": False, "when": {"tags": ["area:taipei"]}}
        revision.content = {**revision.content, "rich_menus": [main, taipei]}
    mina, ticket = inbox.customer("王小美")
    shop.clock.stop()
    contact = shop.contact(mina)
    here = f"/console/contacts/{contact.public_id}" if page == "contacts" else f"/console/inbox/{ticket}"
    admin = browser_of(shop.app, shop.database, Role.ADMIN, now=shop.now())
    admin.post(f"{here}/tag", {"tag": "area:taipei"})
    (tagged,) = shop.rows(Contact)
    assert (tagged.menu_wanted, tagged.menu_due_at) == ("taipei/zh-TW", shop.now())
    admin.post(f"{here}/untag", {"tag": "area:taipei"})
    (untagged,) = shop.rows(Contact)
    assert untagged.menu_wanted is None, "the one that everybody has"
