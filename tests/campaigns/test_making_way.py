"""Campaigns are sent by as many threads as LINE keeps busy."""

import threading
from datetime import timedelta
from time import perf_counter, sleep

import pytest

from bot.bulk_sender import FEWEST_AT_ONCE, THREADS, BulkSender
from campaigns import service
from core.leases import new_owner
from line.messenger import LineMessenger
from line.outbox import Sending
from line.outcomes import Outcome, Sent
from tests.campaigns.office import Office

PERSONAL = {"say": "{{ name }}，新品上市！"}


class Distant(LineMessenger):
    """A LINE so far away; it takes everything, and counts how many ask at once."""

    def __init__(self, takes_s: float) -> None:
        self.takes_s, self.at_once, self.most = takes_s, 0, 0
        self.lock = threading.Lock()

    def send(self, sending: Sending) -> Outcome:
        with self.lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        sleep(self.takes_s)
        with self.lock:
            self.at_once -= 1
        return Sent(None, ())


def released(office: Office, people: int) -> None:
    office.befriends(people)
    office.does(office.writes(PERSONAL), service.send_now)
    campaigner = office.campaigner()
    campaigner._begin_due()
    for _ in range(3):  # frozen, then two pages
        campaigner._work()


@pytest.mark.parametrize(("takes_s", "at_once"), [(0.05, THREADS), (0.0, FEWEST_AT_ONCE)])
def test_as_many_threads_send_as_the_distance_to_line_keeps_busy(
    office: Office, takes_s: float, at_once: int
) -> None:
    released(office, 500)
    line = Distant(takes_s)
    sender = BulkSender(
        office.shop.database,
        line,
        office.shop.now,
        owner=new_owner(),
        leave=lambda _channel_id, _endpoint, most: (most, timedelta(0)),
    )
    batch = sender._claim()
    assert batch
    assert len(sender._send(batch, perf_counter())) == len(batch)
    line.most = 0
    again = sender._send(batch, perf_counter())
    assert sorted(one.sending.id for one in again) == [due.sending.id for due in batch]
    assert line.most <= at_once
    assert line.most > at_once / 2 or not takes_s
