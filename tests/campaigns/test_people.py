"""Who gets a campaign and who does not, when that is asked, and what is told about it afterwards."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import privacy
from bot.campaigning import EXCLUSIONS
from bot.jobs import JOBS
from bot.segmenting import SEGMENTS
from campaigns import service
from campaigns.models import CampaignState, Delivery, Skip
from campaigns.outcomes import Judged, settle
from campaigns.preview import preview
from campaigns.why import Verdict, Why, why
from contacts.models import Contact, Following
from content.model import CampaignRules, Cap, Cost
from core.errors import InvalidInput
from core.leases import new_owner
from line import bulk
from line.channels import Channel, ensure_channel
from line.outbox import Outgoing, SendKind, SendStatus
from line.settlement import Over
from segmentation.tags import TagBook
from tests.campaigns.office import Office

HELLO = {"say": "新品上市！"}
PERSONAL = {"say": "{{ name }}，新品上市！"}


def tag(office: Office, user_id: str, name: str, *, on: bool = True) -> None:
    with office.shop.database.write() as session:
        contact = session.scalars(sa.select(Contact).where(Contact.line_user_id == user_id)).one()
        book = TagBook(session, contact, event_key=None, now=office.shop.now())
        if on:
            book.set(name, source="staff:test")
        else:
            book.remove(name, source="staff:test")


def set_contact(office: Office, user_id: str, **values: Any) -> None:
    with office.shop.database.write() as session:
        session.execute(sa.update(Contact).where(Contact.line_user_id == user_id).values(**values))


def explained(office: Office, campaign: str, user_id: str) -> Why:
    with office.shop.database.read() as session:
        return why(
            session,
            SEGMENTS,
            EXCLUSIONS,
            service.get(session, office.shop.channel_id, campaign),
            session.scalars(sa.select(Contact).where(Contact.line_user_id == user_id)).one(),
            published=office.published,
            now=office.shop.now(),
        )


def test_the_preview_says_who_is_left_out_why_and_what_it_costs(office: Office) -> None:
    office.changes_rules(
        CampaignRules(
            quiet_hours="00:00-23:59",
            cap=Cap(times=1, within=timedelta(days=1)),
            cost=Cost(per_message=0.5, currency="TWD"),
        )
    )
    mina = office.shop.person("Mina", language="ja")
    mina.follows()
    friends = office.befriends(6)
    for user_id in (mina.user_id, *friends[:4]):
        tag(office, user_id, "consent:news")
    set_contact(office, friends[0], following=Following.BLOCKED)
    mina.says("店員")  # who talks with a person of ours
    office.shop.simulator.line.quota.limit = 2
    campaign = office.writes(HELLO, consent="news")
    office.shop.does_chores()
    with office.shop.database.read() as session:
        found = preview(
            session,
            SEGMENTS,
            EXCLUSIONS,
            service.get(session, office.shop.channel_id, campaign),
            published=office.published,
            base_url="http://127.0.0.1:8000",
            now=office.shop.now(),
        )
    assert (found.recipients, found.in_segment, found.requests, found.is_personal) == (3, 7, 1, False)
    assert found.left_out == {Skip.BLOCKED: 1, Skip.NO_CONSENT: 2, Skip.IN_TICKET: 1}
    assert found.quota is not None
    assert (found.quota.left, found.fits_quota, found.cost, found.currency) == (2, False, 1.5, "TWD")
    assert found.waits_until is not None
    assert (found.quiet_hours, found.held) == ("00:00-23:59", found.recipients)
    assert explained(office, campaign, friends[1]).verdict is Verdict.WOULD_GET
    assert explained(office, campaign, friends[5]).skip is Skip.NO_CONSENT


def test_who_leaves_between_freezing_and_sending_gets_nothing_and_who_comes_neither(office: Office) -> None:
    friends = office.befriends(8)
    for user_id in friends:
        tag(office, user_id, "consent:news")
    segment = office.segment("agreed", {"consent": "news"})
    campaign = office.writes(HELLO, segment=segment, consent="news")
    office.does(campaign, service.send_now)
    campaigner = office.campaigner()
    campaigner._begin_due()
    campaigner._work()  # frozen, nothing released
    assert office.state(campaign) is CampaignState.RUNNING
    assert office.shop.rows(Outgoing) == []
    set_contact(office, friends[0], following=Following.BLOCKED)
    tag(office, friends[1], "consent:news", on=False)
    with office.shop.database.write() as session:
        channel: Channel = ensure_channel(session, now=office.shop.now())
    privacy.erase(office.shop.database, channel, friends[2], key=b"k" * 40, now=office.shop.now())
    office.shop.clock.advance(20)  # whoever froze it is gone
    (late,) = office.befriends(1)
    tag(office, late, "consent:news")
    office.shop.does_chores()
    assert Counter(office.got()) == Counter(friends[3:])
    assert office.skips(campaign) == {Skip.LEFT: 3}
    assert explained(office, campaign, friends[1]).detail == "no_consent"
    assert explained(office, campaign, late).verdict is Verdict.NOT_IN_AUDIENCE
    told = explained(office, campaign, friends[4])
    assert told.verdict is Verdict.SENT
    assert told.line_request_id


def test_the_cap_counts_all_campaigns_together(office: Office) -> None:
    office.changes_rules(CampaignRules(cap=Cap(times=2, within=timedelta(days=7))))
    friends = office.befriends(3)
    for _ in range(3):
        office.sends(HELLO)
    assert Counter(office.got()) == Counter([*friends, *friends])
    office.shop.clock.advance(7 * 24 * 3600)
    office.sends(PERSONAL)
    assert len(office.got()) == 9


def test_two_campaigns_at_once_do_not_exceed_the_cap(office: Office) -> None:
    office.changes_rules(CampaignRules(cap=Cap(times=1, within=timedelta(days=7))))
    friends = office.befriends(700)
    for text in (HELLO, PERSONAL):
        office.does(office.writes(text), service.send_now)
    office.shop.does_chores()
    assert Counter(office.got()) == Counter(friends)


def test_whose_message_cannot_be_written_is_told_and_the_others_get_theirs(office: Office) -> None:
    friends = office.befriends(3)
    set_contact(office, friends[1], display_name="x" * 20_000)
    campaign = office.sends({"say": "{{ name }}{{ name | slice: 0, 10000 | append: name }}"})
    assert len(office.got()) == 2
    assert office.skips(campaign) == {Skip.FAULTY: 1}


def test_a_message_that_never_ends_is_refused_when_it_is_written(office: Office) -> None:
    with pytest.raises(InvalidInput, match="LoopIterationLimitError"):
        office.writes({"say": "{% for a in (1..900) %}{% for b in (1..900) %}x{% endfor %}{% endfor %}"})
    for endless in ("(1..1000000000000) | reverse | first", "(1..1000000000000) | join"):
        with pytest.raises(InvalidInput, match="at most 1,000 apart"):
            office.writes({"say": f"{{{{ {endless} }}}}"})
    with pytest.raises(InvalidInput, match="is empty"):
        office.writes()


def test_a_campaign_is_in_the_story_of_who_got_it_and_in_their_export(office: Office) -> None:
    mina = office.shop.person("Mina")
    mina.follows()
    campaign = office.sends(PERSONAL)
    contact = office.shop.contact(mina)
    with office.shop.database.read() as session:
        shown = privacy.show(session, contact, limit=50, now=office.shop.now())
        exported = privacy.export(session, contact, now=office.shop.now())
    (line,) = [entry for entry in shown["timeline"] if entry["about"] == f"campaign:{campaign}"]  # type: ignore[attr-defined]
    assert line["messages"] == [{"type": "text", "text": "Mina，新品上市！"}]
    assert len(exported["campaigns"]) == 1  # type: ignore[arg-type]
    with office.shop.database.write() as session:
        channel = ensure_channel(session, now=office.shop.now())
    privacy.erase(office.shop.database, channel, mina.user_id, key=b"k" * 40, now=office.shop.now())
    assert [row.body for row in office.shop.rows(Outgoing)][-1] is None
    assert len(office.shop.rows(Delivery)) == 1


def test_no_request_keeps_the_id_of_somebody_who_is_erased(office: Office) -> None:
    shop = office.shop
    early, late = office.befriends(2)
    shop.simulator.line.quota.limit = 1
    campaign = office.sends(HELLO)
    assert office.state(campaign) is CampaignState.PAUSED
    with shop.database.write() as session:
        channel = ensure_channel(session, now=shop.now())
    privacy.erase(shop.database, channel, early, key=b"k" * 40, now=shop.now())
    assert [row.body for row in shop.rows(Outgoing)] == [None], "given back: nobody needs it any more"
    shop.simulator.line.quota.limit = 2000
    office.does(campaign, service.resume, zone=office.published.zone)
    office.campaigner().step()
    with shop.database.write() as session:
        (sending,) = bulk.claim(
            session,
            new_owner(),
            channel_id=shop.channel_id,
            kind=SendKind.MULTICAST,
            limit=1,
            now=shop.now(),
        )
    privacy.erase(shop.database, channel, late, key=b"k" * 40, now=shop.now())
    shop.clock.advance(1)
    with shop.database.write() as session:
        settle(session, [Judged(sending, Over(SendStatus.SENT))], now=shop.now())
    JOBS["erasures.finish"].work(shop.database, shop.now())
    assert [row.body for row in shop.rows(Outgoing)] == [None, None]
