"""Which rule answers a text, and why."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.explaining import explain
from contacts.models import Contact
from handlers.auto_reply import MOST_MISSES
from tests.handlers.workshop import FILES
from tests.playbook.folders import write
from tests.shop import EXAMPLES, Shop
from tests.stories.customer import Customer


def verdicts(shop: Shop, customer: Customer, text: str) -> dict[str, str]:
    """Return what every rule makes of the text, the winning one with an arrow."""
    with shop.database.decide() as session:
        contact = shop.contact(customer.person)
        found = explain(session, contact, text, base_url="https://bot.example", now=shop.now())
    return {v.rule: f"{'→ ' if v.wins else ''}{v.because}" for v in found.verdicts}


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("OPEN　sesame", "The cave is open, once."),
        ("my order is sp-1234 I think", "We look that order up."),
        ("ＳＰ-1234", "We look that order up."),
        ("what is the price of a tyre", "A tyre is 600."),
        ("a tyre", "Pardon?"),
        ("discount", "Discounts are for members."),
    ],
)
def test_the_first_rule_that_fits_answers(rider: Customer, said: str, answer: str) -> None:
    assert rider.says(said) == [answer]


def test_a_rule_may_look_at_tags_and_set_them(rider: Customer) -> None:
    rider.taps("Club")
    assert rider.says("discount?") == ["Ten percent for you."]
    rider.says("tyre price")
    assert rider.tags == {"vip", "rider:road", "asked"}


QUIET = """\
rules:
  - {id: cheap, match: {any_of: [cheap]}, then: {tag: asked}}
  - {id: thanks, match: {exact: thank you}, then: "{% if tags contains 'vip' %}With pleasure!{% endif %}"}
  - {id: book, match: {exact: book}, then: {start: booking}}
fallback: {first: Pardon?, second: {hand_over: true}}
"""


def test_a_rule_that_says_nothing_has_answered(shop: Shop, tmp_path: Path) -> None:
    shop.publishes(write(tmp_path / "quiet", {**FILES, "auto_replies.yaml": QUIET}))
    ann = Customer(shop, "Ann", language="en")
    ann.follows()
    assert ann.says("something cheap") == []
    assert "asked" in ann.tags
    assert ann.says("la la la") == ["Pardon?"]
    assert ann.says("thank you") == [], "of its words nothing is for her"
    assert ann.says("la la la") == ["Pardon?"], "so it is the first miss in a row"
    ann.says("book")
    (again,) = ann.says("a cheap one")
    assert again == "Let's carry on where you left off:\nWhat shall we do?"
    assert ann.taps("A check") == ["How many bicycles?"]


def test_what_a_rule_only_takes_note_of_stays_an_answer_in_words(shop: Shop, tmp_path: Path) -> None:
    rules = QUIET.replace("any_of: [cheap]", "exact: AB1234")
    shop.publishes(write(tmp_path / "quiet", {**FILES, "auto_replies.yaml": rules}))
    ann = Customer(shop, "Ann", language="en")
    ann.says("book")
    ann.taps("A check")
    ann.says("2")
    ann.says("skip")
    assert ann.says("AB1234") == ["At what time?"]
    assert "asked" in ann.tags


def test_what_is_said_once_is_said_once_for_ever(workshop: Shop, rider: Customer) -> None:
    assert rider.says("open sesame") == ["The cave is open, once."]
    workshop.clock.advance(timedelta(days=100))
    assert rider.says("open sesame") == ["Pardon?"]
    other = Customer(workshop, "Bob", language="en")
    assert other.says("open sesame") == ["The cave is open, once."], "once for each of them"


def test_years_of_nonsense_are_counted_up_to_a_bound(shop: Shop) -> None:
    shop.publishes(EXAMPLES / "tea_shop")
    ann = Customer(shop, "Ann")
    ann.follows()
    with shop.database.write() as session:
        session.execute(sa.update(Contact).values(misses=MOST_MISSES))
    assert ann.says("qwertz") == ["要請店員直接幫你嗎？"]
    assert shop.contact(ann.person).misses == MOST_MISSES


def test_a_picture_goes_before_its_words(rider: Customer) -> None:
    assert rider.says("where") == ["[image]", "Here we are."]
    picture = rider.person.messages[-2].body
    assert picture["originalContentUrl"].startswith("http://127.0.0.1:8000/assets/")


def test_every_rule_can_say_why(workshop: Shop, rider: Customer) -> None:
    rider.says("open sesame")
    found = verdicts(workshop, rider, "open sesame")
    assert found["secret"].startswith("matches “open sesame”, but it speaks once, and did on 2027-02-23")
    assert found["order_number"] == "the text does not match"
    found = verdicts(workshop, rider, "price of a tyre, SP-1234, discount")
    assert found["order_number"] == r"→ matches the pattern SP-\d{4}"
    assert found["both"] == "→ matches “tyre + price”"
    assert found["club_only"] == "matches “discount”, but its conditions do not hold now"
    assert found["no_club"] == "→ matches “discount”"


def test_explaining_changes_nothing(workshop: Shop, rider: Customer) -> None:
    verdicts(workshop, rider, "open sesame")
    assert rider.says("open sesame") == ["The cave is open, once."]


def test_a_second_miss_does_what_the_playbook_says(rider: Customer) -> None:
    assert rider.says("la la la") == ["Pardon?"]
    (handed_over,) = rider.says("la la la")
    assert handed_over.startswith("From here on a person will answer you in this chat.")
    assert rider.says("tyre price") == []
    assert rider.says("boss")[0].startswith("The bot is back!"), "a rule may give the conversation back"
    assert rider.says("tyre price") == ["A tyre is 600."]


def test_how_long_the_bot_is_silent_is_the_playbooks_choice(workshop: Shop, rider: Customer) -> None:
    rider.says("human")
    workshop.clock.advance(timedelta(hours=1, minutes=59))
    assert rider.says("tyre price") == []
    workshop.clock.advance(timedelta(minutes=2))
    assert rider.says("tyre price") == ["A tyre is 600."]


def test_hours_decide_over_greetings(workshop: Shop) -> None:
    workshop.clock.set(datetime.fromisoformat("2027-02-26T21:00+08:00"))
    assert Customer(workshop, "Bob", language="en").follows() == [
        "Good evening, Bob. We open Mon, 1 Mar 2027, 10:00."
    ]


NIGHT_FIRST = """\
rules:
  - id: night
    when: {hours: closed}
    then: We sleep.
  - id: staff
    match: {any_of: [speak to a human]}
    then: Dial 1.
fallback:
  first: Pardon?
  second: {hand_over: true}
"""


@pytest.mark.parametrize(
    ("hour", "text", "by", "answer"),
    [
        (12, "can I speak to a human", "staff", "Dial 1."),
        (12, "human please", "the handoff: this sentence only wishes for a person", "From here on a person"),
        (
            22,
            "human please",
            "the handoff: this sentence only wishes for a person",
            "We have passed this on.",
        ),
        (22, "hello", "night", "We sleep."),
    ],
)
def test_a_wish_for_a_person_gives_way_to_a_rule_that_knows_its_words(
    shop: Shop, tmp_path: Path, hour: int, text: str, by: str, answer: str
) -> None:
    shop.clock.set(datetime.fromisoformat(f"2027-02-23T{hour}:00+08:00"))
    shop.publishes(write(tmp_path / "night", {**FILES, "auto_replies.yaml": NIGHT_FIRST}))
    ann = Customer(shop, "Ann", language="en")
    ann.follows()
    with shop.database.decide() as session:
        contact = shop.contact(ann.person)
        found = explain(session, contact, text, base_url="https://bot.example", now=shop.now())
    assert found.answered_by == by
    (said,) = ann.says(text)
    assert said.startswith(answer)
