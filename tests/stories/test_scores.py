"""Points over time, told from the phone: somebody does something, has more of them, and enters what asks for them."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from segmentation.models import Membership, Segment
from simulator.person import Person
from staff.models import Role
from tests.console.people import Browser, browser_of
from tests.shop import Shop
from tests.stories.cafe import opens, wants_it_large

SCORES = """\
scores:
  - id: warmth
    label: Warmth
    description: How much somebody likes us.
    conditions:
      - points: 10
        when: {tag: size:large}
      - points: 7
        when: {event: {name: message, at_least: 2, within: 30d}}
      - points: -12
        when: {any: [{seen: {not_within: 20d}}, {following: false}]}
segments:
  - id: warm
    label: Warm people
    rule: {all: [{field: {name: "score:warmth", at_least: 10}}, {field: {name: "score:warmth", is_not: 13}}]}
    gives_tag: taste:sweet
  - id: dear
    label: Dear people
    rule: {segment: warm}
"""
REPLY = """\
rules:
  - id: points
    match: {exact: points}
    always: true
    then: {say: "You have {{ scores.warmth }} of them."}
fallback:
  first: "Pardon?"
  second: "Pardon?"
"""


@pytest.fixture
def cafe(shop: Shop, tmp_path: Path) -> Shop:
    return opens(shop, tmp_path, {"segments.yaml": SCORES, "auto_replies.yaml": REPLY})


@pytest.fixture
def mina(cafe: Shop) -> Person:
    mina = wants_it_large(cafe)
    cafe.does_chores()
    return mina


@pytest.fixture
def mei(cafe: Shop) -> Browser:
    return browser_of(cafe.app, cafe.database, Role.MARKETER, now=cafe.now())


def stays(shop: Shop) -> list[tuple[str, str, str | None]]:
    """Return (segment, why in, why out) in order."""
    with shop.database.read() as session:
        rows = session.execute(
            sa.select(Segment.key, Membership.entered_because, Membership.left_because)
            .join(Segment, Segment.id == Membership.segment_id)
            .order_by(Membership.id)
        )
        return [(row.key, row.entered_because, row.left_because) for row in rows]


def told(answer: TestResponse) -> Any:
    return answer.json


def words(answer: object) -> str:
    return " ".join(str(answer).split())


def test_a_fact_that_gives_points_brings_into_segments_and_time_takes_out_again(
    cafe: Shop, mina: Person
) -> None:
    because = "tag:size:large"
    assert stays(cafe) == [("warm", because, None), ("dear", because, None)]
    mina.says("points")
    # The message that asks is her second: in the middle of a turn it counts already.
    assert mina.sees[-1] == "You have 17 of them."
    cafe.waits(days=19)
    cafe.does_chores()
    assert [left for _key, _why, left in stays(cafe)] == [None, None]
    cafe.waits(days=2)
    cafe.does_chores()
    assert [left for _key, _why, left in stays(cafe)] == ["time", "time"]
    # Whoever comes back after so long has their points again, as far as they are not too old.
    mina.says("points")
    assert mina.sees[-1] == "You have 17 of them."
    cafe.does_chores()
    assert stays(cafe)[2:] == [("warm", "event:message", None), ("dear", "event:message", None)]
    mina.unfollows()
    cafe.does_chores()
    assert [left for _key, _why, left in stays(cafe)[2:]] == ["following", "following"]


def test_the_console_tells_what_gave_points_and_why_somebody_is_in(
    cafe: Shop, mina: Person, mei: Browser
) -> None:
    contact = cafe.contact(mina)
    page = words(mei.get(f"/console/contacts/{contact.public_id}").text)
    assert "<summary>Warmth <strong>10</strong></summary>" in page
    assert '+10 <bdi dir="auto">carries the tag “Large”</bdi>' in page
    assert "“Warmth” is at least 10" in page
    assert ">10 points<" in page

    with cafe.database.read() as session:
        warm = session.scalars(sa.select(Segment).where(Segment.key == "warm")).one()
    why = words(mei.get(f"/console/segments/{warm.public_id}?contact={contact.public_id}").text)
    assert "“Warmth” is at least 10" in why
    assert "+10: carries the tag “Large”" in why
    assert "+7: " in why

    overview = words(mei.get("/console/value/scores").text)
    assert "How much somebody likes us." in overview
    assert "<strong>−12</strong>" in overview
    assert '<th scope="row">10</th><td>1<' in overview
    assert "Mina" in overview
    assert 'id="value-scores"' in mei.get("/console/value/").text


def test_the_builder_offers_scores_as_fields_and_refuses_what_is_none(cafe: Shop, mei: Browser) -> None:
    fields = told(mei.get("/console/segments/parts"))["choices"]["fields"]
    assert fields[0] | {"hint": ""} == {
        "value": "score:warmth", "label": "Warmth", "hint": "", "kind": "number", "values": [],
    }  # fmt: skip

    def faults(test: str) -> list[str]:
        answer = mei.post("/console/segments/try", data={"rule": f'{{"field": {{"name": {test}}}}}'})
        return [fault["words"] for fault in told(answer)["faults"]]

    assert faults('"score:warmth", "less_than": 10') == []
    assert faults('"score:heat", "less_than": 10') == ["there is no score “heat”"]
    assert faults('"score:warmth", "less_than": "today"') == ["a score is a number: compare it with numbers"]
