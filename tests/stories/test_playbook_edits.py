"""A playbook is edited while people are inside it: they stay on their version, newcomers get the new one."""

from pathlib import Path

import pytest

from playbook.check import check
from tests.playbook.folders import GOOD, Files, changed, write
from tests.shop import Shop
from tests.stories.customer import Customer

IDLE = "That button is from an earlier conversation and no longer works. Please choose from the menu."


class Editor:
    """Publishes one edition after the other."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.shop = shop
        self._folder = folder
        self._editions = 0

    def publishes(self, files: Files) -> None:
        self._editions += 1
        folder = self._folder / str(self._editions)
        folder.mkdir()
        self.shop.publishes(write(folder, files))

    def without(self, *names: str, files: Files = GOOD) -> Files:
        return {name: content for name, content in files.items() if name not in names}


@pytest.fixture
def editor(shop: Shop, tmp_path: Path) -> Editor:
    made = Editor(shop, tmp_path)
    made.publishes(GOOD)
    return made


@pytest.fixture
def inside(shop: Shop, editor: Editor) -> Customer:
    """Somebody who has chosen a drink and is asked for the size."""
    customer = Customer(shop, "Ann", language="en")
    customer.follows()
    customer.taps("Order")
    assert customer.taps("Water") == ["Which size?"]
    return customer


def test_who_is_inside_stays_on_their_version_and_newcomers_get_the_new_one(
    shop: Shop, editor: Editor, inside: Customer
) -> None:
    editor.publishes(
        changed(
            "questionnaires/order.yaml", "label: Small, tags: size:small", "label: Tiny, tags: size:small"
        )
    )
    newcomer = Customer(shop, "Bob", language="en")
    newcomer.follows()
    newcomer.taps("Order", "Water")
    assert newcomer.buttons[:2] == ["Tiny", "Large"]

    assert inside.says("nonsense")[-1].endswith("Which size?")
    assert inside.buttons[:2] == ["Small", "Large"], "asked again in the words of their version"
    inside.taps("Small")
    assert "Which size?\nSmall" in inside.says("0912345678")[-1]
    inside.taps("That's right")
    assert inside.runs == [("order", "confirmed")]
    assert "size:small" in inside.tags

    inside.follows()
    assert inside.taps("Order")[-1] == "Which drink?"
    inside.taps("Water")
    assert inside.buttons[:2] == ["Tiny", "Large"], "the next run is on the new version"


def test_a_new_question_is_asked_of_newcomers_only(shop: Shop, editor: Editor, inside: Customer) -> None:
    editor.publishes(
        changed(
            "questionnaires/order.yaml",
            "  - id: phone\n",
            "  - {id: mail, ask: Your mail?, kind: email}\n  - id: phone\n",
        )
    )
    assert inside.taps("Small") == ["Your number?"]
    newcomer = Customer(shop, "Bob", language="en")
    newcomer.follows()
    assert newcomer.taps("Order", "Water", "Small") == ["Your mail?"]


def test_buttons_that_are_no_more_are_answered_kindly(shop: Shop, editor: Editor, inside: Customer) -> None:
    inside.taps("Cancel")
    greeting = inside.person.messages[0]
    editor.publishes(
        editor.without("cards.yaml", "pictures/tea.png", "rich_menus/main.yaml", "rich_menus/main.png")
        | {
            "welcome.yaml": "greetings:\n  - {id: new, then: Hello}\n",
            "questionnaires/order.yaml": str(GOOD["questionnaires/order.yaml"])
            .replace("    cards: true\n", "")
            .replace('  - show: {fitting: [taste], limit: 3, say: "{{ count }} more for you"}\n', ""),
        }
    )
    assert inside.taps("Prices", on=greeting) == [IDLE]
    assert inside.posts_back("1|b|menu.main|order|") == [IDLE]
    assert inside.posts_back("1|b|cards|order|tea") == [IDLE]
    assert inside.runs == [("order", "cancelled")]


def test_a_questionnaire_that_is_no_more_is_finished_by_those_inside(
    shop: Shop, editor: Editor, inside: Customer
) -> None:
    early = inside.last
    editor.publishes(dropped_order(editor))
    assert inside.taps("Large") == ["Your number?"]
    inside.says("0912345678")
    summary = inside.last
    *_, farewell = inside.taps("That's right")
    assert farewell == "One Large Water for +886912345678"
    assert inside.fields["cups"] == 2

    # Whoever wants it once more is told that it is gone, and is not left without an answer.
    inside.taps("Small", on=early)
    assert inside.taps("Start again") == [IDLE]
    inside.taps("Start over", on=summary)
    assert inside.taps("Start again") == [IDLE]
    assert inside.runs == [("order", "confirmed")]


def test_who_was_paused_in_a_questionnaire_that_is_no_more_may_go_on(
    shop: Shop, editor: Editor, inside: Customer
) -> None:
    editor.publishes(dropped_order(editor))
    assert inside.says("hours")[0].startswith("We open at")
    assert inside.taps("Small") == ["Your number?"]


def test_a_card_that_is_no_more_stays_an_answer_of_old(shop: Shop, editor: Editor) -> None:
    customer = Customer(shop, "Ann", language="en")
    customer.follows()
    customer.taps("Order", "Plum juice")
    editor.publishes(changed("cards.yaml", "  - id: plum\n    title: Plum juice\n    tags: taste:sour\n", ""))
    customer.taps("Small")
    assert "Plum juice" in customer.says("0912345678")[-1]
    assert customer.taps("That's right")[-1].startswith("One Small Plum juice for")


def test_a_faulty_edition_changes_nothing(
    shop: Shop, editor: Editor, inside: Customer, tmp_path: Path
) -> None:
    folder = tmp_path / "faulty"
    folder.mkdir()
    checked = check(
        write(folder, changed("questionnaires/order.yaml", "tags: size:small", "tags: size:tiny"))
    )
    assert checked.playbook is None
    assert [str(fault).partition(" ")[0] for fault in checked.faults] == ["questionnaires/order.yaml:13:"]
    assert inside.taps("Small") == ["Your number?"]


def dropped_order(editor: Editor) -> Files:
    """Return an edition without the questionnaire."""
    return editor.without(
        "questionnaires/order.yaml",
        "transcripts/order.yaml",
        "rich_menus/main.yaml",
        "rich_menus/main.png",
        "cards.yaml",
        "pictures/tea.png",
    ) | {"welcome.yaml": "greetings:\n  - {id: new, then: Hello}\n"}
