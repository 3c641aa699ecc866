"""Tokens of programs: shown once, kept as a hash, and never more than their owner may."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.db import Database
from core.errors import Conflict, InvalidInput, NotFound
from staff import service, tokens
from staff.audit import Actor
from staff.models import ApiToken, AuditEntry, Role, StaffUser
from staff.permissions import Permission
from staff.tokens import Scope

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
TESTS = Actor.command_line("tests")


def a_user(session: Session, role: Role = Role.MARKETER, login: str = "mei") -> StaffUser:
    return service.add_user(session, login=login, display_name="Mei", role=role, by=TESTS, now=NOW)


def a_token(
    session: Session, user: StaffUser, *scopes: Scope, name: str = "till", **more: Any
) -> tuple[ApiToken, str]:
    wanted = scopes or (Scope.EVENTS_WRITE,)
    return tokens.create(session, user, name=name, scopes=wanted, by=TESTS, now=NOW, **more)


def test_a_token_is_random_and_only_its_hash_is_kept(database: Database) -> None:
    with database.write() as session:
        user = a_user(session)
        row, token = a_token(session, user, Scope.SEGMENTS_READ, Scope.CONTACTS_READ)
        _, other = a_token(session, user, name="crm")
    assert token.startswith("tagline_")
    assert len(token) == len("tagline_") + 43
    assert token != other
    with database.read() as session:
        kept = session.execute(sa.select(ApiToken.__table__).where(ApiToken.id == row.id)).one()
        assert token not in map(str, kept)
        assert kept.token_hash == hashlib.sha256(token.encode()).hexdigest()
        assert kept.hint == token[-4:]
        assert kept.scopes == ["contacts:read", "segments:read"]
        log = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "token.create")).all()
        assert {row.public_id} < {one.noun_id for one in log}
        assert token not in str([one.detail for one in log])


def test_a_token_opens_until_it_is_revoked_expires_or_its_owner_goes(database: Database) -> None:
    later = NOW + timedelta(days=1)
    with database.write() as session:
        user = a_user(session)
        first, one = a_token(session, user)
        _, two = a_token(session, user, name="crm", expires_at=later)
        _, three = a_token(session, user, name="web")
    with database.read() as session:
        found = tokens.find(session, one, now=NOW)
        assert found is not None
        assert found.id == first.id
        assert tokens.find(session, two, now=later - timedelta(seconds=1)) is not None
        assert tokens.find(session, two, now=later) is None
        for wrong in ("", "tagline_", one[:-1], one + "x", one.upper(), "é" * 40, "tagline_" + "x" * 5000):
            assert tokens.find(session, wrong, now=NOW) is None
    with database.write() as session:
        assert tokens.revoke(session, session.get_one(ApiToken, first.id), by=TESTS, now=NOW)
    with database.write() as session:
        assert not tokens.revoke(session, session.get_one(ApiToken, first.id), by=TESTS, now=NOW)
    with database.read() as session:
        assert tokens.find(session, one, now=NOW) is None
        assert tokens.find(session, three, now=NOW) is not None
    with database.write() as session:
        service.deactivate(session, session.get_one(StaffUser, user.id), by=TESTS, now=NOW)
    with database.write() as session:
        back = session.get_one(StaffUser, user.id)
        service.reactivate(session, back, by=TESTS, now=NOW)
        assert tokens.find(session, three, now=NOW) is None, "who comes back makes new tokens"
        assert tokens.of_user(session, back) == []
        revoked = sa.select(AuditEntry.noun_id).where(AuditEntry.action == "token.revoke")
        assert len(session.scalars(revoked).all()) == 3


def test_scopes_end_where_the_owners_role_does(database: Database) -> None:
    with database.write() as session:
        agent, marketer = a_user(session, Role.AGENT, "lin"), a_user(session)
        assert tokens.allowed_to(agent) == []
        assert set(tokens.allowed_to(marketer)) == set(Scope)
        with pytest.raises(InvalidInput) as refused:
            a_token(session, agent)
        assert "use_api" in refused.value.fields["scopes"]
        supervisor = a_user(session, Role.SUPERVISOR, "chen")
        with pytest.raises(InvalidInput) as refused:
            a_token(session, supervisor, Scope.CONTACTS_READ, Scope.ORDERS_WRITE)
        assert "orders:write" in refused.value.fields["scopes"]
        row, _ = a_token(session, marketer, Scope.ORDERS_WRITE, Scope.CONTACTS_READ)
        assert tokens.missing(row, [Scope.ORDERS_WRITE]) == []
        assert tokens.missing(row, [Scope.TAGS_WRITE]) == [Scope.TAGS_WRITE]
        assert tokens.forbidden(row, [Scope.ORDERS_WRITE]) == []
        service.set_role(session, marketer, Role.SUPERVISOR, by=TESTS, now=NOW)
        assert tokens.forbidden(row, [Scope.ORDERS_WRITE]) == [Permission.RECORD_FACTS]
        service.set_role(session, marketer, Role.AGENT, by=TESTS, now=NOW)
        assert Permission.USE_API in tokens.forbidden(row, [Scope.CONTACTS_READ])


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"expires_at": NOW}, "expires_at"),
    ],
)
def test_what_cannot_be_used_is_named(database: Database, given: dict[str, Any], field: str) -> None:
    with database.write() as session:
        user = a_user(session)
        wanted = {"name": "till", "scopes": ["events:write"], **given}
        with pytest.raises(InvalidInput) as refused:
            tokens.create(session, user, by=TESTS, now=NOW, **wanted)
        assert list(refused.value.fields) == [field]


def test_names_are_told_apart_among_those_that_work(database: Database) -> None:
    with database.write() as session:
        user, other = a_user(session), a_user(session, login="lin")
        row, _ = a_token(session, user)
        a_token(session, other)
        with pytest.raises(Conflict):
            a_token(session, user)
        with pytest.raises(NotFound):
            tokens.access(session, row.public_id, owner=other)
        tokens.revoke(session, tokens.access(session, row.public_id, owner=user), by=TESTS, now=NOW)
        a_token(session, user)


def test_use_is_noted_once_a_minute(database: Database) -> None:
    with database.write() as session:
        row, token = a_token(session, a_user(session))
        assert tokens.is_touch_due(row, now=NOW)
    with database.write() as session:
        tokens.touch(session, row.id, now=NOW)
    with database.write() as session:
        found = tokens.find(session, token, now=NOW)
        assert found is not None
        assert found.last_used_at == NOW
        assert not tokens.is_touch_due(found, now=NOW + timedelta(seconds=59))
        tokens.touch(session, row.id, now=NOW + timedelta(seconds=59))
        tokens.touch(session, row.id, now=NOW + timedelta(seconds=60))
    with database.read() as session:
        assert session.get_one(ApiToken, row.id).last_used_at == NOW + timedelta(seconds=60)
