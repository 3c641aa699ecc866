"""Segments on the command line: how many, and why somebody is in one."""

import json

import pytest

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
