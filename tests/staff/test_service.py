"""What can be done with users, and what is refused."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.db import Database
from core.errors import Conflict, InvalidInput, NotFound
from staff import pairing, service
from staff.audit import Actor
from staff.models import AuditEntry, Role, StaffUser

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
BY = Actor.command_line("tests")


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.write() as opened:
        yield opened


def added(session: Session, login: str, role: Role = Role.AGENT) -> StaffUser:
    return service.add_user(session, login=login, display_name=login, role=role, by=BY, now=NOW)


def actions(session: Session) -> list[str]:
    session.flush()
    return list(session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))


def test_logins_are_one_whatever_their_case(session: Session) -> None:
    made = added(session, " Mei@Example.com")
    assert made.login == "mei@example.com"
    assert service.find_by_login(session, "MEI@example.com ") is made
    with pytest.raises(Conflict):
        added(session, "mei@EXAMPLE.com")


@pytest.mark.parametrize("login", ["", "two words", "cli:root", "a\x00b", "x" * 121])
def test_some_logins_are_refused(session: Session, login: str) -> None:
    with pytest.raises(InvalidInput):
        added(session, login)


def test_all_faults_are_told_together(session: Session) -> None:
    with pytest.raises(InvalidInput) as refused:
        service.add_user(session, login="", display_name="\n", role=Role.AGENT, by=BY, now=NOW)
    assert set(refused.value.fields) == {"login", "display_name"}


def test_names_may_hold_the_wide_space_of_japanese(session: Session) -> None:
    user = service.add_user(
        session, login="misaki", display_name="佐藤　美咲", role=Role.AGENT, by=BY, now=NOW
    )
    assert user.display_name == "佐藤　美咲"


def test_somebody_stays_admin(session: Session) -> None:
    first = added(session, "first", Role.ADMIN)
    with pytest.raises(Conflict):
        service.set_role(session, first, Role.AGENT, by=BY, now=NOW)
    with pytest.raises(Conflict):
        service.deactivate(session, first, by=BY, now=NOW)
    second = added(session, "second", Role.ADMIN)
    with pytest.raises(Conflict, match="yourself"):
        service.deactivate(session, first, by=Actor.of(first), now=NOW)
    service.deactivate(session, second, by=Actor.of(first), now=NOW)
    with pytest.raises(Conflict):
        service.set_role(session, first, Role.VIEWER, by=BY, now=NOW)


def test_who_is_deactivated_is_off_duty_and_stays_so(session: Session) -> None:
    agent = added(session, "agent")
    service.set_duty(session, agent, on=True, by=BY, now=NOW)
    service.deactivate(session, agent, by=BY, now=NOW)
    with pytest.raises(Conflict):
        service.set_duty(session, agent, on=True, by=BY, now=NOW)
    service.reactivate(session, agent, by=BY, now=NOW)
    assert agent.is_active
    assert agent.on_duty_since_at is None


def test_what_changes_nothing_is_not_in_the_log(session: Session) -> None:
    agent = added(session, "agent")
    service.set_duty(session, agent, on=False, by=BY, now=NOW)
    service.set_role(session, agent, Role.AGENT, by=BY, now=NOW)
    service.set_capacity(session, agent, agent.capacity, by=BY, now=NOW)
    service.reactivate(session, agent, by=BY, now=NOW)
    assert actions(session) == ["user.add"]
    service.set_duty(session, agent, on=True, by=BY, now=NOW)
    service.set_capacity(session, agent, 3, by=BY, now=NOW)
    assert actions(session) == ["user.add", "user.duty_on", "user.set_capacity"]


@pytest.mark.parametrize("capacity", [-1, 501])
def test_capacity_is_a_number_of_tickets(session: Session, capacity: int) -> None:
    with pytest.raises(InvalidInput):
        service.set_capacity(session, added(session, "agent"), capacity, by=BY, now=NOW)


def test_nobody_is_found_by_an_unknown_id(session: Session) -> None:
    with pytest.raises(NotFound):
        service.access(session, "nobody")


def test_a_phone_is_paired_by_its_code_once(session: Session) -> None:
    mei, bo = added(session, "mei"), added(session, "bo")
    session.flush()
    old = pairing.issue(session, mei, now=NOW).code
    code = pairing.issue(session, mei, now=NOW).code
    assert len(code) == 6
    assert code.isdecimal()
    if old != code:
        assert pairing.redeem(session, old, "U1", NOW) is None, "the newer one replaces it"
    assert pairing.redeem(session, "nonsense", "U1", NOW) is None
    assert pairing.redeem(session, code, "U1", NOW) is mei
    assert mei.line_user_id == "U1"
    assert pairing.redeem(session, code, "U2", NOW) is None
    again = pairing.issue(session, bo, now=NOW).code
    assert pairing.redeem(session, again, "U1", NOW + timedelta(minutes=10)) is None, "too late"
    again = pairing.issue(session, bo, now=NOW).code
    assert pairing.redeem(session, again, "U1", NOW) is bo
    session.flush()
    assert session.scalars(sa.select(StaffUser.line_user_id)).all() == [None, "U1"], "a phone is one user's"
    pairing.unpair(session, bo, by=BY, now=NOW)
    assert bo.line_user_id is None
    assert actions(session).count("user.pair_phone") == 2
