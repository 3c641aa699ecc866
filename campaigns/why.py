"""Why somebody got a campaign, or did not, or would."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns.exclusions import Exclusions
from campaigns.models import Campaign, CampaignState, Delivery, Push, Skip
from campaigns.times import quiet_until
from contacts.models import Contact
from content.revisions import Published
from line.outbox import OPEN, Outgoing, SendStatus
from segmentation import people
from segmentation.reading import rule_of
from segmentation.segments import Segments
from segmentation.why import Reason


class Verdict(StrEnum):
    SENT = "sent"
    ON_THE_WAY = "on_the_way"
    """Released; LINE has not answered yet."""
    WAITING = "waiting"
    """In the audience, not released yet."""
    SKIPPED = "skipped"
    UNKNOWN = "unknown"
    """LINE never said whether it accepted it."""
    NOT_IN_AUDIENCE = "not_in_audience"
    """Not in the segment when it was frozen."""
    WOULD_GET = "would_get"
    """Not frozen yet: they would get it now."""
    WOULD_BE_LEFT_OUT = "would_be_left_out"
    NOT_IN_SEGMENT = "not_in_segment"


@dataclass(frozen=True, slots=True)
class Why:
    verdict: Verdict
    skip: Skip | None = None
    detail: str | None = None
    """What LINE or a placeholder said."""
    released_at: datetime | None = None
    settled_at: datetime | None = None
    line_request_id: str | None = None
    tapped_at: datetime | None = None
    held_until: datetime | None = None
    """Quiet hours made them wait until then, or will."""
    frozen_at: datetime | None = None
    """The moment for which the audience was worked out."""
    segment: Reason | None = None
    """The segment's rule about them now, verdict by verdict."""


def why(
    session: Session,
    segments: Segments,
    exclusions: Exclusions,
    campaign: Campaign,
    contact: Contact,
    *,
    published: Published,
    now: datetime,
) -> Why:
    """Explain one contact's share of a campaign."""
    zone = published.zone
    rule = rule_of(session, segments, campaign.segment)
    person = people.load(session, [contact.id], now=now, needs=segments.needs([rule]))[contact.id]
    about = segments.why(rule, person, now=now, zone=zone)
    delivery = session.scalars(
        sa.select(Delivery).where(Delivery.campaign_id == campaign.id, Delivery.contact_id == contact.id)
    ).one_or_none()
    quiet = published.content.campaign_rules.quiet_hours
    if campaign.started_at is not None and delivery is not None:
        is_going_on = campaign.state is CampaignState.RUNNING
        holds = quiet_until(quiet, now, zone) if is_going_on else None
        return _delivered(session, campaign, delivery, about, held_until=holds or campaign.held_until)
    if campaign.started_at is not None:
        return Why(Verdict.NOT_IN_AUDIENCE, frozen_at=campaign.frozen_at, segment=about)
    if not about.holds:
        return Why(Verdict.NOT_IN_SEGMENT, segment=about)
    reason = exclusions.reason(campaign.consent, published.content.campaign_rules, now=now, zone=zone)
    skip = session.scalar(sa.select(reason).select_from(Contact).where(Contact.id == contact.id))
    if skip is not None:
        return Why(Verdict.WOULD_BE_LEFT_OUT, skip=Skip(skip), segment=about)
    held_until = quiet_until(quiet, max(now, campaign.send_at or now), zone)
    return Why(Verdict.WOULD_GET, held_until=held_until, segment=about)


def _delivered(
    session: Session, campaign: Campaign, delivery: Delivery, about: Reason, *, held_until: datetime | None
) -> Why:
    row = session.execute(
        sa.select(Outgoing.status, Outgoing.settled_at, Outgoing.line_request_id)
        .join(Push, Push.outbox_id == Outgoing.id)
        .where(Push.id == delivery.push_id)
    ).one_or_none()
    skip, detail = delivery.skipped, delivery.reason
    if skip is not None:
        verdict = Verdict.SKIPPED
    elif row is None and campaign.state is CampaignState.CANCELLED:
        verdict, skip = Verdict.SKIPPED, Skip.CANCELLED
    elif row is None:
        verdict = Verdict.WAITING
    elif row.status in OPEN:
        verdict = Verdict.ON_THE_WAY
    else:
        verdict = Verdict.SENT if row.status is SendStatus.SENT else Verdict.UNKNOWN
    settled_at = None if row is None else row.settled_at
    # Nothing is sent while it is quiet: what was settled before was not held back, nor who was left out.
    was_held = held_until is not None and (settled_at is None or settled_at >= held_until)
    is_left_out = verdict is Verdict.SKIPPED and skip is not Skip.CANCELLED and settled_at is None
    return Why(
        verdict,
        skip=skip,
        detail=detail,
        released_at=delivery.released_at,
        settled_at=settled_at,
        line_request_id=None if row is None else row.line_request_id,
        tapped_at=delivery.tapped_at,
        held_until=held_until if was_held and not is_left_out else None,
        frozen_at=campaign.frozen_at,
        segment=about,
    )
