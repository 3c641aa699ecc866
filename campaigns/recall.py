"""Taking back what was released and waits: a campaign that was stopped sends nothing later, whatever it waited for.

Requests wait for minutes or a day while LINE fails, refuses our token, or the night is quiet. Their
people are free again then: who resumes the campaign releases them anew, under other retry keys, for
these requests have certainly reached nobody.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns.models import Campaign, CampaignState, Delivery, Push
from line import bulk
from line.outbox import Outgoing

REASON = "taken back: its campaign was stopped"
STOPPED = (CampaignState.PAUSED, CampaignState.CANCELLED)


def take_back(session: Session, channel_id: int, campaign_id: int, *, now: datetime) -> int:
    """Take back what waits of a campaign whose row the caller has locked; return how many requests it was."""
    waiting = bulk.waiting(session, channel_id)
    mine = sa.select(Push.outbox_id).where(Push.outbox_id.in_(waiting), Push.campaign_id == campaign_id)
    return _take_back(session, session.scalars(mine).all(), now=now)


def take_back_stopped(session: Session, outbox_ids: Sequence[int], *, now: datetime) -> int:
    """Take back those of these requests whose campaign was stopped while somebody tried to send them."""
    if not outbox_ids:
        return 0
    # Whoever stops one this very moment has not seen these requests wait; so we wait for them.
    of, states = hold_campaigns(session, outbox_ids)
    stopped = {id_ for id_, state in states.items() if state in STOPPED}
    return _take_back(session, [id_ for id_, campaign_id in of.items() if campaign_id in stopped], now=now)


def hold_campaigns(
    session: Session, outbox_ids: Sequence[int]
) -> tuple[Mapping[int, int], Mapping[int, CampaignState]]:
    """Lock the campaigns of some requests until the transaction ends, always in the order of their ids.

    Returns request to campaign, and campaign to state.
    """
    pushes = session.execute(
        sa.select(Push.outbox_id, Push.campaign_id).where(Push.outbox_id.in_(outbox_ids))
    )
    of: dict[int, int] = {row.outbox_id: row.campaign_id for row in pushes}
    rows = session.execute(
        sa.select(Campaign.id, Campaign.state)
        .where(Campaign.id.in_(set(of.values())))
        .order_by(Campaign.id)
        .with_for_update(key_share=True)
    )
    return of, {row.id: row.state for row in rows}


def give_back(session: Session, push_ids: Sequence[int]) -> None:
    """Let everybody of requests that certainly reached nobody be released again."""
    let_go(session, push_ids)
    session.execute(
        sa.update(Delivery)
        .where(Delivery.push_id.in_(push_ids))
        .values(push_id=None, released_at=None)
        .execution_options(synchronize_session=False)
    )


def let_go(session: Session, push_ids: Sequence[int]) -> None:
    """Empty requests whose people go elsewhere: an erasure finds bodies by who is in them."""
    session.execute(
        sa.update(Push)
        .where(Push.id.in_(push_ids))
        .values(size=0)
        .execution_options(synchronize_session="fetch")
    )
    session.execute(
        sa.update(Outgoing)
        .where(Outgoing.id.in_(sa.select(Push.outbox_id).where(Push.id.in_(push_ids))))
        .values(body=None)
        .execution_options(synchronize_session=False)
    )


def _take_back(session: Session, outbox_ids: Sequence[int], *, now: datetime) -> int:
    taken = bulk.withdraw(session, outbox_ids, reason=REASON, now=now)
    give_back(session, session.scalars(sa.select(Push.id).where(Push.outbox_id.in_(taken))).all())
    return len(taken)
