"""Named leases: one live holder, and a number that tells old holders from new."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from core import leases
from core.db import Database
from core.leases import Held, Owner, new_owner
from tests.line.queues import NOON, after

ANNA, BERT = Owner("anna"), Owner("bert")
LASTS = timedelta(seconds=15)


def acquire(database: Database, owner: Owner, at: datetime = NOON, name: str = "leader") -> Held | None:
    with database.write() as session:
        return leases.acquire(session, name, owner, lasts=LASTS, now=at)


def is_held(database: Database, held: Held | None) -> bool:
    assert held is not None
    with database.write() as session:
        return leases.check(session, held)


def test_one_leads_until_the_lease_runs_out(database: Database) -> None:
    first = acquire(database, ANNA)
    assert first is not None
    assert acquire(database, BERT) is None
    assert acquire(database, BERT, after(seconds=14.9)) is None
    second = acquire(database, BERT, after(seconds=15))
    assert second is not None
    assert second.lease_no == first.lease_no + 1
    assert not is_held(database, first)
    assert is_held(database, second)
    assert acquire(database, ANNA, after(seconds=16)) is None


def test_renewing_keeps_the_number_and_prolongs(database: Database) -> None:
    first = acquire(database, ANNA)
    assert acquire(database, ANNA, after(seconds=10)) == first
    assert acquire(database, BERT, after(seconds=20)) is None
    assert acquire(database, ANNA, after(minutes=10)) == first  # nobody else wanted it meanwhile
    assert is_held(database, first)


def test_who_paused_for_ten_minutes_and_wakes_is_fenced(database: Database) -> None:
    slept = acquire(database, ANNA)
    acquire(database, BERT, after(minutes=10))
    assert not is_held(database, slept)
    with database.write() as session:
        assert slept is not None
        leases.release(session, slept, now=after(minutes=10))
    assert acquire(database, ANNA, after(minutes=10)) is None


def test_a_released_lease_is_free_at_once(database: Database) -> None:
    held = acquire(database, ANNA)
    assert held is not None
    with database.write() as session:
        leases.release(session, held, now=NOON)
    assert not is_held(database, held)
    assert acquire(database, BERT) is not None


def test_names_do_not_touch_each_other(database: Database) -> None:
    assert acquire(database, ANNA, name="one") is not None
    assert acquire(database, BERT, name="two") is not None


def test_of_many_who_want_it_at_once_one_gets_it(database: Database) -> None:
    start = threading.Barrier(8)

    def wants(number: int) -> Held | None:
        start.wait()
        return acquire(database, Owner(f"owner {number}"))

    with ThreadPoolExecutor(8) as pool:
        held = [lease for lease in pool.map(wants, range(8)) if lease is not None]
    assert len(held) == 1
    assert is_held(database, held[0])


def test_no_two_processes_have_one_name() -> None:
    assert new_owner() != new_owner()
    assert len(new_owner()) <= 80
