"""`campaign`: what staff do in the console, from the command line."""

import json
from datetime import UTC, datetime

import pytest

from contacts import service as contacts
from core.db import Database
from line.channels import ensure_channel
from playbook.apply import apply
from playbook.check import check
from segmentation.tags import TagBook
from tests.bot.conftest import Run
from tests.shop import EXAMPLES

SEEN = datetime(2027, 3, 1, 6, tzinfo=UTC)
MINA = f"U{1:032x}"


@pytest.fixture
def campaign(database: Database, command: Run) -> str:
    """The tea shop's draft, and one friend it is meant for; its id."""
    playbook = check(EXAMPLES / "tea_shop").playbook
    assert playbook is not None
    with database.write() as session:
        channel = ensure_channel(session, now=SEEN)
        apply(session, channel, playbook, now=SEEN, by="test")
        mina = contacts.meet(session, channel.id, MINA, shard=1, sent_at=SEEN, now=SEEN)
        contacts.follow(mina, at=SEEN)
        TagBook(session, mina, event_key=None, now=SEEN).set("taste:brown_sugar", source="staff:test")
    (only,) = json.loads(command("campaign", "list", "--json").stdout)
    assert (only["name"], only["state"], only["segment"]) == ("新品搶先喝", "draft", "brown_sugar")
    return str(only["id"])


def test_a_campaign_is_looked_at_sent_paused_and_cancelled(command: Run, campaign: str) -> None:
    told = json.loads(command("campaign", "preview", campaign, "--json").stdout)
    assert (told["recipients"], told["in_segment"], told["is_personal"]) == (1, 1, True)
    assert told["held"] == (told["waits_until"] is not None), "quiet hours hold everybody back, or nobody"
    would = json.loads(command("campaign", "why", campaign, MINA, "--json").stdout)
    assert (would["verdict"], would["held_until"]) == ("would_get", told["waits_until"])
    assert "scheduled" in command("campaign", "schedule", campaign, "--at", "weekly fri 11:00").stdout
    assert "paused" in command("campaign", "pause", campaign).stdout
    assert "scheduled" in command("campaign", "resume", campaign).stdout
    assert "cancelled" in command("campaign", "cancel", campaign).stdout
    again = command("campaign", "schedule", campaign, "--now")
    assert again.exit_code == 1
    assert "cannot become scheduled" in again.stderr
    assert "state: cancelled" in command("campaign", "show", campaign).stdout


def test_what_cannot_be_done_is_told_in_words(command: Run, campaign: str) -> None:
    assert "either --now or --at" in command("campaign", "schedule", campaign).stderr
    assert "write `draft`" in command("campaign", "schedule", campaign, "--at", "friday").stderr
    assert (
        "must be in the future"
        in command("campaign", "schedule", campaign, "--at", "2001-01-01T10:00").stderr
    )
    assert "there is no campaign x" in command("campaign", "show", "x").stderr
