"""Rules in words name things as the playbook does, and what has but a name stands in quotes."""

from typing import Any

import orjson
import pytest

from bot.segmenting import SEGMENTS
from console.leaf_words import leaf_words
from console.rule_names import Labels
from segmentation.rules import Leaf
from staff.models import Role
from tests.console.people import Hands, a_console, browser_of
from tests.shop import EXAMPLES, Shop

BARE = Labels(tags={}, pick=lambda _text, fallback: fallback, title=lambda key: key, staff={})


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (
            {"name": "questionnaire_finished", "where": {"questionnaire": "viewing"}},
            "finished a questionnaire (questionnaire: “Book a viewing”)",
        ),
        (
            {"name": "tap", "where": {"card": ["shipai_two_bed", "gone"]}},
            "tapped a button (card: “Two-bed on a quiet lane, Shipai” or “gone”)",
        ),
        (
            {"name": "answer", "where": {"questionnaire": "viewing", "question": "phone"}},
            "answered a question (questionnaire: “Book a viewing” and question: “Phone”)",
        ),
        (
            {
                "name": "answer",
                "where": {"questionnaire": "find_home", "question": "area", "choice": ["taipei", "other"]},
            },
            "answered a question (questionnaire: “Find a home”, question: “City” and choice: “Taipei City” or “Somewhere else”)",
        ),
    ],
)
def test_values_are_called_what_the_playbook_calls_them(
    shop: Shop, event: dict[str, Any], sentence: str
) -> None:
    shop.publishes(EXAMPLES / "rental")
    mei = browser_of(shop.app, shop.database, Role.MARKETER, now=shop.now())
    rule = orjson.dumps({"event": event}).decode()
    told: Any = mei.post("/console/segments/try", {"rule": rule}).json
    assert told["sentence"] == sentence


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            "tapped a button / “bought” at least 3 times in the last 60 days (and since then not: “visit”)",
        ),
        ("zh-TW", "最近 60 天內點了按鈕 / 「bought」至少 3 次（之後沒有：「visit」）"),
        ("ja", "この 60日 にボタンをタップ / 「bought」 3 回以上（その後していない：「visit」）"),
    ],
)
def test_events_from_outside_stand_in_quotes(shop: Shop, language: str, words: str) -> None:
    event = {"name": ["tap", "bought"], "at_least": 3, "within": "60d", "without_since": "visit"}
    leaf = SEGMENTS.parse({"event": event})
    assert isinstance(leaf, Leaf)
    app = a_console(shop.database, Hands())
    with app.test_request_context("/console/", headers={"Accept-Language": language}):
        app.preprocess_request()
        assert leaf_words(leaf, BARE) == words
