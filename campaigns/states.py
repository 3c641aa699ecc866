"""The states of a campaign, and which may follow which."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns.models import Campaign, CampaignState, PausedBecause
from core.db import changed
from core.errors import IllegalTransition

_S = CampaignState

REASON_LIMIT_CHARS = 200

STARTED = frozenset({_S.FREEZING, _S.RUNNING})
"""A worker has it in hand."""
EDITABLE = frozenset({_S.DRAFT, _S.SCHEDULED, _S.OVERDUE})
REPLANNED = EDITABLE | {_S.PAUSED, _S.CANCELLED}
"""What a playbook may plan anew, as long as nobody has got it."""
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
    _check(campaign.state, state)
    campaign.state = state


def begin_anew(campaign: Campaign, state: CampaignState) -> None:
    """Let a campaign that nobody has got be planned as a playbook says, whatever became of its plan before.

    :raises IllegalTransition: it is being sent, or was; or that is no state of a plan.
    """
    is_idle = campaign.state in REPLANNED and (campaign.started_at is None or campaign.repeat is not None)
    if not is_idle or state not in {_S.DRAFT, _S.SCHEDULED}:
        raise IllegalTransition("campaign", campaign.state, state)
    campaign.state = state
    campaign.finished_at = campaign.paused_because = campaign.held_until = None


def be_drafts(session: Session, which: sa.ColumnElement[bool], **values: Any) -> None:
    """Let campaigns be drafts whatever was planned or became of them, with whatever else that changes.

    For what was planned for a LINE that was simulated: nobody real got any of it.
    """
    session.execute(
        sa.update(Campaign)
        .where(which)
        .values(
            state=_S.DRAFT,
            send_at=None,
            send_local=None,
            held_until=None,
            paused_because=None,
            version=Campaign.version + 1,
            **values,
        )
    )


def move(
    session: Session,
    campaign_id: int,
    state: CampaignState,
    *,
    since: Collection[CampaignState],
    **values: Any,
) -> bool:
    """Let a campaign enter a state by one statement, with whatever else that changes.

    Returns whether it was in one of `since`. Its lease ends: whoever holds it knows only the state before.

    :raises IllegalTransition: the state cannot follow one of `since`.
    """
    for before in since:
        _check(before, state)
    moved = session.execute(
        sa.update(Campaign)
        .where(Campaign.id == campaign_id, Campaign.state.in_(list(since)))
        .values(state=state, lease_owner=None, lease_until=None, **values)
        .execution_options(synchronize_session=False)
    )
    return changed(moved) == 1


def stop(session: Session, campaign_id: int, because: PausedBecause, *, detail: str = "") -> bool:
    """Pause a campaign that cannot go on without a person; False: it stood still already."""
    return move(
        session,
        campaign_id,
        _S.PAUSED,
        since={_S.SCHEDULED, *STARTED},
        paused_because=told(because, detail),
    )


def told(because: PausedBecause, detail: str = "") -> str:
    """Return a reason as its column holds it."""
    return f"{because.value}:{detail}"[:REASON_LIMIT_CHARS] if detail else because.value


def paused_because(campaign: Campaign) -> tuple[PausedBecause, str] | None:
    """Return why a campaign stands still, with the detail; None: it does not."""
    kind, _, detail = (campaign.paused_because or "").partition(":")
    return (PausedBecause(kind), detail) if kind else None


def _check(before: CampaignState, after: CampaignState) -> None:
    if (before, after) not in TRANSITIONS:
        raise IllegalTransition("campaign", before, after)
