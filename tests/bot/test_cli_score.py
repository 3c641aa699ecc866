"""Scores on the command line: how many people have how many points, and what gave somebody theirs."""

import json

import pytest

from simulator.person import Person
from tests.bot.conftest import Run
from tests.shop import EXAMPLES, Shop


@pytest.fixture
def mina(shop: Shop) -> Person:
    """A friend who has told what home she wants, and would pay well."""
    shop.publishes(EXAMPLES / "rental")
    mina = shop.person("王小美", language="zh-TW")
    mina.follows()
    for label in ("開始找房", "台北市", "25,000–40,000", "套房", "越快越好", "沒有", "正確"):
        mina.taps(label)
    shop.person("陳先生", language="zh-TW").follows()
    return mina


@pytest.mark.usefixtures("mina")
def test_scores_are_listed_with_how_many_have_how_many_points(command: Run) -> None:
    lines = command("score", "list").stdout.splitlines()
    assert lines == ["deal  成交機會", "        1  0 points", "        1  60 points"]
    (found,) = json.loads(command("score", "list", "--json").stdout)
    assert found.keys() == {"id", "label", "conditions", "people"}
    assert found["people"] == [{"points": 0, "people": 1}, {"points": 60, "people": 1}]


def test_what_gave_somebody_points_is_told_by_facts(command: Run, mina: Person) -> None:
    lines = command("score", "why", "deal", mina.user_id).stdout.splitlines()
    assert lines[0] == "「成交機會」：60 分"
    assert lines[1].startswith("✓ +30：有「條件已確認」標籤")
    lines = command("score", "why", "deal", mina.user_id, "--language", "en").stdout.splitlines()
    assert lines[0] == "60 points of “Chance of a deal”"
    assert lines[1].startswith("✓ +30: carries the tag “Qualified lead”")
    assert lines[2].endswith(": does not carry it")
    assert lines[3].startswith("✓ +15: is in the segment “High budget”")
    assert lines[4].startswith("  ✓ at least one of these")
    found = json.loads(command("score", "why", "deal", mina.user_id, "--json").stdout)
    assert (found["score"], found["points"]) == ("deal", 60)
    assert [(one["points"], one["holds"]) for one in found["reasons"]] == [
        (30, True), (30, False), (15, True), (15, True), (-25, False), (-40, False),
    ]  # fmt: skip
    assert sum(one["points"] for one in found["reasons"] if one["holds"]) == found["points"]
    assert "told" not in found
    japanese = json.loads(command("score", "why", "deal", mina.user_id, "--json", "--language", "ja").stdout)
    assert [one["holds"] for one in japanese["told"]] == [one["holds"] for one in found["reasons"]]
    assert "タグ" in japanese["told"][0]["words"]

    told = command("segment", "why", "hot_leads", mina.user_id, "--language", "en").stdout.splitlines()
    assert told[0] == "is in the segment “Likely to sign”"
    assert told[1].endswith(": 60 points")
    assert told[2].startswith("  ✓ +30: carries the tag")
    shown = json.loads(command("contact", "show", mina.user_id, "--json").stdout)
    assert shown["scores"] == {"deal": 60}

    refused = command("score", "why", "heat", mina.user_id)
    assert (refused.exit_code, refused.stderr) == (1, "there is no score heat\n")
