"""Lists put together as sets: whatever stands within whatever, the same people are meant, as of one moment."""

import random
from collections.abc import Set as AbstractSet
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.segmenting import SEGMENTS
from core.db import Database
from line.channels import ensure_channel
from segmentation import whom
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


def test_who_changes_tags_meanwhile_is_seen_as_before_or_as_after(database: Database) -> None:
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
        assert set(whom.fulfilling(session, channel_id, SEGMENTS.meant(rule, **at))) == {id_}
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
