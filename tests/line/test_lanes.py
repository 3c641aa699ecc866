"""Lanes: never two turns at once, nothing lost, in order; whatever workers, leases and clocks do."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core.db import Database
from core.leases import Owner
from line import lanes
from line.inbox import EventStatus, Lane, WebhookEvent
from line.lanes import HeldLane, PendingEvent
from tests.line.queues import NOON, a_channel, a_lane, after, an_event, stored, tell

T = TypeVar("T")
ANNA, BERT = Owner("anna"), Owner("bert")


@pytest.fixture
def channel_id(database: Database) -> int:
    return a_channel(database)


def claim(database: Database, owner: Owner, at: datetime = NOON, limit: int = 10) -> list[HeldLane]:
    with database.write() as session:
        return list(lanes.claim(session, owner, limit=limit, now=at))


def head(database: Database, lane: HeldLane) -> PendingEvent | None:
    with database.read() as session:
        return lanes.head(session, lane.channel_id, lane.key)


def handle(database: Database, lane: HeldLane, event: PendingEvent, at: datetime = NOON) -> bool:
    """Take a turn as the dispatcher does: fence first, mark, all in one transaction."""
    with database.write() as session:
        return lanes.hold(session, lane, now=at) and lanes.mark_handled(session, event.id, now=at)


def leave(database: Database, lane: HeldLane) -> HeldLane | None:
    with database.write() as session:
        return lanes.leave(session, lane)


def handle_next(database: Database, lane: HeldLane, at: datetime = NOON) -> str:
    event = head(database, lane)
    assert event is not None
    assert handle(database, lane, event, at)
    return event.event_key


def test_a_leased_lane_is_nobody_elses(database: Database, channel_id: int) -> None:
    tell(database, channel_id, an_event("U1"))
    assert [lane.key for lane in claim(database, ANNA)] == ["U1"]
    assert claim(database, BERT, after(seconds=14.9)) == []


def test_the_longest_waiting_lane_comes_first_and_no_more_than_asked_for(
    database: Database, channel_id: int
) -> None:
    for number in (3, 1, 2):
        tell(database, channel_id, an_event(f"U{number}"), at=after(seconds=number))
    assert [lane.key for lane in claim(database, ANNA, after(seconds=9), limit=2)] == ["U1", "U2"]
    assert [lane.key for lane in claim(database, BERT, after(seconds=9), limit=2)] == ["U3"]


def test_the_heads_of_many_lanes_are_found_at_once(database: Database, channel_id: int) -> None:
    for number in (1, 2, 3):
        later = an_event(f"U{number}", key=f"later {number}", sent_at=after(seconds=-1))
        first = an_event(f"U{number}", key=f"first {number}", sent_at=after(seconds=-2))
        tell(database, channel_id, later, first)
    held = sorted(claim(database, ANNA), key=lambda lane: lane.key)  # all have waited equally long
    empty = held[1]
    assert [handle_next(database, empty), handle_next(database, empty)] == ["first 2", "later 2"]
    with database.read() as session:
        found = lanes.heads(session, held)
        assert lanes.heads(session, []) == {}
    assert {held[0].id: "first 1", held[2].id: "first 3"} == {
        lane_id: pending.event_key for lane_id, pending in found.items()
    }


def test_events_are_handled_by_their_time_then_by_arrival(database: Database, channel_id: int) -> None:
    late = an_event(key="late", sent_at=after(seconds=3))
    tie_one, tie_two = (an_event(key=key, sent_at=after(seconds=2)) for key in ("tie one", "tie two"))
    early = an_event(key="early", sent_at=after(seconds=1))
    tell(database, channel_id, late, tie_one, tie_two, early, at=after(seconds=5))
    (lane,) = claim(database, ANNA, after(seconds=5))
    order = [handle_next(database, lane, after(seconds=5)) for _ in range(4)]
    assert order == ["early", "tie one", "tie two", "late"]


def test_a_clock_ahead_of_ours_holds_nobody_up(database: Database, channel_id: int) -> None:
    tell(database, channel_id, an_event(key="from tomorrow", sent_at=after(days=1)), at=NOON)
    tell(database, channel_id, an_event(key="second", sent_at=after(seconds=1)), at=after(seconds=1))
    (lane,) = claim(database, ANNA, after(seconds=1))
    assert handle_next(database, lane) == "from tomorrow"
    assert handle_next(database, lane) == "second"


def test_an_older_event_that_arrives_later_goes_before_what_still_waits(
    database: Database, channel_id: int
) -> None:
    tell(
        database,
        channel_id,
        an_event(key="two"),
        an_event(key="three", sent_at=after(seconds=9)),
        at=after(seconds=9),
    )
    (lane,) = claim(database, ANNA, after(seconds=9))
    assert handle_next(database, lane) == "two"
    tell(database, channel_id, an_event(key="one", sent_at=after(seconds=-5)), at=after(seconds=9))
    assert handle_next(database, lane) == "one"
    assert handle_next(database, lane) == "three"


def test_whoever_slept_past_the_lease_is_refused(database: Database, channel_id: int) -> None:
    tell(database, channel_id, an_event())
    (slept,) = claim(database, ANNA)
    event = head(database, slept)
    assert event is not None
    (awake,) = claim(database, BERT, after(seconds=15))
    assert not handle(database, slept, event, after(seconds=15))
    assert leave(database, slept) is None
    with database.write() as session:
        assert not lanes.put_back(session, slept, at=NOON)
    assert handle(database, awake, event, after(seconds=15))
    assert leave(database, awake) is None
    assert a_lane(database).due_at is None


def test_the_same_worker_cannot_use_a_lease_from_before(database: Database, channel_id: int) -> None:
    tell(database, channel_id, an_event())
    (before,) = claim(database, ANNA)
    claim(database, ANNA, after(seconds=15))
    event = head(database, before)
    assert event is not None
    assert not handle(database, before, event, after(seconds=15))


def test_every_turn_renews_the_lease(database: Database, channel_id: int) -> None:
    tell(database, channel_id, an_event(key="one"), an_event(key="two"))
    (lane,) = claim(database, ANNA)
    handle_next(database, lane, after(seconds=10))
    assert claim(database, BERT, after(seconds=24)) == []
    assert len(claim(database, BERT, after(seconds=25))) == 1


def test_an_event_is_settled_once(database: Database, channel_id: int) -> None:
    tell(database, channel_id, an_event())
    (lane,) = claim(database, ANNA)
    event = head(database, lane)
    assert event is not None
    assert handle(database, lane, event)
    assert not handle(database, lane, event)


def test_leaving_notices_what_arrived_meanwhile(database: Database, channel_id: int) -> None:
    tell(database, channel_id, an_event(key="one"))
    (lane,) = claim(database, ANNA)
    handle_next(database, lane)
    assert head(database, lane) is None
    tell(database, channel_id, an_event(key="two"))
    still = leave(database, lane)
    assert still is not None
    assert handle_next(database, still) == "two"
    assert leave(database, still) is None
    assert claim(database, BERT, after(hours=1)) == []


def test_an_idle_lane_wakes_when_something_comes(database: Database, channel_id: int) -> None:
    tell(database, channel_id, an_event(key="one"))
    (lane,) = claim(database, ANNA)
    handle_next(database, lane)
    leave(database, lane)
    tell(database, channel_id, an_event(key="two"), at=after(seconds=30))
    (again,) = claim(database, BERT, after(seconds=30))
    assert handle_next(database, again) == "two"


def fail(database: Database, lane: HeldLane, at: datetime) -> bool:
    event = head(database, lane)
    assert event is not None
    with database.write() as session:
        return lanes.fail(session, lane, event.id, "ValueError: no", now=at)


def test_an_event_is_tried_three_times_after_nothing_one_and_five_seconds_then_parked(
    database: Database, channel_id: int
) -> None:
    tell(database, channel_id, an_event(key="poison"), an_event(key="next"))
    at = NOON
    for pause in (timedelta(seconds=1), timedelta(seconds=5)):
        (lane,) = claim(database, ANNA, at)
        assert not fail(database, lane, at)
        at += pause
        assert claim(database, BERT, at - timedelta(milliseconds=1)) == []
    (lane,) = claim(database, ANNA, at)
    assert fail(database, lane, at)
    poison = stored(database)[0]
    assert (poison.status, poison.failures, poison.deaths) == (EventStatus.PARKED, 3, 0)
    assert (poison.error, poison.parked_at) == ("ValueError: no", at)
    (lane,) = claim(database, BERT, at)
    assert handle_next(database, lane, at) == "next"


def test_what_arrives_while_an_event_waits_for_its_next_try_does_not_hurry_it(
    database: Database, channel_id: int
) -> None:
    tell(database, channel_id, an_event())
    (lane,) = claim(database, ANNA)
    fail(database, lane, NOON)
    tell(database, channel_id, an_event(), at=after(seconds=0.5))
    assert claim(database, ANNA, after(seconds=0.9)) == []
    assert len(claim(database, ANNA, after(seconds=1))) == 1


def test_an_exception_of_a_worker_that_lost_the_lane_counts_for_nothing(
    database: Database, channel_id: int
) -> None:
    tell(database, channel_id, an_event())
    (slept,) = claim(database, ANNA)
    claim(database, BERT, after(seconds=15))
    assert not fail(database, slept, after(seconds=15))
    assert stored(database)[0].failures == 0
    assert a_lane(database).owner == BERT


def test_the_tenth_death_parks_the_event_and_the_lane_goes_on(database: Database, channel_id: int) -> None:
    tell(database, channel_id, an_event(key="deadly"), an_event(key="next", sent_at=after(seconds=1)))
    at = NOON
    for _ in range(10):
        claim(database, ANNA, at)
        at += timedelta(seconds=15)
    assert stored(database)[0].deaths == 9
    (lane,) = claim(database, ANNA, at)
    deadly = stored(database)[0]
    assert (deadly.status, deadly.deaths, deadly.failures) == (EventStatus.PARKED, 10, 0)
    assert deadly.error == "10 workers died while handling this event"
    assert handle_next(database, lane, at) == "next"


def test_a_lane_given_back_is_no_death(database: Database, channel_id: int) -> None:
    tell(database, channel_id, an_event())
    (lane,) = claim(database, ANNA)
    with database.write() as session:
        assert lanes.put_back(session, lane, at=NOON)
    assert len(claim(database, BERT)) == 1
    assert stored(database)[0].deaths == 0


def test_a_parked_event_comes_back_with_fresh_tries(database: Database, channel_id: int) -> None:
    tell(database, channel_id, an_event(key="poison"))
    for seconds in (0, 1, 6):
        (lane,) = claim(database, ANNA, after(seconds=seconds))
        fail(database, lane, after(seconds=seconds))
    (lane,) = claim(database, ANNA, after(seconds=6))
    assert head(database, lane) is None
    assert leave(database, lane) is None
    with database.read() as session:
        (parked,) = lanes.parked(session)
    with database.write() as session:
        assert lanes.retry(session, [parked.id], now=after(hours=1)) == 1
        assert lanes.retry(session, [parked.id], now=after(hours=1)) == 0
    (lane,) = claim(database, ANNA, after(hours=1))
    assert not fail(database, lane, after(hours=1))
    (lane,) = claim(database, ANNA, after(hours=1, seconds=1))
    assert handle_next(database, lane) == "poison"


def test_an_erased_persons_event_is_settled_without_its_words(database: Database, channel_id: int) -> None:
    tell(database, channel_id, an_event())
    (lane,) = claim(database, ANNA)
    event = head(database, lane)
    assert event is not None
    with database.write() as session:
        assert lanes.mark_refused(session, event.id, now=NOON)
    assert (stored(database)[0].status, stored(database)[0].body) == (EventStatus.REFUSED, None)


@dataclass
class Hand:
    """What one worker of the model believes: a lane it leased, and the turn it has begun there."""

    lane: HeldLane
    turn: PendingEvent | None = None


@dataclass
class World:
    """Lanes under any order of steps, with what must be true checked at each."""

    database: Database
    channel_id: int
    now: datetime = NOON
    hands: dict[Owner, list[Hand]] = field(default_factory=dict)
    handled: list[str] = field(default_factory=list)
    told: set[str] = field(default_factory=set)

    def arrives(self, user: int, seconds: int) -> None:
        event = an_event(f"U{user}", sent_at=self.now + timedelta(seconds=seconds))
        tell(self.database, self.channel_id, event, event, at=self.now)
        self.told.add(event["webhookEventId"])

    def claims(self, owner: Owner) -> None:
        found = claim(self.database, owner, self.now, limit=2)
        self.hands.setdefault(owner, []).extend(Hand(lane) for lane in found)

    def begins(self, owner: Owner) -> None:
        for hand in self.hands.get(owner, []):
            hand.turn = head(self.database, hand.lane)

    def settles(self, owner: Owner) -> None:
        for hand in self.hands.get(owner, []):
            if hand.turn is None:
                continue
            still_ours = self._is_ours(hand.lane)
            done = handle(self.database, hand.lane, hand.turn, self.now)
            assert done == still_ours
            if done:
                self.handled.append(hand.turn.event_key)
            hand.turn = None
        self.hands[owner] = [hand for hand in self.hands.get(owner, []) if self._is_ours(hand.lane)]

    def leaves(self, owner: Owner) -> None:
        hands = self.hands.pop(owner, [])
        for hand in hands:
            if head(self.database, hand.lane) is not None:
                with self.database.write() as session:
                    lanes.put_back(session, hand.lane, at=self.now)
            elif (still := leave(self.database, hand.lane)) is not None:
                self.hands.setdefault(owner, []).append(Hand(still))

    def dies(self, owner: Owner) -> None:
        self.hands.pop(owner, None)

    def passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    def ends(self) -> None:
        """Let one worker finish what all others left behind."""
        self.hands.clear()
        self.passes(60)
        last = Owner("last")
        while found := claim(self.database, last, self.now, limit=100):
            for lane in found:
                while (event := head(self.database, lane)) is not None:
                    assert handle(self.database, lane, event, self.now)
                    self.handled.append(event.event_key)
                assert leave(self.database, lane) is None

    def _is_ours(self, lane: HeldLane) -> bool:
        with self.database.read() as session:
            row = session.get_one(Lane, lane.id)
            return (row.owner, row.lease_no) == (lane.owner, lane.lease_no)


OWNERS = st.sampled_from([ANNA, BERT, Owner("cora")])
STEPS = st.one_of(
    st.tuples(st.just("arrives"), st.integers(1, 3), st.integers(-20, 20)),
    st.tuples(st.sampled_from(["claims", "begins", "settles", "settles", "leaves", "dies"]), OWNERS),
    st.tuples(st.just("passes"), st.sampled_from([0, 1, 14, 16])),
)


@given(steps=st.lists(STEPS, max_size=40))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_happens_each_event_is_handled_once_and_none_is_lost(
    database: Database, channel_id: int, steps: list[tuple[str, ...]]
) -> None:
    with database.write() as session:
        session.execute(sa.delete(WebhookEvent))
        session.execute(sa.delete(Lane))
    world = World(database, channel_id)
    for name, *arguments in steps:
        getattr(world, name)(*arguments)
    world.ends()
    assert sorted(world.handled) == sorted(world.told)
    with database.read() as session:
        busy = session.scalars(sa.select(Lane).where(Lane.due_at.is_not(None))).all()
    assert busy == []


def patiently(work: Callable[[], T]) -> T:
    """Try again when SQLite was busy for too long, as LINE and a worker do."""
    while True:
        try:
            return work()
        except OperationalError as error:
            if "locked" not in str(error):
                raise


class JumpyClock:
    """A clock that all threads share and that sometimes jumps past every lease."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = NOON

    def __call__(self) -> datetime:
        with self._lock:
            self._now += timedelta(milliseconds=1)
            return self._now

    def jumps(self) -> None:
        with self._lock:
            self._now += timedelta(seconds=16)


class Contest:
    """Several threads work the same lanes; each notes what it committed, while it still holds the lock."""

    def __init__(self, database: Database, channel_id: int) -> None:
        self.database, self.channel_id = database, channel_id
        self.clock = JumpyClock()
        self.handled: dict[str, list[str]] = {}
        self.fenced = 0
        self.everything_came = threading.Event()
        self._note = threading.Lock()

    def writes(self, user: str, keys: list[str], random: Random) -> None:
        for number, key in enumerate(keys):
            event = an_event(user, key=key, sent_at=NOON + timedelta(milliseconds=number))
            copies = 1 + (random.random() < 0.3)
            patiently(lambda: tell(self.database, self.channel_id, *[event] * copies, at=self.clock()))  # noqa: B023

    def works(self, owner: Owner, random: Random) -> None:
        """Claim and serve until everything came and nothing is due; now and then sleep, now and then die."""
        while True:
            finishes = self.everything_came.is_set()
            found = patiently(lambda: claim(self.database, owner, self.clock(), limit=2))
            for lane in found:
                with suppress(OperationalError):  # SQLite is busy: the lane is left as by a dead worker
                    self._serves(lane, random)
            if not found and finishes:
                return
            if random.random() < 0.1:
                self.clock.jumps()

    def finishes(self) -> None:
        """Serve what those who died had leased, without dying."""
        self.clock.jumps()
        while found := claim(self.database, Owner("last"), self.clock(), limit=100):
            for lane in found:
                self._serves(lane, None)

    def _serves(self, lane: HeldLane, random: Random | None) -> None:
        still: HeldLane | None = lane
        while still is not None:
            event = head(self.database, still)
            if event is None:
                still = leave(self.database, still)
            elif random is not None and random.random() < 0.05:
                return  # dies
            else:
                with self._fence(still) as session:
                    if session is None:
                        return
                    assert lanes.mark_handled(session, event.id, now=self.clock())
                    with self._note:
                        self.handled.setdefault(still.key, []).append(event.event_key)

    @contextmanager
    def _fence(self, lane: HeldLane) -> Iterator[Session | None]:
        with self.database.write() as session:
            if lanes.hold(session, lane, now=self.clock()):
                yield session
            else:
                self.fenced += 1
                yield None


def test_workers_and_writers_side_by_side_lose_nothing_and_keep_every_lane_in_order(
    database: Database, channel_id: int
) -> None:
    contest = Contest(database, channel_id)
    keys = {f"U{user}": [f"{user}-{number}" for number in range(15)] for user in range(6)}
    with ThreadPoolExecutor(10) as pool:
        workers = [pool.submit(contest.works, Owner(f"w{n}"), Random(n)) for n in range(4)]
        writers = [pool.submit(contest.writes, user, named, Random(user)) for user, named in keys.items()]
        wait(writers)
        contest.everything_came.set()
        for worker in (*writers, *workers):
            worker.result()
    contest.finishes()
    assert contest.handled == keys


def test_an_arrival_and_a_leaving_worker_never_miss_each_other(database: Database, channel_id: int) -> None:
    with ThreadPoolExecutor(2) as pool:
        for _ in range(40):
            tell(database, channel_id, an_event())
            (lane,) = claim(database, ANNA)
            handle_next(database, lane)
            start = threading.Barrier(2)

            def arrives(start: threading.Barrier = start) -> None:
                start.wait()
                tell(database, channel_id, an_event())

            def leaves(lane: HeldLane = lane, start: threading.Barrier = start) -> HeldLane | None:
                start.wait()
                return leave(database, lane)

            arriving, leaving = pool.submit(arrives), pool.submit(leaves)
            arriving.result()
            still = leaving.result()
            if still is None:
                (still,) = claim(database, BERT)
            handle_next(database, still)
            assert leave(database, still) is None


def test_a_deadly_event_takes_no_neighbour_with_it(database: Database, channel_id: int) -> None:
    """Lanes claimed together become due together; those who have done nothing must not be parked too."""
    users = [f"U{number}" for number in range(8)]
    tell(database, channel_id, *(an_event(user, key=user) for user in users))
    now, deaths = NOON, 0
    while found := claim(database, Owner(f"w{deaths}"), now, limit=8):
        for lane in found:
            event = head(database, lane)
            if event is None:
                leave(database, lane)
                continue
            if event.event_key == "U0":
                deaths += 1
                break  # and with it everything this worker held
            assert handle(database, lane, event, now)
            leave(database, lane)
        now += timedelta(seconds=16)
    assert deaths == 10
    assert {event.event_key: event.status.value for event in stored(database)} == {
        user: "parked" if user == "U0" else "handled" for user in users
    }


def test_what_a_worker_held_when_it_died_is_taken_over_at_once(database: Database, channel_id: int) -> None:
    """Not one lane each time somebody looks: a busy worker looks seldom. Whoever fell twice is taken alone."""
    tell(database, channel_id, *(an_event(f"U{number}") for number in range(8)))
    for at, taken in ((NOON, 8), (after(seconds=15), 8), (after(seconds=30), 1), (after(seconds=30), 1)):
        assert len(claim(database, ANNA, at, limit=8)) == taken
    assert sorted(event.deaths for event in stored(database)) == [1] * 6 + [2] * 2


def test_a_lane_leased_by_a_clock_that_ran_ahead_is_taken_up(database: Database, channel_id: int) -> None:
    tell(database, channel_id, an_event())
    assert claim(database, ANNA, after(days=1), limit=1)
    (lane,) = claim(database, BERT, NOON, limit=1)
    assert head(database, lane) is not None
