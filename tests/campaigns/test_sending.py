"""Campaigns from the button to the phones: everybody once, in their words, and what goes wrong on the way."""

from collections import Counter

import pytest

from campaigns import service
from campaigns.models import CampaignState, Push, Skip
from simulator.faults import Do
from tests.campaigns.office import Office

HELLO = {"say": "新品上市！"}
PERSONAL = {"say": "{{ name }}，新品上市！"}


def test_everybody_gets_the_same_by_few_requests_and_exactly_once(office: Office) -> None:
    friends = office.befriends(1203)
    campaign = office.sends(HELLO)
    assert office.state(campaign) is CampaignState.FINISHED
    assert Counter(office.got()) == Counter(friends)
    assert [push.size for push in office.shop.rows(Push)] == [500, 500, 203]
    assert office.texts() == ["新品上市！"] * 3


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
    assert len(office.got()) == 500
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
