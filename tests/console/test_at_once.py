"""Two who press at the same moment."""

import threading
from pathlib import Path

import sqlalchemy as sa

from bot.segmenting import SEGMENTS
from contacts.models import Contact
from line.channels import ensure_channel
from playbook.apply import apply
from segmentation import writing
from segmentation.models import ContactTag, Segment, Targeting
from segmentation.tags import TagBook
from staff.models import Role
from tests.console.inboxes import Inbox
from tests.console.people import browser_of
from tests.playbook.folders import GOOD
from tests.playbook.test_apply import the_playbook
from tests.shop import Shop
from tests.stories.cafe import opens

AIMED = """\
segments:
  - id: sweet
    label: Sweet
    rule: {tag: "taste:sweet"}
    target: not_now
"""


def test_the_same_tag_put_on_twice_is_there_once(shop: Shop) -> None:
    inbox = Inbox(shop)
    person, ticket = inbox.customer("美娜")
    browser = browser_of(shop.app, shop.database, Role.ADMIN, now=shop.now())
    token = browser.token()
    answers: list[int] = []

    def press() -> None:
        data = {"csrf_token": token, "tag": "area:taipei"}
        answers.append(browser.client.post(f"/console/inbox/{ticket}/tag", data=data).status_code)

    with shop.database.write() as session:
        contact = session.scalars(
            sa.select(Contact).where(Contact.line_user_id == person.user_id).with_for_update(key_share=True)
        ).one()
        TagBook(session, contact, event_key=None, now=shop.now()).set("area:taipei", source="staff:lin")
        session.flush()
        second = threading.Thread(target=press)
        second.start()
        second.join(0.5)
        assert second.is_alive(), "it waits for the first"
    second.join(60)
    assert answers == [302]
    contact_id = shop.contact(person).id
    assert len(shop.rows(ContactTag, ContactTag.contact_id == contact_id)) == 1


def test_the_same_segment_made_twice_is_made_once_or_under_two_names(shop: Shop) -> None:
    Inbox(shop)
    browser = browser_of(shop.app, shop.database, Role.ADMIN, now=shop.now())
    token = browser.token()
    answers: list[int] = []

    def press() -> None:
        data = {"csrf_token": token, "label.zh-TW": "Friends", "rule": '{"tag": "area:taipei"}'}
        answers.append(browser.client.post("/console/segments/new", data=data).status_code)

    with shop.database.write() as session:
        draft = writing.Draft(
            key="friends", labels={"zh-TW": "Friends"}, rule={"tag": "area:taipei"}, gives_tag=None
        )
        writing.create(session, SEGMENTS, shop.channel_id, draft, by="lin", now=shop.now())
        second = threading.Thread(target=press)
        second.start()
        second.join(0.5)
        assert second.is_alive(), "it waits for the first"
    second.join(60)
    assert answers in ([302], [409])


def test_what_is_taken_back_gives_way_to_the_playbook_that_is_being_published(
    shop: Shop, tmp_path: Path
) -> None:
    cafe = opens(shop, tmp_path, {"segments.yaml": AIMED})
    browser = browser_of(cafe.app, cafe.database, Role.ADMIN, now=cafe.now())
    (sweet,) = cafe.rows(Segment)
    here = f"/console/segments/{sweet.public_id}/targeting"
    assert browser.post(here, {"targeting": "yes"}).status_code == 302
    token = browser.token()
    answers: list[int] = []

    def press() -> None:
        data = {"csrf_token": token, "about": "target"}
        answers.append(browser.client.post(f"{here}/playbook", data=data).status_code)

    newer = the_playbook(tmp_path, {**GOOD, "segments.yaml": AIMED.replace("not_now", "'no'")})
    with shop.database.write() as session:
        apply(session, ensure_channel(session, now=shop.now()), newer, now=shop.now(), by="test")
        second = threading.Thread(target=press)
        second.start()
        second.join(0.5)
        assert second.is_alive(), "it waits for the first"
    second.join(60)
    assert answers == [302]
    (sweet,) = shop.rows(Segment)
    assert sweet.targeting == Targeting.NO
