"""Texts that grow beyond what LINE takes, or that nothing is left of, once they are filled in."""

from pathlib import Path

import pytest

from line.inbox import EventStatus, WebhookEvent
from tests.handlers.workshop import FILES
from tests.playbook.folders import write
from tests.shop import Shop
from tests.stories.customer import Customer

STORY = """\
title: Story
timeout: 24h
before: "{% if tags contains 'vip' %}Dear guest!{% endif %}"
questions:
  - {id: a, ask: What happened?, kind: text, field: a}
  - {id: b, ask: "After {{ answers.a }}?", kind: text}
  - {id: c, ask: "And {{ answers.b }}?", choices: [{id: x, label: "{{ fields.c }}", say: "{{ fields.c }}"}]}
  - {id: d, ask: And then?, kind: text}
summary: Is this right?
ending:
  - say: {text: "{{ answers.a }} {{ answers.b }}", as: quick_replies, buttons: [{label: Fine, id: fine, say: Good.}]}
  - say: {text: "{{ answers.a }} {{ answers.b }}", buttons: [{label: "{{ fields.c }}", id: ok, say: Good.}]}
  - show: {say: "{{ fields.c }}"}
"""
RULES = """\
rules:
  - {id: story, match: {exact: story}, then: {start: story}}
fallback: {first: Pardon?, second: {hand_over: true}}
"""
CARDS = 'cards:\n  - {id: one, title: "{{ fields.c }}", price: "{{ fields.c }}", text: "{{ fields.c }}"}\n'
MORE = {
    "auto_replies.yaml": RULES,
    "cards.yaml": CARDS,
    "questionnaires/story.yaml": STORY,
    "segments.yaml": "fields: [c]\n",
}


@pytest.fixture
def teller(shop: Shop, tmp_path: Path) -> Customer:
    shop.publishes(write(tmp_path / "stories", {**FILES, **MORE}))
    customer = Customer(shop, "Ann", language="en")
    customer.follows()
    return customer


@pytest.mark.parametrize("words", ["好" * 5000, '"' * 4999 + "a", "👨‍👩‍👧" * 624 + "ok", "short"])
def test_answers_of_any_length_are_quoted_as_far_as_line_takes_them(
    shop: Shop, teller: Customer, words: str
) -> None:
    assert teller.says("story") == ["What happened?"], "nothing of what is said before is for her"
    (again,) = teller.says(words)
    assert again.startswith(f"After {words[:500]}")
    teller.says(words)
    assert teller.buttons[0] == "–", "of the label nothing is left"
    assert teller.taps("–") == ["And then?"]
    (summary,) = teller.says(words)
    assert summary.startswith(f"Is this right?\nWhat happened?\n{words[:100]}")
    assert (f"{words}\n" in summary) is (words == "short")
    first, second, cards = teller.taps("That's right")
    assert first.startswith(words[:500])
    assert second.startswith(words[:500])
    assert cards == "–"
    assert "–" in teller.buttons
    assert teller.runs == [("story", "confirmed")]
    assert not shop.rows(WebhookEvent, WebhookEvent.status == EventStatus.PARKED)
