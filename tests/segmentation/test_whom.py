"""Lists put together as sets: whatever stands within whatever, the same people are meant, as of one moment."""

import random
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.segmenting import SEGMENTS
from contacts.models import Contact
from core.db import DATABASE_GONE, Database
from facts.events import Tracked, track
from line.channels import ensure_channel
from segmentation import whom
from segmentation.joining import Meant
from segmentation.models import ContactTag, Tag
from tests.console.queries import statements
from tests.line.queues import NOON, a_channel
from tests.listening import listening
from tests.segmentation.rulebook import Someone, store

TAGS = ("a", "b", "c")
UTC = ZoneInfo("UTC")


def a_rule(chance: random.Random, depth: int) -> dict[str, Any]:
    kind = chance.choice(("all", "any", "all", "any", "not", "leaf")) if depth else "leaf"
    if kind == "leaf":
        return chance.choice([*({"tag": name} for name in TAGS), {"following": True}])
    if kind == "not":
        return {"not": a_rule(chance, depth - 1)}
    return {kind: [a_rule(chance, depth - 1) for _ in range(chance.randint(1, 3))]}


def means(rule: dict[str, Any], tags: AbstractSet[str]) -> bool:
    ((key, value),) = rule.items()
    match key:
        case "all":
            return all(means(one, tags) for one in value)
        case "any":
            return any(means(one, tags) for one in value)
        case "not":
            return not means(value, tags)
        case "tag":
            return value in tags
        case _:
            return True


def test_trees_of_lists_mean_whom_their_leaves_mean(database: Database) -> None:
    channel_id = a_channel(database)
    everybody = [{name for bit, name in enumerate(TAGS) if number & 1 << bit} for number in range(8)]
    with database.write() as session:
        session.add_all(Tag(channel_id=channel_id, name=name, labels={}) for name in TAGS)
        session.flush()  # for their ids
        ids = store(session, channel_id, [Someone(tags=dict.fromkeys(tags)) for tags in everybody], now=NOON)
    chance = random.Random(7)
    with database.read() as session:
        for _ in range(120):
            rule = a_rule(chance, 4)
            meant = SEGMENTS.meant(SEGMENTS.parse(rule), now=NOON, zone=UTC)
            found = set(whom.fulfilling(session, channel_id, meant))
            expected = {id_ for id_, tags in zip(ids, everybody, strict=True) if means(rule, tags)}
            assert found == expected, rule


def scored_at_all(session: Session, channel_id: int, meant: Any) -> set[int]:
    split = whom.scored(session, channel_id, [(1, part) for part in meant.parts])
    return {id_ for points, those in split.items() if points for id_ in those}


def found(session: Session, channel_id: int, meant: Any) -> set[int]:
    return set(whom.fulfilling(session, channel_id, meant))


@pytest.mark.parametrize("ask", [found, scored_at_all])
def test_who_changes_tags_meanwhile_is_seen_as_before_or_as_after(database: Database, ask: Any) -> None:
    channel_id = a_channel(database)
    with database.write() as session:
        tags = {name: Tag(channel_id=channel_id, name=name, labels={}) for name in "ab"}
        session.add_all(tags.values())
        session.flush()
        (id_,) = store(session, channel_id, [Someone(tags={"b": None})], now=NOON)
    rule = SEGMENTS.parse({"any": [{"tag": "a"}, {"tag": "b"}]})
    at: Any = {"now": NOON, "zone": UTC}
    lists = 0

    def change(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        nonlocal lists
        lists += "contact_tags" in statement and "SELECT" in statement
        if lists == 2:
            lists = 3
            with other.write() as session:
                session.execute(sa.update(ContactTag).values(tag_id=tags["a"].id))

    other = Database.connect(database.engine.url.render_as_string(hide_password=False))
    with database.read() as session, listening(database, "before_cursor_execute", change):
        assert ask(session, channel_id, SEGMENTS.meant(rule, **at)) == {id_}
    assert lists == 3
    with database.read() as session:
        now = SEGMENTS.meant(SEGMENTS.parse({"tag": "a"}), **at)
        assert set(whom.fulfilling(session, channel_id, now)) == {id_}, "it came to that in the end"
    other.dispose()


def test_few_who_are_left_are_looked_up_and_many_are_not(database: Database) -> None:
    channel_id = a_channel(database)
    with database.write() as session:
        session.add_all(Tag(channel_id=channel_id, name=name, labels={}) for name in TAGS)
        session.flush()
        rare = [Someone(tags={"a": None, "b": None}), Someone(tags={"a": None})]
        ids = store(session, channel_id, [*rare, *(Someone(tags={"b": None}) for _ in range(200))], now=NOON)
    rule = SEGMENTS.parse({"all": [{"tag": "a"}, {"tag": "b"}]})
    with database.read() as session, statements(database) as asked:
        meant = SEGMENTS.meant(rule, now=NOON, zone=UTC)
        assert set(whom.fulfilling(session, channel_id, meant)) == {ids[0]}
        assert sum("EXISTS" in one for one in asked) == 1
        asked.clear()
        meant = SEGMENTS.meant(SEGMENTS.parse({"all": [{"tag": "b"}, {"tag": "b"}]}), now=NOON, zone=UTC)
        assert len(whom.fulfilling(session, channel_id, meant)) == 201
        assert not any("EXISTS" in one for one in asked)


def test_whoever_is_left_out_anyway_is_not_added_up(database: Database) -> None:
    everybody = [Someone(tags={"a": None, "bc"[number > 0]: None}) for number in range(20)]
    channel_id, ids = tagged(database, *everybody)
    taps = [Tracked(id_, "tap", NOON, None, f"{id_}:{number}") for id_ in ids for number in range(2)]
    with database.write() as session:
        track(session, channel_id, taps, source="import:test", now=NOON)
    rule = {"all": [{"event": {"name": "tap", "at_least": 2}}, {"not": {"tag": "c"}}, {"tag": "a"}]}
    with database.read() as session, statements(database) as asked:
        assert found(session, channel_id, meant(rule)) == {ids[0]}
        (adding_up,) = (number for number, one in enumerate(asked) if "contact_events" in one)
        assert not any("contact_tags" in one for one in asked[adding_up:])


def test_of_what_is_as_quick_people_are_found_before_others_are_left_out(database: Database) -> None:
    def tags(number: int) -> dict[str, None]:
        return dict.fromkeys("a" * (number % 4 > 0) + "b" * (number >= 200) + "c" * (number in {1, 2, 201}))

    channel_id, ids = tagged(database, *(Someone(tags=tags(number)) for number in range(400)))
    with database.read() as session, statements(database) as asked:
        rule = {"all": [{"not": {"tag": "b"}}, {"tag": "a"}, {"tag": "c"}]}
        assert found(session, channel_id, meant(rule)) == {ids[1], ids[2]}
        assert sum("EXISTS" in one for one in asked) == 1, "only the three who are left are asked for b"


def test_people_of_another_channel_are_nobody_here(database: Database) -> None:
    ours = a_channel(database)
    with database.write() as session:
        theirs = ensure_channel(session, "another", now=NOON).id
        session.add(Tag(channel_id=ours, name="a", labels={}))
        session.flush()
        (mina,) = store(session, ours, [Someone(tags={"a": None})], now=NOON)
        store(session, theirs, [Someone(tags={"a": None}), Someone()], now=NOON)
    with database.read() as session:
        for raw in ({"tag": "a"}, {"following": True}, {"not": {"tag": "b"}}, {"seen": {"within": "1d"}}):
            meant = SEGMENTS.meant(SEGMENTS.parse(raw), now=NOON, zone=UTC)
            assert set(whom.fulfilling(session, ours, meant)) == {mina}, raw


def tagged(database: Database, *everybody: Someone) -> tuple[int, list[int]]:
    channel_id = a_channel(database)
    with database.write() as session:
        session.add_all(Tag(channel_id=channel_id, name=name, labels={}) for name in TAGS)
        session.flush()
        return channel_id, store(session, channel_id, list(everybody), now=NOON)


def meant(raw: Mapping[str, Any]) -> Meant:
    return SEGMENTS.meant(SEGMENTS.parse(raw), now=NOON, zone=UTC)


def test_a_server_that_goes_away_is_told_as_one(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("there is no server")
    channel_id, _ids = tagged(database)
    other = Database.connect(database.engine.url.render_as_string(hide_password=False))

    def end(_connection: object, cursor: Any, statement: str, *_: object) -> None:
        if "contact_tags" in statement:
            with other.write() as session:
                session.execute(sa.select(sa.func.pg_terminate_backend(cursor.connection.info.backend_pid)))

    with (
        pytest.raises(DATABASE_GONE),
        listening(database, "before_cursor_execute", end),
        database.read() as session,
    ):
        found(session, channel_id, meant({"tag": "a"}))
    other.dispose()
    with database.read() as session:
        assert found(session, channel_id, meant({"tag": "a"})) == set()


def test_what_was_not_written_yet_counts(database: Database) -> None:
    channel_id, (id_,) = tagged(database, Someone())
    with database.write() as session:
        tag = session.scalars(sa.select(Tag).where(Tag.name == "a")).one()
        session.add(ContactTag(contact_id=id_, tag_id=tag.id, source="staff:test", set_at=NOON))
        assert found(session, channel_id, meant({"tag": "a"})) == {id_}


def test_the_newest_are_the_same_however_many_there_are(database: Database) -> None:
    everybody = [
        Someone(seen_ago=number, tags={"a": None} if number % 50 == 7 else {}) for number in range(300)
    ]
    channel_id, ids = tagged(database, *everybody)
    with database.read() as session:
        for raw, expected in (
            ({"tag": "a"}, [7, 57, 107, 157, 207]),
            ({"not": {"tag": "a"}}, [0, 1, 2, 3, 4]),
        ):
            some = whom.fulfilling(session, channel_id, meant(raw))
            assert [one.id for one in whom.newest(session, channel_id, some, limit=5)] == [
                ids[number] for number in expected
            ]


def test_what_many_events_cross_is_asked_in_pieces(database: Database) -> None:
    channel_id, (id_,) = tagged(database, Someone())
    spans = ("within", "first_within", "last_within")
    several = [
        {"event": {"name": "tap", **{span: f"{days + more}d" for more, span in enumerate(spans)}}}
        for days in range(1, 191)
    ]
    named = SEGMENTS.crossing(
        SEGMENTS.parse({"any": several}), since=NOON - timedelta(days=1), now=NOON, zone=UTC
    )
    assert named is not None
    with database.write() as session:
        track(
            session,
            channel_id,
            [Tracked(id_, "tap", NOON - timedelta(days=5.5), None, "1")],
            source="x",
            now=NOON,
        )
    with database.read() as session:
        assert session.scalars(sa.select(Contact.id).where(named)).all() == [id_]
