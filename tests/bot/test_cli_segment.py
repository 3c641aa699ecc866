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
    lines = command("segment", "why", "taipei_two_bed", mina.user_id).stdout.splitlines()
    assert lines[:2] == ["not in taipei_two_bed", "✗ all"]
    assert lines[2].startswith("  ✓ tag area:taipei: set by question:find_home/area, 20")
    assert lines[3] == "  ✗ tag type:two_bed: nothing known"

    lines = command("segment", "why", "within_a_month", mina.user_id).stdout.splitlines()
    assert lines[2] == "  ✗ field name move_in, between today to +1m: nothing known"
    assert lines[5].startswith("    ✓ seen within 30d: last seen 20")

    found = json.loads(command("segment", "why", "taipei_two_bed", mina.user_id, "--json").stdout)
    assert found.keys() == {"segment", "contact", "holds", "reason"}
    assert (found["segment"], found["holds"]) == ("taipei_two_bed", False)
    reason = found["reason"]
    assert (reason["says"], reason["holds"], reason["fact"]) == ("all", False, None)
    carried, missing = reason["reasons"]
    assert (carried["says"], carried["holds"]) == ({"tag": "area:taipei"}, True)
    assert carried["fact"].keys() == {"kind", "name", "source", "event_key", "set_at", "expires_at"}
    assert (carried["fact"]["kind"], carried["fact"]["source"]) == ("CarriedTag", "question:find_home/area")
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
    lines = command("segment", "why", "everything", mina.user_id).stdout.splitlines()
    assert lines[:2] == ["in everything", "✓ any"]
    beginnings = [
        "  ✓ tag name area:taipei, set_within 1d, set_by question:: set by question:find_home/area, 20",
        "  ✓ following true: following since 20",
        "  ✗ message within 1d: nothing known",
        "  ✓ language zh or ja: speaks zh-TW",
        "  ✗ entry #信義店: nothing known",
        "  ✗ event name tap or entry, at_least 2, within 30d: tap or entry: 1, last 20",
        "  ✗ answer find_home: nothing known",
        "  ✓ orders sum at_least 1000: 1 orders, 1,500 in all, last 20",
        "  ✓ active within 30d: ",
        "  ✓ rfm high_value: high_value: recency 5, frequency 1, monetary 4, 20",
        "  ",
        "  ✗ ticket unsolved: nothing known",
        "  ✗ campaign received: nothing known",
        "  ✓ segment press: on the list since 20",
        "  ✓ segment high_budget",
        "    ✓ any",
        "      ✓ tag budget:high: set by question:find_home/budget",
    ]
    for line, beginning in zip(lines[2:], beginnings, strict=False):
        assert line.startswith(beginning), line
    assert "(order A-17)" in lines[9]
    assert ": drew 0." in lines[12]

    found = json.loads(command("segment", "why", "everything", mina.user_id, "--json").stdout)
    kinds = [one["fact"] and one["fact"]["kind"] for one in found["reason"]["reasons"]]
    assert kinds == [
        "CarriedTag", "Follows", None, "Speaks", None, "EventsSeen", None, "OrdersSeen", "DaysSeen", "Scored",
        "Drawn", None, None, "Listed", None,
    ]  # fmt: skip


def test_the_schema_of_rules_is_printed(command: Run) -> None:
    schema = json.loads(command("segment", "schema").stdout)
    assert schema["$ref"] == "#/$defs/rule"
