"""What a process that has just started shows: every series that it may ever count, at nothing."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.metrics import TURN_OUTCOMES

ROOT = Path(__file__).parents[2]
SHOWS = "import bot.metrics, bot.webhook, prometheus_client as p; print(p.generate_latest().decode())"


@pytest.fixture(scope="module")
def shown() -> str:
    return subprocess.run(
        [sys.executable, "-c", SHOWS], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60
    ).stdout


@pytest.mark.parametrize(
    "series",
    [
        'tagline_late_replies_total{became="push"} 0.0',
        'tagline_late_replies_total{became="nothing"} 0.0',
        'tagline_turns_total{outcome="handled"} 0.0',
        'tagline_turns_total{outcome="failed"} 0.0',
        'tagline_sends_total{kind="reply",outcome="sent"} 0.0',
        'tagline_sends_total{kind="reply",outcome="too_late"} 0.0',
        'tagline_sends_total{kind="multicast",outcome="no_quota"} 0.0',
        'tagline_webhooks_total{status="503"} 0.0',
    ],
)
def test_a_series_is_there_before_its_first_event(shown: str, series: str) -> None:
    assert series in shown.splitlines()


def test_every_outcome_of_a_turn_is_known() -> None:
    code = "".join((ROOT / "bot" / name).read_text() for name in ("dispatch.py", "worker.py"))
    named = set(re.findall(r'(?:outcome(?:: str)? ?= ?|TURNS\.labels\()"(\w+)"', code))
    assert named == set(TURN_OUTCOMES)
