"""Tags of many at once mean what they mean one by one, and cost as much for many as for few."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contacts.models import Contact
from contacts.timeline import TimelineEntry
from core.db import Database
from segmentation import tags
from segmentation.bulk_tags import Changed, Say, Verb, say_many, set_many, withdraw_many
from segmentation.models import ContactTag, Tag, TagChange
from segmentation.tags import TagBook
from tests.line.queues import NOON, a_channel, after
from tests.segmentation.rulebook import Someone, store
from tests.segmentation.test_audience import queries

PEOPLE = 2
SOURCES = ("segment:vip", "question:find/area", "staff:mina")
NAMES = ("area:taipei", "area:other", "area:loose", "lead", "lead:short", "vip", "never heard of")


@pytest.fixture
def channel_id(database: Database) -> int:
    channel_id = a_channel(database)
    with database.write() as session:
        session.add_all(
            [
                Tag(channel_id=channel_id, name="area:taipei", group="area", is_single=True, labels={}),
                Tag(channel_id=channel_id, name="area:other", group="area", is_single=True, labels={}),
                Tag(channel_id=channel_id, name="area:loose", group="area", is_single=False, labels={}),
                Tag(channel_id=channel_id, name="lead", lifetime_s=3 * 3600, labels={}),
                Tag(channel_id=channel_id, name="lead:short", lifetime_s=3600, labels={}),
            ]
        )
    return channel_id


def people_are(database: Database, channel_id: int, count: int) -> list[int]:
    with database.write() as session:
        return store(session, channel_id, [Someone() for _ in range(count)], now=NOON)


def carried(database: Database, contact_id: int) -> list[tuple[Any, ...]]:
    with database.read() as session:
        rows = sa.select(
            Tag.name, ContactTag.source, ContactTag.event_key, ContactTag.set_at, ContactTag.expires_at
        ).join(Tag)
        return sorted(map(tuple, session.execute(rows.where(ContactTag.contact_id == contact_id))))


def ledger(database: Database, contact_id: int) -> list[tuple[Any, ...]]:
    columns = (TagChange.kind, TagChange.source, TagChange.event_key, TagChange.at, TagChange.expires_at)
    with database.read() as session:
        rows = sa.select(Tag.name, *columns).join(Tag).where(TagChange.contact_id == contact_id)
        return list(map(tuple, session.execute(rows.order_by(TagChange.id))))


def story(database: Database, contact_id: int) -> list[tuple[Any, ...]]:
    columns = (TimelineEntry.kind, TimelineEntry.about, TimelineEntry.at, TimelineEntry.event_key)
    with database.read() as session:
        rows = sa.select(*columns).where(TimelineEntry.contact_id == contact_id)
        return list(map(tuple, session.execute(rows.order_by(TimelineEntry.id))))


Pairs = Sequence[tuple[int, str]]
PAGES = st.lists(
    st.tuples(
        st.sampled_from([Verb.SET, Verb.SET, Verb.WITHDRAW, Verb.REMOVE]),
        st.sampled_from(SOURCES),
        st.lists(st.tuples(st.integers(0, PEOPLE - 1), st.sampled_from(NAMES)), max_size=6),
        st.sampled_from([0, 0, 1, 2, 4]),
        st.sampled_from([None, None, 1, 5]),
    ),
    max_size=6,
)


@given(pages=PAGES)
@example(
    [
        (
            Verb.SET,
            "segment:vip",
            [(1, f"area:{name}") for name in ("loose", "other", "loose", "taipei")],
            0,
            None,
        )
    ]
)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_page_means_what_its_words_mean_one_by_one(
    database: Database, channel_id: int, pages: list[tuple[Verb, str, Pairs, int, int | None]]
) -> None:
    singly = people_are(database, channel_id, PEOPLE)
    at_once = people_are(database, channel_id, PEOPLE)
    now = NOON
    for verb, source, pairs, hours_later, for_hours in pages:
        now = now.replace(hour=now.hour + hours_later) if now.hour + hours_later < 24 else now
        if for_hours is not None:
            # Somebody says it for a time of their own, as a rule or an import may.
            for id_ in (singly[0], at_once[0]):
                until = now.replace(hour=min(23, now.hour + for_hours))
                _with_end(database, id_, "lead", now, until)
        kept = set(_names(database, singly, now))
        _one_by_one(database, verb, [(singly[who], name) for who, name in pairs], source, now)
        came_of_it = _at_once(
            database, channel_id, verb, [(at_once[who], name) for who, name in pairs], source, now
        )
        for one, other in zip(singly, at_once, strict=True):
            assert carried(database, one) == carried(database, other)
            assert ledger(database, one) == ledger(database, other)
            assert story(database, one) == story(database, other)
        after_it = set(_names(database, singly, now))
        other_of = dict(zip(at_once, singly, strict=True))
        assert {(other_of[id_], name) for id_, name in came_of_it.put_on} == after_it - kept
        assert {(other_of[id_], name) for id_, name in came_of_it.taken_off} == kept - after_it


def _one_by_one(database: Database, verb: Verb, pairs: Pairs, source: str, now: datetime) -> None:
    with database.write() as session:
        books: dict[int, TagBook] = {}
        for id_, name in pairs:
            if id_ not in books:
                contact = session.get_one(Contact, id_)
                books[id_] = TagBook(session, contact, event_key=None, now=now)
            match verb:
                case Verb.SET:
                    books[id_].set(name, source=source)
                case Verb.WITHDRAW:
                    books[id_].withdraw(name, source=source)
                case Verb.REMOVE:
                    books[id_].remove(name, source=source)


def _at_once(
    database: Database, channel_id: int, verb: Verb, pairs: Pairs, source: str, now: datetime
) -> Changed:
    with database.write() as session:
        return say_many(session, channel_id, [Say(verb, *pair, source) for pair in pairs], now=now)


def _with_end(database: Database, contact_id: int, name: str, now: datetime, until: datetime) -> None:
    with database.write() as session:
        contact = session.get_one(Contact, contact_id)
        book = TagBook(session, contact, event_key=None, now=now)
        book.set(name, source="rule:offer", expires_at=until)


def _names(database: Database, ids: Sequence[int], now: datetime) -> list[tuple[int, str]]:
    with database.read() as session:
        rows = sa.select(ContactTag.contact_id, Tag.name).join(Tag).where(tags.live(now))
        return [(id_, name) for id_, name in session.execute(rows.where(ContactTag.contact_id.in_(ids)))]


def test_a_page_of_many_takes_as_many_statements_as_one_of_few(database: Database, channel_id: int) -> None:
    counts = []
    for size in (12, 300):
        ids = people_are(database, channel_id, size)
        with queries(database) as asked, database.write() as session:
            pairs = [(id_, name) for id_ in ids for name in ("area:taipei", "lead", "vip")]
            assert (
                len(set_many(session, channel_id, pairs, source="import:a.csv", now=NOON).put_on) == 3 * size
            )
            set_many(session, channel_id, pairs, source="import:a.csv", now=after(hours=1))
            withdraw_many(session, channel_id, pairs, source="import:a.csv", now=after(hours=1))
        counts.append(len(asked))
    # The first page declares a tag, which takes two more.
    assert counts[1] == counts[0] - 2 <= 24


def test_a_page_finds_its_people_by_their_ids_however_many_others_there_are(
    database: Database, channel_id: int
) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL plans by how many there are")
    ids = people_are(database, channel_id, 3)
    with queries(database) as asked, database.write() as session:
        set_many(session, channel_id, [(id_, "vip") for id_ in ids], source="import:a.csv", now=NOON)
    about_people = [one for one in asked if "FROM contacts" in one]
    assert about_people
    with database.engine.connect() as connection:
        for statement in about_people:
            given = ("[]",) * statement.count("?")
            steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given).all()
            assert "INTEGER PRIMARY KEY" in steps[0][3]


def test_who_was_erased_or_is_of_another_channel_gets_nothing(database: Database, channel_id: int) -> None:
    with database.write() as session:
        gone, here = store(session, channel_id, [Someone(is_erased=True), Someone()], now=NOON)
    with database.write() as session:
        done = set_many(
            session, channel_id, [(gone, "vip"), (here, "vip"), (here + 99, "vip")], source="a", now=NOON
        )
        assert done == Changed([(here, "vip")], [], [])
        assert set_many(session, channel_id + 1, [], source="a", now=NOON) == Changed((), ())
    assert carried(database, gone) == []


def test_what_is_behind_a_word_is_kept_with_it(database: Database, channel_id: int) -> None:
    one, other = people_are(database, channel_id, 2)
    with database.write() as session:
        words = [Say(Verb.SET, id_, "vip", "segment:some") for id_ in (one, other)]
        say_many(session, channel_id, words, now=NOON, event_keys={one: "event-1"})
    assert [row[2] for row in carried(database, one)] == ["event-1"]
    assert [row[3] for row in story(database, one)] == ["event-1"]
    assert [row[2] for row in carried(database, other)] == [None]


def test_each_word_may_end_at_a_time_of_its_own(database: Database, channel_id: int) -> None:
    """As `TagBook.set` with `expires_at`; a word that lasts longer keeps the tag on."""
    ends = (after(hours=5), after(hours=2), None)
    one, other = people_are(database, channel_id, 2)
    for number, end in enumerate(ends):
        now = after(minutes=number)
        with database.write() as session:
            book = TagBook(session, session.get_one(Contact, one), event_key=None, now=now)
            book.set("lead", source=f"s{number}", expires_at=end)
        with database.write() as session:
            say_many(session, channel_id, [Say(Verb.SET, other, "lead", f"s{number}", end)], now=now)
        assert carried(database, one) == carried(database, other)
        assert ledger(database, one) == ledger(database, other)
    assert carried(database, one)[0][-1] == after(hours=5)
