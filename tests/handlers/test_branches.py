"""Branches that depend on more than choices, told through the signed webhook."""

from pathlib import Path

import pytest

from tests.handlers.workshop import FILES
from tests.playbook.folders import Files, write
from tests.shop import Shop
from tests.stories.customer import Customer

TOUR = """\
title: Tour
timeout: 7d
questions:
  - {id: riders, ask: How many riders?, kind: number, min: 1, max: 20, field: riders}
  - {id: guide, ask: Who leads you?, kind: text, field: guide, only_if: {answers: {riders: {more_than: 4}}}}
  - id: day
    ask: Which day?
    kind: date
    min: today
    field: day
  - id: hurry
    ask: That is soon. Shall we call you?
    only_if: {answers: {day: {at_most: +3d}}}
    choices:
      - {id: call, label: Call me, tags: asked}
      - {id: wait, label: I can wait}
  - {id: at, ask: When shall we start?, kind: datetime, min: today, field: at}
  - id: light
    ask: Do you have lights?
    only_if: {answers: {at: {at_least: "17:00"}}}
    choices: [{id: have, label: We have}, {id: rent, label: We rent}]
  - {id: wishes, ask: Any wishes?, kind: text, optional: true}
  - id: meal
    ask: Meals for how many?
    kind: number
    field: meals
    only_if: {answers: {wishes: {contains: 台灣便當}}}
  - id: extras
    ask: What else?
    multiple: true
    choices: [{id: helmet, label: Helmets}, {id: bag, label: Bags}]
  - {id: size, ask: Which helmet size?, kind: text, only_if: {answers: {extras: {contains: helmet}, riders: {is: 1}}}}
  - {id: photo, ask: A photo of your bicycle?, kind: photo, optional: true}
  - {id: frame, ask: Describe it then., kind: text, field: frame, only_if: {answers: {photo: {known: false}}}}
summary: All right?
sets_tags: booked
"""


@pytest.fixture
def tourist(workshop: Shop, tmp_path: Path) -> Customer:
    greeting = str(FILES["welcome.yaml"]).replace("start: booking", "start: tour")
    files: Files = {**FILES, "questionnaires/tour.yaml": TOUR, "welcome.yaml": greeting}
    workshop.publishes(write(tmp_path / "tours", files))
    customer = Customer(workshop, "Ann", language="en")
    customer.follows()
    assert customer.taps("Book") == ["How many riders?"]
    return customer


def test_every_kind_of_answer_may_lead_somewhere(tourist: Customer) -> None:
    assert tourist.says("6") == ["Who leads you?"]
    assert tourist.says("Bob") == ["Which day?"]
    assert tourist.picks("Pick a date", "2027-02-26")[-1].startswith("That is soon.")
    assert tourist.taps("Call me") == ["When shall we start?"]
    assert tourist.picks("Pick a date and time", "2027-02-26T18:00") == ["Do you have lights?"]
    assert tourist.taps("We rent") == ["Any wishes?"]
    assert tourist.says("請準備臺灣 便當") == ["Meals for how many?"]
    assert tourist.says("6") == ["What else?"]
    tourist.taps("Helmets")
    assert tourist.taps("Done") == ["A photo of your bicycle?"], (
        "helmets for one rider only are asked for by size"
    )
    assert tourist.taps("Skip") == ["Describe it then."]
    assert tourist.says("blue")[-1].startswith("All right?")
    assert tourist.tags >= {"asked"}
    tourist.taps("That's right")
    assert tourist.fields == {
        "riders": 6, "guide": "Bob", "day": "2027-02-26", "at": "2027-02-26T18:00", "meals": 6, "frame": "blue",
    }  # fmt: skip


def test_the_short_way_asks_nothing_of_it_and_holds_overnight(workshop: Shop, tourist: Customer) -> None:
    assert tourist.says("1") == ["Which day?"]
    assert tourist.picks("Pick a date", "2027-02-27") == ["When shall we start?"], "four days from now"
    workshop.waits(days=2)
    assert tourist.picks("Pick a date and time", "2027-02-27T09:00") == ["Any wishes?"], "and still not soon"
    assert tourist.taps("Skip") == ["What else?"]
    tourist.taps("Helmets")
    assert tourist.taps("Done") == ["Which helmet size?"]
    tourist.says("M")
    assert tourist.does(lambda person: person.sends_photo())[-1].startswith("All right?"), "no description"


def test_changing_an_item_asks_anew_what_depends_on_it(workshop: Shop, tourist: Customer) -> None:
    tourist.says("6")
    tourist.says("Bob")
    tourist.picks("Pick a date", "2027-02-26")
    tourist.taps("Call me")
    tourist.picks("Pick a date and time", "2027-02-26T09:00")
    for label in ("Skip", "Bags", "Done", "Skip"):
        tourist.taps(label)
    tourist.says("blue")
    assert tourist.fields["guide"] == "Bob"
    tourist.taps("Change one", "How many riders?")
    workshop.waits(days=1)
    assert tourist.says("2")[-1].startswith("All right?")
    assert "guide" not in tourist.fields, "two riders have no guide"
    tourist.taps("Change one", "Which day?")
    tourist.picks("Pick a date", "2027-03-20")
    assert "asked" not in tourist.tags
    tourist.taps("That's right")
    assert "booked" in tourist.tags
