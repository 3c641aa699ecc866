"""A rule means the same on both databases, for one person, and by brute force."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from contacts.models import Contact
from core.db import Database
from segmentation import people
from segmentation.models import Tag
from segmentation.people import Erased
from segmentation.rules import Leaf
from segmentation.segments import Segments
from segmentation.why import Reason
from tests import databases
from tests.line.queues import a_channel
from tests.segmentation import rulebook
from tests.segmentation.rulebook import MOMENTS, TAGS, ZONES, Someone, fits, store

SEGMENTS = Segments()


@pytest.fixture
def everywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[tuple[Database, int]]]:
    """A database of each engine with the same tags, and its channel."""
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
            found.append((database, channel_id))
        yield found


def test_sql_on_both_databases_the_predicate_and_brute_force_agree(
    everywhere: list[tuple[Database, int]],
) -> None:
    @given(
        st.lists(rulebook.rules, min_size=1, max_size=8),
        st.lists(rulebook.people, min_size=1, max_size=8),
        st.sampled_from(MOMENTS),
        st.sampled_from(ZONES),
    )
    @settings(max_examples=60, deadline=None)
    def agree(
        written: list[Mapping[str, Any]], everybody: list[Someone], now: datetime, zone: ZoneInfo
    ) -> None:
        expected = [[fits(rule, who, now, zone) for who in everybody] for rule in written]
        for database, channel_id in everywhere:
            with database.write() as session:
                ids = store(session, channel_id, everybody, now=now)
                known = people.load(session, ids, now=now)
                parsed = [SEGMENTS.parse(raw) for raw in written]
                conditions = [
                    SEGMENTS.condition(rule, now=now, zone=zone).label(f"rule_{number}")
                    for number, rule in enumerate(parsed)
                ]
                everyone = sa.select(*conditions).select_from(Contact)
                found = session.execute(everyone.where(Contact.id.in_(ids)).order_by(Contact.id))
                assert [list(of_rule) for of_rule in zip(*found, strict=True)] == expected  # and never NULL
                for rule, verdicts in zip(parsed, expected, strict=True):
                    assert [SEGMENTS.holds(rule, known[id_], now=now, zone=zone) for id_ in ids] == verdicts
                    reasons = [SEGMENTS.why(rule, known[id_], now=now, zone=zone) for id_ in ids]
                    assert [reason.holds for reason in reasons] == verdicts
                    # What every leaf is said to be is what it is on its own.
                    for reason, id_ in zip(reasons, ids, strict=True):
                        for leaf in leaves_of(reason):
                            assert leaf.holds == SEGMENTS.holds(leaf.rule, known[id_], now=now, zone=zone)
                session.rollback()

    agree()


def leaves_of(reason: Reason) -> Iterator[Reason]:
    if isinstance(reason.rule, Leaf) and not isinstance(reason.fact, Erased):
        yield reason
    for inner in reason.reasons:
        yield from leaves_of(inner)
