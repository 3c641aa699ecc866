"""Erasing one person: nothing of them is left, counts stay, and they stay erased."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from bot import journal, privacy
from bot.tables import TABLES
from contacts.media import MediaFile
from contacts.models import Contact, Erasure
from contacts.service import hash_user_id
from contacts.timeline import TimelineEntry
from core.errors import NotFound
from facts.events import Tracked, track
from facts.models import ActiveDay, ContactEvent, Order, OrderStatus, OrderTotals
from facts.orders import OrderRow, record_orders
from line import lanes
from line.channels import Channel
from line.inbox import EventStatus, Lane, WebhookEvent
from line.outbox import Outgoing
from questionnaires.models import Answer, Run
from simulator.person import Person
from tests.shop import ERASURE_KEY, EXAMPLES, Shop


@pytest.fixture
def rental(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.chdir(tmp_path)  # the journal is written below
    shop.publishes(EXAMPLES / "rental")
    return shop


@pytest.fixture
def mina(rental: Shop) -> Person:
    """Somebody who has told us a lot."""
    mina = rental.person("王小美", language="zh-TW")
    mina.follows()
    for label in ("開始找房", "台北市", "15,000–25,000", "兩房以上", "越快越好", "有", "貓", "正確"):
        mina.taps(label)
    mina.says("我的電話是 0912345678")
    mina.sends_file("租約.pdf", b"%PDF a lease")
    rental.does_chores()
    contact = rental.contact(mina)
    order = OrderRow("A-1", "王-007", contact.id, rental.now(), 500_00, OrderStatus.PAID)
    bought = Tracked(contact.id, "bought", rental.now(), {"to": "信義路五段"}, key="pos/1")
    with rental.database.write() as session:
        record_orders(session, rental.channel_id, [order], source="test", now=rental.now())
        track(session, rental.channel_id, [bought], source="test", now=rental.now())
    return mina


def channel_of(shop: Shop) -> Channel:
    with shop.database.read() as session:
        return session.get_one(Channel, shop.channel_id)


def erase(shop: Shop, person: Person, *, now: datetime | None = None) -> str:
    return privacy.erase(
        shop.database, channel_of(shop), person.user_id, key=ERASURE_KEY, now=now or shop.now()
    )


def everything_stored(shop: Shop) -> str:
    """Return every value of every table as text, except for what is published."""
    skipped = {"revisions", "questionnaire_versions", "assets", "segments", "queues"}
    with shop.database.read() as session:
        rows = [
            list(row)
            for name, table in TABLES.items()
            if name not in skipped
            for row in session.execute(sa.select(table))
        ]
    return orjson.dumps(rows, default=lambda value: value.decode()).decode()


def counts(shop: Shop) -> dict[str, int]:
    with shop.database.read() as session:
        return {
            table.__tablename__: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in (Contact, WebhookEvent, Outgoing, TimelineEntry, Run, Answer, MediaFile, Lane)
        }


PERSONAL = ("王小美", "0912345678", "租約", '"15000"', "電話是", "王-007", "信義路五段")
"""Figures with the quotes around them: within a moment or an id they may stand by chance."""


def test_nothing_personal_is_left_and_counts_stay(rental: Shop, mina: Person) -> None:
    stored = everything_stored(rental)
    assert all(word in stored for word in (*PERSONAL, mina.user_id))
    (file,) = rental.rows(MediaFile)
    assert (rental.media_dir / file.stored_as).exists()
    before = counts(rental)

    left = erase(rental, mina)

    stored = everything_stored(rental)
    assert [word for word in (*PERSONAL, mina.user_id) if word in stored] == []
    assert counts(rental) == before
    (contact,) = rental.rows(Contact)
    assert contact.line_user_id == f"erased:{left}"
    assert not contact.is_following
    rental.does_chores()
    assert [path for path in rental.media_dir.rglob("*") if path.is_file()] == []


def test_what_they_said_in_a_group_goes_and_what_others_said_stays(rental: Shop, mina: Person) -> None:
    def says(key: str, text: str, user_id: str) -> dict[str, Any]:
        return {
            "type": "message",
            "message": {"id": key, "type": "text", "text": text, "quoteToken": "q"},
            "webhookEventId": key,
            "timestamp": 1_700_000_000_000,
            "source": {"type": "group", "groupId": "C" + "1" * 32, "userId": user_id},
            "mode": "active",
        }

    rental.receives(says("1", "我的祕密", mina.user_id), says("2", "別人的話", "U" + "9" * 32))
    before = counts(rental)
    erase(rental, mina)
    stored = everything_stored(rental)
    assert [word for word in ("我的祕密", mina.user_id) if word in stored] == []
    assert "別人的話" in stored
    assert counts(rental) == before


def test_sales_stay_without_anybody_and_what_was_done_goes(rental: Shop, mina: Person) -> None:
    contact = rental.contact(mina)
    with rental.database.read() as session:
        told = privacy.export(session, contact, now=rental.now())
    assert [one["order_id"] for one in told["orders"]] == ["A-1"]  # type: ignore[attr-defined]
    assert "bought" in {one["event_type"] for one in told["events"]}  # type: ignore[attr-defined]
    assert told["active_days"]
    assert told["customer_ids"] == ["王-007"]

    erase(rental, mina)

    (order,) = rental.rows(Order)
    assert (order.contact_id, order.net_cents) == (None, 500_00)
    assert rental.rows(ContactEvent) == []
    with rental.database.read() as session:
        for table in (ActiveDay, OrderTotals):
            assert session.scalars(sa.select(table)).all() == []


def test_other_people_are_left_alone(rental: Shop, mina: Person) -> None:
    other = rental.person("陳大文", language="zh-TW")
    other.follows()
    other.taps("開始找房")
    other.taps("台北市")
    before = rental.contact(other)
    erase(rental, mina)
    other.taps("15,000–25,000")
    assert other.sees[-1].startswith("想找哪種房型？")
    assert rental.contact(other).id == before.id


def test_somebody_erased_comes_back_as_somebody_new(rental: Shop, mina: Person) -> None:
    left = erase(rental, mina)
    rental.clock.advance(timedelta(minutes=1))
    mina.says("你好")
    contact = rental.contact(mina)
    assert contact.public_id != left
    assert contact.first_seen_at > rental.rows(Erasure)[0].erased_at
    assert rental.rows(Run, Run.contact_id == contact.id) == []


def test_an_event_from_before_the_erasure_that_comes_late_is_refused(rental: Shop, mina: Person) -> None:
    erase(rental, mina, now=rental.now() + timedelta(minutes=5))
    mina.says("我的地址是信義路")
    newest = rental.rows(WebhookEvent)[-1]
    assert (newest.status, newest.body) == (EventStatus.REFUSED, None)
    assert "信義路" not in everything_stored(rental)
    assert len(rental.rows(Contact)) == 1


def test_events_that_wait_are_refused_with_the_person(rental: Shop, mina: Person) -> None:
    with rental.database.write() as session:
        session.execute(sa.update(WebhookEvent).where(WebhookEvent.id == 1).values(status=EventStatus.PARKED))
        session.execute(
            sa.update(WebhookEvent).where(WebhookEvent.id == 2).values(status=EventStatus.PENDING)
        )
    erase(rental, mina)
    assert {row.status for row in rental.rows(WebhookEvent, WebhookEvent.id <= 2)} == {EventStatus.REFUSED}
    assert rental.worker.step() is False


def test_a_turn_that_was_decided_before_the_erasure_is_not_written_after_it(
    rental: Shop, mina: Person
) -> None:
    with rental.database.write() as session:
        session.execute(sa.update(Lane).values(due_at=rental.now()))
        (lane,) = lanes.claim(session, rental.worker._owner, limit=1, now=rental.now())
    erase(rental, mina)
    with rental.database.write() as session:
        assert not lanes.hold(session, lane, now=rental.now())


def test_nobody_is_erased_twice(rental: Shop, mina: Person) -> None:
    erase(rental, mina)
    with pytest.raises(NotFound):
        erase(rental, mina)


def test_a_restored_backup_does_not_bring_anybody_back(rental: Shop, mina: Person) -> None:
    at = rental.now()
    # What the erasure left behind, and the database of the backup has not heard of.
    journal.write(journal.Entry("default", hash_user_id(ERASURE_KEY, mina.user_id), at))
    assert privacy.reapply(rental.database, channel_of(rental), key=ERASURE_KEY) == 1
    stored = everything_stored(rental)
    assert [word for word in (*PERSONAL, mina.user_id) if word in stored] == []
    assert [row.erased_at for row in rental.rows(Erasure)] == [at]
    assert privacy.reapply(rental.database, channel_of(rental), key=ERASURE_KEY) == 0


def test_who_came_back_after_their_erasure_is_not_erased_again(rental: Shop, mina: Person) -> None:
    erase(rental, mina)
    rental.clock.advance(timedelta(minutes=1))
    mina.says("你好")
    with rental.database.write() as session:
        session.execute(sa.delete(Erasure))
    assert privacy.reapply(rental.database, channel_of(rental), key=ERASURE_KEY) == 0
    assert rental.contact(mina).erased_at is None
    assert len(rental.rows(Erasure)) == 1, "late events are refused again"


def test_a_journal_line_cut_short_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    at = datetime.fromisoformat("2027-03-01T06:00:00+00:00")
    journal.write(journal.Entry("default", "aa", at))
    with journal.FILE.open("ab") as file:
        file.write(b'{"channel": "defau')
    assert list(journal.entries()) == [journal.Entry("default", "aa", at)]
