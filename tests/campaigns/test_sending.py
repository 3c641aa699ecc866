"""Campaigns from the button to the phones: everybody once, in their words, and what goes wrong on the way."""

from collections import Counter

import pytest
import sqlalchemy as sa

from bot import privacy
from campaigns import script, service, trial
from campaigns.models import CampaignState, Delivery, Push, Skip
from campaigns.report import report
from line.channels import ensure_channel
from simulator.faults import Do
from staff import pairing
from staff import service as staff
from staff.audit import Actor
from staff.models import Role, StaffUser
from tests.campaigns.office import Office
from tests.shop import Shop

HELLO = {"say": "新品上市！"}
PERSONAL = {"say": "{{ name }}，新品上市！"}


def test_everybody_gets_the_same_by_few_requests_and_exactly_once(office: Office) -> None:
    friends = office.befriends(1203)
    campaign = office.sends(HELLO)
    assert office.state(campaign) is CampaignState.FINISHED
    assert Counter(office.got()) == Counter(friends)
    assert [push.size for push in office.shop.rows(Push)] == [500, 500, 203]
    assert office.texts() == ["新品上市！"] * 3


def test_readers_of_three_languages_fill_their_requests_whoever_they_come_among(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "MULTICAST_LIMIT", 5)
    monkeypatch.setattr(script, "ALIKE_PAGE", 20)
    office = Office(shop, playbook="rental")
    friends = [
        one
        for _ in range(7)
        for language, count in (("zh-TW", 5), ("ja", 2), ("en", 1))
        for one in office.befriends(count, language=language)
    ]
    campaign = office.sends({"say": {"zh-TW": "新品上市！", "ja": "新商品！", "en": "New!"}})
    assert office.state(campaign) is CampaignState.FINISHED
    assert Counter(office.got()) == Counter(friends)
    sizes = sorted(push.size for push in shop.rows(Push))
    assert sizes == [2, 4, *[5] * 10], "35 in seven requests, 14 in three, 7 in two"


def test_everybody_gets_their_own_words_exactly_once(office: Office) -> None:
    friends = office.befriends(431)
    campaign = office.sends(PERSONAL)
    assert office.state(campaign) is CampaignState.FINISHED
    assert Counter(office.got()) == Counter(friends)
    assert sorted(office.texts()) == sorted(f"friend {number}，新品上市！" for number in range(1, 432))


def test_a_campaign_without_anybody_is_finished_at_once(office: Office) -> None:
    campaign = office.sends(HELLO, segment=office.segment("nobody", {"any": [{"tag": "nothing"}]}))
    assert office.state(campaign) is CampaignState.FINISHED
    assert office.got() == []


def test_of_one_bad_id_in_a_multicast_the_499_others_are_served(office: Office) -> None:
    line = office.shop.simulator.line
    line.knows_everyone, line.refuses_unknown_in_multicast = False, True
    friends = [office.shop.person(f"P{number}") for number in range(40)]
    for friend in friends:
        friend.follows()
    office.befriends(1)  # whom LINE does not know
    before = line.ledger.accepted["push"]
    campaign = office.sends(HELLO)
    assert office.state(campaign) is CampaignState.FINISHED
    assert Counter(office.got()) == Counter(friend.user_id for friend in friends)
    assert office.skips(campaign) == {Skip.REFUSED: 1}
    assert line.ledger.accepted["push"] == before


def test_a_spent_quota_pauses_with_its_reason_and_goes_on_when_there_is_more(office: Office) -> None:
    friends = office.befriends(900)
    office.shop.simulator.line.quota.limit = 600
    campaign = office.sends(HELLO)
    assert (office.state(campaign), office.campaign(campaign).paused_because) == (
        CampaignState.PAUSED,
        "quota",
    )
    assert len(office.got()) in {400, 500}  # whichever request was first
    office.shop.simulator.line.quota.limit = 2000
    office.does(campaign, service.resume, zone=office.published.zone)
    office.shop.does_chores()
    assert office.state(campaign) is CampaignState.FINISHED
    assert Counter(office.got()) == Counter(friends)


@pytest.mark.parametrize("fault", [Do.DROP_AFTER, Do.ERROR_AFTER, Do.ERROR_BEFORE, Do.RATE_429, Do.BAD_JSON])
def test_whatever_line_answers_nobody_gets_it_twice(office: Office, fault: Do) -> None:
    friends = office.befriends(700)
    office.shop.simulator.line.faults.order("multicast", fault, times=2)
    campaign = office.sends(HELLO)
    for _ in range(5):
        office.shop.clock.advance(5)
        office.shop.does_chores()
    assert office.state(campaign) is CampaignState.FINISHED
    assert Counter(office.got()) == Counter(friends)


def test_a_tap_on_a_campaigns_button_is_recorded_and_does_what_the_button_says(office: Office) -> None:
    mina = office.shop.person("Mina")
    mina.follows()
    button = {"label": "想喝這杯", "id": "want", "tag": "interest:new", "say": "記下來了！"}
    campaign = office.sends({"say": {"text": "新品上市！", "buttons": [button]}})
    mina.taps("想喝這杯")
    assert mina.sees[-1] == "記下來了！"
    (delivery,) = office.shop.rows(Delivery)
    assert delivery.tapped_at is not None
    with office.shop.database.read() as session:
        counted = report(session, office.campaign(campaign))
    assert (counted.sent, counted.tapped, counted.blocked) == (1, 1, 0)
    mina.unfollows()
    with office.shop.database.read() as session:
        assert report(session, office.campaign(campaign)).blocked == 1


def test_cards_of_a_campaign_carry_its_buttons(office: Office) -> None:
    mina = office.shop.person("Mina")
    mina.follows()
    office.sends({"show": {"cards": ["taro_milk", "pomelo_green_tea"], "say": "新品搶先喝"}})
    assert "新品搶先喝" in mina.sees
    mina.taps("想喝這杯")
    (delivery,) = office.shop.rows(Delivery)
    assert delivery.tapped_at is not None


def test_a_staff_users_phone_is_paired_by_a_code_and_gets_tests(office: Office) -> None:
    shop = office.shop
    mina = shop.person("Mina")
    mina.follows()
    with shop.database.write() as session:
        user = staff.add_user(
            session,
            login="mei",
            display_name="林美",
            role=Role.MARKETER,
            by=Actor.command_line("test"),
            now=shop.now(),
        )
        session.flush()  # for the id that the code names
        code = pairing.issue(session, user, now=shop.now()).code
    mina.says("000000" if code != "000000" else "111111")
    campaign = office.writes(PERSONAL)
    mina.says(f" {code} ")
    assert "林美" in mina.sees[-1]
    with shop.database.write() as session:
        user = session.scalars(sa.select(StaffUser)).one()
        trial.test_send(
            session,
            service.get(session, shop.channel_id, campaign),
            user,
            published=office.published,
            base_url="http://127.0.0.1:8000",
            by=Actor.of(user),
            now=shop.now(),
        )
    shop.works()
    assert mina.sees[-1] == "Mina，新品上市！"
    with shop.database.read() as session:
        assert report(session, office.campaign(campaign)).sent == 0
    with shop.database.write() as session:
        channel = ensure_channel(session, now=shop.now())
    privacy.erase(shop.database, channel, mina.user_id, key=b"k" * 40, now=shop.now())
    assert shop.rows(StaffUser)[0].line_user_id is None
