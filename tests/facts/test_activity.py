"""On which days and hours somebody was here, in the account's own zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from contacts.models import Contact
from core.db import Database
from facts.activity import days_of, is_noted, was_active
from tests.console.queries import counted
from tests.facts.books import somebody
from tests.line.queues import NOON, a_channel

TAIPEI = ZoneInfo("Asia/Taipei")


def test_hours_of_a_day_are_gathered_in_one_row(database: Database) -> None:
    contact_id = somebody(database, a_channel(database))
    late = datetime(2027, 3, 1, 16, 30, tzinfo=UTC)
    assert late.astimezone(TAIPEI).day == 2
    with database.write() as session:
        contact = session.get_one(Contact, contact_id)
        for at in (NOON, NOON + timedelta(minutes=20), NOON - timedelta(hours=4), late):
            was_active(session, contact, at=at, zone=TAIPEI)
        assert days_of(session, contact_id) == [
            {"day": "2027-03-01", "hours": [8, 12]},
            {"day": "2027-03-02", "hours": [0]},
        ]


def test_an_hour_that_is_noted_is_not_written_again(database: Database) -> None:
    contact_id = somebody(database, a_channel(database))
    first, second = NOON + timedelta(hours=2), NOON + timedelta(hours=2, minutes=59)
    with database.write() as session:
        contact = session.get_one(Contact, contact_id)
        with counted(database) as asked:
            was_active(session, contact, at=second, zone=TAIPEI, previous_at=first)
        assert asked.number == 0
        with counted(database) as asked:
            was_active(session, contact, at=second + timedelta(minutes=1), zone=TAIPEI, previous_at=second)
        assert asked.number == 1


def test_being_imported_is_no_activity(database: Database) -> None:
    contact_id = somebody(database, a_channel(database))
    with database.read() as session:
        contact = session.get_one(Contact, contact_id)
        soon = NOON + timedelta(minutes=1)
        before = contact.first_seen_at - timedelta(seconds=1)
        assert not is_noted(contact, at=NOON, zone=TAIPEI, previous_at=before)
        assert not is_noted(contact, at=soon, zone=TAIPEI, previous_at=None)
        assert is_noted(contact, at=soon, zone=TAIPEI, previous_at=soon - timedelta(seconds=1))
