"""Segments on the command line: how many, and why somebody is in one."""

import json
from datetime import timedelta

import pytest

from facts.models import ActiveDay, Customer, Order, OrderTotals, RfmScore
from segmentation.models import Membership, Origin, Segment, SegmentKind
from simulator.person import Person
from tests.bot.conftest import Run
from tests.shop import EXAMPLES, Shop


@pytest.fixture
def mina(shop: Shop) -> Person:
    """A friend who looks for a home in Taipei and has not said yet of which kind."""
    shop.publishes(EXAMPLES / "rental")
    mina = shop.person("王小美", language="zh-TW")
    mina.follows()
    for label in ("開始找房", "台北市", "25,000–40,000"):
        mina.taps(label)
    return mina


@pytest.mark.usefixtures("mina")
def test_segments_are_listed_and_counted(command: Run) -> None:
    found = json.loads(command("segment", "list", "--json").stdout)
    assert {one["id"]: one["count"] for one in found} == {
        "taipei_two_bed": 0,
        "with_pets": 0,
        "within_a_month": 0,
        "high_budget": 1,
        "tenants": 0,
        "landlords": 0,
        "viewing_unanswered": 0,
        "hot_leads": 0,
    }
    assert found[0] == {
        "id": "taipei_two_bed",
        "label": "台北兩房",
        "count": 0,
        "rule": {"all": [{"tag": "area:taipei"}, {"tag": "type:two_bed"}]},
    }
    assert command("segment", "list").stdout.splitlines()[3] == "        1  high_budget  高預算"
    assert command("segment", "count", "high_budget").stdout == "1\n"
    counted = json.loads(command("segment", "count", "high_budget", "--json").stdout)
    assert counted == {"id": "high_budget", "count": 1}
    refused = command("segment", "count", "nothing")
    assert (refused.exit_code, refused.stderr) == (1, "there is no segment nothing\n")


def test_why_somebody_is_not_in_a_segment_is_told_by_facts(command: Run, mina: Person) -> None:
    english = ("--language", "en")
    lines = command("segment", "why", "taipei_two_bed", mina.user_id, *english).stdout.splitlines()
    assert lines[:2] == ["is not in the segment “Two bedrooms in Taipei”", "✗ all of these"]
    assert lines[2].startswith("  ✓ carries the tag “Taipei City”: set ")
    assert lines[2].endswith("]"), "the event that set it"
    assert lines[3].endswith(": does not carry it")

    lines = command("segment", "why", "within_a_month", mina.user_id, *english).stdout.splitlines()
    assert lines[2] == "  ✗ “Moving in” is from today to 1 month from today: never told us"
    assert lines[5].startswith("    ✓ was here in the last 30 days: last here")

    # The account speaks Chinese, and so does the program where nothing else is asked for.
    lines = command("segment", "why", "taipei_two_bed", mina.user_id).stdout.splitlines()
    assert lines[:2] == ["不在「台北兩房」分眾中", "✗ 以下全部"]
    assert "有「台北市」標籤" in lines[2]

    found = json.loads(command("segment", "why", "taipei_two_bed", mina.user_id, "--json").stdout)
    assert found.keys() == {"segment", "contact", "holds", "reason"}
    assert (found["segment"], found["holds"]) == ("taipei_two_bed", False)
    reason = found["reason"]
    assert (reason["says"], reason["holds"], reason["fact"]) == ("all", False, None)
    carried, missing = reason["reasons"]
    assert (carried["says"], carried["holds"]) == ({"tag": "area:taipei"}, True)
    assert carried["fact"].keys() == {"kind", "name", "source", "event_key", "set_at", "expires_at"}
    assert (carried["fact"]["kind"], carried["fact"]["source"]) == ("CarriedTag", "question:find_home/area")
    assert "told" not in found
    asked = command("segment", "why", "within_a_month", mina.user_id, "--json", "--language", "ja")
    told = json.loads(asked.stdout)["told"]
    assert told.keys() == {"says", "words", "holds", "because", "proof", "inside"}
    assert told["words"] != "at least one of these"
    assert missing == {"says": {"tag": "type:two_bed"}, "holds": False, "fact": None, "reasons": []}


ASKED = {
    "any": [
        {"tag": {"name": "area:taipei", "set_within": "1d", "set_by": "question:"}},
        {"following": True},
        {"message": {"within": "1d"}},
        {"language": ["zh", "ja"]},
        {"entry": "#信義店"},
        {"event": {"name": ["tap", "entry"], "at_least": 2, "within": "30d"}},
        {"answer": "find_home"},
        {"orders": {"sum": {"at_least": 1000}}},
        {"active": {"within": "30d"}},
        {"rfm": "high_value"},
        {"random": {"share": 0.5}},
        {"ticket": "unsolved"},
        {"campaign": "received"},
        {"segment": "press"},
        {"segment": "high_budget"},
    ]
}


def with_everything_known(shop: Shop, mina: Person) -> None:
    """Write a segment that asks everything, and facts that no tap brings about."""
    contact, now = shop.contact(mina), shop.clock.now()
    with shop.database.write() as session:
        own = {"channel_id": contact.channel_id, "created_at": now, "changed_at": now}
        session.add(Segment(public_id="all", key="everything", rule=ASKED, origin=Origin.STAFF, **own))
        press = Segment(public_id="press", key="press", rule={}, kind=SegmentKind.STATIC, **own)
        customer = Customer(
            channel_id=contact.channel_id, customer_key="C1", contact_id=contact.id, created_at=now
        )
        session.add_all([press, customer])
        session.flush()  # for their ids
        session.add(
            Membership(
                segment_id=press.id, contact_id=contact.id, entered_at=now, entered_because="upload:a.csv"
            )
        )
        money = {"total_cents": 150_000, "refunded_cents": 0, "net_cents": 150_000}
        session.add(
            Order(
                channel_id=contact.channel_id,
                order_key="A-17",
                customer_id=customer.id,
                contact_id=contact.id,
                ordered_at=now - timedelta(days=3),
                status="paid",
                source="import:orders.csv",
                recorded_at=now,
                **money,
            )
        )
        first = {"first_at": now - timedelta(days=3), "last_at": now - timedelta(days=3)}
        session.add(OrderTotals(contact_id=contact.id, orders=1, net_cents=150_000, **first))
        fifths = {"recency": 5, "frequency": 1, "monetary": 4}
        session.add(RfmScore(contact_id=contact.id, group_key="high_value", scored_at=now, **fifths))
        session.merge(ActiveDay(contact_id=contact.id, day=now.date() - timedelta(days=2), hours=1 << 9))


def test_every_kind_of_fact_is_told_in_words_and_as_json(command: Run, shop: Shop, mina: Person) -> None:
    with_everything_known(shop, mina)
    lines = command("segment", "why", "everything", mina.user_id, "--language", "en").stdout.splitlines()
    assert lines[:2] == ["is in the segment “everything”", "✓ at least one of these"]
    beginnings = [
        "  ✓ carries the tag “Taipei City” (put on in the last 1 day and put on by an answer): set ",
        "  ✓ follows the account: since ",
        "  ✗ wrote in the last 1 day: not in this time",
        "  ✓ speaks “zh” or “ja”: speaks zh-TW",
        "  ✗ came by “#信義店”: nothing is known",
        "  ✗ tapped a button / came by an entry link at least 2 times in the last 30 days: 1 time · last ",
        "  ✗ finished “Find a home”: never finished it",
        "  ✓ ordered (for at least 1,000 in all): 1 order · 1,500 in all · last ",
        "  ✓ was here in the last 30 days: on 2 days",
        "  ✓ is in the customer group “High value”: High value (5 · 1 · 4)",
        "  ",
        "  ✗ has an open case: there never was one",
        "  ✗ got a campaign: none",
        "  ✓ is in the segment “press”: on the list since ",
        "  ✓ is in the segment “High budget”",
        "    ✓ at least one of these",
        "      ✓ carries the tag “NT$25,000–40,000”: set ",
    ]
    for line, beginning in zip(lines[2:], beginnings, strict=False):
        assert line.startswith(beginning), line
    # Which one it was: the event with its properties and its key, the order with its number.
    assert "tapped a button · where it stands: “greeting.new” · button: “find” [" in lines[7]
    assert lines[7].endswith("/tap]")
    assert lines[9].endswith(": A-17")
    assert ": drawn: " in lines[12]
    found = json.loads(command("segment", "why", "everything", mina.user_id, "--json").stdout)
    kinds = [one["fact"] and one["fact"]["kind"] for one in found["reason"]["reasons"]]
    assert kinds == [
        "CarriedTag", "Follows", None, "Speaks", None, "EventsSeen", None, "OrdersSeen", "DaysSeen", "Scored",
        "Drawn", None, None, "Listed", None,
    ]  # fmt: skip


def test_the_schema_of_rules_is_printed(command: Run) -> None:
    schema = json.loads(command("segment", "schema").stdout)
    assert schema["$ref"] == "#/$defs/rule"
