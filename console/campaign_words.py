"""What campaigns are and do, in words."""

from collections.abc import Mapping
from typing import assert_never

from campaigns import states
from campaigns.models import Campaign, CampaignState, PausedBecause, Skip
from console.words import _, _l

STATES: Mapping[CampaignState, str] = {
    CampaignState.DRAFT: _l("Draft"),
    CampaignState.SCHEDULED: _l("Scheduled"),
    CampaignState.OVERDUE: _l("Overdue"),
    CampaignState.FREEZING: _l("Being prepared"),
    CampaignState.RUNNING: _l("Being sent"),
    CampaignState.PAUSED: _l("Paused"),
    CampaignState.FINISHED: _l("Finished"),
    CampaignState.CANCELLED: _l("Cancelled"),
}

COLOURS: Mapping[CampaignState, str] = {
    CampaignState.DRAFT: "secondary",
    CampaignState.SCHEDULED: "blue",
    CampaignState.OVERDUE: "red",
    CampaignState.FREEZING: "azure",
    CampaignState.RUNNING: "green",
    CampaignState.PAUSED: "yellow",
    CampaignState.FINISHED: "secondary",
    CampaignState.CANCELLED: "secondary",
}

SKIPS: Mapping[Skip, str] = {
    Skip.BLOCKED: _l("Blocked the account, or never added it"),
    Skip.NO_CONSENT: _l("Has not agreed to this purpose"),
    Skip.IN_TICKET: _l("Talks with a person of ours"),
    Skip.CAPPED: _l("Skipped, because capped: had as many campaign messages lately as the account allows"),
    Skip.LEFT: _l("Left after the campaign began"),
    Skip.REFUSED: _l("LINE would not take it for this person"),
    Skip.FAULTY: _l("The message could not be written for them"),
    Skip.CANCELLED: _l("The campaign was cancelled first"),
}


_LEFT_BECAUSE: Mapping[str, str] = {
    Skip.BLOCKED.value: _l("blocked the account"),
    Skip.NO_CONSENT.value: _l("took back their consent"),
    "erased": _l("asked for their data to be erased"),
}


def left_because(reason: str | None) -> str:
    """Return in words why somebody got nothing who was in the audience when it was frozen."""
    return str(_LEFT_BECAUSE.get(reason or "", reason or ""))


def paused_because(campaign: Campaign) -> str:
    """Return why a campaign stands still, and what to do about it; empty while it does not."""
    found = states.paused_because(campaign)
    if found is None:
        return ""
    because, detail = found
    match because:
        case PausedBecause.STAFF:
            return _("%(name)s paused it.", name=detail)
        case PausedBecause.QUOTA:
            return _("This month's messages are used up. Resume it when there is quota again.")
        case PausedBecause.REFUSALS:
            return _("LINE refused many of its messages. Look at the message before you resume.")
        case PausedBecause.MESSAGE:
            return _(
                "Its message can no longer be written, for what it shows has changed. Copy and correct it."
            )
        case PausedBecause.LATE:
            return _("It could not be sent for a whole day. Resume it if it should still go out.")
        case PausedBecause.FAULT:
            return _(
                "A fault in Tagline stopped it, and only it. Show an administrator this: %(fault)s",
                fault=detail,
            )
        case _:
            assert_never(because)
