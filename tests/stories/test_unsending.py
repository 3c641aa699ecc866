"""An answer taken back is nowhere any more: not as an answer, not as a field, not in what we said."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from contacts.timeline import EntryKind, TimelineEntry
from core.db import Base
from line.inbox import EventStatus, WebhookEvent
from line.outbox import Outgoing, SendStatus
from simulator.faults import Do
from simulator.persons import Entry
from tests.shop import Shop
from tests.stories.customer import Customer

AREA = "請輸入縣市或行政區，例如：新竹市東區"


NUMBERS = count(1)


@pytest.fixture
def secret() -> str:
    """An address that nobody else in this file gives."""
    return f"火星市祕密區{next(NUMBERS)}號"


def everything_kept(shop: Shop) -> list[str]:
    """Return every row of every table as text, packed JSON included."""
    kept = []
    with shop.database.read() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(sa.select(table)):
                values = [v.decode(errors="replace") if isinstance(v, bytes) else v for v in row]
                kept.append(f"{table.name}: {values!r}")
    return kept


def holds(shop: Shop, words: str) -> list[str]:
    return [row for row in everything_kept(shop) if words in row]


def said(customer: Customer, words: str) -> Entry:
    """Say something, and return the bubble to take it back by."""
    customer.says(words)
    return [entry for entry in customer.person.chat if entry.body.get("text") == words][-1]


def takes_back(customer: Customer, entry: Entry) -> None:
    assert customer.does(lambda person: person.unsends(entry)) == []


def to_the_summary(searcher: Customer, secret: str) -> Entry:
    searcher.taps("其他")
    entry = said(searcher, secret)
    searcher.taps("15,000 以下", "雅房", "越快越好", "沒有")
    assert secret in searcher.person.sees[-1]
    return entry


def test_an_answer_of_an_open_run_is_gone_and_asked_for_again(
    agency: Shop, searcher: Customer, secret: str
) -> None:
    searcher.taps("其他")
    entry = said(searcher, secret)
    assert searcher.fields["area_text"] == secret
    assert len(holds(agency, secret)) >= 4
    takes_back(searcher, entry)
    assert holds(agency, secret) == []
    assert "area_text" not in searcher.fields
    assert searcher.taps("15,000 以下")[-1] == AREA, "what is missing is asked for before anything else"
    assert searcher.says("竹北市")[-1] == "想找哪種房型？"


def test_a_summary_that_quoted_it_is_gone_and_cannot_be_confirmed(
    agency: Shop, searcher: Customer, secret: str
) -> None:
    entry = to_the_summary(searcher, secret)
    takes_back(searcher, entry)
    assert holds(agency, secret) == []
    assert searcher.taps("正確")[-1] == AREA
    assert "竹北市" in searcher.says("竹北市")[-1]
    searcher.taps("正確")
    assert searcher.runs == [("find_home", "confirmed")]
    assert searcher.fields["area_text"] == "竹北市"


def test_after_the_end_it_is_gone_and_what_else_was_said_stays(
    agency: Shop, searcher: Customer, secret: str
) -> None:
    entry = to_the_summary(searcher, secret)
    assert secret in searcher.taps("正確")[1]
    before = searcher.tags
    takes_back(searcher, entry)
    assert holds(agency, secret) == []
    assert "area_text" not in searcher.fields
    assert searcher.tags == before, "it set none"
    assert searcher.runs == [("find_home", "confirmed")]
    story = agency.rows(
        TimelineEntry,
        TimelineEntry.contact_id == searcher.contact.id,
        TimelineEntry.kind == EntryKind.SENT,
    )
    assert all(entry.payload for entry in story[:3]), "what did not quote it is still there"


def test_what_was_said_again_since_stays(agency: Shop, searcher: Customer, secret: str) -> None:
    entry = to_the_summary(searcher, secret)
    searcher.taps("修改一項", "行政區")
    searcher.says("火星市公開區")
    takes_back(searcher, entry)
    assert holds(agency, secret) == []
    assert searcher.fields["area_text"] == "火星市公開區"
    searcher.taps("正確")
    assert searcher.runs == [("find_home", "confirmed")]


def test_the_tag_that_only_this_answer_set_goes_with_it(agency: Shop, searcher: Customer) -> None:
    entry = said(searcher, "台北市")
    searcher.taps("15,000 以下", "雅房", "越快越好", "沒有", "正確")
    assert searcher.tags >= {"area:taipei", "budget:low"}
    takes_back(searcher, entry)
    assert "area:taipei" not in searcher.tags
    assert searcher.tags >= {"budget:low", "type:room", "lead:qualified"}


def test_a_tag_that_staff_took_off_does_not_come_again(agency: Shop, searcher: Customer, secret: str) -> None:
    from segmentation.tags import TagBook

    entry = to_the_summary(searcher, secret)
    with agency.database.write() as session:
        contact = session.merge(searcher.contact)
        TagBook(session, contact, event_key=None, now=agency.now()).remove("budget:low", source="staff:mina")
    takes_back(searcher, entry)
    assert "budget:low" not in searcher.tags


def test_an_earlier_confirmed_answer_stands_again(agency: Shop, searcher: Customer, secret: str) -> None:
    searcher.taps("其他")
    searcher.says("竹北市")
    searcher.taps("15,000 以下", "雅房", "越快越好", "沒有", "正確")
    searcher.unfollows()
    agency.waits(minutes=10)
    searcher.follows()
    searcher.taps("開始找房", "其他")
    entry = said(searcher, secret)
    assert searcher.fields["area_text"] == secret
    takes_back(searcher, entry)
    assert searcher.fields["area_text"] == "竹北市"
    assert holds(agency, secret) == []


def test_answers_used_again_are_the_same_answers(agency: Shop, searcher: Customer, secret: str) -> None:
    entry = to_the_summary(searcher, secret)
    searcher.taps("正確")
    searcher.unfollows()
    agency.waits(minutes=10)
    assert secret in searcher.follows()[-1]
    assert secret in searcher.taps("沿用上次條件")[-1]
    takes_back(searcher, entry)
    assert holds(agency, secret) == []
    assert searcher.taps("正確")[-1] == AREA


def test_a_phone_number_is_gone_however_it_was_written(agency: Shop, mina: Customer) -> None:
    mina.follows()
    mina.taps("我是房東", "台北市", "套房")
    entry = said(mina, "0987654321")
    mina.taps("正確") if "正確" in mina.buttons else None
    assert holds(agency, "987654321")
    takes_back(mina, entry)
    assert [row for words in ("987654321", "0987 654 321") for row in holds(agency, words)] == []
    assert not [name for name in mina.fields if "phone" in name]


def test_what_quotes_it_and_has_not_left_yet_does_not_leave(
    agency: Shop, searcher: Customer, secret: str
) -> None:
    entry = to_the_summary(searcher, secret)
    agency.simulator.line.faults.order("reply", Do.ERROR_BEFORE)
    searcher.taps("正確")
    (row,) = agency.rows(Outgoing, Outgoing.status == SendStatus.QUEUED)
    assert secret in row.body.decode()
    takes_back(searcher, entry)
    assert holds(agency, secret) == []
    seen = len(searcher.person.sees)
    agency.waits(minutes=2)
    assert len(searcher.person.sees) == seen
    (row,) = agency.rows(Outgoing, Outgoing.id == row.id)
    assert (row.status, row.body) == (SendStatus.REFUSED, None)


def test_a_push_that_stood_in_for_a_late_reply_is_blanked_too(
    agency: Shop, searcher: Customer, secret: str
) -> None:
    entry = to_the_summary(searcher, secret)
    agency.stores(searcher.would_say("正確"))
    agency.waits(minutes=3)
    assert any(secret in words for words in searcher.person.sees[-3:])
    takes_back(searcher, entry)
    assert holds(agency, secret) == []


@pytest.mark.parametrize("on_standby", [False, True])
def test_an_answer_taken_back_before_it_came_is_no_answer(
    agency: Shop, searcher: Customer, secret: str, on_standby: bool
) -> None:
    searcher.taps("其他")
    with agency.simulator.line.webhooks.hold() as events:
        entry = said(searcher, secret)
        searcher.person.unsends(entry)
    came, unsent = events
    unsent["mode"] = "standby" if on_standby else "active"
    agency.receives(unsent)
    seen = len(searcher.person.sees)
    agency.receives(came)
    assert len(searcher.person.sees) == seen
    assert holds(agency, secret) == []
    assert searcher.says("竹北市")[-1].startswith("每月租金預算")


def test_also_while_another_channel_has_the_chat(agency: Shop, searcher: Customer, secret: str) -> None:
    searcher.taps("其他")
    entry = said(searcher, secret)
    searcher.person.state.is_standby = True
    takes_back(searcher, entry)
    assert holds(agency, secret) == []
    assert "area_text" not in searcher.fields


@pytest.mark.parametrize(
    "act",
    [
        lambda c: c.taps("正確"),
        lambda c: c.taps("修改一項"),
        lambda c: c.says("正確"),
        lambda c: c.says("嗯？"),
    ],
    ids=["confirms", "changes", "types yes", "mumbles"],
)
def test_a_run_left_without_any_answer_goes_on(
    agency: Shop, searcher: Customer, act: Callable[[Customer], object]
) -> None:
    entries = [said(searcher, words) for words in ("台北市", "15,000 以下", "雅房", "越快越好", "沒有")]
    for entry in entries:
        takes_back(searcher, entry)
    assert not searcher.tags
    act(searcher)
    searcher.taps("新北市") if "新北市" in searcher.buttons else None
    failed = agency.rows(WebhookEvent, WebhookEvent.status != EventStatus.HANDLED)
    assert [(event.error, event.failures) for event in failed] == []
    assert not [event for event in agency.rows(WebhookEvent) if event.failures]


def an_unsend(event: dict[str, Any], *, key: str) -> dict[str, Any]:
    """Return the event of taking back the message of another."""
    return {
        "type": "unsend",
        "unsend": {"messageId": event["message"]["id"]},
        "webhookEventId": key,
        "timestamp": event["timestamp"] + 1,
        "source": event["source"],
        "mode": "active",
        "deliveryContext": {"isRedelivery": False},
    }


def a_message_nobody_answers(customer: Customer, secret: str, kind: str) -> dict[str, Any]:
    """Return a message that has no line of its own as a text has: of a new type, in a group, of nobody."""
    event = customer.would_say(secret)
    match kind:
        case "new type":
            event["message"] = {"id": event["message"]["id"], "type": "hologram", "says": secret}
        case "group":
            event["source"] |= {"type": "group", "groupId": "C" + "1" * 32}
        case "room":
            event["source"] = {"type": "room", "roomId": "R" + "1" * 32}
        case _:
            event["source"] = {"type": "user"}
    return event


@pytest.mark.parametrize("kind", ["new type", "group", "room", "of nobody"])
@pytest.mark.parametrize("unsends_first", [False, True])
def test_what_the_bot_never_answers_is_gone_as_well(
    agency: Shop, searcher: Customer, secret: str, kind: str, unsends_first: bool
) -> None:
    event = a_message_nobody_answers(searcher, secret, kind)
    unsent = an_unsend(event, key=f"unsent {event['webhookEventId']}")
    if not unsends_first:
        agency.receives(event)
        assert holds(agency, secret)
    for one in (unsent, event) if unsends_first else (unsent,):
        agency.receives(one)
    assert holds(agency, secret) == []


def test_a_message_that_was_given_up_is_gone_as_well(agency: Shop, searcher: Customer, secret: str) -> None:
    event = searcher.would_say(secret)
    agency.stores(event)
    with agency.database.write() as session:
        its_key = WebhookEvent.event_key == event["webhookEventId"]
        session.execute(
            sa.update(WebhookEvent)
            .where(its_key)
            .values(status=EventStatus.PARKED, parked_at=agency.now(), error=f"ValueError: {secret}")
        )
    agency.works()
    agency.receives(an_unsend(event, key="taken back, though given up"))
    assert holds(agency, secret) == []
    assert agency.rows(WebhookEvent, WebhookEvent.status == EventStatus.PARKED) == [], (
        "nothing is left to retry"
    )
