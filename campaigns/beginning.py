"""Beginning what is due: each campaign once, in time or not by itself."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns.models import Campaign, CampaignState
from campaigns.service import NAME_LIMIT_CHARS, aim
from campaigns.states import move_to
from campaigns.times import quiet_until
from content.model import CampaignRules
from core.ids import new_public_id
from core.inserts import insert_or_skip


def some_due(session: Session, *, now: datetime) -> bool:
    """Say whether `due` may find something, without taking a lock."""
    return session.connection().scalar(_some_due, {"now": now}) is not None


def due(
    session: Session, channel_id: int, rules: CampaignRules, *, zone: ZoneInfo, now: datetime
) -> Sequence[int]:
    """Return the ids of what should begin now, the oldest first: nothing while hours are quiet."""
    if quiet_until(rules.quiet_hours, now, zone) is not None:
        return ()
    return session.scalars(
        sa.select(Campaign.id)
        .where(
            Campaign.channel_id == channel_id,
            Campaign.state == CampaignState.SCHEDULED,
            Campaign.send_at <= now,
        )
        .order_by(Campaign.send_at)
        .limit(20)
    ).all()


def begin(
    session: Session, campaign_id: int, rules: CampaignRules, *, zone: ZoneInfo, now: datetime
) -> str | None:
    """Let one campaign that is due begin freezing, or be overdue; return the public id of what began.

    Quiet hours put a beginning off until they end, and only what comes after that is lateness.
    Two that do this at once do not meet: what one has in hand the other skips.
    """
    campaign = session.scalars(
        sa.select(Campaign)
        .where(Campaign.id == campaign_id, Campaign.state == CampaignState.SCHEDULED, Campaign.send_at <= now)
        .with_for_update(skip_locked=True, of=Campaign)
        .execution_options(populate_existing=True)
    ).one_or_none()
    return None if campaign is None else _begin(session, campaign, rules, zone, now)


def _begin(
    session: Session, campaign: Campaign, rules: CampaignRules, zone: ZoneInfo, now: datetime
) -> str | None:
    send_at = campaign.send_at or now
    could_begin = quiet_until(rules.quiet_hours, send_at, zone) or send_at
    is_late = now - could_begin > timedelta(seconds=campaign.late_by_s)
    state = CampaignState.OVERDUE if is_late else CampaignState.FREEZING
    if campaign.repeat is None:
        move_to(campaign, state)
        return campaign.public_id
    occurrence = _occur(session, campaign, state, now)
    campaign.held_until = None
    aim(campaign, zone=zone, now=now)
    return occurrence


def _occur(session: Session, plan: Campaign, state: CampaignState, now: datetime) -> str | None:
    """Write this time's campaign of a weekly one; None if it is there, for clocks have been put back before."""
    day = (plan.send_local or "").partition("T")[0]
    values = {
        "public_id": new_public_id(),
        "channel_id": plan.channel_id,
        "plan_id": plan.id,
        "name": f"{plan.name[: NAME_LIMIT_CHARS - 13]} ({day})",
        "segment_id": plan.segment_id,
        "content": plan.content,
        "consent": plan.consent,
        "state": state,
        "send_at": plan.send_at,
        "send_local": plan.send_local,
        "late_by_s": plan.late_by_s,
        "held_until": plan.held_until,
        "lease_no": 0,
        "recipients": 0,
        "requests": 0,
        "refused": 0,
        "created_at": now,
        "created_by": plan.created_by,
        "version": 1,
        "is_demo": plan.is_demo,
    }
    made: str | None = session.scalar(
        insert_or_skip(session, Campaign).values(**values).returning(Campaign.public_id)
    )
    return made


_some_due = (
    sa.select(Campaign.id)
    .where(Campaign.state == CampaignState.SCHEDULED, Campaign.send_at <= sa.bindparam("now"))
    .limit(1)
)
