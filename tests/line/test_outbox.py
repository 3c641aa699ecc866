"""The outbox: one contact's rows leave in order, and no row is ever in two hands."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import orjson
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from core.db import Database
from core.leases import Owner
from line import bulk, outbox
from line.bulk import Request
from line.channels import Channel
from line.messages import text
from line.outbox import Outgoing, Sending, SendKind, SendStatus
from tests.line.queues import NOON, a_channel, after

ANNA, BERT, CORA = Owner("anna"), Owner("bert"), Owner("cora")


@pytest.fixture
def channel_id(database: Database) -> int:
    return a_channel(database)


def a_reply(channel_id: int, user: str = "U1", *, at: datetime = NOON) -> Outgoing:
    return outbox.reply(
        channel_id=channel_id,
        lane_key=user,
        shard=1,
        token="token",
        messages=(text("hello"),),
        event_key="event",
        received_at=at,
        now=at,
    )


def a_push(channel_id: int, user: str = "U1", *, because: str = "reason", at: datetime = NOON) -> Outgoing:
    return outbox.push(
        channel_id=channel_id, user_id=user, shard=1, messages=[{"type": "text"}], because=because, now=at
    )


def keep(database: Database, *rows: Outgoing) -> list[int]:
    with database.write() as session:
        for row in rows:
            session.add(row)
            session.flush()  # ids in the order given
        return [row.id for row in rows]


def claim(database: Database, owner: Owner, at: datetime = NOON, limit: int = 10) -> Sequence[Sending]:
    with database.write() as session:
        return outbox.claim(session, owner, limit=limit, now=at)


def settle(database: Database, sending: Sending, **values: Any) -> bool:
    values = {"status": SendStatus.SENT, "settled_at": NOON} | values
    with database.write() as session:
        return outbox.settle(session, sending, **values)


def test_a_reply_is_frozen_with_its_token_and_its_minute(channel_id: int, database: Database) -> None:
    keep(database, a_reply(channel_id))
    (sending,) = claim(database, ANNA)
    assert orjson.loads(sending.body) == {
        "replyToken": "token",
        "messages": [{"type": "text", "text": "hello"}],
    }
    assert (sending.kind, sending.retry_key) == (SendKind.REPLY, None)
    assert (sending.deadline_at, sending.answers_at) == (after(seconds=55), NOON)
    assert (sending.attempts, sending.maybe_sent, sending.owner) == (1, False, ANNA)


def test_one_reason_is_one_push_for_ever(channel_id: int, database: Database) -> None:
    first, again, other = (a_push(channel_id, because=why) for why in ("x", "x", "y"))
    assert first.retry_key == again.retry_key != other.retry_key
    assert UUID(first.retry_key).version == 5
    assert a_push(channel_id + 1, because="x").retry_key != first.retry_key
    keep(database, first, other)
    with pytest.raises(IntegrityError):
        keep(database, again)


def test_rows_of_one_contact_wait_for_each_other_and_others_do_not(
    channel_id: int, database: Database
) -> None:
    first, second, other = keep(database, a_reply(channel_id), a_reply(channel_id), a_reply(channel_id, "U2"))
    claimed = claim(database, ANNA)
    assert [sending.id for sending in claimed] == [first, other]
    assert claim(database, BERT) == []
    settle(database, claimed[0], status=SendStatus.QUEUED, due_at=after(seconds=3))
    assert claim(database, BERT, after(seconds=2)) == []
    (again,) = claim(database, BERT, after(seconds=3))
    assert again.id == first
    settle(database, again)
    assert [sending.id for sending in claim(database, CORA, after(seconds=3))] == [second]


def test_what_campaigns_send_is_claimed_apart_and_nobody_waits_behind_it(
    channel_id: int, database: Database
) -> None:
    with database.write() as session:
        requests = [
            Request(f"news {number}", ["U1"], [{"type": "text", "text": "hi"}], is_single=True)
            for number in range(3)
        ]
        ids = bulk.enqueue(session, channel_id, requests, now=NOON)
    reply = keep(database, a_reply(channel_id))[0]
    assert [sending.id for sending in claim(database, ANNA)] == [reply]
    with database.write() as session:
        assert bulk.open_count(session, channel_id) == 3
        mine = bulk.claim(session, ANNA, channel_id=channel_id, kind=SendKind.PUSH, limit=2, now=NOON)
    with database.write() as session:
        others = bulk.claim(session, BERT, channel_id=channel_id, kind=SendKind.PUSH, limit=9, now=NOON)
        due = bulk.due_kinds(session, channels=[channel_id], limit=9, now=after(seconds=10))
        assert due == [(channel_id, SendKind.PUSH, 3)]
    assert [sending.id for sending in (*mine, *others)] == ids
    assert len({sending.retry_key for sending in (*mine, *others)}) == 3
    with database.write() as session:
        lease = bulk.lease_of(mine[0])
        settled = {"new_status": SendStatus.SENT, "new_settled_at": NOON}
        bulk.settle(
            session,
            [lease | settled, lease | settled | {"row": others[0].id}],
            names=("status", "settled_at"),
        )
    with database.write() as session:
        assert bulk.open_count(session, channel_id) == 2  # whose lease is another's is not settled


def test_a_row_whose_sender_died_goes_to_another_with_doubt(channel_id: int, database: Database) -> None:
    keep(database, a_reply(channel_id))
    (first,) = claim(database, ANNA)
    assert claim(database, BERT, after(seconds=9.9)) == []
    (second,) = claim(database, BERT, after(seconds=10))
    assert (second.attempts, second.maybe_sent, second.lease_no) == (2, True, 2)
    assert second.body == first.body
    assert not settle(database, first)
    assert settle(database, second)
    assert not settle(database, second)


def test_a_row_given_back_by_its_sender_carries_no_doubt(channel_id: int, database: Database) -> None:
    keep(database, a_reply(channel_id))
    (first,) = claim(database, ANNA)
    settle(database, first, status=SendStatus.QUEUED, due_at=NOON, settled_at=None)
    (second,) = claim(database, BERT)
    assert (second.attempts, second.maybe_sent) == (2, False)


def test_a_row_leased_at_once_is_like_one_that_was_claimed(channel_id: int, database: Database) -> None:
    row = a_reply(channel_id)
    outbox.lease_at_once(row, ANNA, now=NOON)
    keep(database, row)
    sending = outbox.leased(row)
    assert claim(database, BERT, after(seconds=9)) == []
    assert settle(database, sending)


def test_a_channel_whose_token_is_refused_keeps_its_rows(channel_id: int, database: Database) -> None:
    keep(database, a_reply(channel_id))
    with database.write() as session:
        session.execute(sa.update(Channel).values(sending_stopped_at=NOON))
    assert claim(database, ANNA) == []
    with database.write() as session:
        session.execute(sa.update(Channel).values(sending_stopped_at=None))
    assert len(claim(database, ANNA)) == 1


def test_of_many_that_are_settled_at_once_only_those_count_that_are_still_ours(
    channel_id: int, database: Database
) -> None:
    keep(database, *(a_reply(channel_id, f"U{number}") for number in range(4)))
    taken, *mine, refused = claim(database, ANNA)
    (again,) = claim(database, BERT, after(seconds=11), limit=1)
    assert again.id == taken.id
    assert settle(database, refused, status=SendStatus.REFUSED)

    def settled(*sendings: Sending) -> set[int]:
        values = {"status": SendStatus.SENT, "settled_at": NOON}
        with database.write() as session:
            return set(outbox.settle_all(session, [(sending, values) for sending in sendings]))

    assert settled() == set()
    assert settled(taken, *mine, refused) == {one.id for one in mine}
    assert settled(again) == {again.id}


def test_whether_something_is_open_is_said_of_one_contact(channel_id: int, database: Database) -> None:
    def must_wait(lane_key: str) -> bool:
        condition = outbox.must_wait(sa.literal(channel_id), sa.literal(lane_key))
        with database.read() as session:
            return bool(session.scalar(sa.select(condition)))

    keep(database, a_reply(channel_id))
    assert must_wait("U1")
    assert not must_wait("U2")
    (sending,) = claim(database, ANNA)
    assert must_wait("U1")
    settle(database, sending, status=SendStatus.TOO_LATE)
    assert not must_wait("U1")
    with database.write() as session:
        session.execute(sa.update(Channel).values(sending_stopped_at=NOON))
    assert must_wait("U1")


STEPS = st.one_of(
    st.tuples(st.just("add"), st.integers(1, 3)),
    st.tuples(st.just("claim"), st.sampled_from([ANNA, BERT, CORA])),
    st.tuples(st.sampled_from(["sent", "again", "stale"]), st.integers(0, 20)),
    st.tuples(st.just("pass"), st.sampled_from([1, 5, 11])),
)


@given(steps=st.lists(STEPS, max_size=40))
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_happens_a_contacts_rows_are_settled_in_order_and_once(
    database: Database, channel_id: int, steps: list[tuple[str, Any]]
) -> None:
    with database.write() as session:
        session.execute(sa.delete(Outgoing))
    now = NOON
    held: list[Sending] = []
    leased_until: dict[int, datetime] = {}
    current: dict[int, int] = {}
    over: list[Sending] = []
    for name, argument in steps:
        if name == "add":
            keep(database, a_reply(channel_id, f"U{argument}", at=now))
        elif name == "claim":
            for sending in claim(database, argument, now, limit=2):
                assert leased_until.get(sending.id, now) <= now, "leased to two"
                leased_until[sending.id], current[sending.id] = now + outbox.LEASE, sending.lease_no
                held.append(sending)
        elif name == "pass":
            now += timedelta(seconds=argument)
        elif held:
            sending = held.pop(argument % len(held))
            is_current = current.get(sending.id) == sending.lease_no
            again = (
                {"status": SendStatus.QUEUED, "due_at": now, "settled_at": None} if name == "again" else {}
            )
            assert settle(database, sending, **again) == is_current
            if is_current:
                del current[sending.id]
                leased_until.pop(sending.id)
                if name != "again":
                    over.append(sending)
    for user in ("U1", "U2", "U3"):
        settled = [sending.id for sending in over if sending.lane_key == user]
        assert settled == sorted(set(settled))


def test_senders_side_by_side_settle_every_row_once_and_each_contacts_in_order(
    database: Database, channel_id: int
) -> None:
    keep(database, *[a_reply(channel_id, f"U{number % 7}") for number in range(70)])
    settled: list[tuple[str | None, int]] = []
    note = threading.Lock()

    def sends(number: int) -> None:
        random = Random(number)
        owner = Owner(f"sender {number}")
        while True:
            claimed = claim(database, owner, limit=3)
            for sending in claimed:
                if random.random() < 0.2:
                    settle(database, sending, status=SendStatus.QUEUED, due_at=NOON, settled_at=None)
                    continue
                with note:  # before the next of this contact can be claimed
                    settled.append((sending.lane_key, sending.id))
                assert settle(database, sending)
            if not claimed:
                with database.read() as session:
                    if not session.scalar(sa.select(sa.func.count()).where(outbox.is_open(Outgoing))):
                        return

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(sends, number) for number in range(4)]:
            done.result()
    assert len(settled) == 70
    for user in {user for user, _id in settled}:
        ids = [id_ for whose, id_ in settled if whose == user]
        assert ids == sorted(set(ids))
