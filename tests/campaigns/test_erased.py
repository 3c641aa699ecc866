"""Somebody is erased while a campaign to many is on its way."""

from collections import Counter

import pytest
import sqlalchemy as sa

from bot import privacy
from campaigns import service
from campaigns.models import CampaignState, Delivery, Push, Skip
from campaigns.outcomes import Judged, settle
from core.leases import new_owner
from line import bulk
from line.channels import ensure_channel
from line.outbox import Outgoing, Sending, SendKind
from line.settlement import Again
from tests.campaigns.office import Office

HELLO = {"say": "新品上市！"}


def released(office: Office) -> str:
    """Release a campaign that nobody sends yet."""
    campaign = office.writes(HELLO)
    office.does(campaign, service.send_now)
    office.campaigner().step()
    with office.shop.database.write() as session:
        session.execute(sa.text("UPDATE campaigns SET lease_owner = NULL, lease_until = NULL"))
    return campaign


def erases(office: Office, user_id: str) -> None:
    with office.shop.database.write() as session:
        channel = ensure_channel(session, now=office.shop.now())
    privacy.erase(office.shop.database, channel, user_id, key=b"k" * 40, now=office.shop.now())


def leased(office: Office) -> Sending:
    with office.shop.database.write() as session:
        (sending,) = bulk.claim(
            session,
            new_owner(),
            channel_id=office.shop.channel_id,
            kind=SendKind.MULTICAST,
            limit=1,
            now=office.shop.now(),
        )
    return sending


def settles(office: Office, sending: Sending, *, maybe_sent: bool) -> None:
    now = office.shop.now()
    with office.shop.database.write() as session:
        settle(session, [Judged(sending, Again(now, maybe_sent=maybe_sent, reason="429"))], now=now)


def test_a_request_that_has_not_left_leaves_without_them(office: Office) -> None:
    first, gone, last = office.befriends(3)
    campaign = released(office)
    (before,) = office.shop.rows(Outgoing)
    erases(office, gone)
    (after,) = office.shop.rows(Outgoing)
    assert after.retry_key != before.retry_key, "another body is another request"
    assert gone.encode() not in after.body
    office.shop.does_chores()
    assert Counter(office.got()) == Counter([first, last])
    assert office.state(campaign) is CampaignState.FINISHED
    assert office.skips(campaign) == {Skip.LEFT: 1}
    assert [push.size for push in office.shop.rows(Push)] == [2]


def test_a_request_all_of_whose_people_are_erased_never_leaves(office: Office) -> None:
    both = office.befriends(2)
    campaign = released(office)
    for user_id in both:
        erases(office, user_id)
    office.shop.does_chores()
    assert office.got() == []
    assert office.state(campaign) is CampaignState.FINISHED
    assert office.skips(campaign) == {Skip.LEFT: 2}
    assert [row.body for row in office.shop.rows(Outgoing)] == [None]


@pytest.mark.parametrize("maybe_sent", [False, True])
def test_what_line_may_have_accepted_stays_as_it_is_and_what_it_refused_does_not(
    office: Office, maybe_sent: bool
) -> None:
    stays, gone = office.befriends(2)
    campaign = released(office)
    sending = leased(office)
    erases(office, gone)
    settles(office, sending, maybe_sent=maybe_sent)
    (after,) = office.shop.rows(Outgoing)
    assert (after.body == sending.body, after.retry_key == sending.retry_key) == (maybe_sent, maybe_sent)
    office.shop.does_chores()
    assert Counter(office.got()) == Counter([stays, gone] if maybe_sent else [stays])
    assert office.state(campaign) is CampaignState.FINISHED
    assert len(office.shop.rows(Delivery)) == 2
