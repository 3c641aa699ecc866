"""A LINE that finds us too fast, or refuses one of many: nothing is lost, and the others get theirs."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.bulk_sender import BATCH
from bot.chores import Chores
from campaigns import service
from campaigns.models import CampaignState, Skip
from core.db import Database
from line.channels import ensure_channel
from line.governor import GO, LONGEST_HOLD_OFF, Governor
from line.messenger import LineMessenger
from line.outbox import Outgoing, SendKind, SendStatus
from line.outcomes import Later, Refused
from simulator.clock import SimClock
from simulator.faults import Do
from simulator.persons import Friendship, PersonState
from simulator.server import TEST_TOKEN
from tests.bot.test_sender import a_push_to
from tests.bot.test_worker import a_worker, works_until_idle
from tests.campaigns.office import Office
from tests.line.queues import NOON
from tests.shop import EXAMPLES, Shop

PERSONAL = {"say": "{{ name }}，新品上市！"}
HELLO = {"say": "新品上市！"}
TOO_FAST = "too fast"


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Iterator[Office]:
    shop = Shop(database, media_dir=tmp_path / "media", knows_everyone=True, ledger_size=None)
    yield Office(shop)
    shop.closes()


def heedful(shop: Shop, governor: Governor) -> LineMessenger:
    """Return a messenger whose governor hears what LINE says, as in every worker."""
    url = shop.simulator.url
    return LineMessenger(TEST_TOKEN, api_base=url, data_api_base=url, heed=governor.heed)


def calls_to(shop: Shop, endpoint: str) -> int:
    return sum(entry.title == f"POST /v2/bot/message/{endpoint}" for entry in shop.simulator.line.log)


def attempts(shop: Shop) -> int:
    """Return how often LINE was asked to push; its log keeps the newest calls only."""
    return sum(row.attempts for row in shop.rows(Outgoing, Outgoing.kind == SendKind.PUSH))


@pytest.mark.parametrize(
    ("asked", "rests"),
    [
        (timedelta(seconds=20), timedelta(seconds=20)),
        (None, timedelta(seconds=1)),
        (timedelta(hours=2), LONGEST_HOLD_OFF),
    ],
)
def test_an_endpoint_rests_in_every_process_when_line_finds_one_too_fast(
    database: Database, asked: timedelta | None, rests: timedelta
) -> None:
    with database.write() as session:
        channel_id = ensure_channel(session, now=NOON).id
        other = ensure_channel(session, "other", now=NOON).id
    clock = SimClock(NOON)
    here, there = Governor(database, clock), Governor(database, clock)
    assert here.wait(channel_id, "message/push") == GO
    here.heed(channel_id, "message/push", Later(TOO_FAST, maybe_sent=False, after=asked, is_too_fast=True))
    for governor in (here, there):
        assert abs(governor.wait(channel_id, "message/push") - rests) < timedelta(milliseconds=2)
        assert governor.wait(channel_id, "message/reply") == GO, "another endpoint"
        assert governor.wait(other, "message/push") == GO, "another channel"
    clock.advance(rests - timedelta(milliseconds=5))
    assert here.wait(channel_id, "message/push") > GO
    clock.advance(0.01)
    assert here.wait(channel_id, "message/push") == GO
    clock.advance(1)
    assert there.wait(channel_id, "message/push") == GO


def test_what_is_no_429_lets_nothing_rest(database: Database) -> None:
    with database.write() as session:
        channel_id = ensure_channel(session, now=NOON).id
    governor = Governor(database, SimClock(NOON))
    for outcome in (Later("500", maybe_sent=True, after=timedelta(seconds=9)), Refused("400")):
        governor.heed(channel_id, "message/push", outcome)
        assert governor.wait(channel_id, "message/push") == GO


def test_of_many_pushes_one_hears_that_we_are_too_fast_and_none_is_lost(shop: Shop) -> None:
    shop.publishes(EXAMPLES / "rental")
    shop.clock.stop()
    governor = Governor(shop.database, shop.now)
    shop.worker = worker = a_worker(shop, messenger=heedful(shop, governor), pause=governor.wait)
    people = [shop.person(f"Person {number}") for number in range(12)]
    for person in people:
        person.follows()
    shop.simulator.line.faults.order("push", "rate_429", times=100, retry_after=20)
    for person in people:
        a_push_to(shop, person, because=person.name)
    works_until_idle(worker)
    assert calls_to(shop, "push") == 1
    ken = shop.person("Ken")
    ken.says("押金")
    assert len(ken.sees) == 1, "answers go on"
    shop.clock.advance(19)
    works_until_idle(worker)
    assert calls_to(shop, "push") == 1
    shop.simulator.line.faults.clear()
    for _ in range(3):
        shop.clock.advance(20)
        works_until_idle(worker)
    pushes = shop.rows(Outgoing, Outgoing.kind == SendKind.PUSH)
    assert {row.status for row in pushes} == {SendStatus.SENT}
    assert calls_to(shop, "push") == 13


def test_a_campaign_that_is_too_fast_rests_as_long_as_line_asks(office: Office) -> None:
    friends = office.befriends(2 * BATCH)
    shop = office.shop
    shop.clock.stop()
    governor = Governor(shop.database, shop.now)
    shop.chores = Chores(
        shop.database, heedful(shop, governor), shop.now, media_dir=shop.media_dir, governor=governor
    )
    shop.simulator.line.faults.order("push", Do.RATE_429, times=10_000, retry_after=20)
    campaign = office.writes(PERSONAL)
    office.does(campaign, service.send_now)

    def goes_on() -> None:
        for kind in ("campaigns", "bulk"):
            shop.chores.kinds[kind]()

    for _ in range(3):
        goes_on()
        assert attempts(shop) <= BATCH, "what was claimed together, and nothing after it"
        shop.clock.advance(6)
    assert attempts(shop) > 0
    shop.simulator.line.faults.clear()
    shop.clock.advance(20)
    shop.clock.run()
    for _ in range(20):
        goes_on()
    assert office.state(campaign) is CampaignState.FINISHED
    assert Counter(office.got()) == Counter(friends)


@pytest.mark.parametrize("bad", [[137], [0, 1, 250, 333, 498, 499]])
def test_of_five_hundred_in_one_request_those_whom_line_refuses_are_found_and_the_others_served(
    office: Office, bad: list[int]
) -> None:
    friends = office.befriends(500)
    line = office.shop.simulator.line
    refused = {friends[number] for number in bad}
    line.knows_everyone, line.refuses_unknown_in_multicast = False, True
    for user_id in set(friends) - refused:
        line.crowd[user_id] = PersonState(user_id, "", "zh-TW", friendship=Friendship.FRIEND, is_crowd=True)
    campaign = office.sends(HELLO)
    assert office.state(campaign) is CampaignState.FINISHED
    assert Counter(office.got()) == Counter(set(friends) - refused)
    assert office.skips(campaign) == {Skip.REFUSED: len(bad)}
    assert calls_to(office.shop, "multicast") <= 1 + 2 * 9 * len(bad), "halves, not one by one"
    assert calls_to(office.shop, "push") == 0
