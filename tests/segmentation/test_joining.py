"""Lists that are made one: whatever stands within whatever, the same people are meant."""

import random
from collections.abc import Set as AbstractSet
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.segmenting import SEGMENTS
from contacts.models import Contact
from core.db import Database
from segmentation.audience import of_channel
from segmentation.models import Tag
from tests.line.queues import NOON, a_channel
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
            among = SEGMENTS.condition(SEGMENTS.parse(rule), now=NOON, zone=UTC)
            found = set(session.scalars(sa.select(Contact.id).where(of_channel(channel_id), among)))
            expected = {id_ for id_, tags in zip(ids, everybody, strict=True) if means(rule, tags)}
            assert found == expected, rule
