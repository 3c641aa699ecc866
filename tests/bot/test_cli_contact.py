"""What an operator can ask and do about one person."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot import journal
from bot.explaining import BEFORE_RULES
from contacts.models import FieldKind
from handlers import auto_reply
from handlers.routes import ROUTES
from line.events import TextSent
from questionnaires.models import RunStatus
from simulator.person import Person
from tests.bot.conftest import Run
from tests.shop import EXAMPLES, Shop

ROOT = Path(__file__).parents[2]


@pytest.fixture
def rental(shop: Shop) -> Shop:
    shop.publishes(EXAMPLES / "rental")
    return shop


@pytest.fixture
def mina(rental: Shop) -> Person:
    """A friend who has answered the first two questions."""
    mina = rental.person("王小美", language="zh-TW")
    mina.follows()
    for label in ("開始找房", "台北市", "15,000–25,000"):
        mina.taps(label)
    return mina


def shown(command: Run, person: Person, *more: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(command("contact", "show", person.user_id, "--json", *more).stdout)
    return found


def test_a_person_is_shown_with_what_is_known_and_where_it_came_from(command: Run, mina: Person) -> None:
    found = shown(command, mina)
    assert found["line_user_id"] == mina.user_id
    assert (found["display_name"], found["language"]) == ("王小美", "zh-TW")
    assert (found["following"], found["times_followed"]) == ("following", 1)
    assert found["handed_over_since"] is None

    tag = {tag["name"]: tag for tag in found["tags"]}["area:taipei"]
    assert tag.keys() == {"name", "group", "source", "event", "set_at", "expires_at"}
    assert (tag["group"], tag["source"]) == ("area", "question:find_home/area")

    field = found["fields"]["budget_min"]
    assert field.keys() == {"value", "kind", "source", "event", "set_at"}
    assert (field["value"], field["kind"], field["source"]) == (15000, "number", "question:find_home/budget")

    (run,) = found["runs"]
    assert (run["questionnaire"], run["version"], run["status"]) == ("find_home", 1, "running")
    assert run["answers"]["area"] == {"choices": ["taipei"]}

    kinds = {entry["kind"] for entry in found["timeline"]}
    assert {"followed", "sent", "tapped", "tag_set", "field_set", "questionnaire"} <= kinds
    assert [entry["at"] for entry in found["timeline"]] == sorted(entry["at"] for entry in found["timeline"])


def test_the_documentation_names_all_that_is_shown(command: Run, mina: Person) -> None:
    told = (ROOT / "docs/facts.md").read_text().partition("## One person as JSON")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(\w+)`", told))
    found = shown(command, mina)
    of_lists = [found[name][0] for name in ("tags", "runs", "timeline")]
    answers = list(found["runs"][0]["answers"].values())
    shapes = [found, *of_lists, *found["fields"].values(), *answers]
    assert {name for shape in shapes for name in shape} <= named
    assert {kind.value for kind in FieldKind} | {status.value for status in RunStatus} <= named


def test_a_person_is_found_by_our_own_id_too_and_the_timeline_is_as_long_as_wanted(
    command: Run, mina: Person
) -> None:
    found = shown(command, mina, "--limit", "3")
    assert len(found["timeline"]) == 3
    assert (
        json.loads(command("contact", "show", found["id"], "--json").stdout)["line_user_id"] == mina.user_id
    )


def test_a_person_is_shown_in_words(command: Run, mina: Person) -> None:
    words = command("contact", "show", mina.user_id).stdout
    assert "王小美" in words
    assert "tag    area:taipei  (question:find_home/area, " in words
    assert "field  budget_min = 15000" in words


@pytest.mark.parametrize("verb", ["show", "release", "erase", "export"])
def test_an_unknown_person_is_told(command: Run, rental: Shop, verb: str) -> None:
    refused = command("contact", verb, "U0")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith("no contact has the id U0")


def test_a_person_who_was_handed_over_is_given_back_to_the_bot(
    command: Run, rental: Shop, mina: Person
) -> None:
    mina.says("專人")
    assert shown(command, mina)["handed_over_since"] is not None
    mina.says("押金多少")
    assert "押金為" not in mina.sees[-1], "a person has the floor"

    assert command("contact", "release", mina.user_id).stdout == "released: the bot answers again\n"
    found = shown(command, mina)
    assert found["handed_over_since"] is None
    assert "wants:human" not in {tag["name"] for tag in found["tags"]}
    assert "staff:command line" in [entry["about"] for entry in found["timeline"]]
    mina.says("押金多少")
    assert any("押金為" in said for said in mina.sees[-2:])
    assert "had the floor already" in command("contact", "release", mina.user_id).stdout


def why(command: Run, person: Person, text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(command("contact", "why", person.user_id, text, "--json").stdout)
    return found


def test_why_says_which_rule_wins_and_why_the_others_do_not(command: Run, rental: Shop) -> None:
    visitor = rental.person("佐藤", language="zh-TW")
    visitor.follows()
    found = why(command, visitor, "押金怎麼算")
    winner = next(rule for rule in found["rules"] if rule["wins"])
    assert found["answered_by"] == winner["rule"]
    assert winner["because"] == "matches “押金”"
    assert any(rule["because"] == "the text does not match" for rule in found["rules"])
    words = command("contact", "why", visitor.user_id, "押金怎麼算").stdout
    assert f"answered by: {winner['rule']}\n" in words
    assert f"→ {winner['rule']}: matches “押金”" in words


def test_why_agrees_with_what_the_bot_then_does(command: Run, rental: Shop, mina: Person) -> None:
    assert why(command, mina, "雅房")["answered_by"] == "the questionnaire that is under way"
    assert why(command, mina, "選單")["answered_by"] == "the menu, which this word asks for"
    assert why(command, mina, "專人")["answered_by"] == "the handoff: this word asks for a person"
    assert why(command, mina, "#信義店")["answered_by"] == "the entry code that it is"
    before = shown(command, mina)
    mina.says("專人")
    assert why(command, mina, "早安")["answered_by"].startswith("nobody: a person has had the floor since 20")
    assert why(command, mina, "停止通知")["answered_by"] == "stop"
    assert before["runs"] == shown(command, mina)["runs"], "asking why changes nothing"


def test_why_agrees_with_what_the_bot_does_inside_a_questionnaire(command: Run, mina: Person) -> None:
    for text, by in (
        ("押金怎麼算", "deposit"),
        ("火星", "the questionnaire that is under way"),
        ("可以請客服來一下嗎", "the handoff: this sentence only wishes for a person"),
    ):
        assert why(command, mina, text)["answered_by"] == by
    mina.says("押金怎麼算")
    assert "押金為兩個月租金" in mina.sees[-2]
    mina.says("報修")
    mina.taps("冷氣")
    assert why(command, mina, "押金")["answered_by"] == "deposit", "nothing but a rule's word"
    assert why(command, mina, "押金巷 10 號 5 樓")["answered_by"] == "the questionnaire that is under way"


def test_whatever_goes_before_the_rules_has_a_name_in_why() -> None:
    handlers = {route.handler for route in ROUTES if route.kind is TextSent}
    by_rules = {auto_reply.answer_always, auto_reply.answer}
    assert {handler.__name__ for handler in handlers - by_rules} == set(BEFORE_RULES)


def test_why_needs_a_playbook(command: Run, shop: Shop) -> None:
    visitor = shop.person("佐藤")
    visitor.follows()
    refused = command("contact", "why", visitor.user_id, "hi")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("no playbook is published yet")


def test_an_export_holds_everything_about_the_person(command: Run, rental: Shop, mina: Person) -> None:
    mina.says("雅房")
    mina.sends_file("租約.pdf", b"%PDF")
    found = json.loads(command("contact", "export", mina.user_id).stdout)
    assert found["display_name"] == "王小美"
    assert found["fields"]["budget_max"]["value"] == 25000
    assert [answer["question"] for answer in found["answers_given"]] == ["area", "budget", "type"]
    assert "area:taipei" in {change["name"] for change in found["tag_changes"]}
    assert "雅房" in {entry["text"] for entry in found["timeline"]}
    assert [(file["kind"], file["name"]) for file in found["files"]] == [("file", "租約.pdf")]


def test_nobody_is_erased_by_accident_where_nobody_can_be_asked(command: Run, mina: Person) -> None:
    before = shown(command, mina)
    refused = command("contact", "erase", mina.user_id)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "This cannot be undone: give --yes." in refused.stderr
    assert shown(command, mina) == before
    assert not Path(journal.FILE).exists()


def test_a_person_is_erased_for_good(command: Run, rental: Shop, mina: Person) -> None:
    before = shown(command, mina)
    erased = command("contact", "erase", mina.user_id, "--yes")
    assert erased.stdout == f"erased; {before['id']} is what is left to count\n"
    assert command("contact", "show", mina.user_id).exit_code == 1
    left = json.loads(command("contact", "show", before["id"], "--json").stdout)
    assert left["line_user_id"] == f"erased:{before['id']}"
    assert left["erased_at"] is not None
    assert mina.user_id not in Path(journal.FILE).read_text()

    again = command("contact", "erase", before["id"], "--yes")
    assert again.exit_code == 1
    assert " was erased on " in again.stderr


def test_reapplying_erasures_does_nothing_where_nobody_came_back(
    command: Run, rental: Shop, mina: Person
) -> None:
    assert command("contact", "reapply-erasures").stdout == "0 erased again\n"
    command("contact", "erase", mina.user_id, "--yes")
    assert command("contact", "reapply-erasures").stdout == "0 erased again\n"
