"""Kinds of questions that the examples do not ask, reminders, and quick replies."""

from datetime import timedelta
from pathlib import Path

import pytest

from contacts.fields import FieldBook
from contacts.models import ContactField, FieldKind
from tests.handlers.workshop import FILES
from tests.playbook.folders import write
from tests.shop import Shop
from tests.stories.customer import Customer

REMINDER = "Still there, Ann? Your booking is waiting."


@pytest.fixture
def booker(rider: Customer) -> Customer:
    """Somebody at the first question."""
    assert rider.taps("Book") == ["What shall we do?"]
    return rider


def test_every_kind_of_question_is_asked_and_checked(workshop: Shop, booker: Customer) -> None:
    assert booker.person.quick_replies == ["A check", "A flat tyre", "Cancel"]
    assert booker.taps("A flat tyre") == ["Do not ride on it.", "How many bicycles?"]
    assert booker.person.quick_replies == ["Back", "Cancel"]
    for wrong in ("six", "0", "6", "-1", "1e9"):
        assert booker.says(wrong)[-1] == "Please enter a number from 1 to 5.\nHow many bicycles?"
    assert booker.says("３") == ["Your mail?"]
    assert "Skip" in booker.person.quick_replies
    assert booker.says("ann at example")[-1].startswith("That email address does not look right.")
    assert booker.says("ann@example.com") == ["The frame number?"]
    assert booker.says("abc") == ["Two letters and four digits, please.\nThe frame number?"]
    assert booker.says("AB1234") == ["At what time?"]
    assert booker.buttons[0] == "Pick a time"
    assert booker.says("23:00")[-1].endswith("At what time?")
    assert booker.picks("Pick a time", "15:30") == ["See you at 15:30 with 3."]
    assert booker.fields == {"bikes": 3, "mail": "ann@example.com", "at": "15:30"}
    kinds = {
        f.name: f.kind for f in workshop.rows(ContactField, ContactField.contact_id == booker.contact.id)
    }
    assert (kinds["bikes"], kinds["at"]) == ("number", "time")
    assert "done" in booker.tags


BY_BUTTONS = """\
title: Colours
timeout: 24h
questions:
  - id: colour
    ask: Which colour?
    as: buttons
    choices: [{id: red, label: Red, tags: booked}, {id: blue, label: Blue}]
  - id: bells
    ask: "Any of these on the {{ answers.colour }} one?"
    as: buttons
    multiple: true
    optional: true
    choices: [{id: bell, label: A bell}, {id: lamp, label: A lamp}]
  - {id: day, ask: When?, kind: date, as: buttons, field: day}
  - id: word
    ask: "Yes to {{ fields.mail }}?"
    as: buttons
    choices: [{id: "yes", label: "Yes"}]
"""


def test_a_question_may_be_asked_by_lines_own_buttons(shop: Shop, tmp_path: Path) -> None:
    rules = str(FILES["auto_replies.yaml"]).replace(
        "rules:\n", "rules:\n  - {id: colours, match: {exact: colours}, then: {start: colours}}\n"
    )
    more = {"auto_replies.yaml": rules, "questionnaires/colours.yaml": BY_BUTTONS}
    shop.publishes(write(tmp_path / "colours", {**FILES, **more}))
    ann = Customer(shop, "Ann", language="en")
    assert ann.says("colours") == ["Which colour?"]
    assert kind_of(ann) == "buttons"
    assert (ann.buttons, ann.person.quick_replies) == (["Red", "Blue", "Cancel"], ["Cancel"])
    (again,) = ann.says("green")
    assert again.endswith("or type one of them:\nWhich colour?")
    assert ann.taps("Red") == ["Any of these on the Red one?"]
    assert ann.buttons == ["A bell", "A lamp", "Done", "Skip", "Back", "Cancel"]
    ann.taps("A lamp")
    assert ann.buttons[:4] == ["A bell", "✓ A lamp", "Done", "Skip"]
    assert ann.taps("Back") == ["Which colour?"]
    ann.taps("Red", "Skip")
    assert (kind_of(ann), ann.buttons) == ("buttons", ["Pick a date", "Back", "Cancel"])
    with shop.database.write() as session:
        book = FieldBook(session, shop.contact(ann.person), event_key=None, now=shop.now())
        book.set("mail", "x" * 160, kind=FieldKind.TEXT, source="staff:ann")
    assert ann.picks("Pick a date", "2027-03-01")[0].startswith("Yes to xxx")
    assert kind_of(ann) == "bubble", "what is longer than LINE's own takes is a bubble"
    assert ann.taps("Yes") == ["Thank you, that is all noted."], "there is no ending that says anything"
    assert ann.runs == [("colours", "confirmed")]


def kind_of(customer: Customer) -> str:
    body = customer.last.body
    return str(body.get("template", body.get("contents", {})).get("type"))


def test_what_an_ending_set_stays_until_the_next_run_is_confirmed(booker: Customer) -> None:
    start = booker.person.messages[0]

    def answers() -> None:
        booker.taps("A check")
        booker.says("2")
        booker.says("skip")
        booker.says("AB1234")
        booker.picks("Pick a time", "15:30")

    answers()
    assert booker.tags >= {"done", "booked"}
    booker.taps("Book", on=start)
    assert booker.tags >= {"done", "booked"}, "nothing was answered yet"
    booker.taps("A flat tyre")
    assert booker.tags >= {"done", "booked"}
    booker.taps("Cancel")
    assert booker.tags >= {"done", "booked"}, "as if nothing had been"
    booker.taps("Book", on=start)
    answers()
    assert booker.tags >= {"done", "booked"}


def test_a_question_may_depend_on_a_tag_and_take_a_place(booker: Customer) -> None:
    booker.taps("Cancel")
    booker.taps("Club", on=booker.person.messages[0])
    booker.taps("Book", on=booker.person.messages[0])
    booker.taps("A check")
    booker.says("1")
    booker.says("skip")
    booker.says("AB1234")
    assert booker.picks("Pick a time", "10:00") == ["Where is it?"]
    assert booker.person.quick_replies == ["Send location", "Back", "Cancel"]
    assert (
        booker.says("in my garage")[-1] == "Please tap “Send location” to share where you are.\nWhere is it?"
    )
    assert booker.taps("Send location") == ["See you at 10:00 with 1."]
    assert booker.fields["place"] == "25.047800,121.517000"


def test_a_reminder_is_one_paid_message_and_leads_on(workshop: Shop, booker: Customer) -> None:
    booker.taps("A check")
    seen = len(booker.person.messages)
    workshop.waits(hours=1, minutes=59)
    assert len(booker.person.messages) == seen
    workshop.waits(minutes=2)
    assert booker.person.sees[seen:] == [REMINDER]
    workshop.waits(hours=5)
    assert booker.person.sees[seen:] == [REMINDER]
    assert workshop.simulator.line.ledger.accepted["push"] == 1
    assert booker.taps("Carry on") == ["Let's carry on where you left off:", "How many bicycles?"]
    booker.says("2")
    workshop.waits(hours=25)
    assert booker.runs == [("booking", "expired")]
    assert workshop.simulator.line.ledger.accepted["push"] == 1, "reminded once in all"


def test_who_has_blocked_the_account_is_not_reminded(workshop: Shop, booker: Customer) -> None:
    booker.unfollows()
    workshop.waits(hours=3)
    assert workshop.simulator.line.ledger.accepted["push"] == 0


def test_who_answers_in_time_is_not_reminded(workshop: Shop, booker: Customer) -> None:
    workshop.clock.advance(timedelta(hours=1, minutes=50))
    booker.taps("A check")
    workshop.waits(minutes=20)
    assert booker.person.sees[-1] == "How many bicycles?"
