"""The four criteria of a segment: measurable, accessible, substantial, actionable, each with its numbers.

Judged by fixed lines, which are written here once, so that the same numbers always get the same word.
Who is in the segment is taken from its memberships, which are kept current.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analytics.uses import Use, is_in_use
from contacts.models import Contact, Following
from facts.models import Order, OrderTotals
from questionnaires.models import Run, RunStatus
from segmentation import rules
from segmentation.models import Membership, Segment
from segmentation.rules import Rule

OUTCOMES_OVER = timedelta(days=90)
FEW_MEMBERS = 30
"""Below these one more or less outcome moves the rate by more than three points: no ground to compare on."""
REACHABLE, HARDLY_REACHABLE = 0.8, 0.5
SIZEABLE_SHARE, SIZEABLE_VALUE = 0.01, 0.05
"""One in a hundred people, or one twentieth of what everybody spends, is worth an effort of its own."""


class Verdict(StrEnum):
    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


class Outcome(StrEnum):
    """What counts as success, the first that the account knows of."""

    ORDER = "order"
    ANSWERED = "answered"
    """They finished a questionnaire."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """What is counted of some people."""

    people: int
    reachable: int
    """They follow the account."""
    had_outcome: int
    """In the last 90 days."""
    net_cents: int
    """Everything they ever bought."""

    @property
    def rate(self) -> float:
        return self.had_outcome / self.people if self.people else 0.0


@dataclass(frozen=True, slots=True)
class Scorecard:
    members: Crowd
    everybody: Crowd
    outcome: Outcome | None
    """What is compared; None: nobody had any outcome."""
    uses: Sequence[Use]
    is_in_use: bool

    @property
    def measurable(self) -> Verdict:
        """Whether there is an outcome to compare, and enough people to compare it."""
        if self.outcome is None or not self.members.people:
            return Verdict.POOR
        return Verdict.GOOD if self.members.people >= FEW_MEMBERS else Verdict.FAIR

    @property
    def accessible(self) -> Verdict:
        """Whether they can be written to."""
        share = self.reachable_share
        return (
            Verdict.GOOD
            if share >= REACHABLE
            else Verdict.FAIR
            if share >= HARDLY_REACHABLE
            else Verdict.POOR
        )

    @property
    def substantial(self) -> Verdict:
        """Whether they are worth an effort of their own, by their number or by what they spend."""
        if self.members.people < FEW_MEMBERS:
            return Verdict.POOR
        is_sizeable = self.share >= SIZEABLE_SHARE or self.value_share >= SIZEABLE_VALUE
        return Verdict.GOOD if is_sizeable else Verdict.FAIR

    @property
    def actionable(self) -> Verdict:
        """Whether anything uses the segment, all the time or in the last 90 days."""
        return Verdict.GOOD if self.is_in_use else Verdict.FAIR if self.uses else Verdict.POOR

    @property
    def lift(self) -> float | None:
        """How many times as often as everybody the members succeed."""
        if self.outcome is None or not self.everybody.rate or not self.members.people:
            return None
        return self.members.rate / self.everybody.rate

    @property
    def share(self) -> float:
        """Of all people, from 0 to 1."""
        return self.members.people / self.everybody.people if self.everybody.people else 0.0

    @property
    def value_share(self) -> float:
        return self.members.net_cents / self.everybody.net_cents if self.everybody.net_cents else 0.0

    @property
    def reachable_share(self) -> float:
        return self.members.reachable / self.members.people if self.members.people else 0.0


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a segment stands on the map of precision and complexity."""

    precision: float
    """From 0, everybody, to 1, hardly anybody: the share of people it leaves out."""
    complexity: int
    """How many questions its rule asks, those of segments that it names included."""


def scorecard(session: Session, segment: Segment, uses: Sequence[Use], *, now: datetime) -> Scorecard:
    """Count what the four criteria need, by five queries at most, and put them on a card."""
    since = now - OUTCOMES_OVER
    outcome = Outcome.ORDER
    everybody = _count(session, segment.channel_id, None, outcome, since)
    if not everybody.had_outcome:
        outcome = Outcome.ANSWERED
        everybody = _count(session, segment.channel_id, None, outcome, since)
    members = _count(session, segment.channel_id, segment.id, outcome, since)
    telling = outcome if everybody.had_outcome else None
    return Scorecard(members, everybody, telling, uses, is_in_use(uses, now=now))


def placement(rule: Rule, card: Scorecard) -> Placement:
    """Return where the segment stands; `rule` is the one with other segments' rules in their places."""
    return Placement(1 - card.share, sum(1 for _ in rules.leaves(rule)))


def _count(
    session: Session, channel_id: int, segment_id: int | None, outcome: Outcome, since: datetime
) -> Crowd:
    """Count one crowd: the members of a segment, or everybody."""
    meant = [Contact.channel_id == channel_id, Contact.erased_at.is_(None)]
    if segment_id is not None:
        now_in = sa.select(Membership.contact_id).where(
            Membership.segment_id == segment_id, Membership.left_at.is_(None)
        )
        meant.append(Contact.id.in_(now_in))
    follows = sa.func.count(sa.case((Contact.following == Following.FOLLOWING, 1)))
    counted: Any = sa.select(
        sa.func.count(),
        follows,
        sa.func.count(sa.case((_had(outcome, since), 1))),
        sa.func.coalesce(sa.func.sum(OrderTotals.net_cents), 0),
    ).select_from(sa.outerjoin(Contact, OrderTotals, OrderTotals.contact_id == Contact.id))
    people, reachable, had_outcome, net_cents = session.execute(counted.where(*meant)).one()
    return Crowd(people, reachable, had_outcome, int(net_cents))


def _had(outcome: Outcome, since: datetime) -> sa.ColumnElement[bool]:
    if outcome is Outcome.ORDER:
        counts = (Order.ordered_at >= since, Order.net_cents > 0, Order.contact_id.is_not(None))
        return Contact.id.in_(sa.select(Order.contact_id).where(*counts))
    finished = (Run.status == RunStatus.CONFIRMED, Run.ended_at >= since)
    return Contact.id.in_(sa.select(Run.contact_id).where(*finished))
