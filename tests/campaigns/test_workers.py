"""Workers that die, sleep and race in the middle of a campaign, and a LINE that says no."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.bulk_sender import BATCH
from bot.campaigning import EXCLUSIONS
from bot.jobs import JOBS
from bot.segmenting import SEGMENTS
from campaigns import service
from campaigns.freeze import Freezer
from campaigns.holding import Fenced, Held, hold
from campaigns.models import Campaign, CampaignState, Delivery, PausedBecause, Push, Skip
from campaigns.outcomes import Judged, settle
from campaigns.states import paused_because
from core.errors import IllegalTransition
from core.leases import new_owner
from line import bulk
from line.outbox import Outgoing, SendKind
from line.settlement import Again
from simulator.faults import Do
from tests.campaigns.office import Office

HELLO = {"say": "新品上市！"}
PERSONAL = {"say": "{{ name }}，新品上市！"}


def begun(office: Office, *steps: object) -> str:
    """Write a campaign and let it be due, without anybody working on it."""
    campaign = office.writes(*steps)
    office.does(campaign, service.send_now)
    office.campaigner()._begin_due()
    assert office.state(campaign) is CampaignState.FREEZING
    return campaign


def held_by_somebody(office: Office, campaign: str) -> Held:
    with office.shop.database.write() as session:
        held = hold(session, office.campaign(campaign).id, new_owner(), now=office.shop.now())
    assert held is not None
    return held


def test_who_wakes_after_ten_minutes_finds_the_audience_written_by_another(office: Office) -> None:
    friends = office.befriends(30)
    campaign = begun(office, HELLO)
    held = held_by_somebody(office, campaign)
    office.shop.clock.advance(600)
    office.shop.does_chores()
    assert office.state(campaign) is CampaignState.FINISHED
    freezer = Freezer(office.shop.database, SEGMENTS, EXCLUSIONS)
    with pytest.raises(Fenced):
        freezer.freeze(held, office.published, office.shop.now)
    assert Counter(office.got()) == Counter(friends)
    assert len(office.shop.rows(Delivery)) == 30


def test_who_wakes_after_ten_minutes_releases_nobody_again(office: Office) -> None:
    friends = office.befriends(450)
    begun(office, PERSONAL)
    sleeper = office.campaigner()
    sleeper._work()
    sleeper._work()  # frozen, and the first page is out
    people = len(office.shop.rows(Outgoing))
    assert 0 < people < 450
    office.shop.clock.advance(600)
    other = office.campaigner()
    other._work()
    assert sleeper._work() == 0
    office.shop.clock.advance(600)
    office.shop.does_chores()
    assert Counter(office.got()) == Counter(friends)


def test_an_audience_half_written_by_the_dead_is_written_anew(office: Office) -> None:
    friends = office.befriends(95)
    campaign = begun(office, HELLO)
    held = held_by_somebody(office, campaign)
    ticks = 0

    def clock_of_the_dying() -> datetime:
        nonlocal ticks
        ticks += 1
        if ticks == 6:
            raise KeyboardInterrupt
        return office.shop.now()

    with pytest.raises(KeyboardInterrupt):
        Freezer(office.shop.database, SEGMENTS, EXCLUSIONS, page=10).freeze(
            held, office.published, clock_of_the_dying
        )
    assert 0 < len(office.shop.rows(Delivery)) < 95
    office.shop.does_chores()
    assert office.got() == []  # its lease has not run out
    office.shop.clock.advance(20)
    office.befriends(1)
    office.shop.does_chores()
    assert len(office.shop.rows(Delivery)) == 96
    assert set(friends) < set(office.got())
    assert len(office.got()) == 96


def test_send_pressed_five_times_at_once_is_one_campaign(office: Office) -> None:
    friends = office.befriends(20)
    campaign = office.writes(HELLO)

    def press(_number: int) -> bool:
        try:
            office.does(campaign, service.send_now)
        except IllegalTransition:
            return False
        return True

    with ThreadPoolExecutor(5) as pool:
        assert sorted(pool.map(press, range(5))) == [False] * 4 + [True]
    office.shop.does_chores()
    assert Counter(office.got()) == Counter(friends)


def test_workers_side_by_side_begin_and_release_everybody_once(office: Office) -> None:
    friends = office.befriends(1300)
    campaign = office.writes(HELLO)
    office.does(campaign, service.send_now)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda one: one.step(), [office.campaigner() for _ in range(3)]))
    office.shop.clock.advance(20)
    office.shop.does_chores()
    assert office.state(campaign) is CampaignState.FINISHED
    assert Counter(office.got()) == Counter(friends)
    assert sum(push.size for push in office.shop.rows(Push)) == 1300


def test_a_refused_token_makes_it_wait_and_a_new_one_lets_it_go_on(office: Office) -> None:
    friends = office.befriends(1200)
    line = office.shop.simulator.line
    tokens = dict(line.access_tokens)
    line.access_tokens.clear()
    campaign = office.sends(HELLO)
    assert office.state(campaign) is CampaignState.RUNNING
    assert sum(entry.status == 401 for entry in line.log) <= 8
    line.access_tokens.update(tokens)
    office.shop.clock.advance(61)
    JOBS["channels.resume"].work(office.shop.database, office.shop.now())
    office.shop.does_chores()
    assert office.state(campaign) is CampaignState.FINISHED
    assert Counter(office.got()) == Counter(friends)


def test_what_is_cancelled_while_line_refuses_our_token_never_goes_out(office: Office) -> None:
    office.befriends(1200)
    tokens = _stands_still_with_requests(office, campaign := office.writes(HELLO))
    office.does(campaign, service.cancel)
    _sends_again(office, tokens)
    assert office.got() == []
    assert [push.size for push in office.shop.rows(Push)] == [0, 0, 0]
    assert [row.body for row in office.shop.rows(Outgoing)] == [None] * 3


def test_what_is_in_a_senders_hands_when_it_is_paused_is_taken_back_afterwards(office: Office) -> None:
    friends = office.befriends(1200)
    campaign = office.writes(HELLO)
    office.does(campaign, service.send_now)
    office.campaigner().step()
    shop = office.shop
    with shop.database.write() as session:
        rows = bulk.claim(
            session,
            new_owner(),
            channel_id=shop.channel_id,
            kind=SendKind.MULTICAST,
            limit=3,
            now=shop.now(),
        )
    office.does(campaign, service.pause)
    unclear, *clear = rows
    verdicts = [(unclear, True), *((row, False) for row in clear)]
    with shop.database.write() as session:
        judged = [Judged(row, Again(shop.now(), maybe_sent, "500")) for row, maybe_sent in verdicts]
        settle(session, judged, now=shop.now())
    shop.does_chores()
    assert len(office.got()) == 500  # that one may be on their phones already: it is tried under its key
    office.does(campaign, service.resume, zone=office.published.zone)
    shop.clock.advance(20)
    shop.does_chores()
    assert office.state(campaign) is CampaignState.FINISHED
    assert Counter(office.got()) == Counter(friends)


def test_what_could_not_be_sent_for_a_day_pauses_it_and_nobody_is_lost(office: Office) -> None:
    friends = office.befriends(1200)
    tokens = _stands_still_with_requests(office, campaign := office.writes(HELLO))
    office.shop.clock.advance(48 * 3600)
    _sends_again(office, tokens)
    paused = office.campaign(campaign)
    assert (paused.state, paused.paused_because) == (CampaignState.PAUSED, "late")
    assert office.got() == []
    office.does(campaign, service.resume, zone=office.published.zone)
    office.shop.does_chores()
    assert office.state(campaign) is CampaignState.FINISHED
    assert Counter(office.got()) == Counter(friends)


def _stands_still_with_requests(office: Office, campaign: str) -> dict[str, Any]:
    line = office.shop.simulator.line
    tokens = dict(line.access_tokens)
    line.access_tokens.clear()
    office.does(campaign, service.send_now)
    office.shop.does_chores()
    return tokens


def _sends_again(office: Office, tokens: dict[str, Any]) -> None:
    office.shop.simulator.line.access_tokens.update(tokens)
    office.shop.clock.advance(61)
    JOBS["channels.resume"].work(office.shop.database, office.shop.now())
    office.shop.does_chores()


@pytest.mark.parametrize("step", [HELLO, PERSONAL])
def test_too_many_refusals_pause_it(office: Office, step: dict[str, str]) -> None:
    office.befriends(60)
    endpoint = "multicast" if step is HELLO else "push"
    office.shop.simulator.line.faults.order(endpoint, Do.REFUSE, times=1000, status=403, message="Not yours")
    campaign = office.sends(step)
    paused = office.campaign(campaign)
    assert (paused.state, paused.paused_because) == (CampaignState.PAUSED, "refusals")
    office.shop.simulator.line.faults.clear()
    office.does(campaign, service.resume, zone=office.published.zone)
    office.shop.does_chores()
    assert office.state(campaign) is CampaignState.FINISHED
    refused = office.skips(campaign).get(Skip.REFUSED, 0)
    assert len(office.got()) == 60 - refused
    assert len(set(office.got())) == len(office.got())


def test_what_waits_is_taken_back_when_refusals_pause_it(office: Office) -> None:
    friends = office.befriends(2 * BATCH + 50)
    faults = office.shop.simulator.line.faults
    faults.order("push", Do.REFUSE, times=BATCH, status=403, message="Not yours")
    campaign = office.sends(PERSONAL)
    assert office.state(campaign) is CampaignState.PAUSED
    assert office.got() == [], "nothing goes out of a campaign that stands still"
    assert office.skips(campaign) == {Skip.REFUSED: BATCH}
    office.does(campaign, service.resume, zone=office.published.zone)
    office.shop.does_chores()
    assert office.state(campaign) is CampaignState.FINISHED
    assert len(office.got()) == len(friends) - BATCH


def test_when_the_quota_is_spent_line_is_not_asked_for_everybody_who_is_left(office: Office) -> None:
    friends = office.befriends(2 * BATCH + 50)
    line = office.shop.simulator.line
    line.quota.limit = 10
    campaign = office.sends(PERSONAL)
    assert (office.state(campaign), len(office.got())) == (CampaignState.PAUSED, 10)
    assert sum(row.attempts for row in office.shop.rows(Outgoing)) == BATCH, (
        "those in hand, and nobody after them"
    )
    line.quota.limit = 2000
    office.does(campaign, service.resume, zone=office.published.zone)
    office.shop.does_chores()
    assert Counter(office.got()) == Counter(friends)


def test_a_reply_never_waits_behind_a_full_outbox_of_a_campaign(office: Office) -> None:
    office.befriends(900)
    begun(office, PERSONAL)
    campaigner = office.campaigner()
    for _ in range(5):
        campaigner._work()
    waiting = len(office.shop.rows(Outgoing))
    assert waiting >= 400
    mina = office.shop.person("Mina")
    mina.follows()
    mina.says("營業時間")
    assert len(mina.sees) > 1
    assert office.got() == []
    assert office.shop.now() - office.shop.rows(Outgoing)[-1].created_at < timedelta(seconds=30)


def test_a_message_that_can_no_longer_be_written_pauses_it(office: Office) -> None:
    office.befriends(3)
    campaign = office.writes(HELLO)
    with office.shop.database.write() as session:
        row = service.get(session, office.shop.channel_id, campaign)
        row.content = {"steps": [{"say": "{% for a in (1..9000) %}x{% endfor %}"}]}
    office.does(campaign, service.send_now)
    office.shop.does_chores()
    paused = office.campaign(campaign)
    assert (paused.state, paused.paused_because) == (CampaignState.PAUSED, "message")
    assert office.got() == []


def test_a_fault_in_one_campaign_stops_that_one_and_the_others_go_on(office: Office) -> None:
    friends = office.befriends(3)
    first, second = office.writes(HELLO, name="first"), office.writes(HELLO, name="second")
    unreadable(office, first, content={"steps": 7})
    for campaign in (first, second):
        office.does(campaign, service.send_now)
    office.shop.does_chores()
    assert office.state(second) is CampaignState.FINISHED
    assert Counter(office.got()) == Counter(friends)
    poisoned = office.campaign(first)
    assert poisoned.state is CampaignState.PAUSED
    because = paused_because(poisoned)
    assert because is not None
    assert because[0] is PausedBecause.FAULT
    assert "ValidationError in campaigns/messages.py" in because[1]


def test_a_plan_whose_time_cannot_be_read_holds_no_other_up(office: Office) -> None:
    friends = office.befriends(3)
    weekly, once = office.writes(HELLO, name="weekly"), office.writes(HELLO, name="once")
    office.does(weekly, service.send_now)
    unreadable(office, weekly, repeat="when the cows come home")
    office.does(once, service.send_now)
    office.shop.does_chores()
    assert office.state(once) is CampaignState.FINISHED
    assert Counter(office.got()) == Counter(friends)
    assert office.state(weekly) is CampaignState.PAUSED
    assert (office.campaign(weekly).paused_because or "").startswith("fault:")


def unreadable(office: Office, campaign: str, **columns: object) -> None:
    """Put into a campaign's row what no form and no playbook can."""
    with office.shop.database.write() as session:
        session.execute(sa.update(Campaign).where(Campaign.public_id == campaign).values(**columns))
