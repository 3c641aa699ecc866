"""What customers are worth: how many are in each named group, and how they spread over recency and frequency."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact
from facts import rfm
from facts.models import OrderTotals, RfmScore
from facts.rfm import FIFTHS, Group


@dataclass(frozen=True, slots=True)
class Share:
    """Some customers, and what they are of all."""

    people: int
    net_cents: int
    of_people: float
    of_value: float


@dataclass(frozen=True, slots=True)
class Standing:
    """A group with those in it."""

    group: Group | None
    """None: those whom no group fits."""
    share: Share


@dataclass(frozen=True, slots=True)
class CustomerValue:
    people: int
    """Everybody who ordered, scored or not."""
    net_cents: int
    invented: int
    """How many of them only the demo shop knows."""
    unscored: int
    """They ordered since the last scoring."""
    scored_at: datetime | None
    standings: Sequence[Standing]
    """In the order in which groups are tried; last those of no group, if there are any."""
    squares: Sequence[Sequence[Share]]
    """By frequency, the best first, and in each by recency, the best last."""


def customer_value(session: Session, channel_id: int) -> CustomerValue:
    """Count everybody who ordered by group and by score, in two queries."""
    rows = session.execute(
        sa.select(
            RfmScore.group_key,
            RfmScore.recency,
            RfmScore.frequency,
            sa.func.count().label("people"),
            sa.func.sum(OrderTotals.net_cents).label("net_cents"),
            sa.func.count().filter(Contact.is_demo).label("invented"),
            sa.func.max(RfmScore.scored_at).label("scored_at"),
        )
        .select_from(OrderTotals)
        .join(Contact, Contact.id == OrderTotals.contact_id)
        .outerjoin(RfmScore, RfmScore.contact_id == OrderTotals.contact_id)
        .where(Contact.channel_id == channel_id, Contact.erased_at.is_(None))
        .group_by(RfmScore.group_key, RfmScore.recency, RfmScore.frequency)
    ).all()
    people = sum(row.people for row in rows)
    net_cents = sum(int(row.net_cents) for row in rows)

    def share(some: Sequence[sa.Row[*tuple[Any, ...]]]) -> Share:
        count, cents = sum(row.people for row in some), sum(int(row.net_cents) for row in some)
        return Share(count, cents, count / people if people else 0.0, cents / net_cents if net_cents else 0.0)

    scored = [row for row in rows if row.recency is not None]
    groups = rfm.groups(session, channel_id)
    standings = [Standing(one, share([row for row in scored if row.group_key == one.key])) for one in groups]
    known = {one.key for one in groups}
    outside = share([row for row in scored if row.group_key not in known])
    if outside.people:
        standings.append(Standing(None, outside))
    fifths = range(1, FIFTHS + 1)
    return CustomerValue(
        people=people,
        net_cents=net_cents,
        invented=sum(row.invented for row in rows),
        unscored=sum(row.people for row in rows if row.recency is None),
        scored_at=max((row.scored_at for row in scored), default=None),
        standings=standings,
        squares=[
            [
                share([row for row in scored if (row.frequency, row.recency) == (frequency, recency)])
                for recency in fifths
            ]
            for frequency in reversed(fifths)
        ],
    )
