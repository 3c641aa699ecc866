"""What an operator can ask and do about tickets."""

import json

import pytest

from simulator.person import Person
from tests.bot.conftest import Run
from tests.shop import EXAMPLES, Shop
from tests.tickets.agents import an_agent


@pytest.fixture
def shop_with_lin(shop: Shop) -> Shop:
    shop.publishes(EXAMPLES / "rental")
    with shop.database.write() as session:
        an_agent(session, shop.channel_id, "lin", "general", now=shop.now(), capacity=1)
        an_agent(session, shop.channel_id, "chen", now=shop.now())
    return shop


@pytest.fixture
def mina(shop_with_lin: Shop) -> Person:
    """Somebody who asked for a person."""
    mina = shop_with_lin.person("王小美", language="zh-TW")
    mina.follows()
    mina.says("專人")
    return mina


def test_tickets_are_listed_explained_given_and_solved(
    command: Run, shop_with_lin: Shop, mina: Person
) -> None:
    (listed,) = json.loads(command("ticket", "list", "--json").stdout)
    assert (listed["queue"], listed["agent"], listed["reason"]) == ("general", "lin", "handoff:asked")
    assert listed["id"] in command("ticket", "list").stdout

    why = json.loads(command("ticket", "why", listed["id"], "--json").stdout)
    assert why["in_words"] == "Lin has it (routing: 0 of 1)"
    assert [one["because"] for one in why["tried"]][:1] == ["does not read ja"]
    assert "lin: has it; holds 1 of 1" in command("ticket", "why", listed["id"]).stdout

    assert command("ticket", "assign", listed["id"], "CHEN").stdout == "Chen has it\n"
    assert json.loads(command("ticket", "list", "--json").stdout)[0]["agent"] == "chen"
    assert command("ticket", "solve", listed["id"]).stdout == "solved\n", "whom nobody answered is not asked"
    assert command("ticket", "list").stdout == "none\n"
    assert json.loads(command("ticket", "list", "--solved", "--json").stdout)[0]["state"] == "solved"


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        (("why", "nothing"), "there is no ticket nothing: `ticket list` shows them"),
        (("solve", "nothing"), "there is no ticket nothing: `ticket list` shows them"),
        (("assign", "nothing", "somebody"), "nobody signs in as somebody"),
    ],
)
def test_what_is_not_there_is_said_so(
    command: Run, shop_with_lin: Shop, arguments: tuple[str, ...], refusal: str
) -> None:
    result = command("ticket", *arguments)
    assert result.exit_code == 1
    assert refusal in result.output
