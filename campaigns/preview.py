"""What sending a campaign would mean: whom it reaches, whom not and why, what it takes of the quota, what it costs."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns import messages
from campaigns.exclusions import Exclusions
from campaigns.models import Campaign, Skip
from campaigns.script import MULTICAST_LIMIT
from campaigns.times import quiet_until
from contacts.models import Contact
from content.revisions import Published
from line.channels import Channel
from segmentation import audience
from segmentation.segments import Segments
from segmentation.whom import one_of


@dataclass(frozen=True, slots=True)
class QuotaLeft:
    """The month's messages, as LINE told a worker last: replies are free, every recipient counts one."""

    limit: int | None
    """None: no limit."""
    used: int
    asked_at: datetime

    @property
    def left(self) -> int | None:
        return None if self.limit is None else max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True)
class Preview:
    recipients: int
    left_out: Mapping[Skip, int]
    """Of those in the segment, by the first reason that fits."""
    is_personal: bool
    """Everybody gets their own words, by a request each."""
    requests: int
    quiet_hours: str | None
    """As the playbook writes them, `21:00-09:00`; None: there are none."""
    waits_until: datetime | None
    """It is quiet at its time: when the first message goes out instead."""
    quota: QuotaLeft | None
    """None: LINE has not been asked yet."""
    cost: float | None
    """None: the playbook says no price."""
    currency: str | None

    @property
    def in_segment(self) -> int:
        return self.recipients + sum(self.left_out.values())

    @property
    def held(self) -> int:
        """Return how many get it later than they would, for it is quiet at its time: everybody or nobody."""
        return self.recipients if self.waits_until is not None else 0

    @property
    def fits_quota(self) -> bool:
        """Say whether the quota is enough; True also while it is not known."""
        left = None if self.quota is None else self.quota.left
        return left is None or self.recipients <= left


def preview(
    session: Session,
    segments: Segments,
    exclusions: Exclusions,
    campaign: Campaign,
    *,
    published: Published,
    base_url: str,
    now: datetime,
) -> Preview:
    """Work out what sending the campaign at this moment would mean."""
    rules, zone = published.content.campaign_rules, published.zone
    ids = audience.ids_of(session, segments, campaign.segment, now=now, zone=zone)
    reason = exclusions.reason(campaign.consent, rules, now=now, zone=zone).label("reason")
    people = sa.select(reason, Contact.language.label("language")).where(one_of(ids)).subquery()
    rows = session.execute(
        sa.select(people.c.reason, people.c.language, sa.func.count()).group_by(
            people.c.reason, people.c.language
        )
    ).all()
    left_out: Counter[Skip] = Counter()
    readers: Counter[str] = Counter()
    for why, language, count in rows:
        if why is None:
            readers[messages.language_for(published, language)] += count
        else:
            left_out[Skip(why)] += count
    recipients = readers.total()
    message = messages.message_of(campaign)
    is_personal = bool(messages.personal_names(message, published, base_url=base_url, now=now))
    cost = rules.cost
    return Preview(
        recipients=recipients,
        left_out=dict(left_out),
        is_personal=is_personal,
        requests=recipients if is_personal else sum(-(-n // MULTICAST_LIMIT) for n in readers.values()),
        quiet_hours=rules.quiet_hours,
        waits_until=quiet_until(rules.quiet_hours, max(now, campaign.send_at or now), zone),
        quota=quota_left(session, campaign.channel_id),
        cost=None if cost is None else round(cost.per_message * recipients, 2),
        currency=None if cost is None else cost.currency,
    )


def quota_left(session: Session, channel_id: int) -> QuotaLeft | None:
    """Return what a worker has noted of the quota; it asks LINE once a minute while a campaign is not over."""
    channel = session.get_one(Channel, channel_id)
    if channel.quota_used is None or channel.quota_asked_at is None:
        return None
    return QuotaLeft(channel.quota_limit, channel.quota_used, channel.quota_asked_at)
