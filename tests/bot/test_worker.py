"""The worker: who is served when something goes wrong, and what it costs them."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from bot.dispatch import Dispatcher, Done, WantsProfile
from bot.profiles import ProfileAnswer
from bot.worker import Worker
from contacts.models import Following
from core.db import Database
from core.leases import Owner, new_owner
from line import lanes
from line.inbox import EventStatus, Lane, WebhookEvent
from line.lanes import HeldLane, PendingEvent
from line.outbox import Outgoing, SendKind, SendStatus
from simulator.faults import Do
from tests.listening import listening
from tests.shop import ERASURE_KEY, EXAMPLES, InlineExecutor, Shop

RENTAL = EXAMPLES / "rental"


class Stumbling(Dispatcher):
    """Fails at texts that say what to fail with."""

    def __init__(self, shop: Shop, stumble: Callable[[bytes], None]) -> None:
        super().__init__(shop.database, clock=shop.now, erasure_key=ERASURE_KEY, base_url="http://127.0.0.1")
        self._stumble = stumble

    def take_turn(
        self, lane: HeldLane, pending: PendingEvent, answer: ProfileAnswer | None
    ) -> Done | WantsProfile:
        self._stumble(pending.body)
        return super().take_turn(lane, pending, answer)


def a_worker(
    shop: Shop, *, dispatcher: Dispatcher | None = None, messenger: Any = None, **others: Any
) -> Worker:
    """Return a worker like the shop's own, apart from what is given."""
    usual: dict[str, Any] = {
        "clock": shop.now,
        "owner": new_owner(),
        "fallback": shop.settings.reply_fallback,
        "pool": InlineExecutor(),
    }
    plain = Dispatcher(shop.database, clock=shop.now, erasure_key=ERASURE_KEY, base_url="http://127.0.0.1")
    return Worker(shop.database, messenger or shop.messenger, dispatcher or plain, **(usual | others))


def poison(body: bytes) -> None:
    if b"poison" in body:
        raise ValueError("I cannot stand this")


def works_until_idle(worker: Worker) -> None:
    for _ in range(500):
        if not worker.step():
            return
    raise AssertionError("the worker does not come to rest")


@contextmanager
def database_gone(database: Database) -> Iterator[None]:
    """Let every statement fail, as when the server is away or the file is locked for too long."""

    def refuse(*_: object) -> None:
        raise OperationalError("any statement", None, Exception("gone"))

    with listening(database, "before_cursor_execute", refuse):
        yield


def only_stores(shop: Shop) -> None:
    """Let webhooks be stored without anybody working on them."""
    shop.simulator.line.webhooks._deliver = lambda body, headers: (
        shop.web.post("/callback", data=body, headers=dict(headers)).status_code
    )


def the_events(shop: Shop) -> list[WebhookEvent]:
    return list(shop.rows(WebhookEvent))


@pytest.fixture
def stopped_clock(shop: Shop) -> None:
    shop.clock.stop()


@pytest.mark.usefixtures("stopped_clock")
def test_poison_is_tried_three_times_then_parked_and_nobody_else_waits(shop: Shop) -> None:
    shop.publishes(RENTAL)
    shop.worker = a_worker(shop, dispatcher=Stumbling(shop, poison))
    mina, ken = shop.person("Mina"), shop.person("Ken")
    mina.says("poison")
    mina.says("押金")
    ken.says("押金")
    assert len(ken.sees) == 1
    assert mina.sees == []
    shop.clock.advance(1)
    works_until_idle(shop.worker)
    assert the_events(shop)[0].failures == 2
    shop.clock.advance(4.9)
    works_until_idle(shop.worker)
    assert mina.sees == []
    shop.clock.advance(0.2)
    works_until_idle(shop.worker)
    first = the_events(shop)[0]
    assert (first.status, first.failures) == (EventStatus.PARKED, 3)
    assert first.error is not None
    assert first.error.startswith("ValueError in tests/bot/test_worker.py:")
    assert "stand this" not in first.error, "it may quote a customer"
    assert mina.sees == ken.sees
    assert {event.status for event in the_events(shop)[1:]} == {EventStatus.HANDLED}


@pytest.mark.usefixtures("stopped_clock")
def test_a_parked_event_that_staff_retry_is_handled_after_all(shop: Shop) -> None:
    shop.publishes(RENTAL)
    shop.worker = a_worker(shop, dispatcher=Stumbling(shop, poison))
    mina = shop.person("Mina")
    mina.says("poison")
    for _ in range(3):
        shop.clock.advance(5)
        works_until_idle(shop.worker)
    (event,) = the_events(shop)
    assert event.status is EventStatus.PARKED
    with shop.database.write() as session:
        assert lanes.retry(session, [event.id], now=shop.now()) == 1
    shop.worker = shop.hires()
    shop.works()
    assert the_events(shop)[0].status is EventStatus.HANDLED
    assert len(mina.sees) == 1  # its reply token was still good


@pytest.mark.usefixtures("stopped_clock")
def test_nothing_of_a_turn_that_failed_stays_behind(shop: Shop) -> None:
    """The exception comes at the very end, after everything was written."""
    shop.publishes(RENTAL)
    mina = shop.person("Mina")

    def break_commit(connection: sa.Connection) -> None:
        with_reply = connection.exec_driver_sql("SELECT count(*) FROM outbox").scalar()
        if with_reply:
            raise ValueError("at the last moment")

    with listening(shop.database, "commit", break_commit):
        mina.follows()
    assert shop.rows(Outgoing) == []
    with shop.database.read() as session:
        assert session.execute(sa.text("SELECT count(*) FROM contacts")).scalar() == 0
        assert session.execute(sa.text("SELECT count(*) FROM timeline_entries")).scalar() == 0
    assert the_events(shop)[0].failures == 1
    shop.clock.advance(1)
    shop.works()
    assert len(mina.sees) == 1
    assert shop.contact(mina).times_followed == 1


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize("away_s", [2, 60])
def test_a_missing_database_counts_for_nothing(shop: Shop, away_s: int) -> None:
    shop.publishes(RENTAL)
    persons = [shop.person(f"Person {number}") for number in range(4)]
    away = a_worker(shop)
    only_stores(shop)
    for person in persons:
        person.follows()
    away._claim()
    assert len(away._ready) == 4
    with database_gone(shop.database):
        for _ in range(7):
            away._careful_step(wait_s=0.0)
            shop.clock.advance(away_s / 7)
    works_until_idle(away)
    assert [len(person.sees) for person in persons] == [1, 1, 1, 1]
    assert {(event.status, event.failures, event.deaths) for event in the_events(shop)} == {
        (EventStatus.HANDLED, 0, 0)
    }


def test_what_came_while_the_database_was_away_is_not_forgotten(shop: Shop) -> None:
    """Profiles that arrive, and calls that end, when nothing can be written down."""
    shop.publishes(RENTAL)
    only_stores(shop)
    pool = LatePool()
    worker = a_worker(shop, pool=pool)
    persons = [shop.person(f"Person {number}") for number in range(3)]
    for person in persons:
        person.follows()
    worker.step()  # takes the lanes
    worker.step()  # and their turns
    assert len(pool.waiting) == 3
    with database_gone(shop.database):
        pool.runs()  # the profiles arrive
        for _ in range(3):
            worker._careful_step(wait_s=0.0)
    while len(shop.rows(Outgoing)) < 3:
        worker.step()
        if not shop.rows(Outgoing):
            pool.runs()  # it may ask once more
    with database_gone(shop.database):
        pool.runs()  # the replies are accepted
        for _ in range(3):
            worker._careful_step(wait_s=0.0)
    while worker.step():
        pool.runs()
    assert [len(person.sees) for person in persons] == [1, 1, 1]
    assert {row.status for row in shop.rows(Outgoing)} == {SendStatus.SENT}
    assert worker._in_flight == 0
    assert {(event.status, event.deaths) for event in the_events(shop)} == {(EventStatus.HANDLED, 0)}


def test_a_governor_that_cannot_be_asked_costs_no_place(shop: Shop) -> None:
    shop.publishes(RENTAL)
    is_gone = True

    def pause(_channel_id: int, _endpoint: str) -> timedelta:
        if is_gone:
            raise OperationalError("any statement", None, Exception("gone"))
        return timedelta(0)

    worker = shop.worker = a_worker(shop, pause=pause)
    mina = shop.person("Mina")
    mina.follows()
    assert mina.sees == []
    is_gone = False
    shop.clock.advance(10)
    works_until_idle(worker)
    assert len(mina.sees) == 1
    assert worker._in_flight == 0


@pytest.mark.usefixtures("stopped_clock")
def test_waiting_for_the_governor_is_no_attempt(shop: Shop) -> None:
    shop.publishes(RENTAL)
    pauses = [timedelta(seconds=1)] * 3
    worker = shop.worker = a_worker(
        shop,
        pause=lambda _channel_id, endpoint: (
            pauses.pop() if pauses and endpoint != "profile" else timedelta(0)
        ),
    )
    mina = shop.person("Mina")
    mina.follows()
    for _ in range(3):
        (row,) = shop.rows(Outgoing)
        assert (row.status, row.attempts, row.reason) == (SendStatus.QUEUED, 0, "our own rate limit")
        shop.clock.advance(1)
        works_until_idle(worker)
    (row,) = shop.rows(Outgoing)
    assert (row.status, row.attempts) == (SendStatus.SENT, 1)
    assert len(mina.sees) == 1


class LatePool(Executor):
    """Keeps what is submitted until it is told to run it."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], object]] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.waiting.append(lambda: fn(*args, **kwargs))
        return Future()

    def runs(self) -> None:
        waiting, self.waiting = self.waiting, []
        for work in waiting:
            work()


@pytest.mark.usefixtures("stopped_clock")
def test_a_reply_that_waited_too_long_for_a_free_thread_is_late_not_refused(shop: Shop) -> None:
    shop.publishes(RENTAL)
    pool = LatePool()
    only_stores(shop)
    worker = a_worker(shop, pool=pool)
    mina = shop.person("Mina")
    mina.follows()
    worker.step()
    pool.runs()  # the profile
    worker.step()
    assert len(pool.waiting) == 1
    shop.clock.advance(61)
    pool.runs()
    for _ in range(5):
        worker.step()
        pool.runs()
    statuses = [(row.kind, row.status) for row in shop.rows(Outgoing)]
    assert statuses == [(SendKind.REPLY, SendStatus.PUSHED), (SendKind.PUSH, SendStatus.SENT)]
    assert len(mina.sees) == 1


def test_stop_gives_every_lane_back(shop: Shop) -> None:
    only_stores(shop)
    for number in range(5):
        shop.person(f"Person {number}").says("hello")
    worker = a_worker(shop)
    worker._claim()
    worker.stop()
    worker.run()
    lanes_now = shop.rows(Lane)
    assert {lane.owner for lane in lanes_now} == {None}
    assert all(lane.due_at <= shop.now() for lane in lanes_now)
    shop.works()
    assert {event.status for event in the_events(shop)} == {EventStatus.HANDLED}
    assert {event.deaths for event in the_events(shop)} == {0}


def test_a_worker_that_waits_starts_within_the_second_and_at_once_when_woken(shop: Shop) -> None:
    only_stores(shop)
    worker = a_worker(shop)
    beats = []
    thread = threading.Thread(target=worker.run, args=[lambda: beats.append(1)])
    thread.start()
    try:
        mina = shop.person("Mina")
        mina.says("hello")
        worker.wake()
        for _ in range(300):
            if the_events(shop)[0].status is EventStatus.HANDLED:
                break
            threading.Event().wait(0.02)
        assert the_events(shop)[0].status is EventStatus.HANDLED
        assert beats
    finally:
        worker.stop()
        thread.join(60)
    assert not thread.is_alive()


def test_what_was_said_earlier_and_comes_before_the_turn_is_handled_first(shop: Shop) -> None:
    shop.publishes(RENTAL)
    only_stores(shop)
    mina = shop.person("Mina")
    shop.clock.advance(10)
    mina.says("押金")
    worker = a_worker(shop)
    worker.step()  # it has Mina's lane, and has seen what comes first in it
    shop.clock.advance(-5)
    mina.says("租金")
    shop.clock.advance(6)
    works_until_idle(worker)
    handled = [(one.handled_at, one.order_ms) for one in the_events(shop) if one.handled_at is not None]
    assert len(handled) == len(the_events(shop)) == 2
    assert [order for _, order in sorted(handled)] == sorted(order for _, order in handled)


def test_a_profile_that_takes_long_keeps_nobody_waiting_and_follows_later(shop: Shop) -> None:
    shop.publishes(RENTAL)
    shop.simulator.line.faults.order("profile", "slow", seconds=2.5)
    shop.worker = a_worker(shop, pool=None)
    mina = shop.person("Mina", language="ja")
    before = shop.now()
    mina.follows()
    assert shop.now() - before < timedelta(seconds=2.4)
    assert mina.sees[0].startswith("您好")  # nameless, in the default language
    assert shop.contact(mina).menu_wanted != "main/ja"
    shop.clock.advance(timedelta(seconds=2))
    shop.does_chores()
    assert (shop.contact(mina).display_name, shop.contact(mina).language) == ("Mina", "ja")
    assert shop.contact(mina).menu_wanted == "main/ja", "without waiting for the next tap"


def test_a_profile_that_line_does_not_tell_is_asked_for_again_every_ten_minutes_only(shop: Shop) -> None:
    shop.publishes(RENTAL)
    shop.simulator.line.faults.order("profile", Do.ERROR_BEFORE, times=100)
    mina = shop.person("Mina")
    mina.follows()
    for _ in range(30):
        shop.clock.advance(timedelta(seconds=60))
        shop.does_chores()
        mina.says("押金")
    assert 3 <= profiles_asked(shop) <= 9


def test_nobody_waits_for_a_profile_that_the_governor_holds_back(shop: Shop) -> None:
    shop.publishes(RENTAL)
    shop.worker = a_worker(shop, pause=lambda _channel, endpoint: timedelta(seconds=endpoint == "profile"))
    mina = shop.person("Mina")
    mina.follows()
    assert mina.sees[0].startswith("您好")
    assert profiles_asked(shop) == 0


def test_who_blocked_us_is_not_asked_about(shop: Shop) -> None:
    shop.publishes(RENTAL)
    shop.simulator.line.faults.order("profile", Do.ERROR_BEFORE)
    mina = shop.person("Mina")
    mina.follows()
    mina.unfollows()
    asked = profiles_asked(shop)
    for _ in range(3):
        shop.clock.advance(timedelta(days=2))
        shop.does_chores()
    assert profiles_asked(shop) == asked
    mina.follows()
    assert shop.contact(mina).display_name == "Mina"


def profiles_asked(shop: Shop) -> int:
    return len([line for line in shop.simulator.line.log if line.reason == "profile"])


def test_somebody_whose_profile_line_keeps_to_itself_is_greeted_without_a_name(shop: Shop) -> None:
    shop.publishes(RENTAL)
    mina = shop.person("Mina", has_consented=False)
    mina.follows()
    assert mina.sees[0].startswith("您好")
    assert shop.contact(mina).display_name is None
    mina.says("押金")
    profiles = [line for line in shop.simulator.line.log if line.reason == "profile"]
    assert len(profiles) == 1  # not asked again with every event


def test_the_lane_lost_in_the_middle_of_a_turn_makes_the_turn_undone(shop: Shop) -> None:
    shop.publishes(RENTAL)
    thief = Owner("thief")

    def steal(_body: bytes) -> None:
        shop.clock.advance(16)
        with shop.database.write() as session:
            assert len(lanes.claim(session, thief, limit=1, now=shop.now())) == 1

    worker = shop.worker = a_worker(shop, dispatcher=Stumbling(shop, steal))
    mina = shop.person("Mina")
    mina.follows()
    assert mina.sees == []
    assert shop.rows(Outgoing) == []
    (event,) = the_events(shop)
    assert (event.status, event.failures) == (EventStatus.PENDING, 0)
    shop.clock.advance(16)
    shop.worker = shop.hires()
    shop.works()
    assert len(mina.sees) == 1
    assert shop.contact(mina).following is Following.FOLLOWING
    assert worker._in_flight == 0


def test_a_turn_stuck_in_the_database_is_interrupted_and_counted(database: Database, shop: Shop) -> None:
    """The alarm goes off while psycopg waits for the server: the connection must not be used again."""
    if database.is_sqlite:
        pytest.skip("SQLite does not wait for a server")
    worker = a_worker(shop, dispatcher=Stumbling(shop, lambda _: sleep_in(shop.database, 20)))
    only_stores(shop)
    shop.person("Mina").says("hello")

    def until_it_failed() -> None:
        if the_events(shop)[0].failures:
            worker.stop()

    worker.run(until_it_failed)
    (event,) = the_events(shop)
    assert event.failures == 1
    assert event.error is not None
    assert "TurnTookTooLong" in event.error


def sleep_in(database: Database, seconds: float) -> None:
    with database.decide() as session:
        session.execute(sa.select(sa.func.pg_sleep(seconds)))


def test_a_lane_full_of_silent_turns_does_not_keep_others_waiting(shop: Shop) -> None:
    """A busy group, or a flood while a person has the floor, is handled beside everybody else."""
    shop.publishes(RENTAL)
    only_stores(shop)
    group = {"type": "group", "groupId": "C" + "1" * 32}
    for number in range(40):
        shop.simulator.line.webhooks.send(
            {
                "type": "join",
                "source": group,
                "webhookEventId": f"g{number}",
                "timestamp": 1,
                "mode": "active",
            }
        )
    mina = shop.person("Mina")
    worker = a_worker(shop)
    worker.step()  # takes the group's lane
    mina.follows()
    worker.wake()
    for _ in range(4):
        worker.step()
    assert mina.sees, "Mina is answered while the group's events go on"


def test_a_turn_that_never_ends_is_interrupted_after_three_seconds(shop: Shop) -> None:
    """The alarm needs a main thread, and this test runs on it."""

    def spin(body: bytes) -> None:
        while b"spin" in body:
            pass

    only_stores(shop)
    worker = a_worker(shop, dispatcher=Stumbling(shop, spin))
    mina, ken = shop.person("Mina"), shop.person("Ken")
    mina.says("spin")
    ken.says("hello")
    before = shop.now()

    def until_ken_is_served() -> None:
        if the_events(shop)[1].status is EventStatus.HANDLED:
            worker.stop()

    worker.run(until_ken_is_served)
    assert timedelta(seconds=2.9) < shop.now() - before < timedelta(seconds=10)
    first, second = the_events(shop)
    assert (first.status, first.failures) == (EventStatus.PENDING, 1)
    assert first.error is not None
    assert first.error.startswith("TurnTookTooLong in bot/turn_limit.py:")
    assert second.status is EventStatus.HANDLED
