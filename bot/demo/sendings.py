"""Two campaigns that the demo shop has sent: who got them, who was left out and why, and who tapped."""

from datetime import datetime, timedelta
from random import Random

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.demo import cast
from campaigns.models import Campaign, CampaignState, Delivery, Push, Skip
from contacts.models import Contact, Following
from core.ids import new_public_id
from line.outbox import Outgoing, SendKind, SendStatus
from segmentation.consent import tag_for
from segmentation.models import ContactTag, Tag

DAYS_AGO = (22, 8)
PURPOSE = "listings"


def send_earlier_campaigns(session: Session, plan: Campaign, *, revision_id: int, until: datetime) -> None:
    """Write the finished campaigns as if they had been sent: nobody's phone rings.

    :param plan: the campaign of the playbook whose words they said.
    """
    random = Random(cast.SEED)  # noqa: S311 - invented people, not secrets
    agreed = None if plan.consent is None else _agreed(session)
    for days_ago in DAYS_AGO:
        at = (until - timedelta(days=days_ago)).replace(hour=3, minute=0, second=0, microsecond=0)
        campaign = Campaign(
            public_id=new_public_id(),
            channel_id=plan.channel_id,
            name=f"{plan.name} {at:%m/%d}",
            segment=plan.segment,
            content=plan.content,
            consent=plan.consent,
            state=CampaignState.FINISHED,
            send_at=at,
            frozen_at=at,
            started_at=at,
            finished_at=at + timedelta(seconds=3),
            created_at=at - timedelta(days=1),
            created_by="marketer",
            revision_id=revision_id,
            is_demo=True,
        )
        session.add(campaign)
        session.flush()  # for the id that its deliveries carry
        _deliver(session, campaign, agreed, at, random)


def draft_again(plan: Campaign, *, now: datetime) -> Campaign:
    """Return a draft with the words of a campaign that somebody has sent since the shop was opened."""
    return Campaign(
        public_id=new_public_id(),
        channel_id=plan.channel_id,
        name=plan.name,
        segment=plan.segment,
        content=plan.content,
        consent=plan.consent,
        state=CampaignState.DRAFT,
        created_at=now,
        created_by="marketer",
        is_demo=True,
    )


def _agreed(session: Session) -> frozenset[int]:
    carried = sa.select(ContactTag.contact_id).join(Tag).where(Tag.name == tag_for(PURPOSE))
    return frozenset(session.scalars(carried))


def _deliver(
    session: Session, campaign: Campaign, agreed: frozenset[int] | None, at: datetime, random: Random
) -> None:
    people = session.execute(
        sa.select(Contact.id, Contact.following, Contact.following_since_at)
        .where(Contact.is_demo, Contact.first_seen_at < at)
        .order_by(Contact.id)
    ).all()
    deliveries = []
    for one in people:
        skipped = None if agreed is None or one.id in agreed else Skip.NO_CONSENT
        if one.following is Following.BLOCKED and one.following_since_at < at:
            skipped = Skip.BLOCKED
        tapped = skipped is None and random.random() < cast.CHANCES["taps a campaign"]
        deliveries.append(
            {
                "campaign_id": campaign.id,
                "contact_id": one.id,
                "skipped": skipped,
                "released_at": None if skipped else at,
                "tapped_at": at + timedelta(minutes=random.randrange(1, 900)) if tapped else None,
            }
        )
    reached = [row for row in deliveries if row["skipped"] is None]
    push = Push(campaign_id=campaign.id, number=1, size=len(reached), outgoing=_request(campaign, at))
    session.add(push)
    session.flush()  # for the id that the deliveries carry
    for row in deliveries:
        row["push_id"] = None if row["skipped"] else push.id
    session.execute(sa.insert(Delivery), deliveries)
    campaign.recipients = len(deliveries)


def _request(campaign: Campaign, at: datetime) -> Outgoing:
    """Return the multicast, long since sent and cut."""
    return Outgoing(
        channel_id=campaign.channel_id,
        shard=0,
        kind=SendKind.MULTICAST,
        status=SendStatus.SENT,
        created_at=at,
        due_at=at,
        deadline_at=at,
        settled_at=at,
        attempts=1,
    )
