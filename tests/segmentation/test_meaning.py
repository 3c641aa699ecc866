"""A rule means the same on both databases, for one person, and by brute force; and it knows what it hangs on."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap
from sqlalchemy.orm import Session

from bot import tables  # noqa: F401 - so that every table that another refers to is known
from bot.segmenting import SEGMENTS
from contacts.models import Contact
from core.db import Database
from segmentation import people, whom
from segmentation.models import Tag
from segmentation.people import NEW, Erased
from segmentation.rules import Leaf, Rule
from segmentation.why import Reason
from tests import databases
from tests.line.queues import a_channel
from tests.segmentation import doings, rulebook
from tests.segmentation.doing_rules import Then
from tests.segmentation.doings import Doings, World
from tests.segmentation.rulebook import MOMENTS, OTHERS, TAGS, ZONES, Someone, fits

MOST_DRAWS = 60
"""Until leaves of every kind have come, each one that holds and one that does not."""
AT_ONCE = 20
"""Rules in a statement."""
some_rules = st.lists(rulebook.rules, min_size=1, max_size=4)
some_people = st.lists(rulebook.people, min_size=1, max_size=4)
GAPS = tuple(map(timedelta, (0, 0, 0, 1, 2, 27, 31, 200, 400), (1, 3600, 50_000, 0, 0, 0, 1, 0, 0)))


@dataclass(frozen=True)
class Place:
    """A database with what facts refer to."""

    database: Database
    world: World

    def store(self, session: Session, everybody: list[Someone], *, base: datetime) -> list[int]:
        ids = rulebook.store(session, self.world.channel_id, everybody, now=base)
        did = {id_: who.did for id_, who in zip(ids, everybody, strict=True)}
        doings.store(session, self.world, did, base=base)
        return ids


@pytest.fixture
def everywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Place]]:
    """A database of each engine with the same tags, events, lists and campaigns."""
    found = []
    with ExitStack() as stack:
        for engine in databases.ENGINES:
            databases.skip_unless_available(engine)
            template = request.getfixturevalue(f"{engine.removesuffix('ql')}_template")
            url = stack.enter_context(template.copied(tmp_path) if engine == "sqlite" else template.copied())
            database = Database.connect(url)
            stack.callback(database.dispose)
            channel_id = a_channel(database)
            with database.write() as session:
                session.add_all(Tag(channel_id=channel_id, name=name, labels={}) for name in TAGS)
                world = doings.build(session, channel_id, base=MOMENTS[0])
            found.append(Place(database, world))
        yield found


def read(raw: Mapping[str, Any]) -> Rule:
    return SEGMENTS.resolve(SEGMENTS.parse(raw), OTHERS)


def verdicts(session: Session, parsed: list[Rule], ids: list[int], **at: Any) -> list[list[bool]]:
    """Return what the database says of each rule and each person: by lists, and of each one at a time."""
    channel_id = session.scalars(sa.select(Contact.channel_id).where(Contact.id.in_(ids)).distinct()).one()
    told = []
    for rule in parsed:
        meant = SEGMENTS.meant(rule, **at)
        found = whom.fulfilling(session, channel_id, meant)
        with patch.object(whom._Looking, "_are_many", return_value=False):
            assert whom.fulfilling(session, channel_id, meant, among=BitMap(ids)) == found & BitMap(ids)
        told.append([id_ in found for id_ in ids])
    return told


def test_sql_on_both_databases_the_predicate_and_brute_force_agree(everywhere: list[Place]) -> None:
    @given(some_rules, some_people, st.sampled_from(MOMENTS), st.sampled_from(ZONES))
    @settings(max_examples=20, deadline=None)
    def agree(
        written: list[Mapping[str, Any]], everybody: list[Someone], now: datetime, zone: ZoneInfo
    ) -> None:
        parsed = [read(raw) for raw in written]
        for place in everywhere:
            with place.database.write() as session:
                ids = place.store(session, everybody, base=now)
                then = Then(now, now, zone)
                expected = [
                    [fits(rule, who, id_, then) for id_, who in zip(ids, everybody, strict=True)]
                    for rule in written
                ]
                assert verdicts(session, parsed, ids, now=now, zone=zone) == expected  # and never NULL
                known = people.load(session, ids, now=now, needs=SEGMENTS.needs(parsed))
                for rule, of_all in zip(parsed, expected, strict=True):
                    assert [SEGMENTS.holds(rule, known[id_], now=now, zone=zone) for id_ in ids] == of_all
                    reasons = [SEGMENTS.why(rule, known[id_], now=now, zone=zone) for id_ in ids]
                    assert [reason.holds for reason in reasons] == of_all
                    # What every leaf is said to be is what it is on its own.
                    for reason, id_ in zip(reasons, ids, strict=True):
                        for leaf in leaves_of(reason):
                            assert leaf.holds == SEGMENTS.holds(leaf.rule, known[id_], now=now, zone=zone)
                session.rollback()

    agree()


def test_many_rules_about_many_people_agree_and_every_kind_of_leaf_is_met(everywhere: list[Place]) -> None:
    base = MOMENTS[0]
    each_way = {kind: {True, False} for kind in set(SEGMENTS.keys) - {"all", "any", "not"}}
    moments = list(product((base, base + timedelta(days=1), base + timedelta(days=31, seconds=1)), ZONES))
    everybody, written = drawn(rulebook.people, 40), drawn(rulebook.rules, 200)
    met: dict[str, set[bool]] = {}
    for _draw in range(MOST_DRAWS):
        everybody, leaves = everybody + drawn(rulebook.people, 5), drawn(rulebook.leaves, 50)
        written += leaves
        for leaf in leaves:
            found = (
                fits(leaf, who, number, Then(base, base, ZONES[0])) for number, who in enumerate(everybody)
            )
            met.setdefault(next(iter(leaf)), set()).update(found)
        if met == each_way:
            break
    assert met == each_way, "each holds for some, and for others not"
    for place in everywhere:
        with place.database.write() as session:
            ids = place.store(session, everybody, base=base)
            for some in range(0, len(written), AT_ONCE):
                now, zone = moments[some // AT_ONCE % len(moments)]
                several = written[some : some + AT_ONCE]
                parsed, then = [read(raw) for raw in several], Then(base, now, zone)
                known = people.load(session, ids, now=now, needs=SEGMENTS.needs(parsed))
                for raw, rule, said in zip(
                    several, parsed, verdicts(session, parsed, ids, now=now, zone=zone), strict=True
                ):
                    expected = [fits(raw, who, id_, then) for id_, who in zip(ids, everybody, strict=True)]
                    assert said == expected, raw
                    assert [
                        SEGMENTS.holds(rule, known[id_], now=now, zone=zone) for id_ in ids
                    ] == expected, raw
            session.rollback()


def drawn(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """Return so many of what a strategy yields, others every time."""
    found: list[Any] = []

    @given(strategy)
    # Where CI is set, every drawing would bring the same.
    @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate], derandomize=False)
    def collect(one: Any) -> None:
        found.append(one)

    collect()
    return found


def test_whoever_time_alone_carries_in_or_out_is_named(everywhere: list[Place]) -> None:
    @given(
        some_rules,
        some_people,
        st.sampled_from(MOMENTS),
        st.sampled_from(GAPS),
        st.sampled_from(GAPS),
        st.sampled_from(ZONES),
    )
    @settings(max_examples=20, deadline=None)
    def are_named(
        written: list[Mapping[str, Any]],
        everybody: list[Someone],
        base: datetime,
        later: timedelta,
        gap: timedelta,
        zone: ZoneInfo,
    ) -> None:
        parsed = [read(raw) for raw in written]
        since, now = base + later, base + later + gap
        for place in everywhere:
            with place.database.write() as session:
                ids = place.store(session, everybody, base=base)
                before = verdicts(session, parsed, ids, now=since, zone=zone)
                after = verdicts(session, parsed, ids, now=now, zone=zone)
                then = Then(base, now, zone)
                assert after == [
                    [fits(rule, who, id_, then) for id_, who in zip(ids, everybody, strict=True)]
                    for rule in written
                ]
                for rule, *both in zip(parsed, before, after, strict=True):
                    crossed = {id_ for id_, *sides in zip(ids, *both, strict=True) if len(set(sides)) > 1}
                    named = SEGMENTS.crossing(rule, since=since, now=now, zone=zone)
                    assert not crossed or named is not None
                    if named is not None:
                        found = session.scalars(sa.select(Contact.id).where(named, Contact.id.in_(ids)))
                        assert crossed <= set(found)
                session.rollback()

    are_named()


@given(rulebook.rules, rulebook.people, rulebook.people, st.sampled_from(MOMENTS), st.sampled_from(ZONES))
@settings(max_examples=100, deadline=None)
def test_nothing_but_what_a_rule_reads_changes_its_verdict(
    raw: Mapping[str, Any], who: Someone, other: Someone, now: datetime, zone: ZoneInfo
) -> None:
    then, facts = Then(now, now, zone), SEGMENTS.reads(read(raw))
    other = replace(other, is_erased=who.is_erased)
    assert fits(raw, mixed(who, other, facts), 7, then) == fits(raw, who, 7, then)


@given(rulebook.rules, st.integers(1, 40), st.sampled_from(MOMENTS), st.sampled_from(ZONES))
@settings(max_examples=200, deadline=None)
def test_a_rule_that_means_somebody_of_whom_nothing_is_known_reads_that_they_are_new(
    raw: Mapping[str, Any], number: int, now: datetime, zone: ZoneInfo
) -> None:
    """Everybody new is told to be, to follow or not, and to have been seen; of nothing else one hears."""
    if fits(raw, Someone(), number, Then(now, now, zone)):
        assert not SEGMENTS.reads(read(raw)).isdisjoint({NEW, "following", "seen"})


def mixed(who: Someone, other: Someone, facts: frozenset[str]) -> Someone:
    """Return somebody who is the first in these facts, and the second in all others."""

    def named(kind: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in ours.items() if f"{kind}:{key}" in facts}
        return kept | {key: value for key, value in theirs.items() if f"{kind}:{key}" not in facts}

    def listed(kind: str, ours: tuple[Any, ...], theirs: tuple[Any, ...]) -> tuple[Any, ...]:
        kept = [one for one in ours if f"{kind}:{one[0]}" in facts]
        return (*kept, *(one for one in theirs if f"{kind}:{one[0]}" not in facts))

    def whose(fact: str) -> Someone:
        return who if fact in facts else other

    follower = whose("following")
    return Someone(
        following=follower.following,
        followed_ago=follower.followed_ago,
        times_followed=follower.times_followed,
        seen_ago=whose("seen").seen_ago,
        is_erased=who.is_erased,
        language=whose("language").language,
        entry=whose("entry").entry,
        tags=named("tag", who.tags, other.tags),
        fields=named("field", who.fields, other.fields),
        did=Doings(
            events=listed("event", who.did.events, other.did.events),
            orders=whose("orders").did.orders,
            days=whose("active").did.days,
            runs=listed("answer", who.did.runs, other.did.runs),
            lists=frozenset(
                key for key in doings.LISTS if key in (who if f"segment:{key}" in facts else other).did.lists
            ),
            fifths=whose("rfm").did.fifths,
            tickets=whose("ticket").did.tickets,
            got=whose("campaign").did.got,
        ),
    )


def leaves_of(reason: Reason) -> Iterator[Reason]:
    if isinstance(reason.rule, Leaf) and not isinstance(reason.fact, Erased):
        yield reason
    for inner in reason.reasons:
        yield from leaves_of(inner)
