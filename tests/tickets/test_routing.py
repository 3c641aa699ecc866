"""Routing and choosing: pure, so tried with anything there can be."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.routing import FieldTest, QueueSpec, Routing, RoutingRule, RoutingWhen
from tickets.choosing import Candidate, because, choose
from tickets.routing import Decision, RoutingFacts, passes, route

TAGS = ("area:taipei", "area:other", "vip", "role:landlord")
QUEUES = ("taipei", "landlords", "general")
NOON = datetime(2027, 3, 1, 4, tzinfo=UTC)

whens = st.builds(
    RoutingWhen,
    tags=st.lists(st.sampled_from(TAGS), max_size=2).map(tuple),
    without_tags=st.lists(st.sampled_from(TAGS), max_size=2).map(tuple),
    fields=st.dictionaries(
        st.sampled_from(["budget", "name"]),
        st.one_of(
            st.builds(FieldTest, is_=st.sampled_from([1, 5, "x"])),
            st.builds(FieldTest, between=st.sampled_from([(0, 3), ("a", "z")])),
            st.builds(FieldTest, known=st.booleans()),
        ),
        max_size=1,
    ),
    segment=st.sampled_from([None, None, "rich", "poor"]),
    language=st.lists(st.sampled_from(["ja", "en"]), max_size=1).map(tuple),
)
rules = st.builds(RoutingRule, when=whens, queue=st.sampled_from(QUEUES))
routings = st.builds(
    Routing,
    queues=st.just(tuple(QueueSpec(id=key, label={"en": key}) for key in QUEUES)),
    rules=st.lists(rules, max_size=5).map(tuple),
    default=st.sampled_from(QUEUES),
)
facts = st.builds(
    RoutingFacts,
    tags=st.frozensets(st.sampled_from(TAGS)),
    fields=st.dictionaries(st.sampled_from(["budget", "name"]), st.sampled_from([1, 2, "x", True])),
    language=st.sampled_from(["ja", "en", "zh-TW"]),
    in_segment=st.sampled_from([lambda key: key == "rich", lambda _key: False]),
)


def holds(when: RoutingWhen, about: RoutingFacts) -> bool:
    """Say it in one breath, the other way round than the code."""
    return not (
        set(when.tags) - about.tags
        or set(when.without_tags) & about.tags
        or [name for name, test in when.fields.items() if not passes(test, about.fields.get(name))]
        or (when.segment and not about.in_segment(when.segment))
        or (when.language and about.language not in when.language)
    )


@given(routings, facts)
def test_the_first_rule_that_holds_wins_and_every_rule_before_it_says_why_not(
    routing: Routing, about: RoutingFacts
) -> None:
    decision = route(routing, about)
    fitting = [place for place, rule in enumerate(routing.rules) if holds(rule.when, about)]
    if fitting:
        assert decision.rule == f"{fitting[0] + 1}"
        assert decision.queue == routing.rules[fitting[0]].queue
        assert [one.holds for one in decision.tried] == [False] * fitting[0] + [True]
    else:
        assert (decision.rule, decision.queue) == (None, routing.default)
        assert [one.holds for one in decision.tried] == [False] * len(routing.rules)
    assert all(one.because for one in decision.tried)
    assert Decision.from_json(decision.to_json()) == decision


@pytest.mark.parametrize(
    ("test", "value", "passing"),
    [
        ({"is": 3}, 3, True),
        ({"is": 3}, "3", False),
        ({"is": True}, 1, False),
        ({"is": 1}, True, False),
        ({"between": [1, 3]}, 3, True),
        ({"between": [1, 3]}, 3.5, False),
        ({"between": [1, 3]}, "2", False),
        ({"between": ["2027-03-01", "2027-03-31"]}, "2027-03-15", True),
        ({"known": True}, 0, True),
        ({"known": True}, None, False),
        ({"known": False}, None, True),
        ({"known": False}, "", False),
        ({"is": 3, "known": False}, None, False),
    ],
)
def test_a_field_is_tested_in_its_own_type(test: dict[str, Any], value: Any, passing: bool) -> None:
    assert passes(FieldTest.model_validate(test), value) is passing


def test_why_says_what_was_missing_without_repeating_what_anybody_told() -> None:
    routing = Routing(
        rules=(
            RoutingRule(
                id="rich",
                when=RoutingWhen(tags=("vip",), fields={"budget": FieldTest(between=(1, 2))}),
                queue="general",
            ),
        )
    )
    decision = route(routing, RoutingFacts(frozenset(), {"budget": 987654}, "en", lambda _key: False))
    (tried,) = decision.tried
    assert tried.because == "does not carry vip; budget is not between 1 and 2"
    assert "987654" not in str(decision.to_json())


candidates = st.lists(
    st.builds(
        Candidate,
        id=st.integers(1, 50),
        login=st.just("lin"),
        display_name=st.just("Lin"),
        is_active=st.booleans(),
        can_answer=st.booleans(),
        on_duty_since_at=st.sampled_from([None, NOON]),
        load=st.integers(0, 6),
        capacity=st.integers(0, 6),
        last_given_at=st.sampled_from([None, NOON, NOON - timedelta(hours=1)]),
    ),
    unique_by=lambda one: one.id,
    max_size=6,
)


@given(candidates)
def test_nobody_is_chosen_who_cannot_take_it_and_nobody_free_is_passed_over(who: list[Candidate]) -> None:
    chosen = choose(who)
    free = [
        one
        for one in who
        if one.is_active and one.can_answer and one.on_duty_since_at and one.load < one.capacity
    ]
    assert (chosen is None) == (not free)
    if chosen is not None:
        assert chosen in free
        assert all(chosen.load * one.capacity <= one.load * chosen.capacity for one in free)
        assert because(chosen, who).startswith(f"{chosen.load} of {chosen.capacity}")
    assert choose(reversed(who)) == chosen, "the order they are named in says nothing"
