"""docs/playbook.md: its example works, and it leaves nothing out."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from bot.rehearsal import rehearse
from content.model import (
    AutoReply,
    BusinessHours,
    Cap,
    Card,
    Cost,
    Fallback,
    Greeting,
    Match,
    MenuArea,
    PlannedCampaign,
    RichMenu,
    Score,
    ScoreCondition,
    Segment,
    SpecialDay,
    Tag,
    TagGroup,
    When,
)
from content.phrases import KEYWORDS
from content.routing import AskSatisfaction, FieldTest, QueueSpec, RoutingRule, RoutingWhen
from content.steps import VERBS, Button, Say, Show, Start
from handlers import turn
from playbook.check import check
from playbook.schema import CampaignsFile, PlaybookFile, RoutingFile
from playbook.templates import EVERYWHERE, IN_CARDS, IN_SHOWN
from playbook.transcript_model import EventTold, Line, OrderTold, Person, Transcript
from questionnaires.definition import Choice, Condition, Question, Questionnaire, Range, Reminder
from tests.playbook.folders import Files, write

TEXT = (Path(__file__).parents[2] / "docs" / "playbook.md").read_text()
IN_CODE = "\n".join(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL)))
EXAMPLES = re.findall(r"```yaml\n# (\S+)\n(.*?)```", TEXT, re.DOTALL)

MODELS: tuple[type[BaseModel], ...] = (
    AskSatisfaction, FieldTest, QueueSpec, RoutingFile, RoutingRule, RoutingWhen, AutoReply, BusinessHours, Button, CampaignsFile, Cap, Card, Choice, Condition, Cost, EventTold, Fallback, Greeting, Line, Match, MenuArea, OrderTold, Person,
    PlannedCampaign, PlaybookFile, Question, Questionnaire, Range, Reminder, RichMenu, Say, Score, ScoreCondition, Segment, Show, SpecialDay, Start, Tag, TagGroup,
    Transcript, When,
)  # fmt: skip
NOT_WRITTEN = {"key", "line_numbers", "tue", "wed", "thu", "fri", "sat"}
"""What the file's name says, what the loader fills in, and the days between `mon` and `sun`."""


def test_the_small_shop_is_a_playbook_whose_conversations_hold(tmp_path: Path) -> None:
    files: Files = dict(EXAMPLES)
    assert {"playbook.yaml", "auto_replies.yaml", "questionnaires/order.yaml"} <= set(files)
    checked = check(write(tmp_path, files))
    assert checked.playbook is not None, checked.faults
    assert {one.key for one in checked.playbook.transcripts} == {"order", "small_soon"}
    assert rehearse(checked.playbook) == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_is_mentioned(model: type[BaseModel]) -> None:
    names = {info.alias or name for name, info in model.model_fields.items()} - NOT_WRITTEN
    missing = {name for name in names if not re.search(rf"\b{name}\b", IN_CODE)}
    assert missing == set()


def test_every_verb_keyword_and_placeholder_is_mentioned() -> None:
    words = {*VERBS, *KEYWORDS, *EVERYWHERE, *IN_CARDS, *IN_SHOWN}
    missing = {word for word in words if not re.search(rf"\b{re.escape(word)}\b", IN_CODE)}
    assert missing == set()


def test_what_texts_may_use_is_what_a_turn_gives_them() -> None:
    roots = {name.split(".")[0] for name in EVERYWHERE} | {"fields", "last", "answers", "scores"}
    assert roots == set(turn._MEANINGS)
