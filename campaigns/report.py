"""What became of a campaign, in numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns.models import Campaign, CampaignState, Delivery, Push, Skip
from campaigns.states import OVER
from contacts.timeline import EntryKind, TimelineEntry
from line.outbox import OPEN, Outgoing, SendStatus

BLOCKED_WITHIN = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Report:
    audience: int
    """Everybody in the segment when it was frozen."""
    sent: int
    """People whose request LINE accepted."""
    on_the_way: int
    """Released, and not answered yet."""
    unknown: int
    """LINE never said whether it accepted them; they are not written to again."""
    waiting: int
    """Not released yet."""
    skipped: Mapping[Skip, int]
    """By reason; those whom LINE refused are among them."""
    blocked: int
    """Blocked us within 72 hours of getting it."""
    tapped: int
    """Tapped a button of it."""
    requests: Mapping[SendStatus, int]


def report(session: Session, campaign: Campaign) -> Report:
    """Count what became of a campaign, by five queries; tests to a staff phone are not among it."""
    of_it = Delivery.campaign_id == campaign.id
    skipped = {
        Skip(skip): count
        for skip, count in session.execute(
            sa.select(Delivery.skipped, sa.func.count())
            .where(of_it, Delivery.skipped.is_not(None))
            .group_by(Delivery.skipped)
        )
        if skip is not None
    }
    waiting = session.scalars(
        sa.select(sa.func.count()).where(of_it, Delivery.released_at.is_(None), Delivery.skipped.is_(None))
    ).one()
    if campaign.state is CampaignState.CANCELLED and waiting:
        skipped[Skip.CANCELLED] = skipped.get(Skip.CANCELLED, 0) + waiting
        waiting = 0
    people: dict[SendStatus, int] = {}
    requests: dict[SendStatus, int] = {}
    for status, count, size in session.execute(
        sa.select(Outgoing.status, sa.func.count(), sa.func.sum(Push.size))
        .join(Outgoing, Outgoing.id == Push.outbox_id)
        .where(Push.campaign_id == campaign.id)
        .group_by(Outgoing.status)
    ):
        requests[status], people[status] = count, int(size or 0)
    return Report(
        audience=campaign.recipients,
        sent=people.get(SendStatus.SENT, 0),
        on_the_way=sum(people.get(status, 0) for status in OPEN),
        unknown=people.get(SendStatus.UNKNOWN, 0),
        waiting=0 if campaign.state in OVER else waiting,
        skipped=skipped,
        blocked=_blocked(session, campaign),
        tapped=session.scalars(
            sa.select(sa.func.count()).where(of_it, Delivery.tapped_at.is_not(None))
        ).one(),
        requests=requests,
    )


def _blocked(session: Session, campaign: Campaign) -> int:
    """Count who blocked us soon after; looked for from the few who did, not from all who got it."""
    if campaign.started_at is None:
        return 0
    last = (campaign.finished_at or campaign.started_at + timedelta(days=30)) + BLOCKED_WITHIN
    soon_after = (
        sa.select(TimelineEntry.contact_id, TimelineEntry.at)
        .where(
            TimelineEntry.channel_id == campaign.channel_id,
            TimelineEntry.kind == EntryKind.UNFOLLOWED,
            TimelineEntry.at >= campaign.started_at,
            TimelineEntry.at <= last,
        )
        .subquery()
    )
    gaps = session.execute(
        sa.select(Delivery.contact_id, Delivery.released_at, soon_after.c.at)
        .join(soon_after, soon_after.c.contact_id == Delivery.contact_id)
        .where(Delivery.campaign_id == campaign.id, Delivery.released_at.is_not(None))
    )
    return len({id_ for id_, got_at, left_at in gaps if got_at <= left_at <= got_at + BLOCKED_WITHIN})
