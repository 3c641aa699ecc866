"""Whoever locks several things at once locks lanes first, in one order: nobody waits in a ring.

Each test lets somebody hold one lock and want a second one, in the middle of an operator's command.
"""

from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import privacy
from contacts import service as contacts
from contacts.models import Contact
from core.db import Database
from line import lanes, outbox
from line.channels import Channel
from line.inbox import EventStatus, Lane, WebhookEvent
from line.messages import text
from line.outbox import Outgoing, SendStatus
from tests.line.queues import NOON, a_channel, after, an_event, tell
from tests.locks import waits_in_thread

KEY = b"k" * 40


@pytest.fixture
def postgresql(database: Database) -> Database:
    if database.is_sqlite:
        pytest.skip("SQLite has one lock, which nobody can wait for in a ring")
    return database


def touch(session: Session, key: str) -> None:
    """Lock a lane as a webhook does."""
    session.execute(sa.update(Lane).where(Lane.key == key).values(wakes=Lane.wakes + 1))


def test_retrying_all_waits_for_a_webhook_that_wants_the_same_lanes(postgresql: Database) -> None:
    channel_id = a_channel(postgresql)
    for number, user in enumerate(("U1", "U2")):
        tell(postgresql, channel_id, an_event(user))
        with postgresql.write() as session:
            session.execute(
                sa.update(WebhookEvent)
                .where(WebhookEvent.lane_key == user)
                .values(status=EventStatus.PARKED, parked_at=after(seconds=number))
            )

    def retry_all() -> int:
        with postgresql.write() as session:
            return lanes.retry(session, [event.id for event in lanes.parked(session)], now=NOON)

    with postgresql.write() as session:
        touch(session, "U1")
        retrying = waits_in_thread(postgresql, retry_all)
        touch(session, "U2")
    assert retrying.result(timeout=60) == 2


def test_retrying_waits_for_a_turn_that_wants_the_same_event(postgresql: Database) -> None:
    """A turn that takes a message back blanks the event that brought it, parked or not."""
    channel_id = a_channel(postgresql)
    tell(postgresql, channel_id, an_event("U1", key="one"))
    with postgresql.write() as session:
        session.execute(sa.update(WebhookEvent).values(status=EventStatus.PARKED, parked_at=NOON))
        (event,) = lanes.parked(session)

    def retry() -> int:
        with postgresql.write() as session:
            return lanes.retry(session, [event.id], now=NOON)

    with postgresql.write() as session:
        touch(session, "U1")
        retrying = waits_in_thread(postgresql, retry)
        session.execute(sa.update(WebhookEvent).values(body=None))
    assert retrying.result(timeout=60) == 1


@pytest.fixture
def channel(postgresql: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Channel:
    """A channel with one contact, whose lane is there and who is being answered."""
    monkeypatch.chdir(tmp_path)  # the journal is written below
    channel_id = a_channel(postgresql)
    tell(postgresql, channel_id, an_event("U1"))
    with postgresql.write() as session:
        contacts.meet(session, channel_id, "U1", shard=1, sent_at=NOON, now=NOON)
        session.execute(sa.update(WebhookEvent).values(status=EventStatus.HANDLED))
        session.add(
            outbox.reply(
                channel_id=channel_id,
                lane_key="U1",
                shard=1,
                token="token",
                messages=(text("hello"),),
                event_key="one",
                received_at=NOON,
                now=NOON,
            )
        )
        return session.get_one(Channel, channel_id)


@pytest.mark.parametrize("is_settling_first", [True, False])
def test_erasing_and_settling_an_answer_both_come_to_an_end(
    postgresql: Database, channel: Channel, is_settling_first: bool
) -> None:
    def erase() -> object:
        return privacy.erase(postgresql, channel, "U1", key=KEY, now=after(seconds=1))

    def locks_row(session: Session) -> None:
        session.execute(sa.update(Outgoing).values(status=SendStatus.SENT, settled_at=NOON))

    with postgresql.write() as session:
        locks_row(session) if is_settling_first else touch(session, "U1")
        erasing = waits_in_thread(postgresql, erase)
        touch(session, "U1") if is_settling_first else locks_row(session)
    assert erasing.result(timeout=60)
    with postgresql.read() as session:
        assert session.scalars(sa.select(Outgoing.body)).all() == [None]
        assert session.scalars(sa.select(Lane.key)).one().startswith("erased:")


def test_an_erasure_that_loses_in_a_ring_begins_again(postgresql: Database, channel: Channel) -> None:
    """Not everybody who touches a contact begins with the lane."""

    def erase() -> object:
        return privacy.erase(postgresql, channel, "U1", key=KEY, now=after(seconds=1))

    with postgresql.write() as session:
        # Longer than PostgreSQL lets the other one wait before it looks for a ring.
        session.execute(sa.text("SET LOCAL deadlock_timeout = '30s'"))
        session.execute(sa.text("SET LOCAL lock_timeout = '20s'"))
        session.execute(sa.select(Contact.id).with_for_update())
        erasing = waits_in_thread(postgresql, erase)
        touch(session, "U1")
    assert erasing.result(timeout=60)
    with postgresql.read() as session:
        assert session.scalars(sa.select(Contact.erased_at)).one() is not None
