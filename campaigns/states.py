"""The states of a campaign, and which may follow which."""

from campaigns.models import Campaign, CampaignState
from core.errors import IllegalTransition

_S = CampaignState

STARTED = frozenset({_S.FREEZING, _S.RUNNING})
"""A worker has it in hand."""
EDITABLE = frozenset({_S.DRAFT, _S.SCHEDULED, _S.OVERDUE})
OVER = frozenset({_S.FINISHED, _S.CANCELLED})

TRANSITIONS = frozenset(
    {
        (_S.DRAFT, _S.SCHEDULED),
        (_S.SCHEDULED, _S.DRAFT),
        (_S.SCHEDULED, _S.FREEZING),
        (_S.SCHEDULED, _S.OVERDUE),
        (_S.SCHEDULED, _S.PAUSED),  # a weekly one
        (_S.OVERDUE, _S.SCHEDULED),
        (_S.FREEZING, _S.RUNNING),
        (_S.FREEZING, _S.PAUSED),
        (_S.RUNNING, _S.PAUSED),
        (_S.RUNNING, _S.FINISHED),
        (_S.PAUSED, _S.FREEZING),
        (_S.PAUSED, _S.RUNNING),
        (_S.PAUSED, _S.SCHEDULED),  # a weekly one
        *((state, _S.CANCELLED) for state in _S if state not in OVER),
    }
)


def move_to(campaign: Campaign, state: CampaignState) -> None:
    """Let a campaign enter a state.

    :raises IllegalTransition: it cannot follow the present one.
    """
    if (campaign.state, state) not in TRANSITIONS:
        raise IllegalTransition("campaign", campaign.state, state)
    campaign.state = state
