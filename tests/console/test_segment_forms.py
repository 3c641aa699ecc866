"""Segments made, changed, aimed at, retired and uploaded in the console, and what their pages tell."""

import io
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from campaigns.models import Campaign, CampaignState
from console import segment_upload
from contacts.models import Contact
from segmentation import static
from segmentation.models import ContactTag, Membership, Segment, SegmentKind, Tag, Targeting
from segmentation.static import BegunAnew, Unfinished
from staff.models import AuditEntry, Role
from tests.console.inboxes import HOSTILE, Inbox
from tests.console.people import Browser, browser_of
from tests.console.queries import counted
from tests.console.test_contacts import crowd, crowd_more
from tests.console.test_segments import path_of
from tests.shop import Shop

TAIPEI = {"tag": "area:taipei"}


@pytest.fixture
def inbox(shop: Shop) -> Inbox:
    return Inbox(shop)


@pytest.fixture
def mei(inbox: Inbox) -> Browser:
    return browser_of(inbox.shop.app, inbox.shop.database, Role.MARKETER, now=inbox.shop.now())


def form(rule: object, label: str = "Renters of the north", **more: str) -> dict[str, str]:
    return {"label.zh-TW": label, "rule": orjson.dumps(rule).decode(), **more}


def made(shop: Shop, mei: Browser, rule: object = TAIPEI, label: str = "Renters of the north") -> Segment:
    answer = mei.post("/console/segments/new", form(rule, label))
    assert answer.status_code == 302, answer.text
    found: Segment = shop.rows(Segment, Segment.created_by.is_not(None))[-1]
    return found


def actions(shop: Shop) -> list[str]:
    return [entry.action for entry in shop.rows(AuditEntry) if entry.action.startswith("segment.")]


def version_of(mei: Browser, segment: Segment) -> str:
    page = mei.get(f"/console/segments/{segment.public_id}/edit").text
    found = re.search(r'name="version" value="([^"]+)"', page)
    assert found
    return found[1]


def test_a_segment_is_made_fills_itself_and_is_changed(inbox: Inbox, mei: Browser) -> None:
    shop = inbox.shop
    crowd(shop, 3)
    segment = made(shop, mei)
    assert (segment.key, segment.created_by) == ("renters_of_the_north", "marketer")
    shop.does_chores()
    assert len(shop.rows(Membership, Membership.segment_id == segment.id)) == 3
    here = f"/console/segments/{segment.public_id}"
    answer = mei.post(f"{here}/edit", form({"tag": "pet:yes"}, "Pets", version=version_of(mei, segment)))
    assert answer.location.endswith(here)
    (after,) = shop.rows(Segment, Segment.id == segment.id)
    assert (after.rule, after.labels) == ({"tag": "pet:yes"}, {"zh-TW": "Pets"})
    assert actions(shop) == ["segment.create", "segment.change"]


def test_whoever_is_second_is_told_and_keeps_their_rule(inbox: Inbox, mei: Browser) -> None:
    segment = made(inbox.shop, mei)
    seen = version_of(mei, segment)
    here = f"/console/segments/{segment.public_id}/edit"
    assert mei.post(here, form({"tag": "pet:yes"}, "First", version=seen)).status_code == 302
    second = mei.post(here, form({"tag": "type:two_bed"}, "Second", version=seen))
    assert second.status_code == 409
    assert "Somebody else changed this segment" in second.text
    assert "type:two_bed" in second.text
    (after,) = inbox.shop.rows(Segment, Segment.id == segment.id)
    assert after.labels == {"zh-TW": "First"}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({}, "It is not finished"),
        ({"all": [TAIPEI, {}]}, "It is not finished"),
        ({"not": {"tag": "nosuch"}}, "there is no tag “nosuch”"),
        ({"segment": "renters_of_the_north"}, "there is no segment"),
        ({"seen": {"within": "x"}}, "must be a time such as"),
    ],
)
def test_what_is_not_right_is_not_stored(inbox: Inbox, mei: Browser, rule: object, words: str) -> None:
    answer = mei.post("/console/segments/new", form(rule))
    assert answer.status_code == 422
    assert words in answer.text
    assert inbox.shop.rows(Segment, Segment.created_by.is_not(None)) == []


def test_a_rule_that_leads_back_to_itself_is_refused(inbox: Inbox, mei: Browser) -> None:
    one = made(inbox.shop, mei, label="One")
    two = made(inbox.shop, mei, {"segment": one.key}, label="Two")
    answer = mei.post(
        f"/console/segments/{one.public_id}/edit",
        form({"segment": two.key}, "One", version=version_of(mei, one)),
    )
    assert answer.status_code == 422
    assert "one → two → one" in answer.text


def test_a_nameless_segment_and_one_with_a_hostile_name(inbox: Inbox, mei: Browser) -> None:
    assert "write what staff call these people" in mei.post("/console/segments/new", form(TAIPEI, "")).text
    segment = made(inbox.shop, mei, label=HOSTILE)
    assert re.fullmatch(r"[a-z0-9_]+", segment.key)
    for path in ("", segment.public_id, f"{segment.public_id}/edit", f"{segment.public_id}/retire"):
        assert HOSTILE not in mei.get(f"/console/segments/{path}").text


def test_the_playbooks_are_copied_not_edited(inbox: Inbox, mei: Browser) -> None:
    here = path_of(inbox.shop, "within_a_month")
    assert mei.get(f"{here}/edit").status_code == 409
    assert mei.post(f"{here}/edit", form(TAIPEI)).status_code == 409
    assert mei.get(f"{here}/retire").status_code == 409
    page = mei.get(here).text
    assert "Copy to a segment of my own" in page
    copied = mei.get(f"/console/segments/new?like={here.rpartition('/')[2]}").text
    assert "Copy of 一個月內入住" in copied
    assert "move_in" in copied


def test_retiring_names_what_uses_it_and_empties_it(inbox: Inbox, mei: Browser) -> None:
    shop = inbox.shop
    crowd(shop, 2)
    segment = made(shop, mei, label="One")
    made(shop, mei, {"segment": segment.key}, label="Two")
    shop.does_chores()
    here = f"/console/segments/{segment.public_id}/retire"
    page = mei.get(here).text
    assert "the segment Two asks for it" in page
    version = re.search(r'name="version" value="([^"]+)"', page)
    assert version
    assert mei.post(here, {"version": "2020-01-01T00:00:00+00:00"}).status_code == 409
    assert mei.post(here, {"version": version[1]}).status_code == 302
    shop.does_chores()
    assert all(one.left_at for one in shop.rows(Membership, Membership.segment_id == segment.id))
    assert mei.get(here).status_code == 409
    assert actions(shop)[-1] == "segment.retire"


def test_before_retiring_everything_goes_by_its_name(inbox: Inbox, mei: Browser) -> None:
    shop = inbox.shop
    with shop.database.write() as session:
        labels = {"en": "Friend of the house"}
        session.add(Tag(channel_id=shop.channel_id, name="friends", labels=labels, is_single=False))
    answer = mei.post("/console/segments/new", form(TAIPEI, "Friends", gives_tag="friends"))
    assert answer.status_code == 302, answer.text
    made(shop, mei, {"segment": "friends"}, label="Their friends")
    for path in ("", "/retire"):
        page = mei.get(f"{answer.location}{path}").text
        assert "it gives the tag Friend of the house" in page
        assert "the segment Their friends asks for it" in page


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh-TW", "每一個都會更動下一個所依據的標籤，名單永遠定不下來："),
        ("ja", "それぞれが次の条件になるタグを変えるため、対象者がいつまでも定まらない："),
    ],
)
def test_a_loop_of_any_length_is_refused_in_the_language_of_the_page(
    inbox: Inbox, mei: Browser, language: str, said: str
) -> None:
    names = ("a", "b", "c")
    with inbox.shop.database.write() as session:
        session.add_all(
            Tag(channel_id=inbox.shop.channel_id, name=name, labels={}, is_single=False) for name in names
        )
    asked = {"headers": {"Accept-Language": language}}
    for reads, gives in (("a", "b"), ("b", "c")):
        sent = form({"tag": reads}, f"reads {reads}", gives_tag=gives)
        assert mei.post("/console/segments/new", sent, **asked).status_code == 302
    sent = form({"tag": "c"}, "reads c", gives_tag="a")
    refused = mei.post("/console/segments/new", sent, **asked)
    assert refused.status_code == 422
    assert f"{said}reads_a → tag:b → reads_b → tag:c → reads_c → tag:a → reads_a" in refused.text


def test_aim_and_line_are_kept_and_shown_where_they_help(inbox: Inbox, mei: Browser) -> None:
    shop = inbox.shop
    here = path_of(shop, "taipei_two_bed")
    line = "Two rooms near the MRT, and no fee for those who decide this week"
    answer = mei.post(
        f"{here}/targeting", {"targeting": "yes", "reason": "most homes", "positioning.en": line}
    )
    assert answer.status_code == 302
    (segment,) = shop.rows(Segment, Segment.key == "taipei_two_bed")
    assert (segment.targeting, segment.targeting_reason) == (Targeting.YES, "most homes")
    assert line in mei.get("/console/segments/positioning?segment=taipei_two_bed").text
    assert mei.get("/console/segments/positioning?segment=nosuch").text == ""
    person, ticket = inbox.customer("王小美")
    with shop.database.write() as session:
        from segmentation.tags import TagBook

        contact = session.merge(shop.contact(person))
        book = TagBook(session, contact, event_key=None, now=shop.now())
        for tag in ("area:taipei", "type:two_bed"):
            book.set(tag, source="import:x")
    boss = browser_of(shop.app, shop.database, Role.SUPERVISOR, now=shop.now())
    assert line in boss.get(f"/console/inbox/{ticket}").text
    too_long = mei.post(f"{here}/targeting", {"targeting": "", "reason": "x" * 400}, follow_redirects=True)
    assert too_long.status_code == 200
    assert actions(shop) == ["segment.target"]


def test_the_line_stands_above_a_campaigns_message_also_where_it_is_let_go(
    inbox: Inbox, mei: Browser
) -> None:
    shop = inbox.shop
    crowd(shop, 1)
    segment = made(shop, mei, label="Their line")
    with shop.database.write() as session:
        session.add(
            Campaign(
                public_id="madehere1234",
                channel_id=shop.channel_id,
                name="Autumn news",
                segment_id=segment.id,
                content={"steps": [{"say": {"text": {"zh-TW": "秋天到了"}}}]},
                state=CampaignState.DRAFT,
                created_at=shop.now(),
                created_by="mei",
            )
        )
        found = session.get_one(Segment, segment.id)
        found.targeting, found.targeting_reason = Targeting.NOT_NOW, "no homes left"
        found.positioning = {"zh-TW": "Two rooms near the MRT"}
    page = mei.get("/console/campaigns/madehere1234").text
    assert page.index("Two rooms near the MRT") < page.index("秋天到了")
    assert "no homes left" in page


def test_who_is_in_now_is_kept_as_a_list_that_no_rule_changes(inbox: Inbox, mei: Browser) -> None:
    shop = inbox.shop
    crowd(shop, 3)
    segment = made(shop, mei, label="北部的客人")
    here = f"/console/segments/{segment.public_id}"
    assert "Keep who is in it now as a list" in mei.get(here).text
    kept = mei.post(f"{here}/snapshot")
    assert kept.status_code == 302
    (snapshot,) = shop.rows(Segment, Segment.kind == SegmentKind.STATIC)
    assert kept.location.endswith(snapshot.public_id)
    assert snapshot.labels == {"zh-TW": f"北部的客人 {shop.now():%Y-%m-%d}"}
    with shop.database.write() as session:
        session.execute(sa.delete(ContactTag))
    shop.does_chores()
    assert len(shop.rows(Membership, Membership.segment_id == snapshot.id, Membership.left_at.is_(None))) == 3
    assert "kept as a list from 北部的客人" in mei.get(f"{kept.location}/moves").text
    assert actions(shop)[-1] == "segment.list"
    assert "Keep who is in it now as a list" not in mei.get(kept.location).text
    empty = made(shop, mei, {"tag": "pet:yes"}, "Pets")
    told = mei.post(f"/console/segments/{empty.public_id}/snapshot", follow_redirects=True).text
    assert "Nobody is in it at this moment." in told
    assert len(shop.rows(Segment, Segment.kind == SegmentKind.STATIC)) == 1


def test_whoever_enters_by_another_segment_is_told_by_its_name(inbox: Inbox, mei: Browser) -> None:
    shop = inbox.shop
    crowd(shop, 1)
    answer = mei.post(
        "/console/segments/upload", {"label": "晚宴名單", "names": shop.rows(Contact)[0].line_user_id}
    )
    (guests,) = shop.rows(Segment, Segment.kind == SegmentKind.STATIC)
    assert answer.location.endswith(guests.public_id)
    followers = made(shop, mei, {"segment": guests.key}, "Whoever came")
    with shop.database.write() as session:
        found = session.scalars(sa.select(Contact)).first()
        assert found is not None
        session.add(
            Membership(
                contact_id=found.id,
                segment_id=followers.id,
                entered_at=shop.now(),
                entered_because=f"segment:{guests.key}",
            )
        )
    told = mei.get(f"/console/segments/{followers.public_id}/moves").text
    assert "the segment 晚宴名單" in told
    assert guests.key not in told


def test_each_criterion_is_a_number_and_a_sentence(inbox: Inbox, mei: Browser) -> None:
    shop = inbox.shop
    crowd(shop, 1)
    lonely = made(shop, mei, {"tag": "pet:yes"}, "Pets")
    told = " ".join(mei.get(f"/console/segments/{lonely.public_id}/card").text.split())
    assert '>0</span><small class="quiet">things go by it: no campaign, queue, tag' in told
    made(shop, mei, {"segment": lonely.key}, "Owners")
    told = " ".join(mei.get(f"/console/segments/{lonely.public_id}/card").text.split())
    assert '>1</span><small class="quiet">thing goes by it: a campaign, a queue' in told
    assert told.count("criterion-number") == 4


def test_a_list_is_uploaded_by_file_and_by_hand(inbox: Inbox, mei: Browser) -> None:
    shop = inbox.shop
    crowd(shop, 5)
    ids = [one.line_user_id for one in shop.rows(Contact)]
    text = "﻿" + "\r\n".join([*ids[:3], ids[0], "Unobody", ""])
    file = (io.BytesIO(text.encode()), f"{HOSTILE}.csv")
    answer = mei.post(
        "/console/segments/upload",
        {"label": "活動名單", "names": "", "file": file},
        content_type="multipart/form-data",
        follow_redirects=True,
    )
    assert "3 people are on the list" in answer.text
    assert "1 line names nobody we know" in answer.text
    assert HOSTILE not in answer.text
    (segment,) = shop.rows(Segment, Segment.kind == SegmentKind.STATIC)
    assert len(shop.rows(Membership, Membership.segment_id == segment.id)) == 3
    assert mei.post("/console/segments/upload", {"label": "", "names": "x"}).status_code == 422
    assert mei.post("/console/segments/upload", {"label": "x", "names": ""}).status_code == 422
    assert "None of these" in mei.post("/console/segments/upload", {"label": "x", "names": "x\ny"}).text
    assert actions(shop) == ["segment.upload"]


def test_a_file_s_name_may_hold_anything(inbox: Inbox, mei: Browser) -> None:
    crowd(inbox.shop, 1)
    (one,) = [row.line_user_id for row in inbox.shop.rows(Contact)]
    fields = {"csrf_token": mei.token(), "label": "x"}
    parts = [f'form-data; name="{name}"\r\n\r\n{text}' for name, text in fields.items()]
    parts.append(f'form-data; name="file"; filename="a\0b.csv"\r\n\r\n{one}')
    body = "".join(f"--limit\r\nContent-Disposition: {part}\r\n" for part in parts) + "--limit--\r\n"
    answer = mei.client.post(
        "/console/segments/upload",
        data=body.encode(),
        content_type="multipart/form-data; boundary=limit",
        follow_redirects=True,
    )
    assert "1 person is on the list" in answer.text


def test_a_list_may_have_as_many_lines_as_its_page_says(inbox: Inbox, mei: Browser) -> None:
    crowd(inbox.shop, 1)
    (one,) = [row.line_user_id for row in inbox.shop.rows(Contact)]
    lines = [f"U{number:032x}" for number in range(segment_upload.MOST - 1)]
    file = (io.BytesIO("\r\n".join([one, *lines]).encode()), "a.csv")
    answer = mei.post(
        "/console/segments/upload",
        {"label": "x", "names": "", "file": file},
        content_type="multipart/form-data",
        follow_redirects=True,
    )
    assert "1 person is on the list" in answer.text
    text = "\n".join("U" for _ in range(segment_upload.MOST + 1))
    refused = mei.post("/console/segments/upload", {"label": "x", "names": text})
    assert (refused.status_code, "25,000" in refused.text) == (422, True)


def broken_off(shop: Shop, key: str, ids: Sequence[int]) -> Unfinished:
    """Leave a list as an upload leaves it that dies in the middle."""
    with shop.database.write() as session:
        ours = static.begin(
            session, shop.channel_id, key, labels={"zh-TW": f"名單{key}"}, by="mei", now=shop.now()
        )
        static.put(session, ours, ids, because="upload:x.csv", now=shop.now())
    return ours


def test_a_list_that_was_not_finished_is_shown_and_filled_anew_or_thrown_away(
    inbox: Inbox, mei: Browser
) -> None:
    shop = inbox.shop
    crowd(shop, 5)
    people = shop.rows(Contact)
    assert "not finished" not in mei.get("/console/segments/").text
    ids = [one.id for one in people]
    dying = [broken_off(shop, "one", ids[:2]), broken_off(shop, "two", ids[2:])]
    page = mei.get("/console/segments/").text
    assert "名單one" in page
    assert "2 people by now" in page
    assert "begun by mei" in page

    one, two = (shop.rows(Segment, Segment.key == key)[0] for key in ("one", "two"))
    assert "名單one" in mei.get(f"/console/segments/upload?list={one.public_id}").text
    sent = {"label": "春天", "names": people[4].line_user_id, "list": one.public_id}
    mei.post("/console/segments/upload", sent)
    (whole,) = shop.rows(Segment, Segment.key == "one")
    assert (whole.id, whole.retired_at, whole.labels) == (one.id, None, {"zh-TW": "春天"})
    on_it = shop.rows(Membership, Membership.segment_id == one.id)
    assert [stay.contact_id for stay in on_it] == [ids[4]]

    assert (
        "gone"
        in mei.post(f"/console/segments/unfinished/{two.public_id}/discard", follow_redirects=True).text
    )
    assert shop.rows(Segment, Segment.key == "two") == []
    assert shop.rows(Membership, Membership.segment_id == two.id) == []
    assert "名單two" not in mei.get("/console/segments/").text
    assert actions(shop) == ["segment.upload", "segment.discard"]

    # Whole ones are no such lists, and whoever was filling one is told.
    for path in (
        f"/console/segments/unfinished/{one.public_id}/discard",
        "/console/segments/unfinished/x/discard",
    ):
        assert mei.post(path).status_code == 404
    assert mei.get(f"/console/segments/upload?list={two.public_id}").status_code == 404
    for ours in dying:
        with shop.database.write() as session, pytest.raises(BegunAnew):
            static.put(session, ours, ids, because="upload:x.csv", now=shop.now())


def test_the_past_is_told(inbox: Inbox, mei: Browser) -> None:
    shop = inbox.shop
    crowd(shop, 2)
    shop.does_chores()
    now = shop.now()
    with shop.database.write() as session:
        segment = session.scalars(sa.select(Segment).where(Segment.key == "taipei_two_bed")).one()
        segment.created_at = now - timedelta(days=20)
        for number, row in enumerate(
            session.scalars(sa.select(Membership).where(Membership.segment_id == segment.id))
        ):
            row.entered_at, row.entered_because = now - timedelta(days=10 + number), "tag:area:taipei"
            if number:
                row.left_at, row.left_because = now - timedelta(days=5), "time"
    here = path_of(shop, "taipei_two_bed")
    grown: Any = mei.get(f"{here}/growth?days=30").json
    assert (max(grown["members"]), grown["members"][-1], sum(grown["left"])) == (2, 1, 1)
    assert "<table" in grown["table"]
    day = (now - timedelta(days=7)).date().isoformat()
    assert "2 people" in mei.get(f"{here}/day?on={day}").text
    assert "Choose a day that has been" in mei.get(f"{here}/day?on=9999-12-31").text
    assert "Choose a day that has been" in mei.get(f"{here}/day?on=never").text
    moves = mei.get(f"{here}/moves").text
    assert "tag “Taipei City”" in moves
    assert "time went by" in moves
    (gone,) = shop.rows(Membership, Membership.left_because == "time")
    (person,) = shop.rows(Contact, Contact.id == gone.contact_id)
    told = mei.get(f"{here}/why?contact={person.public_id}").text
    assert "When they were in it" in told
    assert "time went by" in told
    assert "can be reached by a message" in mei.get(f"{here}/card").text
    assert "in 30 days" in mei.get(f"{here}/count").text


def test_pages_ask_as_much_for_many_as_for_one(inbox: Inbox, mei: Browser) -> None:
    here = path_of(inbox.shop, "taipei_two_bed")
    paths = ("/console/segments/", here, *(f"{here}/{one}" for one in ("count", "growth", "moves", "card")))

    def asked(path: str) -> int:
        with counted(inbox.shop.database) as count:
            assert mei.get(path).status_code == 200
        return count.number

    crowd(inbox.shop, 2)
    for path in paths:
        mei.get(path)  # what is published is read once
    few = [asked(path) for path in paths]
    crowd_more(inbox.shop)
    inbox.shop.does_chores()
    assert [asked(path) for path in paths] == few
    assert max(few) < 25


def test_readers_see_no_buttons(inbox: Inbox) -> None:
    shop = inbox.shop
    viewer = browser_of(shop.app, shop.database, Role.VIEWER, now=shop.now())
    assert "New segment" not in viewer.get("/console/segments/").text
    page = viewer.get(path_of(shop, "taipei_two_bed")).text
    assert "Copy to a segment of my own" not in page
    assert "Retire" not in page
