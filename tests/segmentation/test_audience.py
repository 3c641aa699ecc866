"""Who is meant: counted, sampled, listed in pages and explained, by few queries."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from jsonschema import Draft202012Validator
from pydantic import StrictStr, TypeAdapter

from contacts.fields import FieldBook
from contacts.models import Contact, FieldKind, Following
from core.db import Database
from segmentation import audience, people
from segmentation.leaf import LeafKind
from segmentation.leaves import LEAVES
from segmentation.models import Segment, Tag
from segmentation.people import CarriedTag, Erased, Fact, Follows, KnownField, LastSeen, of_turn
from segmentation.rules import DEPTH_LIMIT, SIZE_LIMIT, FaultyRule
from segmentation.segments import Segments
from segmentation.tags import TagBook
from segmentation.why import Reason, Unfinished
from tests.line.queues import NOON, a_channel, after
from tests.listening import listening
from tests.segmentation.rulebook import TAGS, Someone, store

SEGMENTS = Segments()
TAIPEI = ZoneInfo("Asia/Taipei")
AT: Any = {"now": NOON, "zone": TAIPEI}


@pytest.fixture
def channel_id(database: Database) -> int:
    channel_id = a_channel(database)
    with database.write() as session:
        session.add_all(Tag(channel_id=channel_id, name=name, labels={}) for name in TAGS)
    return channel_id


def people_are(database: Database, channel_id: int, *everybody: Someone) -> list[int]:
    with database.write() as session:
        return store(session, channel_id, list(everybody), now=NOON)


def a_segment(channel_id: int, rule: dict[str, Any], key: str = "some") -> Segment:
    """Return a segment that is nowhere stored: who is meant depends on its rule and channel alone."""
    return Segment(channel_id=channel_id, key=key, public_id=key, rule=rule, created_at=NOON, changed_at=NOON)


@contextmanager
def queries(database: Database) -> Iterator[list[str]]:
    """Collect what is asked of the database meanwhile; how SQLite should sort is no question."""
    asked: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith("PRAGMA temp_store"):
            asked.append(statement)

    with listening(database, "before_cursor_execute", note):
        yield asked


def test_members_come_once_in_pages_ascending_and_may_be_read_later(
    database: Database, channel_id: int
) -> None:
    ids = people_are(database, channel_id, *(Someone(tags={"vip": None}) for _ in range(1203)), Someone())
    everybody_tagged = a_segment(channel_id, {"any": [{"tag": "vip"}, {"tag": "vip"}]})
    with database.read() as session:
        pages = audience.members(session, SEGMENTS, everybody_tagged, **AT)
    with database.write() as session:
        session.execute(sa.text("DELETE FROM contact_tags"))
    found = list(pages)
    assert [len(page) for page in found] == [500, 500, 203]
    assert [id_ for page in found for id_ in page] == ids[:-1]


def test_every_question_takes_as_many_queries_for_many_as_for_few(
    database: Database, channel_id: int
) -> None:
    rule = {"all": [{"tag": "vip"}, {"field": {"name": "city", "known": True}}, {"consent": "news"}]}
    member = Someone(tags={"vip": None, "consent:news": None}, fields={"city": ("text", "x", None)})
    with database.write() as session:
        session.add_all(
            [a_segment(channel_id, {"not": {"tag": "vip"}}, "b"), a_segment(channel_id, rule, "a")]
        )
    segment = a_segment(channel_id, rule)
    for count in (1, 60):
        ids = people_are(database, channel_id, *(member for _ in range(count)))
        with database.read() as session:
            contact = session.get_one(Contact, ids[0])
            with queries(database) as asked:
                audience.count(session, SEGMENTS, segment, **AT)
                one_look = len(asked)
                assert one_look == 7, "begin, how many there are, three lists, who was erased, end"
                audience.sample(session, SEGMENTS, segment, limit=20, **AT)
                assert len(asked) == 2 * one_look + 2
                list(audience.members(session, SEGMENTS, segment, **AT))
                assert len(asked) == 3 * one_look + 2
                asked.clear()
                people.load(session, ids, now=NOON)
                assert len(asked) == 3
                held = audience.segments_of(session, SEGMENTS, contact, **AT)
                assert len(asked) == 7
            assert [one.key for one in held] == ["a"]
        with database.read() as session:
            contact = session.get_one(Contact, ids[0])
            with queries(database) as asked:
                tags = TagBook(session, contact, event_key=None, now=NOON)
                fields = FieldBook(session, contact, event_key=None, now=NOON)
                assert SEGMENTS.holds(SEGMENTS.read(rule), of_turn(contact, tags, fields, now=NOON), **AT)
                assert of_turn(contact, tags, fields, now=NOON).tags.keys() == tags.names()
            assert len(asked) == 2, "what the books of a turn read anyway"


def test_of_tags_and_fields_those_are_looked_up_that_are_read(database: Database, channel_id: int) -> None:
    told = Someone(
        tags={"vip": None, "area:taipei": None, "consent:news": -1},
        fields={"budget": ("number", None, 3.0), "city": ("text", "台北", None)},
    )
    ids = people_are(database, channel_id, told, Someone())
    with database.read() as session:
        whole = people.load(session, ids, now=NOON)[ids[0]]
        assert (sorted(whole.tags), sorted(whole.fields)) == (["area:taipei", "vip"], ["budget", "city"])
        for reads in (
            ("tag:vip", "tag:consent:news"),
            ("field:city", "seen"),
            ("tag:nobodys", "field:budget", "tag:area:taipei"),
        ):
            with queries(database) as asked:
                some, other = people.load(session, ids, now=NOON, reads=reads).values()
            assert len(asked) == 1 + len({fact.partition(":")[0] for fact in reads} & {"tag", "field"})
            assert some.tags == {name: tag for name, tag in whole.tags.items() if f"tag:{name}" in reads}
            assert some.fields == {
                name: one for name, one in whole.fields.items() if f"field:{name}" in reads
            }
            assert (other.tags, other.fields) == ({}, {})


def test_an_empty_rule_means_nobody_and_so_does_its_opposite(database: Database, channel_id: int) -> None:
    (id_,) = people_are(database, channel_id, Someone())
    unfinished: list[dict[str, Any]] = [
        {},
        {"all": []},
        {"any": []},
        {"not": {}},
        {"not": {"not": {"any": []}}},
        {"not": {"any": [{"tag": "vip"}, {"all": []}]}},
    ]
    with database.read() as session:
        person = people.load(session, [id_], now=NOON)[id_]
        for rule in unfinished:
            segment = a_segment(channel_id, rule)
            assert audience.count(session, SEGMENTS, segment, **AT) == 0
            assert list(audience.members(session, SEGMENTS, segment, **AT)) == []
            why = SEGMENTS.why(SEGMENTS.read(rule), person, **AT)
            assert (why.holds, why.fact) == (False, Unfinished())
        assert audience.count(session, SEGMENTS, a_segment(channel_id, {"not": {"tag": "vip"}}), **AT) == 1


def test_a_segment_is_of_one_channel_and_the_sample_begins_with_who_was_here_last(
    database: Database, channel_id: int
) -> None:
    ids = people_are(database, channel_id, *(Someone(seen_ago=ago) for ago in (50, 10, 30)))
    with database.read() as session:
        segment = a_segment(channel_id, {"following": True})
        found = audience.sample(session, SEGMENTS, segment, limit=2, **AT)
        assert [one.id for one in found] == [ids[1], ids[2]]
        elsewhere = a_segment(channel_id + 1, {"following": True})
        assert audience.count(session, SEGMENTS, elsewhere, **AT) == 0


def test_why_tells_every_verdict_with_the_fact_behind_it(database: Database, channel_id: int) -> None:
    with database.write() as session:
        contact = Contact(
            public_id="p",
            channel_id=channel_id,
            line_user_id="U1",
            shard=1,
            following=Following.BLOCKED,
            following_since_at=after(days=-2),
            first_seen_at=NOON,
            last_seen_at=after(hours=-3),
        )
        session.add(contact)
        tags = TagBook(session, contact, event_key="event-1", now=after(days=-1))
        tags.set("vip", source="question:find_home/area", expires_at=after(days=89))
        tags.set("area:taipei", source="staff:mina", expires_at=after(hours=-1))
        fields = FieldBook(session, contact, event_key="event-2", now=after(days=-1))
        fields.set("move_in", "2027-03-20", kind=FieldKind.DATE, source="question:find_home/move_in")
        session.flush()  # for the contact's id
        id_ = contact.id
    rule = {
        "all": [
            {"tag": "vip"},
            {"not": {"tag": "area:taipei"}},
            {
                "any": [
                    {"field": {"name": "move_in", "between": ["today", "+1m"]}},
                    {"field": {"name": "city", "known": True}},
                ]
            },
            {"following": True},
            {"seen": {"within": "1d"}},
        ]
    }
    with database.read() as session:
        person = people.load(session, [id_], now=NOON)[id_]
    why = SEGMENTS.why(SEGMENTS.read(rule), person, **AT)
    vip, outside, dates, following, seen = why.reasons
    assert (why.holds, [one.holds for one in why.reasons]) == (False, [True, True, True, False, True])
    carried = CarriedTag("vip", "question:find_home/area", "event-1", after(days=-1), after(days=89))
    assert vip.fact == carried
    assert outside.reasons == (Reason(outside.reasons[0].rule, holds=False, fact=None),), (
        "expired an hour ago"
    )
    assert [one.holds for one in dates.reasons] == [True, False]
    told = dates.reasons[0].fact
    assert isinstance(told, KnownField)
    assert (told.value, told.source, told.set_at) == (
        "2027-03-20",
        "question:find_home/move_in",
        after(days=-1),
    )
    assert following.fact == Follows(Following.BLOCKED, after(days=-2))
    assert seen.fact == LastSeen(after(hours=-3))
    # Two days later the month still reaches the date, and the visit is too long ago.
    later = SEGMENTS.why(SEGMENTS.read(rule), person, now=after(days=2), zone=TAIPEI)
    assert [one.holds for one in later.reasons] == [True, True, True, False, False]


def test_whoever_was_erased_is_in_no_segment_and_why_says_so(database: Database, channel_id: int) -> None:
    (id_,) = people_are(database, channel_id, Someone(is_erased=True))
    with database.read() as session:
        person = people.load(session, [id_], now=NOON)[id_]
    why = SEGMENTS.why(SEGMENTS.read({"not": {"tag": "vip"}}), person, **AT)
    assert (why.holds, why.fact, why.reasons) == (False, Erased(NOON), ())


def test_today_is_the_accounts_today(database: Database, channel_id: int) -> None:
    (id_,) = people_are(database, channel_id, Someone(fields={"move_in": ("date", "2027-03-02", None)}))
    rule = SEGMENTS.read({"field": {"name": "move_in", "is": "today"}})
    late = after(hours=15)  # 19:00 in UTC, three in the morning of the second in Taipei
    with database.read() as session:
        person = people.load(session, [id_], now=late)[id_]
    assert SEGMENTS.holds(rule, person, now=late, zone=TAIPEI)
    assert not SEGMENTS.holds(rule, person, now=late, zone=ZoneInfo("UTC"))


def test_a_rule_as_large_as_may_be_is_answered(database: Database, channel_id: int) -> None:
    people_are(database, channel_id, Someone(tags={"vip": None}))
    wide: dict[str, Any] = {
        "any": [{"tag": f"t{number}"} for number in range(SIZE_LIMIT - 2)] + [{"tag": "vip"}]
    }
    deep: dict[str, Any] = {"tag": "vip"}
    for _ in range(DEPTH_LIMIT - 1):
        deep = {"not": deep}
    with database.read() as session:
        assert audience.count(session, SEGMENTS, a_segment(channel_id, wide), **AT) == 1
        assert audience.count(session, SEGMENTS, a_segment(channel_id, deep), **AT) == DEPTH_LIMIT % 2
    for too_much in ({"not": deep}, {"any": [wide]}):
        with pytest.raises(FaultyRule):
            SEGMENTS.parse(too_much)


def test_the_json_schema_takes_what_is_parsed_and_refuses_what_is_not() -> None:
    validator = Draft202012Validator(SEGMENTS.json_schema())
    good: list[Any] = [
        {},
        {"all": [{"tag": "a"}, {"not": {"seen": {"within": "30d"}}}]},
        {"field": {"name": "move_in", "between": ["today", "+1m"]}},
        {"any": [{"consent": "news"}, {"following": False}]},
    ]
    bad: list[Any] = [
        [],
        {"tag": "a", "following": True},
        {"tagg": "a"},
        {"all": {"tag": "a"}},
        {"field": {"nam": "x"}},
        {"following": "yes"},
        {"not": [{"tag": "a"}]},
    ]
    for rule in good:
        SEGMENTS.parse(rule)
        validator.validate(rule)
    for rule in bad:
        with pytest.raises(FaultyRule):
            SEGMENTS.parse(rule)
        assert not validator.is_valid(rule)


def test_every_fault_of_a_rule_is_told_at_once_with_its_place() -> None:
    rule = {"all": [{"tagg": "a"}, {"seen": {"within": "-1d"}}, {"field": {"name": "x", "is": 10**400}}, 5]}
    with pytest.raises(FaultyRule) as refused:
        SEGMENTS.parse(rule)
    assert list(refused.value.fields) == [
        "rule.all.0.tagg",
        "rule.all.1.seen.within",
        "rule.all.2.field.is",
        "rule.all.3",
    ]


def test_a_higher_package_may_bring_leaves_of_its_own(database: Database, channel_id: int) -> None:
    spoken = LeafKind[str](
        "speaks",
        TypeAdapter(StrictStr),
        sql=lambda language, _at: sa.func.coalesce(Contact.language, "") == language,
        holds=lambda language, person, _at: person.language == language,
        fact=lambda _language, _person, _at: Fact(),
        reads=lambda _language: ["language"],
    )
    wider = Segments((*LEAVES, spoken))
    with database.write() as session:
        ids = store(session, channel_id, [Someone(), Someone()], now=NOON)
        session.execute(sa.update(Contact).where(Contact.id == ids[1]).values(language="ja"))
    segment = a_segment(channel_id, {"not": {"speaks": "ja"}})
    with database.read() as session:
        assert list(audience.members(session, wider, segment, **AT)) == [[ids[0]]]
        rule = wider.read(segment.rule)
        known = people.load(session, ids, now=NOON)
        assert [wider.holds(rule, known[id_], **AT) for id_ in ids] == [True, False]
    with pytest.raises(FaultyRule):
        SEGMENTS.parse(segment.rule)
    assert wider.keys[-1] == "speaks"
