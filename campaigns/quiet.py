"""Quiet hours hold campaigns back, and leave nobody out; what they held back is noted, so that it can be told."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns.models import Campaign, CampaignState
from core.db import changed


class Ready(NamedTuple):
    """A campaign that would go on now if nothing held it back."""

    id: int
    channel_id: int
    held_until: datetime | None
    """As was noted before."""
    is_running: bool


def ready(session: Session, *, now: datetime) -> Sequence[Ready]:
    """Return what is due or is being sent, by one statement and without a lock."""
    rows = session.connection().execute(_ready, {"now": now})
    return [Ready(row[0], row[1], row[2], row[3] is CampaignState.RUNNING) for row in rows]


def released_early(campaign: Ready, now: datetime) -> datetime | None:
    """Return now where nothing holds a campaign back any more before the hours that did were over: they changed."""
    return now if campaign.held_until is not None and campaign.held_until > now else None


def note_held(session: Session, campaign: Ready, until: datetime) -> bool:
    """Note that quiet hours hold a campaign back, if it still would go on; say whether it did."""
    noted = session.execute(
        sa.update(Campaign)
        .where(
            Campaign.id == campaign.id,
            Campaign.state == (CampaignState.RUNNING if campaign.is_running else CampaignState.SCHEDULED),
        )
        .values(held_until=until)
        .execution_options(synchronize_session=False)
    )
    return changed(noted) == 1


_ready = sa.select(Campaign.id, Campaign.channel_id, Campaign.held_until, Campaign.state).where(
    sa.or_(
        Campaign.state == CampaignState.RUNNING,
        sa.and_(Campaign.state == CampaignState.SCHEDULED, Campaign.send_at <= sa.bindparam("now")),
    )
)
