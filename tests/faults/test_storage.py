"""A database that runs out of room, or fails in the middle of a body: told at once, and nothing by halves."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import pytest
import sqlalchemy as sa

from core.db import Database
from line.inbox import EventStatus, WebhookEvent
from line.outbox import Outgoing
from tests.bot.test_worker import Stumbling, a_worker, poison, works_until_idle
from tests.faults.test_deliveries import a_text, packed, said, signed
from tests.listening import listening
from tests.patience import PROMPTLY_S
from tests.shop import EXAMPLES, Shop

PEOPLE = [f"U{number:032x}" for number in range(5)]


@pytest.fixture
def agency(shop: Shop) -> Shop:
    shop.publishes(EXAMPLES / "rental")
    shop.clock.stop()
    return shop


def posts(shop: Shop, body: bytes) -> int:
    return shop.web.post("/callback", data=body, headers=signed(body)).status_code


@contextmanager
def full_disk(database: Database) -> Iterator[None]:
    """Let the file grow no further, for whoever writes."""

    def bounds(connection: sa.Connection) -> None:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.execute(f"PRAGMA max_page_count = {most}")

    with database.engine.connect() as connection:
        most = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    try:
        with listening(database, "begin", bounds):
            yield
    finally:
        database.engine.dispose()  # new connections have room


@pytest.mark.parametrize("engine_name", ["sqlite"])  # which has a switch for it; the error is the same
def test_a_full_disk_is_told_at_once_and_nothing_is_half_written(agency: Shop) -> None:
    before = packed(a_text(agency, "before"))
    large = packed(*(a_text(agency, "x" * 5000, user=user) for user in PEOPLE * 20))
    assert posts(agency, before) == 200
    with full_disk(agency.database):
        began = monotonic()
        assert posts(agency, large) == 503
        assert monotonic() - began < PROMPTLY_S
        assert len(agency.rows(WebhookEvent)) == 1
    assert posts(agency, large) == 200
    agency.works()
    assert len(agency.rows(WebhookEvent)) == 101
    assert {event.status for event in agency.rows(WebhookEvent)} == {EventStatus.HANDLED}


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_turn_that_finds_the_disk_full_is_taken_again_and_counts_for_nothing(agency: Shop) -> None:
    texts = [a_text(agency, "x" * 5000, user=user) for user in PEOPLE]  # which need a page of their own
    assert posts(agency, packed(*texts)) == 200
    worker = a_worker(agency)
    with full_disk(agency.database):
        for _ in range(5):
            worker._careful_step(wait_s=0.0)
            agency.clock.advance(1)
        assert agency.rows(Outgoing) == []
    agency.clock.advance(16)
    works_until_idle(worker)
    assert len(said(agency)) == len(agency.rows(Outgoing)) == len(PEOPLE)
    assert {(event.status, event.failures, event.deaths) for event in agency.rows(WebhookEvent)} == {
        (EventStatus.HANDLED, 0, 0)
    }


REFUSES_THE_THIRD = {
    True: ["""
        CREATE TRIGGER refuses BEFORE INSERT ON webhook_events WHEN NEW.event_key = 'event 2'
        BEGIN SELECT RAISE(ABORT, 'not this one'); END
    """],
    False: [
        """
        CREATE FUNCTION refuses() RETURNS trigger AS $$
        BEGIN IF NEW.event_key = 'event 2' THEN RAISE 'not this one'; END IF; RETURN NEW; END
        $$ LANGUAGE plpgsql
        """,
        "CREATE TRIGGER refuses BEFORE INSERT ON webhook_events FOR EACH ROW EXECUTE FUNCTION refuses()",
    ],
}  # fmt: skip


def test_an_error_at_the_third_of_five_events_stores_none_and_a_redelivery_all(agency: Shop) -> None:
    events = [
        a_text(agency, f"text {n}", user=user, key=f"event {n}", after_ms=n - 100)
        for n, user in enumerate(PEOPLE)
    ]
    with agency.database.engine.begin() as connection:
        for statement in REFUSES_THE_THIRD[agency.database.is_sqlite]:
            connection.exec_driver_sql(statement)
    assert posts(agency, packed(*events)) == 503
    assert agency.rows(WebhookEvent) == []
    with agency.database.engine.begin() as connection:
        on = "" if agency.database.is_sqlite else " ON webhook_events"
        connection.exec_driver_sql(f"DROP TRIGGER refuses{on}")
    again = [event | {"deliveryContext": {"isRedelivery": True}} for event in events]
    assert posts(agency, packed(*again)) == 200
    agency.works()
    assert sorted(said(agency)) == [f"text {n}" for n in range(5)]


def test_of_five_people_in_one_body_the_one_whose_turn_fails_holds_nobody_up(agency: Shop) -> None:
    words = ["押金", "押金", "poison", "押金", "押金"]
    events = [a_text(agency, text, user=user) for text, user in zip(words, PEOPLE, strict=True)]
    assert posts(agency, packed(*events)) == 200
    agency.worker = a_worker(agency, dispatcher=Stumbling(agency, poison))
    agency.works()
    assert [event.status for event in agency.rows(WebhookEvent)] == [
        EventStatus.PENDING if text == "poison" else EventStatus.HANDLED for text in words
    ]
    assert len(agency.rows(Outgoing)) == 4
    agency.clock.advance(2)
    agency.worker = agency.hires()
    agency.works()
    assert sorted(said(agency)) == sorted(words)
