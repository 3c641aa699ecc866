"""What rules said of people that was not so, or not what decided."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.segmenting import SEGMENTS
from core.db import Database
from segmentation import keeping, people
from segmentation.models import Segment, Tag
from segmentation.people import KnownField
from segmentation.rules import FaultyRule
from tests.segmentation.rulebook import Someone
from tests.segmentation.test_memberships import Keeping

UTC = ZoneInfo("UTC")


@pytest.fixture
def shop(database: Database) -> Keeping:
    return Keeping(database)


@pytest.mark.parametrize(
    ("rule", "holds", "told"),
    [
        ({"birthday": {"month": 3}}, True, "birth_month"),
        ({"birthday": {"month": 6}}, True, "birthday"),
        ({"birthday": {"month": 7}}, False, "birthday"),
        ({"region": {"prefecture": "台北", "city": "信義區"}}, False, "prefecture"),
        ({"region": {"prefecture": "高雄", "city": "信義區"}}, True, "city"),
        ({"region": {"prefecture": "高雄", "city": "大安區"}}, False, "city"),
    ],
)
def test_the_fact_is_the_one_that_decided(
    shop: Keeping, rule: dict[str, Any], *, holds: bool, told: str
) -> None:
    fields = {
        "birthday": ("date", "1990-06-15", None),
        "birth_month": ("number", "3", 3.0),
        "prefecture": ("text", "高雄", None),
        "city": ("text", "信義區", None),
    }
    (mina,) = shop.people(Someone(fields=fields))
    parsed = SEGMENTS.parse(rule)
    with shop.database.read() as session:
        person = people.load(session, [mina], now=shop.now)[mina]
    reason = SEGMENTS.why(parsed, person, now=shop.now, zone=UTC)
    assert reason.holds is holds
    assert isinstance(reason.fact, KnownField)
    assert reason.fact.name == told


def test_an_amount_may_be_as_large_as_the_form_says(shop: Keeping) -> None:
    (mina,) = shop.people(Someone())
    parsed = SEGMENTS.parse(
        {"orders": {"sum": {"at_least": 10**12}, "average": {"less_than": 20_000_000_000}}}
    )
    with shop.database.read() as session:
        person = people.load(session, [mina], now=shop.now, needs=SEGMENTS.needs([parsed]))[mina]
    assert not SEGMENTS.holds(parsed, person, now=shop.now, zone=UTC)


@pytest.mark.parametrize("share", [True, "0.5", 0, 1.1])
def test_a_share_is_a_number_up_to_one(share: object) -> None:
    with pytest.raises(FaultyRule):
        SEGMENTS.parse({"random": {"share": share}})


def test_a_thousand_names_of_events_are_asked_for_at_once(shop: Keeping) -> None:
    (mina,) = shop.people(Someone())
    leaves = [{"event": {"name": [f"e{n}x{m}" for m in range(20)], "within": "30d"}} for n in range(60)]
    parsed = SEGMENTS.parse({"any": leaves})
    with shop.database.read() as session:
        person = people.load(session, [mina], now=shop.now, needs=SEGMENTS.needs([parsed]))[mina]
    assert not SEGMENTS.holds(parsed, person, now=shop.now, zone=UTC)


@pytest.mark.parametrize("is_retired", [True, False])
def test_a_tag_given_before_is_taken_back_whatever_changes_next(shop: Keeping, *, is_retired: bool) -> None:
    """The worker had not come between two changes, and the second one's reason took the place of the first one's."""
    (mina,) = shop.people(Someone(tags={"vip": None}))
    with shop.database.write() as session:
        session.add_all(Tag(channel_id=shop.channel_id, name=name, labels={}) for name in ("one", "two", "x"))
    shop.segment("base", {"tag": "vip"})
    shop.segment("some", {"segment": "base"}, gives_tag="one")
    shop.works()
    shop.waits(minutes=2)
    assert shop.carried(mina) == {"vip", "one"}
    shop.now += timedelta(minutes=1)
    with shop.database.write() as session:
        several = {one.key: one for one in session.scalars(sa.select(Segment))}
        keeping.mean(several["some"], {"segment": "base"}, gives_tag="two", now=shop.now)
    shop.now += timedelta(seconds=1)
    with shop.database.write() as session:
        several = {one.key: one for one in session.scalars(sa.select(Segment))}
        if is_retired:
            keeping.let_go(several["some"], now=shop.now)
        else:
            rule = {"any": [{"tag": "vip"}, {"tag": "x"}]}
            keeping.mean(several["base"], rule, gives_tag=None, now=shop.now)
            keeping.ask_again(several.values(), [], now=shop.now)
    shop.works()
    shop.waits(minutes=2)
    assert shop.carried(mina) == ({"vip"} if is_retired else {"vip", "two"})
    assert shop.inside("some") == ([] if is_retired else [mina])
    if is_retired:
        assert [row[4] for row in shop.history(mina) if row[0] == "some"] == ["retired"]
