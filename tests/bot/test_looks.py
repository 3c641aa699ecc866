"""When a worker looks for work between two wake-ups: nobody waits for its next poll who need not."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic

import sqlalchemy as sa

from bot.worker import Worker
from line import outbox
from line.inbox import Lane, WebhookEvent
from line.outbox import Outgoing, SendKind, SendStatus
from tests.bot.test_worker import Stumbling, a_worker, only_stores, poison
from tests.shop import EXAMPLES, Shop


@contextmanager
def running(worker: Worker) -> Iterator[None]:
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join(60)


def seconds_until(is_so: Callable[[], bool]) -> float:
    began = monotonic()
    while not is_so():
        assert monotonic() - began < 30
        threading.Event().wait(0.02)
    return monotonic() - began


def test_what_is_written_to_somebody_leaves_without_a_pause_between(shop: Shop) -> None:
    mina = shop.person("Mina")
    mina.follows()
    with shop.database.write() as session:
        for number in range(5):
            session.add(
                outbox.push(
                    channel_id=shop.channel_id,
                    user_id=mina.user_id,
                    shard=0,
                    messages=[{"type": "text", "text": f"{number}"}],
                    because=f"test {number}",
                    now=shop.now(),
                )
            )
    worker = a_worker(shop)
    with running(worker):
        worker.wake()
        took = seconds_until(
            lambda: all(
                row.status is SendStatus.SENT for row in shop.rows(Outgoing, Outgoing.kind == SendKind.PUSH)
            )
        )
    assert took < 2


def test_what_twice_dead_workers_held_is_taken_over_without_a_pause_between(shop: Shop) -> None:
    only_stores(shop)
    for number in range(6):
        shop.person(f"P{number}").says("hello")
    with shop.database.write() as session:
        session.execute(sa.update(Lane).values(owner="dead", due_at=shop.now() - timedelta(seconds=1)))
        session.execute(sa.update(WebhookEvent).values(deaths=1))
    shop.person("Mina").says("hello")
    worker = a_worker(shop)
    with running(worker):
        worker.wake()
        took = seconds_until(lambda: all(row.handled_at for row in shop.rows(WebhookEvent)))
    assert took < 2


def test_whoever_said_more_behind_a_parked_event_is_answered_at_once(shop: Shop) -> None:
    shop.publishes(EXAMPLES / "rental")
    only_stores(shop)
    mina = shop.person("Mina")
    mina.says("poison")
    mina.says("押金")
    with shop.database.write() as session:
        session.execute(sa.update(WebhookEvent).where(WebhookEvent.body.is_not(None)).values(failures=2))
    worker = a_worker(shop, dispatcher=Stumbling(shop, poison))
    with running(worker):
        worker.wake()
        took = seconds_until(lambda: bool(mina.sees))
    assert took < 0.8
