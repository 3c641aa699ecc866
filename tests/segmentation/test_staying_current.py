"""Whatever happens, in whatever order and however often it is cut short: members are whom the rules mean."""

import threading
from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.segmenting import SEGMENTS
from contacts.fields import FieldBook
from contacts.models import Contact, FieldKind, Following
from core.db import Database
from segmentation import keeping, people
from segmentation.models import Membership, Score, Segment, Tag
from segmentation.reading import rules_of
from segmentation.touches import touch, want_sweep
from tests.line.queues import NOON
from tests.segmentation.rulebook import Someone
from tests.segmentation.test_memberships import Keeping, Killed, dies_after

RULES: tuple[dict[str, Any], ...] = (
    {"tag": "vip"},
    {"not": {"tag": "vip"}},
    {"all": [{"tag": "lead"}, {"seen": {"within": "2h"}}]},
    {"seen": {"not_within": "3h"}},
    {"any": [{"field": {"name": "budget", "at_least": 100}}, {"following": False}]},
    {"all": [{"segment": "first"}, {"following": True}]},
    {"all": [{"tag": "given:a"}, {"not": {"tag": "lead"}}]},
    {"tag": {"name": "lead", "set_within": "1h"}},
    {"field": {"name": "score:warm", "at_least": 15}},
)
WEIGHTS: tuple[list[dict[str, Any]], ...] = (
    [
        {"points": 10, "when": {"tag": "vip"}},
        {"points": 10, "when": {"seen": {"within": "2h"}}},
        {"points": -5, "when": {"tag": "lead"}},
    ],
    [{"points": 20, "when": {"field": {"name": "budget", "at_least": 100}}}],
    [{"points": 15, "when": {"not": {"segment": "first"}}}],
)
KEYS = ("first", "second", "third")
GIVES: Mapping[str, str | None] = {"first": "given:a", "second": "given:b", "third": None}
PERSON = st.integers(0, 2)
STEPS = st.one_of(
    st.tuples(st.just("tagged"), PERSON, st.sampled_from(["vip", "lead"])),
    st.tuples(st.just("untagged"), PERSON, st.sampled_from(["vip", "lead"])),
    st.tuples(st.just("tells"), PERSON, st.sampled_from([50, 150])),
    st.tuples(st.just("follows"), PERSON, st.booleans()),
    st.tuples(st.just("comes"), PERSON),
    st.tuples(st.just("passes"), st.sampled_from([1, 5, 60, 180])),
    st.tuples(st.just("means"), st.sampled_from(["second", "third"]), st.sampled_from(RULES)),
    st.tuples(st.just("means"), st.just("first"), st.sampled_from(RULES[:5])),
    st.tuples(st.just("weighs"), st.sampled_from(WEIGHTS)),
    st.tuples(st.just("retires"), st.sampled_from(["second", "third"])),
    st.tuples(st.just("imports"), st.lists(PERSON, max_size=3)),
    st.tuples(st.just("works")),
    st.tuples(st.just("steps"), st.integers(1, 3)),
    st.tuples(st.just("dies"), st.integers(1, 60)),
)
"""What happens, as methods of `Story`."""


class Story(Keeping):
    """A shop of three people and three segments to which things happen."""

    def begin(self) -> None:
        with self.database.write() as session:
            session.execute(sa.delete(Membership))
            session.execute(sa.delete(Segment))
            session.execute(sa.delete(Score))
            session.add(
                Score(channel_id=self.channel_id, key="warm", conditions=WEIGHTS[0], changed_at=self.now)
            )
        self.now = NOON if self.now == NOON else self.now + timedelta(days=400)
        self.keeper = self.hires()
        self.ids = self.people(*(Someone() for _ in range(3)))
        with self.database.write() as session:
            known = set(session.scalars(sa.select(Tag.name)))
            session.add_all(
                Tag(channel_id=self.channel_id, name=name, labels={})
                for name in {"vip", "lead", "given:a", "given:b"} - known
            )
        for key, rule in zip(KEYS, RULES[:1] + RULES[5:7], strict=True):
            self.segment(key, rule, gives_tag=GIVES[key])

    def happens(self, what: str, *more: Any) -> None:
        self.now += timedelta(milliseconds=1)
        getattr(self, what)(*more)

    def tagged(self, who: int, name: str) -> None:
        self.tags(self.ids[who], name)

    def untagged(self, who: int, name: str) -> None:
        self.untags(self.ids[who], name)

    def follows(self, who: int, does: bool) -> None:
        following = Following.FOLLOWING if does else Following.BLOCKED
        self.does(self.ids[who], lambda _book, one: setattr(one, "following", following), "following")

    def comes(self, who: int) -> None:
        self.does(self.ids[who], lambda _book, one: setattr(one, "last_seen_at", self.now), "seen")

    def passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def retires(self, key: str) -> None:
        with self.database.write() as session:
            keeping.let_go(session.scalars(sa.select(Segment).where(Segment.key == key)).one(), now=self.now)

    def steps(self, count: int) -> None:
        for _ in range(count):
            self.keeper.step()

    def means(self, key: str, rule: dict[str, Any]) -> None:
        with self.database.write() as session:
            several = session.scalars(sa.select(Segment)).all()
            segment = next(one for one in several if one.key == key)
            keeping.mean(segment, rule, gives_tag=GIVES[key], now=self.now)
            keeping.ask_again(several, session.scalars(sa.select(Score)).all(), now=self.now)

    def weighs(self, conditions: list[dict[str, Any]]) -> None:
        with self.database.write() as session:
            score = session.scalars(sa.select(Score)).one()
            is_other, score.conditions = score.conditions != conditions, conditions
            keeping.ask_again(
                session.scalars(sa.select(Segment)).all(),
                [score],
                changed_scores=["warm"] if is_other else (),
                now=self.now,
            )

    def tells(self, who: int, value: int) -> None:
        with self.database.write() as session:
            contact = session.get_one(Contact, self.ids[who])
            book = FieldBook(session, contact, event_key=None, now=self.now)
            book.set("budget", value, kind=FieldKind.NUMBER, source="question:x/y")
            touch(session, contact, ["field:budget"], at=self.now)

    def imports(self, whom: list[int]) -> None:
        for who in whom:
            self.does(self.ids[who], lambda book, _one: book.set("vip", source="import:list.csv"))
        with self.database.write() as session:
            want_sweep(
                session, SEGMENTS, self.channel_id, ["tag:vip"], because="import:list.csv", now=self.now
            )

    def dies(self, after_statements: int) -> None:
        with dies_after(self.database, after_statements):
            try:
                self.works()
            except Killed:
                pass
            else:
                return
        self.now += timedelta(seconds=11)
        self.keeper = self.hires()

    def comes_to_rest(self) -> None:
        # The second look after a rule, and the clock's.
        for _ in range(2):
            self.waits(seconds=61)

    def meant(self) -> Mapping[str, set[int]]:
        with self.database.read() as session:
            read = rules_of(session, SEGMENTS, session.scalars(sa.select(Segment)).all())
            needs = SEGMENTS.needs(rule for _one, rule in read)
            known = people.load(session, self.ids, now=self.now, needs=needs)
            return {
                one.key: set()
                if one.retired_at is not None
                else {
                    id_
                    for id_, person in known.items()
                    if SEGMENTS.holds(rule, person, now=self.now, zone=ZoneInfo("UTC"))
                }
                for one, rule in read
            }

    def check(self) -> None:
        meant = self.meant()
        for key in KEYS:
            assert set(self.inside(key)) & set(self.ids) == meant[key], key
        for id_ in self.ids:
            carried = self.carried(id_)
            for key, tag in GIVES.items():
                if tag is not None:
                    assert (tag in carried) == (id_ in meant[key]), (key, id_)
            self.check_history(id_)
        assert self.touches() == 0

    def check_history(self, contact_id: int) -> None:
        """No stay ends before it begins, and none begins before the one before it has ended."""
        for key in KEYS:
            stays = [row for row in self.history(contact_id) if row[0] == key]
            for before, after in pairwise(stays):
                assert before[3] is not None
                assert before[3] <= after[1]
            assert all(left is None or entered <= left for _key, entered, _why, left, _because in stays)
            assert all((left is None) == (because is None) for _key, _at, _why, left, because in stays)


@pytest.fixture
def story(database: Database) -> Story:
    return Story(database)


@given(steps=st.lists(STEPS, max_size=14))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_in_the_end_members_are_whom_the_rules_mean(story: Story, steps: list[tuple[Any, ...]]) -> None:
    story.begin()
    for step in steps:
        story.happens(*step)
    story.comes_to_rest()
    story.check()


def test_two_workers_at_once_write_everything_once(database: Database) -> None:
    shop = Keeping(database)
    ids = shop.people(*(Someone() for _ in range(40)))
    shop.segment("vips", {"tag": "vip"}, gives_tag="important")
    shop.works()
    stop = threading.Event()
    faults: list[BaseException] = []

    workers = [threading.Thread(target=_keeps, args=(shop, stop, faults)) for _ in range(3)]
    for worker in workers:
        worker.start()
    try:
        for number, id_ in enumerate(ids):
            shop.tags(id_, "vip")
            if number % 10 == 9:
                # Whoever holds the lease loses it to another one.
                shop.now += timedelta(seconds=25)
            if number % 3 == 0:
                shop.untags(id_, "vip")
    finally:
        threading.Event().wait(0.3)
        shop.now += timedelta(seconds=25)
        stop.set()
        for worker in workers:
            worker.join()
    assert faults == []
    shop.keeper = shop.hires()
    shop.now += timedelta(seconds=25)
    shop.works()
    inside = [id_ for number, id_ in enumerate(ids) if number % 3 != 0]
    assert shop.inside("vips") == inside
    for id_ in ids:
        open_stays = [row for row in shop.history(id_) if row[3] is None]
        assert len(open_stays) == (id_ in inside)
        assert ("important" in shop.carried(id_)) == (id_ in inside)


def _keeps(shop: Keeping, stop: threading.Event, faults: list[BaseException]) -> None:
    keeper = shop.hires()
    while not stop.is_set():
        try:
            keeper.step()
        except sa.exc.OperationalError:
            continue  # SQLite's lock; tried again
        except BaseException as fault:  # noqa: BLE001 - told by the test
            faults.append(fault)
            return
