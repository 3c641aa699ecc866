"""Campaigns in the console: written, looked at, tried, sent once, stopped, decided, explained."""

import dataclasses
import html
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from campaigns import messages
from campaigns.models import Campaign, CampaignState, Delivery
from contacts.fields import FieldBook
from contacts.models import Contact, FieldKind, Following
from content.model import CampaignRules, Cap
from core.db import Database
from core.ids import new_public_id
from segmentation import keeping
from segmentation.models import Segment
from staff.models import AuditEntry, Role, StaffUser
from tests.campaigns.office import Office
from tests.console.inboxes import HOSTILE
from tests.console.people import Browser, browser_of
from tests.console.queries import counted, writing
from tests.console.test_segment_forms import made
from tests.shop import EXAMPLES, Shop


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Iterator[Office]:
    """A tea shop in a simulated LINE where any well-formed user id is a friend."""
    shop = Shop(database, media_dir=tmp_path / "media", knows_everyone=True, ledger_size=None)
    yield Office(shop, rules=CampaignRules())
    shop.closes()


@pytest.fixture
def written(office: Office) -> set[str]:
    """Return what the playbook brings by itself."""
    return {campaign.public_id for campaign in office.shop.rows(Campaign)}


@pytest.fixture
def mei(office: Office) -> Browser:
    """The marketer at her desk."""
    return browser_of(office.shop.app, office.shop.database, Role.MARKETER, now=office.shop.now())


def form(office: Office, *texts: str, **more: str) -> dict[str, str | list[str]]:
    """Return what the form of a new campaign sends."""
    sent: dict[str, str | list[str]] = {
        "name": "新品搶先喝",
        "segment": office.segment(),
        "consent": "",
        "step": [str(number) for number in range(len(texts))],
    }
    for number, words in enumerate(texts):
        sent[f"kind.{number}"] = "text"
        sent[f"words.{number}.zh-TW"] = words
    return {**sent, **more}


def writes(mei: Browser, office: Office, *texts: str, **more: str) -> str:
    """Write a campaign in the console; return its address."""
    answer = mei.post("/console/campaigns/new", form(office, *texts, **more))
    assert answer.status_code == 302, answer.text
    return answer.location


def campaign_at(office: Office, path: str) -> Campaign:
    return office.campaign(path.rsplit("/", 1)[1])


def sends(mei: Browser, office: Office, path: str, **more: str) -> int:
    sent: Mapping[str, str] = {"how": "now", "version": str(campaign_at(office, path).version), **more}
    return mei.post(f"{path}/send", sent).status_code


def test_a_campaign_is_written_in_every_language_and_shown(office: Office, mei: Browser) -> None:
    office.shop.publishes(EXAMPLES / "rental")  # which speaks three languages
    path = writes(mei, office, "{{ name }} 您好！", **{"words.0.en": "Hello"})
    campaign = campaign_at(office, path)
    (step,) = messages.message_of(campaign).steps
    assert step.say is not None
    assert step.say.text == {"zh-TW": "{{ name }} 您好！", "en": "Hello"}
    (friend,) = office.befriends(1, named=HOSTILE)
    page = mei.get(path).text
    assert "您好！" in page
    assert "everybody gets their own words" in page
    assert "Hello" in mei.get(f"{path}/look?language=en").text
    personal = mei.get(f"{path}/look?as={public_id_of(office, friend)}").text
    assert "&lt;img src=x" in personal
    assert "<img src=x" not in personal


def public_id_of(office: Office, user_id: str) -> str:
    (contact,) = office.shop.rows(Contact, Contact.line_user_id == user_id)
    return str(contact.public_id)


def test_every_fault_of_a_form_is_told_and_nothing_typed_is_lost(
    office: Office, mei: Browser, written: set[str]
) -> None:
    answer = mei.post("/console/campaigns/new", form(office, "{{ name", name="", segment=""))
    assert answer.status_code == 422
    assert "{{ name" in answer.text
    assert answer.text.count("is-invalid") >= 2
    assert {one.public_id for one in office.shop.rows(Campaign)} == written
    endless = "{% for a in (1..100000000) %}x{% endfor %}"
    assert mei.post("/console/campaigns/new", form(office, endless)).status_code == 422
    no_words = form(office, "")
    assert mei.post("/console/campaigns/new", no_words).status_code == 422


def test_steps_are_added_moved_and_removed(office: Office, mei: Browser, written: set[str]) -> None:
    page = mei.post("/console/campaigns/new", form(office, "一", "二", do="up-1")).text
    assert page.index(">二</textarea>") < page.index(">一</textarea>")
    page = mei.post("/console/campaigns/new", form(office, "一", "二", do="remove-0")).text
    assert ">一</textarea>" not in page
    page = mei.post("/console/campaigns/new", form(office, "一", do="add-cards")).text
    assert 'name="kind.1" value="cards"' in page
    full = mei.post("/console/campaigns/new", form(office, *"一二三四五", do="add-text")).text
    assert full.count('name="step"') == 5
    assert {one.public_id for one in office.shop.rows(Campaign)} == written


def test_buttons_of_the_playbook_stay_with_their_text(office: Office, mei: Browser) -> None:
    button = {"label": "看菜單", "show": {}}
    public_id = office.writes({"say": {"text": "新品上市", "buttons": [button]}}, {"show": {}})
    path = f"/console/campaigns/{public_id}"
    page = mei.get(f"{path}/edit").text
    assert "It keeps its button." in page
    first_card = re.search(r'name="cards.1" value="([^"]+)"', page)
    assert first_card
    changed = form(office, "新品來了", version="1", **{"from.0": "0", "from.1": "1", "kind.1": "cards"})
    changed |= {"step": ["0", "1"], "cards.1": first_card[1], "fitting.1": "1"}
    assert mei.post(f"{path}/edit", changed).status_code == 302
    text, cards = messages.message_of(office.campaign(public_id)).steps
    assert text.say is not None
    assert (text.say.text, len(text.say.buttons)) == ({"zh-TW": "新品來了"}, 1)
    assert cards.show is not None
    assert cards.show.cards == (first_card[1],)
    assert cards.show.fitting


def test_a_text_that_would_be_cut_above_its_buttons_is_refused_in_the_readers_language(
    office: Office, mei: Browser
) -> None:
    button = {"label": "看菜單", "show": {}}
    path = f"/console/campaigns/{office.writes({'say': {'text': '新品上市', 'buttons': [button]}})}/edit"
    long = form(office, "茶" * 2_001, version="1", **{"from.0": "0"})
    told = mei.post(path, long, headers={"Accept-Language": "zh-TW"})
    assert told.status_code == 422
    assert "目前有 2001 個字" in told.text
    assert "茶" * 2_001 in told.text, "nothing typed is lost"
    assert mei.post(path, form(office, "茶" * 2_000, version="1", **{"from.0": "0"})).status_code == 302


def test_one_like_another_keeps_its_buttons_and_is_a_campaign_of_its_own(
    office: Office, mei: Browser
) -> None:
    public_id = office.writes({"say": {"text": "新品上市", "buttons": [{"label": "看菜單", "show": {}}]}})
    assert ">新品上市</textarea>" in mei.get(f"/console/campaigns/new?like={public_id}").text
    path = writes(mei, office, "又有新品", campaign=public_id, **{"from.0": "0"})
    (step,) = messages.message_of(campaign_at(office, path)).steps
    assert step.say is not None
    assert (step.say.text["zh-TW"], len(step.say.buttons)) == ("又有新品", 1)
    assert messages.message_of(office.campaign(public_id)).steps[0].say != step.say


def test_who_saves_second_is_told_and_keeps_their_words(office: Office, mei: Browser) -> None:
    path = writes(mei, office, "一")
    assert mei.post(f"{path}/edit", form(office, "二", version="1")).status_code == 302
    late = mei.post(f"{path}/edit", form(office, "三", version="1"))
    assert late.status_code == 409
    assert "Somebody else saved this campaign" in late.text
    assert ">三</textarea>" in late.text
    assert sends(mei, office, path, version="1") == 409, "what she confirmed is not what it says now"
    assert campaign_at(office, path).state is CampaignState.DRAFT


def test_the_question_before_sending_names_the_number_and_why_others_are_left_out(
    office: Office, mei: Browser
) -> None:
    office.befriends(1203)
    blocked = office.shop.person("走了")
    blocked.follows()
    blocked.unfollows()
    path = writes(mei, office, "早安")
    page = mei.get(f"{path}/send").text
    assert "Send to 1,203 people now" in page
    assert "Blocked the account, or never added it" in page
    assert "Asia/Taipei" in page
    assert "1,203" in mei.get(f"{path}/expected").text


def test_who_had_enough_lately_is_skipped_and_both_pages_say_so(office: Office, mei: Browser) -> None:
    office.befriends(2)
    office.changes_rules(CampaignRules(cap=Cap(times=1, within=timedelta(days=7))))
    office.sends({"say": "早安"})
    path = writes(mei, office, "又是我們")
    for page in ("send", "expected"):
        assert "Skipped, because capped" in mei.get(f"{path}/{page}").text
    sends(mei, office, path)
    office.shop.does_chores()
    assert campaign_at(office, path).state is CampaignState.FINISHED, "nothing is put off"
    report = mei.get(path).text
    assert "Skipped, because capped" in report
    assert len(office.got()) == 2


def test_an_audience_of_nobody_is_said_before_sending_and_sent_to_nobody(
    office: Office, mei: Browser
) -> None:
    path = writes(mei, office, "早安")
    page = mei.get(f"{path}/send").text
    assert "Nobody would get it." in page
    assert re.search(r'<button class="btn btn-primary" type="submit" disabled>', page)
    assert sends(mei, office, path) == 302  # by a form that is older than the last friend's leaving
    office.shop.does_chores()
    assert campaign_at(office, path).state is CampaignState.FINISHED
    assert office.got() == []
    assert mei.get(path).status_code == 200


def quiet_between(office: Office, first: int, last: int) -> str:
    """Let it be quiet from so many hours from now on until so many; return the hours as pages write them."""
    here = office.shop.now().astimezone(office.published.zone)
    begins, ends = (f"{here + timedelta(hours=hours):%H}:00" for hours in (first, last))
    office.changes_rules(CampaignRules(quiet_hours=f"{begins}-{ends}"))
    return f"{begins}–{ends}"


def test_without_quiet_hours_nobody_is_held_back(office: Office, mei: Browser) -> None:
    assert "none: nobody is held back" in mei.get(f"{writes(mei, office, '早安')}/send").text


def test_quiet_hours_that_come_later_hold_nobody_back_yet(office: Office, mei: Browser) -> None:
    office.befriends(1)
    hours = quiet_between(office, 2, 3)
    page = mei.get(f"{writes(mei, office, '早安')}/send").text
    assert f"{hours}: nobody is held back now" in page
    assert "Held back" not in page


def test_quiet_hours_leave_nobody_out_and_pages_say_whom_they_hold_back_and_until_when(
    office: Office, mei: Browser
) -> None:
    (friend,) = office.befriends(1)
    person = public_id_of(office, friend)
    hours = quiet_between(office, -1, 2)
    path = writes(mei, office, "晚安")
    for shown in ("send", "expected"):
        page = mei.get(f"{path}/{shown}").text
        assert "Held back" in page
        assert f"{hours}: begins when they end" in page
        assert "Quiet hours, until <time" in page
    would = mei.get(f"{path}/why?contact={person}").text
    assert "would get it" in would
    assert "hold it back until" in would
    sends(mei, office, path)
    office.shop.does_chores()
    assert "waits for the quiet hours to end" in mei.get(f"{path}/now").text
    assert "hold it back until" in mei.get(f"{path}/why?contact={person}").text
    assert office.got() == []
    office.shop.clock.advance(timedelta(hours=2))
    office.shop.does_chores()
    assert office.got() == [friend]
    got = mei.get(f"{path}/why?contact={person}").text
    assert "got it" in got
    assert "held it back until" in got
    assert "quiet hours held it back until" in mei.get(path).text


def test_pressed_five_times_it_is_sent_once(office: Office, mei: Browser) -> None:
    friends = office.befriends(3)
    path = writes(mei, office, "早安")
    assert [sends(mei, office, path, version="1") for _ in range(5)] == [302] * 5
    office.shop.does_chores()
    assert sorted(office.got()) == sorted(friends)
    assert campaign_at(office, path).state is CampaignState.FINISHED
    page = mei.get(path).text
    assert "Finished" in page
    assert f"{path}/edit" not in page
    assert mei.get(f"{path}/edit").status_code == 409
    assert mei.post(f"{path}/edit", form(office, "再一次", version="1")).status_code == 409
    scheduled = [row for row in office.shop.rows(AuditEntry) if row.action == "campaign.schedule"]
    assert len(scheduled) == 1


def test_nothing_is_sent_without_saying_when(office: Office, mei: Browser) -> None:
    path = writes(mei, office, "早安")
    assert sends(mei, office, path, how="") == 422
    assert sends(mei, office, path, how="at", send_at="soon") == 422
    assert sends(mei, office, path, how="at", send_at="2001-01-01T10:00") == 422
    assert sends(mei, office, path, how="weekly", weekday="9", time="11:00") == 422
    assert campaign_at(office, path).state is CampaignState.DRAFT


def test_a_campaign_is_scheduled_in_the_accounts_zone_and_made_a_draft_again(
    office: Office, mei: Browser
) -> None:
    path = writes(mei, office, "早安")
    assert sends(mei, office, path, how="at", send_at="2099-03-01T10:00") == 302
    campaign = campaign_at(office, path)
    assert campaign.send_local == "2099-03-01T10:00"
    assert campaign.send_at is not None
    assert campaign.send_at.isoformat() == "2099-03-01T02:00:00+00:00"
    assert mei.post(f"{path}/unschedule").status_code == 302
    assert sends(mei, office, path, how="weekly", weekday="4", time="11:00") == 302
    assert "every Friday at 11:00" in mei.get(path).text
    assert mei.post(f"{path}/pause").status_code == 302
    assert mei.post(f"{path}/resume").status_code == 302
    assert mei.post(f"{path}/cancel").status_code == 302
    assert mei.post(f"{path}/resume").status_code == 409


def test_what_was_overdue_waits_for_a_decision(office: Office, mei: Browser) -> None:
    path = writes(mei, office, "早安")
    friends = office.befriends(2)
    soon = (office.shop.now() + timedelta(hours=1)).astimezone(office.published.zone)
    assert sends(mei, office, path, how="at", send_at=soon.strftime("%Y-%m-%dT%H:%M")) == 302
    office.shop.clock.advance(timedelta(hours=9))
    office.shop.does_chores()
    assert "Somebody has to decide" in mei.get("/console/campaigns/").text
    assert "Nobody got it." in mei.get(path).text
    assert mei.post(f"{path}/late").status_code == 302
    office.shop.does_chores()
    assert sorted(office.got()) == sorted(friends)


def test_a_test_goes_to_ones_own_phone_or_leads_to_pairing_it(office: Office, mei: Browser) -> None:
    path = writes(mei, office, "早安 {{ name }}")
    assert mei.post(f"{path}/test").location.endswith("/console/account/")
    phone = office.shop.person("小梅")
    phone.follows()
    with office.shop.database.write() as session:
        user = session.query(StaffUser).filter_by(login="marketer").one()
        user.line_user_id = phone.user_id
    assert mei.post(f"{path}/test").location == path
    office.shop.works()
    assert phone.sees[-1] == "早安 小梅"
    assert campaign_at(office, path).state is CampaignState.DRAFT


def test_why_tells_of_anybody_before_and_after(office: Office, mei: Browser) -> None:
    mina, ken = office.shop.person("王小美"), office.shop.person("佐藤")
    for person in (mina, ken):
        person.follows()
    ken.unfollows()
    office.shop.does_chores()
    path = writes(mei, office, "早安")
    assert "王小美" in mei.get(f"{path}/why?q=小美").text
    her, him = (office.shop.contact(person).public_id for person in (mina, ken))
    assert "would get it" in mei.get(f"{path}/why?contact={her}").text
    left_out = mei.get(f"{path}/why?contact={him}").text
    assert "would be left out" in left_out
    assert "Blocked the account" in left_out
    sends(mei, office, path)
    office.shop.does_chores()
    assert "got it" in mei.get(f"{path}/why?contact={her}").text
    assert "was left out" in mei.get(f"{path}/why?contact={him}").text
    assert path in mei.get(f"/console/contacts/{her}").text


def test_who_left_after_it_was_frozen_is_told_in_words(office: Office, mei: Browser) -> None:
    (friend,) = office.befriends(1)
    path = writes(mei, office, "早安")
    sends(mei, office, path)
    campaigner = office.campaigner()
    campaigner._begin_due()
    campaigner._work()  # frozen
    with office.shop.database.write() as session:
        gone = sa.update(Contact).where(Contact.line_user_id == friend)
        session.execute(gone.values(following=Following.BLOCKED))
    office.shop.clock.advance(20)  # whoever froze it is gone
    office.shop.does_chores()
    person = public_id_of(office, friend)
    why = mei.get(f"{path}/why?contact={person}", headers={"Accept-Language": "zh-TW"}).text
    assert "封鎖了帳號" in why
    assert "blocked" not in why


def test_a_page_says_how_many_are_written_down_while_it_is_prepared(office: Office, mei: Browser) -> None:
    office.befriends(95)
    path = writes(mei, office, "早安")
    sends(mei, office, path)
    campaigner = office.campaigner()
    campaigner._begin_due()
    campaigner._freezer = dataclasses.replace(campaigner._freezer, page=10)
    ticks = iter(range(20))

    def clock_of_the_dying() -> datetime:
        if next(ticks) == 7:
            raise KeyboardInterrupt
        return office.shop.now()

    campaigner._clock = clock_of_the_dying
    with pytest.raises(KeyboardInterrupt):
        campaigner._work()
    count = len(office.shop.rows(Delivery))
    assert 0 < count < 95
    page = mei.get(f"{path}/now").text
    assert f"Its audience is being written down: {count} so far" in page
    assert "people done" not in page


def test_weekly_sendings_of_years_hide_no_plan_and_no_draft(office: Office, mei: Browser) -> None:
    plan, draft = writes(mei, office, "每週", name="The plan"), writes(mei, office, "早安", name="The draft")
    assert sends(mei, office, plan, how="weekly", weekday="4", time="11:00") == 302
    kept = campaign_at(office, plan)
    with office.shop.database.write() as session:
        for week in range(150):
            session.add(
                Campaign(
                    public_id=new_public_id(), channel_id=kept.channel_id, plan_id=kept.id, name=f"Week {week}",
                    segment_id=kept.segment_id, content=kept.content, state=CampaignState.FINISHED,
                    send_at=office.shop.now() - timedelta(weeks=200 - week), created_at=office.shop.now(),
                    created_by="mei",
                )
            )  # fmt: skip
    page = mei.get("/console/campaigns/").text
    assert "The plan" in page
    assert campaign_at(office, draft).name in page
    assert "Week 149" in page
    assert "Week 1<" not in page


def test_a_segment_is_not_retired_while_a_campaign_waits_for_it(office: Office, mei: Browser) -> None:
    segment = made(office.shop, mei, {"followed": {"within": "90d"}})
    path = writes(mei, office, "每週", name="The plan", segment=segment.key)
    here = f"/console/segments/{segment.public_id}/retire"
    version = re.findall(r'name="version" value="([^"]+)"', mei.get(here).text)[0]
    assert sends(mei, office, path, how="weekly", weekday="4", time="11:00") == 302
    page = mei.get(here).text
    assert "Campaigns still wait to be sent to it" in page
    assert page.count(f'href="{path}"') == 2, "among its uses, and as what is in the way"
    assert "Retire it" not in page
    refused = mei.post(here, {"version": version})
    assert refused.status_code == 409
    assert "Campaigns still wait to be sent to it: The plan." in refused.text
    assert office.shop.rows(Segment, Segment.id == segment.id)[0].retired_at is None
    assert mei.post(f"{path}/cancel").status_code == 302
    assert mei.post(here, {"version": version}).status_code == 302


def test_a_campaign_says_that_its_segment_is_retired(office: Office, mei: Browser) -> None:
    segment = made(office.shop, mei, {"followed": {"within": "90d"}})
    path = writes(mei, office, "每週", segment=segment.key)
    told = "Its segment is retired"
    assert told not in mei.get(path).text
    assert sends(mei, office, path, how="weekly", weekday="4", time="11:00") == 302
    with office.shop.database.write() as session:
        keeping.let_go(session.get_one(Segment, segment.id), now=office.shop.now())
    assert told in mei.get(path).text
    assert mei.post(f"{path}/cancel").status_code == 302
    assert told not in mei.get(path).text


def test_nothing_begins_whose_segment_is_retired(office: Office, mei: Browser) -> None:
    segment = made(office.shop, mei, {"followed": {"within": "90d"}})
    draft = writes(mei, office, "新品", name="The draft", segment=segment.key)
    weekly = writes(mei, office, "每週", name="The plan", segment=segment.key)
    assert sends(mei, office, weekly, how="weekly", weekday="4", time="11:00") == 302
    assert mei.post(f"{weekly}/pause").status_code == 302
    assert "Send…" in mei.get(draft).text
    assert "Resume" in mei.get(weekly).text
    with office.shop.database.write() as session:
        keeping.let_go(session.get_one(Segment, segment.id), now=office.shop.now())
    assert "Send…" not in mei.get(draft).text
    assert "Resume" not in mei.get(weekly).text
    assert mei.get(f"{draft}/send").location == draft
    told = "Its segment is retired. Edit the campaign and choose another one first."
    for how in (
        {"how": "now"},
        {"how": "at", "send_at": "2099-01-01T10:00"},
        {"how": "weekly", "weekday": "4", "time": "11:00"},
    ):
        refused = mei.post(f"{draft}/send", {"version": str(campaign_at(office, draft).version), **how})
        assert (refused.status_code, told in refused.text) == (409, True)
    refused = mei.post(f"{weekly}/resume", headers={"Accept-Language": "zh-TW"})
    assert refused.status_code == 409
    assert "分眾已停用" in refused.text
    assert {one.state for one in office.shop.rows(Campaign)} >= {CampaignState.DRAFT, CampaignState.PAUSED}
    with office.shop.database.write() as session:
        session.get_one(Segment, segment.id).retired_at = None
    assert mei.post(f"{weekly}/resume").status_code == 302


def test_what_line_would_not_take_is_told_in_the_readers_language(office: Office, mei: Browser) -> None:
    chinese = {"Accept-Language": "zh-TW"}
    many = form(office, *"一二三四五", **{"kind.0": "cards"})
    look = mei.post("/console/campaigns/try", many, headers=chinese).text
    assert "messages：需要 1 到 5 項，目前有 6 項" in look
    endless = form(office, "{{ (1..1000000000000) | reverse }}")
    assert "at most 1,000 apart" in mei.post("/console/campaigns/try", endless).text


def test_pages_ask_as_much_for_many_campaigns_and_people_as_for_one(office: Office, mei: Browser) -> None:
    def asked(path: str) -> int:
        with counted(office.shop.database) as count:
            assert mei.get(path).status_code == 200
        return count.number

    office.befriends(1)
    path = writes(mei, office, "早安")
    sends(mei, office, path)
    office.shop.does_chores()
    paths = ("/console/campaigns/", path, f"{path}/now", f"{path}/expected")
    mei.get(path)  # what is published is read once
    few = [asked(one) for one in paths]
    office.befriends(700)
    other = [writes(mei, office, f"早安 {number}") for number in range(12)][-1]
    sends(mei, office, other)
    office.shop.does_chores()
    many = [asked(one) for one in ("/console/campaigns/", other, f"{other}/now", f"{other}/expected")]
    assert many == few
    assert max(many) < 30


def test_the_message_is_seen_as_anybody_who_is_searched_for_and_says_what_they_told(
    office: Office, mei: Browser
) -> None:
    office.shop.publishes(EXAMPLES / "rental")
    office.befriends(40)
    (wanted,) = office.befriends(1, named="陳大文")
    with office.shop.database.write() as session:
        contact = session.scalars(sa.select(Contact).where(Contact.line_user_id == wanted)).one()
        FieldBook(session, contact, event_key=None, now=office.shop.now()).set(
            "note", "喜歡陽台", kind=FieldKind.TEXT, source="staff:mei"
        )
        public_id = contact.public_id
    office.shop.does_chores()
    offered = re.findall(r'data-insert="([^"]+)"', mei.get("/console/campaigns/new").text)
    (placeholder,) = [code for code in map(html.unescape, offered) if 'fields["note"]' in code]
    path = writes(mei, office, f"您好：{placeholder}")
    found = mei.get("/console/campaigns/people?q=陳大")
    assert f'<option value="{public_id}" selected>陳大文' in found.text
    assert found.headers["HX-Trigger"] == "looks"
    assert "您好：喜歡陽台" in mei.get(f"{path}/look?as={public_id}").text
    assert "selected" not in mei.get("/console/campaigns/people?q=nosuchperson").text


@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        ("zh-TW", {"預算（上限）", "房型", "入住時間"}),
        ("ja", {"ご予算（上限）", "間取り"}),
        ("en", {"Budget (to)", "Kind of home"}),
    ],
)
def test_what_people_told_us_is_put_in_by_its_name_and_not_by_ours(
    office: Office, mei: Browser, language: str, wanted: set[str]
) -> None:
    office.shop.publishes(EXAMPLES / "rental")
    page = mei.get("/console/campaigns/new", headers={"Accept-Language": language}).text
    offered = dict(re.findall(r'data-insert="([^"]+)">([^<]+)</button>', page))
    assert wanted <= set(offered.values())
    assert not [label for label in offered.values() if "_" in label]
    budget = [label for code, label in offered.items() if "budget_max" in code]
    assert len(budget) == 1
    assert len(set(offered.values())) == len(offered)


@pytest.mark.parametrize(
    ("what", "sent"),
    [
        ("send", {"how": "at", "send_at": "soon"}),
        ("edit", {"do": "add_text"}),
        ("edit", {"name": ""}),
        ("new", {"do": "add_text"}),
        ("new", {"name": ""}),
    ],
)
def test_a_page_shown_again_is_worked_out_while_nothing_is_locked(
    office: Office, mei: Browser, what: str, sent: dict[str, str]
) -> None:
    office.befriends(3)
    path = writes(mei, office, "新品上市！")
    address = "/console/campaigns/new" if what == "new" else f"{path}/{what}"
    fields = form(office, "新品上市！", version=str(campaign_at(office, path).version), **sent)
    with writing(office.shop.database) as written:
        answer = mei.post(address, fields)
    assert answer.status_code == (200 if "do" in sent else 422), answer.text
    assert written, "somebody was looked up"
    looks_at_people = re.compile(r"FROM (contacts|deliveries|segments)\b")
    assert [statement for statement in written if looks_at_people.search(statement)] == []
