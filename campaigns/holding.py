"""Who works on a campaign: one worker at a time, by a lease whose number every write is fenced with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns.models import Campaign, CampaignState
from core.leases import Owner

LEASE = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Held:
    """A campaign that this worker works on, detached from any session."""

    id: int
    channel_id: int
    state: CampaignState
    owner: Owner
    lease_no: int


class Fenced(Exception):  # noqa: N818 - the name says where we stand
    """The campaign is somebody else's by now, or paused or cancelled; nothing was written."""


def under_way(session: Session) -> Sequence[int]:
    """Return the ids of campaigns that a worker should have in hand, the oldest first."""
    return session.connection().scalars(_under_way).all()


def hold(session: Session, campaign_id: int, owner: Owner, *, now: datetime) -> Held | None:
    """Take or renew the lease; None while another worker's has not run out, or nothing is to be done."""
    mine = Campaign.lease_owner == owner
    free = sa.or_(
        Campaign.lease_until.is_(None),
        Campaign.lease_until <= now,
        # No lease lasts that long: the clock of whoever wrote it has been put right since.
        Campaign.lease_until > now + 2 * LEASE,
    )
    row = session.execute(
        sa.update(Campaign)
        .where(Campaign.id == campaign_id, Campaign.state.in_(STARTED), sa.or_(mine, free))
        .values(
            lease_owner=owner,
            lease_until=now + LEASE,
            lease_no=sa.case((mine, Campaign.lease_no), else_=Campaign.lease_no + 1),
        )
        .returning(Campaign.id, Campaign.channel_id, Campaign.state, Campaign.lease_no)
        .execution_options(synchronize_session=False)
    ).first()
    return None if row is None else Held(row.id, row.channel_id, row.state, owner, row.lease_no)


def fence(session: Session, held: Held, *, requests: int = 0, now: datetime) -> int:
    """Lock the campaign for this transaction and renew the lease.

    Returns how many requests it has had before the `requests` that are added now.
    :raises Fenced: it is no longer ours, or its state has changed.
    """
    had = session.scalar(
        sa.update(Campaign)
        .where(
            Campaign.id == held.id,
            Campaign.lease_owner == held.owner,
            Campaign.lease_no == held.lease_no,
            Campaign.state == held.state,
        )
        .values(lease_until=now + LEASE, requests=Campaign.requests + requests)
        .returning(Campaign.requests)
        .execution_options(synchronize_session=False)
    )
    if had is None:
        raise Fenced
    return int(had) - requests


STARTED = [CampaignState.FREEZING, CampaignState.RUNNING]
_under_way = (
    sa.select(Campaign.id)
    .where(Campaign.state.in_(STARTED))
    .order_by(Campaign.send_at, Campaign.id)
    .limit(50)
)
