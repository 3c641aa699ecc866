"""Who is left out of a campaign though the segment has them, and why: asked when planning, freezing and sending."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from campaigns.models import Delivery, Skip
from contacts.models import Contact, Following
from content.model import CampaignRules, Cap
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
            cases.append((had_enough(rules.cap, now=now), Skip.CAPPED))
        return sa.case(*((condition, sa.literal(skip.value)) for condition, skip in cases), else_=None)


def had_enough(cap: Cap, *, now: datetime) -> sa.ColumnElement[bool]:
    """Return a condition on Contact: so many messages of all campaigns were released for them lately."""
    had = (
        sa.select(sa.func.count())
        .select_from(Delivery)
        .where(Delivery.contact_id == Contact.id, Delivery.released_at > now - cap.within)
        .correlate(Contact)
        .scalar_subquery()
    )
    return had >= cap.times


def when_sending(skip: Skip) -> tuple[Skip, str | None]:
    """Return what is written of somebody who fits a reason at last, though they fitted none when frozen; and why."""
    return (Skip.LEFT, skip.value) if skip in _LEAVING else (skip, None)


_LEAVING = frozenset({Skip.BLOCKED, Skip.NO_CONSENT})
"""At the freezing these people were to get it."""
