"""Who is left out of a campaign though the segment has them, and why: asked when planning, freezing and sending."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from campaigns.models import Delivery, Skip
from contacts.models import Contact, Following
from content.model import CampaignRules
from segmentation import consent
from segmentation.days import At


@dataclass(frozen=True)
class Exclusions:
    """The questions whose answer leaves somebody out; the first that fits is the reason."""

    in_ticket: sa.ColumnElement[bool]
    """Whether a contact talks with a person of ours; said by whoever knows tickets."""

    def reason(
        self, purpose: str | None, rules: CampaignRules, *, now: datetime, zone: ZoneInfo
    ) -> sa.ColumnElement[Any]:
        """Return a column on Contact: the value of a `Skip`, or NULL for whoever gets the message."""
        cases: list[tuple[sa.ColumnElement[bool], Skip]] = [
            (
                sa.or_(Contact.following != Following.FOLLOWING, Contact.erased_at.is_not(None)),
                Skip.BLOCKED,
            )
        ]
        if purpose is not None:
            cases.append((sa.not_(consent.condition(purpose, At(now, zone))), Skip.NO_CONSENT))
        cases.append((self.in_ticket, Skip.IN_TICKET))
        if rules.cap is not None:
            had = (
                sa.select(sa.func.count())
                .select_from(Delivery)
                .where(Delivery.contact_id == Contact.id, Delivery.released_at > now - rules.cap.within)
                .correlate(Contact)
                .scalar_subquery()
            )
            cases.append((had >= rules.cap.times, Skip.CAPPED))
        return sa.case(*((condition, sa.literal(skip.value)) for condition, skip in cases), else_=None)
