"""Who leaves gives tickets back, and who comes gets those that wait."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from contacts import service as contacts
from core.db import Database
from core.errors import InvalidInput
from line.channels import ensure_channel
from staff.audit import Actor
from staff.models import AuditEntry, Role, StaffUser
from tests.tickets.agents import an_agent, tickets
from tickets import queues, service, staffing
from tickets.routing import Decision

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
BY = Actor.command_line("tests")


@pytest.fixture
def channel_id(database: Database) -> int:
    """Somebody waits in the queue 台北; 林 serves it and is off duty, 陳 serves another and is on duty."""
    with database.write() as session:
        channel_id = ensure_channel(session, now=NOW).id
        an_agent(session, channel_id, "lin", "taipei", now=NOW, is_on_duty=False)
        an_agent(session, channel_id, "chen", "taoyuan", now=NOW)
        contact = contacts.meet(session, channel_id, "U" + "0" * 32, shard=0, sent_at=NOW, now=NOW)
        service.open_or_note(
            session,
            contact,
            reason="handoff:asked",
            decision=Decision("taipei", None, ()),
            event_key=None,
            now=NOW,
        )
        return channel_id


def holder(database: Database) -> str | None:
    (ticket,) = tickets(database)
    return ticket.agent.login if ticket.agent else None


def test_tickets_follow_duty_work_role_and_deactivation(database: Database, channel_id: int) -> None:
    assert holder(database) is None

    def after(change: str, login: str, **told: object) -> str | None:
        with database.write() as session:
            user = session.scalars(sa.select(StaffUser).where(StaffUser.login == login)).one()
            getattr(staffing, change)(session, user, channel_id=channel_id, by=BY, now=NOW, **told)
        return holder(database)

    assert after("set_duty", "lin", on=True) == "lin"
    assert after("set_duty", "lin", on=False) is None
    with database.read() as session:
        both = [queue.id for queue in queues.live(session, channel_id)]
    assert after("set_work", "chen", capacity=0, queue_ids=both) is None
    assert after("set_work", "chen", capacity=1, queue_ids=[*both, 999_999]) == "chen"
    assert after("set_work", "chen", capacity=0, queue_ids=[]) == "chen", "what one holds one keeps"
    assert after("set_role", "chen", role=Role.VIEWER) is None
    assert after("set_duty", "lin", on=True) == "lin"
    assert after("deactivate", "lin") is None
    with database.read() as session:
        log = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "user.set_queues")).all()
    assert [entry.detail for entry in log] == [
        {"from": ["taoyuan"], "to": ["taipei", "taoyuan"]},
        {"from": ["taipei", "taoyuan"], "to": []},
    ]


def test_nonsense_changes_nothing(database: Database, channel_id: int) -> None:
    with database.write() as session:
        user = session.scalars(sa.select(StaffUser).where(StaffUser.login == "lin")).one()
        with pytest.raises(InvalidInput):
            staffing.set_work(session, user, capacity=-1, queue_ids=[], channel_id=channel_id, by=BY, now=NOW)
    with database.read() as session:
        user = session.scalars(sa.select(StaffUser).where(StaffUser.login == "lin")).one()
        assert [queue.key for queue in queues.served_by(session, user)] == ["taipei"]
