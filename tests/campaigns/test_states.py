"""A campaign's state changes in one place, by one table."""

import ast
from pathlib import Path

import pytest

from campaigns.models import Campaign, CampaignState
from campaigns.states import begin_anew
from core.errors import IllegalTransition

ROOT = Path(__file__).parents[2]
PACKAGES = ("campaigns", "tickets", "playbook", "console", "api", "handlers", "analytics", "bot")


def test_no_code_elsewhere_gives_a_campaign_or_a_ticket_another_state() -> None:
    found = []
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if path.name == "states.py":
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Assign) and any(map(_is_state, node.targets)):
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
                if isinstance(node, ast.Call) and _updates_state(node):
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []


def _is_state(target: ast.expr) -> bool:
    return isinstance(target, ast.Attribute) and target.attr == "state"


def _updates_state(call: ast.Call) -> bool:
    is_values = isinstance(call.func, ast.Attribute) and call.func.attr == "values"
    return is_values and any(keyword.arg == "state" for keyword in call.keywords)


@pytest.mark.parametrize("state", list(CampaignState))
def test_a_playbook_plans_anew_only_what_nobody_gets_or_got(state: CampaignState) -> None:
    campaign = Campaign(state=state, started_at=None, repeat=None)
    if state in {CampaignState.FREEZING, CampaignState.RUNNING, CampaignState.FINISHED}:
        with pytest.raises(IllegalTransition):
            begin_anew(campaign, CampaignState.SCHEDULED)
        assert campaign.state is state
    else:
        begin_anew(campaign, CampaignState.SCHEDULED)
        assert campaign.state is CampaignState.SCHEDULED
    with pytest.raises(IllegalTransition):
        begin_anew(Campaign(state=CampaignState.DRAFT), CampaignState.RUNNING)
