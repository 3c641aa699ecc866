"""Sending: whatever LINE does, a person sees one copy, and the outbox says what became of it."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from bot.sender import Judged, resume, settle
from contacts.models import Contact, Following
from core.db import Database
from core.leases import Owner
from line import outbox
from line.channels import Channel
from line.outbox import Outgoing, Sending, SendKind, SendStatus
from line.settlement import Missed
from simulator.person import Person
from tests.bot.test_worker import a_worker, only_stores, works_until_idle
from tests.line.queues import NOON, a_channel, after, an_event, tell
from tests.shop import EXAMPLES, Shop

RENTAL = EXAMPLES / "rental"
TEN_MINUTES = timedelta(minutes=10)


def outcomes(shop: Shop) -> list[tuple[SendKind, SendStatus]]:
    return [(row.kind, row.status) for row in shop.rows(Outgoing)]


def copies(shop: Shop, person: Person) -> list[int]:
    """Return how often each different request reached the person."""
    ledger = shop.simulator.line.ledger
    bodies = Counter(orjson.dumps(sent.messages) for sent in ledger if person.user_id in sent.delivered_to)
    return list(bodies.values())


def lets_time_pass(shop: Shop, seconds: float, *, step_s: float = 1.0) -> None:
    for _ in range(int(seconds / step_s)):
        shop.clock.advance(step_s)
        works_until_idle(shop.worker)


@pytest.fixture
def mina(shop: Shop) -> Person:
    shop.publishes(RENTAL)
    shop.clock.stop()
    return shop.person("Mina")


REPLY_SENT = [(SendKind.REPLY, SendStatus.SENT)]


FAULTS = ("error_before", "error_after", "drop_before", "drop_after", "rate_429", "bad_json", "odd_json")


def test_a_reply_that_line_stumbles_over_arrives_once(shop: Shop, mina: Person) -> None:
    for number, fault in enumerate(FAULTS * 2):
        person = shop.person(f"Person {number}")
        shop.simulator.line.faults.order("reply", fault, times=1 if number < len(FAULTS) else 3)
        person.follows()
        lets_time_pass(shop, 6)
        assert copies(shop, person) == [1], fault
        shop.simulator.line.faults.clear()
        person.says("押金")
        assert copies(shop, person) == [1, 1], fault
    assert set(outcomes(shop)) == set(REPLY_SENT)


@pytest.mark.slow
def test_a_reply_accepted_by_a_line_that_does_not_answer_in_time_arrives_once(
    shop: Shop, mina: Person
) -> None:
    shop.simulator.line.faults.order("reply", "slow", seconds=6)
    mina.follows()
    lets_time_pass(shop, 12)
    assert outcomes(shop) == REPLY_SENT
    assert copies(shop, mina) == [1]
    (row,) = shop.rows(Outgoing)
    assert (row.attempts, row.reason) == (2, "accepted by an earlier attempt")


def test_what_line_refuses_is_not_tried_again_and_the_next_goes_on(shop: Shop, mina: Person) -> None:
    shop.simulator.line.faults.order("reply", "refuse", status=400, message="May not be empty")
    mina.follows()
    mina.says("押金")
    assert outcomes(shop) == [(SendKind.REPLY, SendStatus.REFUSED), *REPLY_SENT]
    refused = shop.rows(Outgoing)[0]
    assert (refused.attempts, refused.reason) == (1, "400: May not be empty")


def test_an_invalid_token_on_the_only_attempt_is_a_refusal(shop: Shop, mina: Person) -> None:
    shop.simulator.line.faults.order("reply", "refuse", status=400, message="Invalid reply token")
    mina.follows()
    assert outcomes(shop) == [(SendKind.REPLY, SendStatus.REFUSED)]


def test_a_month_without_messages_left_is_visible(shop: Shop, mina: Person) -> None:
    mina.follows()
    shop.simulator.line.faults.order("push", "quota_429", times=9)
    a_push_to(shop, mina)
    works_until_idle(shop.worker)
    assert outcomes(shop)[-1] == (SendKind.PUSH, SendStatus.NO_QUOTA)
    calls = [line for line in shop.simulator.line.log if line.reason == "push"]
    assert len(calls) == 1


def a_push_to(shop: Shop, person: Person, because: str = "a reason") -> None:
    with shop.database.write() as session:
        session.add(
            outbox.push(
                channel_id=shop.channel_id,
                user_id=person.user_id,
                shard=1,
                messages=[{"type": "text", "text": because}],
                because=because,
                now=shop.now(),
            )
        )


def test_a_push_keeps_its_key_through_everything(shop: Shop, mina: Person) -> None:
    mina.follows()
    for number, fault in enumerate(FAULTS):
        shop.simulator.line.faults.order("push", fault, times=3)
        a_push_to(shop, mina, because=fault)
        works_until_idle(shop.worker)
        lets_time_pass(shop, 8)
        shop.simulator.line.faults.clear()
        assert copies(shop, mina) == [1] * (number + 2), fault
    assert set(outcomes(shop)) == {*REPLY_SENT, (SendKind.PUSH, SendStatus.SENT)}
    calls = [line for line in shop.simulator.line.log if line.title == "POST /v2/bot/message/push"]
    keys = {line.facts["retry_key"] for line in calls}
    assert len(keys) == len(FAULTS)


def test_line_says_when_to_come_back(shop: Shop, mina: Person) -> None:
    mina.follows()
    shop.simulator.line.faults.order("push", "rate_429", retry_after=30)
    a_push_to(shop, mina)
    works_until_idle(shop.worker)
    lets_time_pass(shop, 29)
    assert shop.simulator.line.faults.pending == 0
    assert outcomes(shop)[-1] == (SendKind.PUSH, SendStatus.QUEUED)
    lets_time_pass(shop, 2)
    assert outcomes(shop)[-1] == (SendKind.PUSH, SendStatus.SENT)


def test_a_refused_access_token_stops_the_channel_instead_of_failing_for_everybody(shop: Shop) -> None:
    shop.publishes(RENTAL)
    shop.simulator.line.access_tokens.clear()
    persons = [shop.person(f"Person {number}") for number in range(12)]
    for person in persons:
        person.follows()
    with shop.database.read() as session:
        assert session.scalar(sa.select(Channel.sending_stopped_at)) is not None
    refused = [line for line in shop.simulator.line.log if line.reason == "reply" and line.status == 401]
    assert len(refused) == 1
    shop.simulator.line.access_tokens[shop.simulator.access_token] = None
    shop.clock.advance(5)
    with shop.database.write() as session:
        assert resume(session, shop.channel_id)
        assert not resume(session, shop.channel_id)
    works_until_idle(shop.worker)
    assert [len(person.sees) for person in persons] == [1] * 12
    assert set(outcomes(shop)) == set(REPLY_SENT)


def test_the_sender_that_dies_after_line_accepted_costs_nobody_a_second_copy(
    shop: Shop, mina: Person
) -> None:
    class Killed(BaseException):
        pass

    class Deadly:
        """Dies at the moment in which the answer has come and nothing is written down yet."""

        def __init__(self) -> None:
            self.menus = shop.messenger.menus

        def profile(self, user_id: str) -> Any:
            return shop.messenger.profile(user_id)

        def send(self, sending: Sending) -> Any:
            shop.messenger.send(sending)
            raise Killed

    only_stores(shop)
    mina.follows()
    dying = a_worker(shop, messenger=Deadly())
    for _ in range(4):
        dying.step()  # the pool keeps the death to itself; its lane and row stay leased
    assert copies(shop, mina) == [1]
    assert outcomes(shop) == [(SendKind.REPLY, SendStatus.SENDING)]
    a_push_to(shop, mina)
    lets_time_pass(shop, 9)
    assert copies(shop, mina) == [1]
    lets_time_pass(shop, 2)
    assert outcomes(shop) == [*REPLY_SENT, (SendKind.PUSH, SendStatus.SENT)]
    assert copies(shop, mina) == [1, 1]
    assert shop.rows(Outgoing)[0].reason == "accepted by an earlier attempt"


def test_a_contacts_replies_arrive_in_the_order_of_their_turns(shop: Shop, mina: Person) -> None:
    mina.follows()
    shop.simulator.line.faults.order("reply", "error_before", times=2)
    mina.says("押金")
    mina.says("寵物")
    mina.says("營業時間")
    assert len(mina.sees) == 1
    lets_time_pass(shop, 10)
    asked = [row.event_key for row in shop.rows(Outgoing)]
    ledger = [sent.reply_token for sent in shop.simulator.line.ledger if sent.endpoint == "reply"]
    tokens = [orjson.loads(row.body or b"")["replyToken"] for row in shop.rows(Outgoing)]
    assert ledger == tokens
    assert len(set(asked)) == 4


# Replies that miss their minute


class Late:
    """One answered event of one contact whose reply could not be sent."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.channel_id = a_channel(database)
        with database.write() as session:
            session.add(
                Contact(
                    public_id="p",
                    channel_id=self.channel_id,
                    line_user_id="U1",
                    shard=1,
                    following=Following.FOLLOWING,
                    first_seen_at=NOON,
                    last_seen_at=NOON,
                )
            )
        self.sending = self.answers("event 1")

    def answers(self, event_key: str, **seconds: float) -> Sending:
        row = outbox.reply(
            channel_id=self.channel_id,
            lane_key="U1",
            shard=1,
            token="t",
            messages=(),
            event_key=event_key,
            received_at=after(**seconds),
            now=after(**seconds),
        )
        outbox.lease_at_once(row, Owner("anna"), now=NOON)
        with self.database.write() as session:
            session.add(row)
        return outbox.leased(row)

    def is_missed(self, **later: float) -> list[tuple[SendKind, SendStatus]]:
        now = after(**(later or {"minutes": 2}))
        with self.database.write() as session:
            settle(session, [Judged(self.sending, Missed())], fallback=TEN_MINUTES, now=now)
        with self.database.read() as session:
            rows = session.scalars(sa.select(Outgoing).order_by(Outgoing.id)).all()
            return [(row.kind, row.status) for row in rows]


TOO_LATE = (SendKind.REPLY, SendStatus.TOO_LATE)
PUSHED = [(SendKind.REPLY, SendStatus.PUSHED), (SendKind.PUSH, SendStatus.QUEUED)]


def test_the_newest_late_reply_to_a_follower_becomes_one_push(database: Database) -> None:
    late = Late(database)
    assert late.is_missed() == PUSHED
    assert late.is_missed() == PUSHED  # a second worker with an old lease


def test_a_reply_ten_minutes_late_is_worth_no_push(database: Database) -> None:
    assert Late(database).is_missed(minutes=10) == [TOO_LATE]


@pytest.mark.parametrize("following", [Following.BLOCKED, Following.UNKNOWN])
def test_who_does_not_follow_is_not_pushed_to(database: Database, following: Following) -> None:
    late = Late(database)
    with database.write() as session:
        session.execute(sa.update(Contact).values(following=following))
    assert late.is_missed() == [TOO_LATE]


def test_an_older_reply_is_not_pushed_after_a_newer_one(database: Database) -> None:
    late = Late(database)
    late.answers("event 2", seconds=1)
    assert late.is_missed()[0] == TOO_LATE


def test_a_reply_is_not_pushed_while_a_newer_event_waits(database: Database) -> None:
    late = Late(database)
    tell(database, late.channel_id, an_event("U1"))
    assert late.is_missed() == [TOO_LATE]


def test_whether_a_late_reply_is_the_newest_is_decided_before_anything_else_arrives(
    database: Database,
) -> None:
    """Between the look and the commit nothing of this contact may come in, or it would be overtaken."""
    late = Late(database)
    tell(database, late.channel_id, an_event("U1"))
    with database.write() as session:
        session.execute(sa.text("UPDATE webhook_events SET status = 'handled'"))
    arrived = threading.Event()

    def arrives() -> None:
        tell(database, late.channel_id, an_event("U1"))
        arrived.set()

    with ThreadPoolExecutor(1) as pool:
        with database.write() as session:
            settle(session, [Judged(late.sending, Missed())], fallback=TEN_MINUTES, now=after(minutes=2))
            session.flush()
            coming = pool.submit(arrives)
            assert not arrived.wait(0.3)
        coming.result()


def test_an_outage_of_ten_minutes_is_no_flood_of_pushes(shop: Shop) -> None:
    """Webhooks came in all the time, nobody worked: at most one push each, and only to young events."""
    shop.publishes(RENTAL)
    shop.clock.stop()
    contacts = 6
    persons = [shop.person(f"Person {number}") for number in range(contacts)]
    for person in persons:
        person.follows()
    only_stores(shop)
    for minute in range(10):
        for number, person in enumerate(persons):
            if minute == 0 or number % 2:  # every other person gives up after the first minute
                person.says("押金")
        shop.clock.advance(60 if minute < 9 else 75)
    works_until_idle(shop.worker)
    pushes = [sent for sent in shop.simulator.line.ledger if sent.endpoint == "push"]
    young = {person.user_id for person in persons[1::2]}
    assert Counter(sent.to[0] for sent in pushes) == dict.fromkeys(young, 1)
    statuses = Counter(status for _kind, status in outcomes(shop))
    assert statuses == {
        SendStatus.SENT: contacts + len(young),
        SendStatus.PUSHED: len(young),
        SendStatus.TOO_LATE: contacts // 2 + len(young) * 9,
    }
