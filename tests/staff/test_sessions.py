"""Rotation of session tokens when requests come at the same time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from core.db import Database
from staff import service, sessions
from staff.audit import Actor
from staff.models import Role, StaffSession

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=31)


@pytest.fixture
def token(database: Database) -> str:
    with database.write() as session:
        user = service.add_user(
            session, login="mei", display_name="Mei", role=Role.AGENT, by=Actor.command_line("t"), now=NOW
        )
        return sessions.open_session(session, user, browser="", address="", now=NOW)


def refreshed(database: Database, token: str, now: datetime) -> str | None:
    with database.write() as session:
        row = sessions.find(session, token, now=now)
        assert row is not None
        return sessions.refresh(session, row, token, now=now)


def test_of_many_requests_at_once_one_gets_the_new_token_and_all_go_on(
    database: Database, token: str
) -> None:
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda _: refreshed(database, token, LATER), range(8)))
    new = [one for one in given if one is not None]
    assert len(new) == 1
    with database.read() as session:
        assert sessions.find(session, new[0], now=LATER) is not None
        assert sessions.find(session, token, now=LATER) is not None
        assert session.scalar(sa.select(sa.func.count()).select_from(StaffSession)) == 1


def test_most_requests_write_nothing(database: Database, token: str) -> None:
    refreshed(database, token, NOW + timedelta(seconds=1))
    with database.read() as session:
        row = sessions.find(session, token, now=NOW)
        assert row is not None
        for seconds in (2, 60, 299):
            assert not sessions.is_refresh_due(row, token, now=NOW + timedelta(seconds=seconds))
        assert sessions.is_refresh_due(row, token, now=NOW + timedelta(seconds=302))


@pytest.mark.parametrize("token", ["", "x", "x" * 5000, "Ünïcode", "\x00", "a b"])
def test_nonsense_opens_nothing(database: Database, token: str) -> None:
    with database.read() as session:
        assert sessions.find(session, token, now=NOW) is None


def test_one_user_cannot_end_anothers_session(database: Database, token: str) -> None:
    with database.write() as session:
        other = service.add_user(
            session, login="other", display_name="O", role=Role.ADMIN, by=Actor.command_line("t"), now=NOW
        )
        row = sessions.find(session, token, now=NOW)
        assert row is not None
        assert not sessions.revoke(session, other, row.id, now=NOW)
        assert sessions.revoke_all(session, other, now=NOW) == 0
        assert sessions.revoke(session, row.user, row.id, now=NOW)
        assert sessions.find(session, token, now=NOW) is None
