"""Scores by the REST interface: how many points somebody has, and rules that ask for them."""

from typing import Any

from simulator.person import Person
from tests.api.program import Program, faults, problem
from tests.shop import Shop


def test_what_somebody_has_is_told_with_every_condition(shop: Shop, till: Program, mina: Person) -> None:
    contact_id = shop.contact(mina).public_id

    def heat() -> Any:
        (found,) = till.get(f"contacts/{contact_id}/scores")["scores"]
        assert sum(one["points"] for one in found["conditions"] if one["holds"]) == found["points"]
        return found

    assert (heat()["key"], heat()["points"], len(heat()["conditions"])) == ("heat", 0, 7)
    till.sends("POST", f"contacts/{contact_id}/tags/visits:daily")
    assert heat()["points"] == 10
    assert {"points": 10, "when": {"tag": "visits:daily"}, "holds": True} in heat()["conditions"]
    assert problem(till.asks("GET", "contacts/nobody/scores")) == (404, "not_found")


def test_a_rule_asks_for_a_score_as_for_a_number(shop: Shop, till: Program, mina: Person) -> None:
    def asks(**test: Any) -> Any:
        rule = {"field": {"name": "score:heat", **test}}
        return till.asks("POST", "segments/count", {"rule": rule})

    till.sends("POST", f"contacts/{shop.contact(mina).public_id}/tags/visits:daily")
    tests = (
        {"is": 10},
        {"is_not": 0},
        {"at_least": 10},
        {"less_than": 10.5},
        {"between": [1, 10]},
        {"one_of": [9, 10]},
    )
    assert [asks(**test).json["count"] for test in tests] == [1] * 6
    assert asks(more_than=10).json["count"] == 0
    unknown = till.asks("POST", "segments/count", {"rule": {"field": {"name": "score:no", "is": 1}}})
    assert faults(unknown) == {"rule.field.name": "there is no score no"}
    assert "a score is a number" in str(faults(asks(contains="1")))
