"""Tags: carried while somebody stands by them, and every word of every source kept."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from contacts.models import Contact, Following
from core.db import Database
from segmentation import tags
from segmentation.models import ChangeKind, ContactTag, Tag, TagChange
from segmentation.tags import TagBook, standing
from tests.line.queues import NOON, a_channel, after
from tests.locks import waits_in_thread

SOURCES = ("question:find/area", "rule:welcome/new", "staff:mina")


@pytest.fixture
def contact_id(database: Database) -> int:
    channel_id = a_channel(database)
    with database.write() as session:
        contact = Contact(
            public_id="p",
            channel_id=channel_id,
            line_user_id="U1",
            shard=1,
            following=Following.FOLLOWING,
            first_seen_at=NOON,
            last_seen_at=NOON,
        )
        session.add_all(
            [
                contact,
                Tag(channel_id=channel_id, name="area:taipei", group="area", is_single=True, labels={}),
                Tag(channel_id=channel_id, name="area:other", group="area", is_single=True, labels={}),
                Tag(channel_id=channel_id, name="lead", lifetime_s=90 * 86400, labels={}),
            ]
        )
    return contact.id


def book(session: Session, contact_id: int, now: datetime = NOON, event_key: str | None = "event") -> TagBook:
    return TagBook(session, session.get_one(Contact, contact_id), event_key=event_key, now=now)


def carried(database: Database, contact_id: int, now: datetime = NOON) -> set[str]:
    """Return what another turn sees, and check that a query over the table sees the same."""
    with database.read() as session:
        seen = set(book(session, contact_id, now).names())
        in_table = session.scalars(
            sa.select(Tag.name)
            .join(ContactTag, ContactTag.tag_id == Tag.id)
            .where(ContactTag.contact_id == contact_id, tags.live(now))
        )
        assert set(in_table) == seen
    return seen


def ledger(database: Database) -> list[tuple[str, ChangeKind, str]]:
    with database.read() as session:
        changes = session.scalars(sa.select(TagChange).order_by(TagChange.id))
        return [(change.tag.name, change.kind, change.source) for change in changes]


def test_what_a_turn_sets_it_sees_before_anything_is_written(database: Database, contact_id: int) -> None:
    with database.decide() as session:
        turn = book(session, contact_id)
        turn.set("vip", source="staff:mina")
        turn.set("area:taipei", source="question:find/area")
        assert turn.names() == {"vip", "area:taipei"}
        turn.withdraw("vip", source="staff:mina")
        turn.set("area:other", source="question:find/area")
        assert turn.names() == {"area:other"}
        turn.set("vip", source="staff:mina")
        assert turn.names() == {"vip", "area:other"}
        assert [(tag, word.source) for tag, word in turn.set_by("question:")] == [
            ("area:other", "question:find/area")
        ]
        session.rollback()
    assert carried(database, contact_id) == set()


def test_set_taken_off_and_set_again_in_one_turn_is_one_row(database: Database, contact_id: int) -> None:
    with database.write() as session:
        book(session, contact_id).set("vip", source="a")
    with database.write() as session:
        turn = book(session, contact_id, after(hours=1))
        turn.remove("vip", source="b")
        turn.set("vip", source="c")
        turn.withdraw("vip", source="c")
        turn.set("vip", source="d")
    assert carried(database, contact_id) == {"vip"}
    assert [kind for _tag, kind, _source in ledger(database)] == [
        ChangeKind.SET,
        ChangeKind.REMOVED,
        ChangeKind.SET,
        ChangeKind.WITHDRAWN,
        ChangeKind.SET,
    ]


def test_setting_again_refreshes_and_does_not_duplicate(database: Database, contact_id: int) -> None:
    for hour in (0, 1):
        with database.write() as session:
            book(session, contact_id, after(hours=hour)).set("lead", source="a")
    with database.read() as session:
        row = session.scalars(sa.select(ContactTag)).one()
    assert (row.set_at, row.expires_at) == (after(hours=1), after(days=90, hours=1))
    assert ledger(database) == [("lead", ChangeKind.SET, "a"), ("lead", ChangeKind.REFRESHED, "a")]


def test_one_source_takes_back_its_word_and_the_tag_stays_by_the_others(
    database: Database, contact_id: int
) -> None:
    for hour, source in enumerate(SOURCES):
        with database.write() as session:
            book(session, contact_id, after(hours=hour), f"event {hour}").set("vip", source=source)
    with database.write() as session:
        book(session, contact_id, after(hours=5)).withdraw("vip", source=SOURCES[2])
    with database.read() as session:
        row = session.scalars(sa.select(ContactTag)).one()
    assert (row.source, row.set_at, row.event_key) == (SOURCES[1], after(hours=1), "event 1")
    for source in (SOURCES[1], "nobody", SOURCES[0]):
        assert carried(database, contact_id) == {"vip"}
        with database.write() as session:
            book(session, contact_id, after(hours=6)).withdraw("vip", source=source)
    assert carried(database, contact_id) == set()


def test_a_tag_lasts_as_long_as_the_longest_word_for_it(database: Database, contact_id: int) -> None:
    """Staff set it for good; a rule that sets it for an hour takes nothing away."""
    with database.write() as session:
        book(session, contact_id).set("vip", source="staff:mina")
    with database.write() as session:
        book(session, contact_id, after(minutes=1)).set("vip", source="rule:hour", expires_at=after(hours=1))
    assert carried(database, contact_id, after(hours=2)) == {"vip"}
    with database.write() as session:
        book(session, contact_id, after(hours=2)).withdraw("vip", source="staff:mina")
    assert carried(database, contact_id, after(hours=2)) == set()


def test_a_source_may_shorten_its_own_word(database: Database, contact_id: int) -> None:
    with database.write() as session:
        book(session, contact_id).set("vip", source="rule", expires_at=after(hours=9))
    with database.write() as session:
        book(session, contact_id, after(hours=1)).set("vip", source="rule", expires_at=after(hours=2))
    assert carried(database, contact_id, after(hours=3)) == set()


def test_a_single_choice_group_holds_one(database: Database, contact_id: int) -> None:
    with database.write() as session:
        book(session, contact_id).set("area:taipei", source="question:find/area")
    with database.write() as session:
        book(session, contact_id).set("area:other", source="staff:mina")
    assert carried(database, contact_id) == {"area:other"}
    assert ledger(database)[1:] == [
        ("area:taipei", ChangeKind.REPLACED, "staff:mina"),
        ("area:other", ChangeKind.SET, "staff:mina"),
    ]


def test_a_tag_ends_by_itself_and_its_end_is_written_down(database: Database, contact_id: int) -> None:
    with database.write() as session:
        book(session, contact_id).set("lead", source="a")
    end = after(days=90)
    assert carried(database, contact_id, end - timedelta(microseconds=1)) == {"lead"}
    assert carried(database, contact_id, end) == set()
    with database.write() as session:
        assert tags.end_expired(session, limit=10, now=end) == 1
        assert tags.end_expired(session, limit=10, now=end) == 0
    assert ledger(database)[-1] == ("lead", ChangeKind.EXPIRED, "a")


def test_a_tag_set_again_after_its_end_begins_anew(database: Database, contact_id: int) -> None:
    with database.write() as session:
        book(session, contact_id).set("lead", source="a")
    late = after(days=91)
    with database.write() as session:
        book(session, contact_id, late).set("lead", source="b")
    assert carried(database, contact_id, late) == {"lead"}
    assert [(kind, source) for _tag, kind, source in ledger(database)] == [
        (ChangeKind.SET, "a"),
        (ChangeKind.EXPIRED, "a"),
        (ChangeKind.SET, "b"),
    ]
    with database.write() as session:
        assert tags.end_expired(session, limit=10, now=late) == 0


def test_what_another_says_while_a_source_is_undone_stays(database: Database, contact_id: int) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has one lock: nobody says anything meanwhile")
    with database.write() as session:
        book(session, contact_id).set("lead", source="import:a.csv")

    def undo() -> int:
        with database.write() as session:
            return tags.undo(session, "import:a.csv", [contact_id], now=after(hours=1))

    with database.write() as session:
        book(session, contact_id, after(minutes=1)).set("lead", source="question:find/area")
        session.flush()  # the turn is written, and not committed yet
        undoing = waits_in_thread(database, undo)
    assert undoing.result(timeout=60) == 1
    assert carried(database, contact_id, after(hours=1)) == {"lead"}


def test_undoing_a_source_touches_nobody_elses_word(database: Database, contact_id: int) -> None:
    with database.write() as session:
        turn = book(session, contact_id)
        turn.set("one", source="import:a.csv")
        turn.set("two", source="import:a.csv")
        turn.set("two", source="staff:mina")
        turn.set("three", source="import:a.csv.2")
    with database.write() as session:
        assert list(tags.tagged_by(session, "import:a.csv")) == [contact_id]
        assert tags.undo(session, "import:a.csv", [contact_id], now=after(hours=1)) == 2
    assert carried(database, contact_id) == {"two", "three"}


def test_a_tag_refreshed_at_its_last_moment_is_not_taken_off_by_the_clock(
    database: Database, contact_id: int
) -> None:
    """The job has seen it expired; the turn that refreshes it commits first."""
    with database.write() as session:
        book(session, contact_id).set("lead", source="a")
    late = after(days=91)
    started = threading.Event()

    def clock() -> None:
        with database.write() as session:
            started.set()
            tags.end_expired(session, limit=10, now=late)

    with ThreadPoolExecutor(1) as pool:
        with database.write() as session:
            book(session, contact_id, late).set("lead", source="b")
            session.flush()
            job = pool.submit(clock)
            if not database.is_sqlite:
                started.wait()
                threading.Event().wait(0.2)
        job.result()
    assert carried(database, contact_id, late) == {"lead"}


@dataclass
class Model:
    """Who says what until when, by brute force."""

    words: dict[str, dict[str, datetime | None]] = field(default_factory=dict)

    def carried(self, now: datetime) -> set[str]:
        return {
            name
            for name, said in self.words.items()
            if any(end is None or end > now for end in said.values())
        }

    def set(self, name: str, source: str, now: datetime, end: datetime | None) -> None:
        if name not in self.carried(now):
            self.words[name] = {}
        if name.startswith("area:"):
            for other in [other for other in self.words if other.startswith("area:") and other != name]:
                del self.words[other]
        self.words[name][source] = end

    def withdraw(self, name: str, source: str) -> None:
        self.words.get(name, {}).pop(source, None)

    def remove(self, name: str) -> None:
        self.words.pop(name, None)


NAMES = st.sampled_from(["area:taipei", "area:other", "vip"])
STEPS = st.one_of(
    st.tuples(st.just("set"), NAMES, st.sampled_from(SOURCES), st.sampled_from([None, 1, 3])),
    st.tuples(st.just("withdraw"), NAMES, st.sampled_from(SOURCES)),
    st.tuples(st.just("remove"), NAMES, st.sampled_from(SOURCES)),
    st.tuples(st.just("turn")),
    st.tuples(st.just("hour")),
    st.tuples(st.just("clock")),
)


@given(steps=st.lists(STEPS, max_size=25))
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_tags_are_what_the_words_say(
    database: Database, contact_id: int, steps: list[tuple[Any, ...]]
) -> None:
    with database.write() as session:
        session.execute(sa.delete(TagChange))
        session.execute(sa.delete(ContactTag))
    model, now = Model(), NOON
    for turn in _turns(steps):
        with database.write() as session:
            open_book = book(session, contact_id, now)
            for name, *arguments in turn:
                if name == "set":
                    tag, source, hours = arguments
                    end = None if hours is None else now + timedelta(hours=hours)
                    open_book.set(tag, source=source, expires_at=end)
                    model.set(tag, source, now, end)
                elif name == "withdraw":
                    open_book.withdraw(arguments[0], source=arguments[1])
                    model.withdraw(*arguments)
                elif name == "remove":
                    open_book.remove(arguments[0], source=arguments[1])
                    model.remove(arguments[0])
                assert set(open_book.names()) == model.carried(now)
                for prefix in SOURCES:
                    told = {tag for tag, _word in open_book.set_by(prefix)}
                    assert told == _standing_by(model, prefix, now)
            if ("clock",) in turn:
                session.flush()
                tags.end_expired(session, limit=100, now=now)
        assert carried(database, contact_id, now) == model.carried(now)
        _check_ledger(database, model, now)
        now += timedelta(hours=sum(step == ("hour",) for step in turn))


def _turns(steps: list[tuple[Any, ...]]) -> list[list[tuple[Any, ...]]]:
    turns: list[list[tuple[Any, ...]]] = [[]]
    for step in steps:
        turns[-1].append(step)
        if step[0] in {"turn", "hour", "clock"}:
            turns.append([])
    return turns


def _standing_by(model: Model, source: str, now: datetime) -> set[str]:
    return {
        name
        for name, said in model.words.items()
        if source in said and ((end := said[source]) is None or end > now)
    }


def _check_ledger(database: Database, model: Model, now: datetime) -> None:
    """The ledger alone tells who stands by what."""
    with database.read() as session:
        changes = session.scalars(sa.select(TagChange).order_by(TagChange.id)).all()
    for name in ("area:taipei", "area:other", "vip"):
        words = standing([change for change in changes if change.tag.name == name], now=now)
        expected = {source for source in SOURCES if name in _standing_by(model, source, now)}
        assert set(words) == expected
