"""Who was in a segment at a moment, and how it grew from day to day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from core.db import Database
from core.errors import InvalidInput
from segmentation import history
from segmentation.models import Membership, Segment
from tests.line.queues import NOON, a_channel
from tests.segmentation.rulebook import Someone, store
from tests.segmentation.test_audience import queries

TAIPEI = ZoneInfo("Asia/Taipei")


@pytest.fixture
def channel_id(database: Database) -> int:
    return a_channel(database)


def a_segment(session: Session, channel_id: int, *stays: tuple[int, datetime, datetime | None]) -> Segment:
    segment = Segment(
        public_id="s", channel_id=channel_id, key="s", labels={}, rule={}, created_at=NOON, changed_at=NOON
    )
    session.add(segment)
    session.flush()  # for its id
    for contact_id, entered_at, left_at in stays:
        session.add(
            Membership(
                segment_id=segment.id,
                contact_id=contact_id,
                entered_at=entered_at,
                entered_because="tag:vip",
                left_at=left_at,
                left_because=None if left_at is None else "time",
            )
        )
    session.flush()  # what only grows is written beneath the session
    return segment


def test_a_stay_begins_at_its_moment_and_is_over_at_its_end(database: Database, channel_id: int) -> None:
    end = NOON + timedelta(hours=1)
    with database.write() as session:
        (mina,) = store(session, channel_id, [Someone()], now=NOON)
        segment = a_segment(session, channel_id, (mina, NOON, end), (mina, end + timedelta(hours=1), None))
        moments = (-1, 0, 59, 60, 119, 120, 999)
        found = [
            history.was_in(session, segment, mina, NOON + timedelta(minutes=minutes)) is not None
            for minutes in moments
        ]
        assert found == [False, True, True, False, False, True, True]
        stay = history.was_in(session, segment, mina, NOON)
        assert stay is not None
        assert (stay.entered_because, stay.left_because) == ("tag:vip", "time")
        assert [one.left_at for one in history.stays(session, segment, mina)] == [None, end]
        session.rollback()


def test_growth_is_by_days_of_the_accounts_calendar(database: Database, channel_id: int) -> None:
    # 23:30 and 00:30 in Taipei are one day in UTC.
    late, early = datetime(2027, 3, 1, 15, 30, tzinfo=UTC), datetime(2027, 3, 1, 16, 30, tzinfo=UTC)
    with database.write() as session:
        a, b, c = store(session, channel_id, [Someone(), Someone(), Someone()], now=NOON)
        long_ago = NOON - timedelta(days=100)
        segment = a_segment(session, channel_id, (a, long_ago, None), (b, late, early), (c, early, None))
        days = history.growth(session, segment, date(2027, 2, 28), date(2027, 3, 3), TAIPEI)
        assert [(one.day.day, one.entered, one.left, one.members) for one in days] == [
            (28, 0, 0, 1),
            (1, 1, 0, 2),
            (2, 1, 1, 2),
            (3, 0, 0, 2),
        ]
        with pytest.raises(InvalidInput):
            history.growth(session, segment, date(2027, 3, 3), date(2027, 3, 1), TAIPEI)
        session.rollback()


def test_a_year_of_growth_takes_two_queries_and_two_steps_in_an_index(
    database: Database, channel_id: int
) -> None:
    with database.write() as session:
        segment = a_segment(session, channel_id)
        with queries(database) as asked:
            days = history.growth(session, segment, date(2026, 1, 1), date(2027, 1, 31), TAIPEI)
        assert len(asked) == 2
        assert len(days) == 396
        if database.is_sqlite:
            plan = session.execute(
                sa.text(
                    "EXPLAIN QUERY PLAN SELECT count(*) FROM segment_memberships"
                    " WHERE segment_id = 1 AND entered_at >= 'a' AND entered_at < 'b'"
                )
            )
            assert "ix__segment_memberships__entered" in str(plan.all())
        session.rollback()


@given(stays=st.lists(st.tuples(st.integers(0, 72), st.none() | st.integers(0, 40)), min_size=1, max_size=12))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_grew_is_what_is_there(
    database: Database, channel_id: int, stays: list[tuple[int, int | None]]
) -> None:
    first = datetime(2027, 3, 1, tzinfo=TAIPEI)
    with database.write() as session:
        people = store(session, channel_id, [Someone() for _ in stays], now=NOON)
        segment = a_segment(
            session,
            channel_id,
            *(
                (
                    id_,
                    first + timedelta(hours=begin),
                    None if lasts is None else first + timedelta(hours=begin + lasts),
                )
                for id_, (begin, lasts) in zip(people, stays, strict=True)
            ),
        )
        for day in history.growth(session, segment, date(2027, 3, 1), date(2027, 3, 6), TAIPEI):
            end = datetime(day.day.year, day.day.month, day.day.day, tzinfo=TAIPEI) + timedelta(
                days=1, microseconds=-1
            )
            ids = [id_ for page in history.members_at(session, segment, end) for id_ in page]
            assert ids == [id_ for id_ in people if history.was_in(session, segment, id_, end)]
            assert day.members == len(ids) == history.count_at(session, segment, end)
        session.rollback()
