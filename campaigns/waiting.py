"""Campaigns whose audience is still to be found out: whoever retires their segment has to know of them."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns.models import Campaign, CampaignState
from segmentation.models import Segment

_S = CampaignState
_WAITING = (_S.SCHEDULED, _S.OVERDUE, _S.FREEZING, _S.PAUSED)


def waiting_for(session: Session, channel_id: int, segments: Collection[str]) -> Sequence[Campaign]:
    """Return the planned and weekly campaigns of some segments, by their ids; a draft has nothing planned."""
    return session.scalars(
        sa.select(Campaign)
        .join(Segment)
        .where(
            Campaign.channel_id == channel_id,
            Segment.key.in_(segments),
            Campaign.state.in_(_WAITING),
            Campaign.frozen_at.is_(None),
        )
        .order_by(Campaign.id)
    ).all()
