"""What a rule comes to before anybody saves it: how many people, how many of them a message can reach, and some."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact, Following
from core.db import by_engine
from segmentation import consent
from segmentation.days import At
from segmentation.rules import Rule
from segmentation.segments import Segments


@dataclass(frozen=True, slots=True)
class Asked:
    """A rule, with all that its meaning hangs on."""

    segments: Segments
    rule: Rule
    """Resolved, where it names other segments."""
    channel_id: int
    now: datetime
    zone: ZoneInfo

    def condition(self) -> sa.ColumnElement[bool]:
        """Return the condition on Contact."""
        # As in `audience`: by the index of the channel SQLite would visit every contact one by one.
        ours = by_engine(
            sqlite=Contact.channel_id + 0 == self.channel_id,
            postgresql=Contact.channel_id == self.channel_id,
        )
        return sa.and_(ours, self.segments.condition(self.rule, now=self.now, zone=self.zone))


@dataclass(frozen=True, slots=True)
class Reach:
    """How many people a rule means."""

    all: int
    reachable: int
    """Those who follow the account, and agreed to the purpose if there is one: a push can reach them."""

    @property
    def share(self) -> float:
        return self.reachable / self.all if self.all else 0.0


def reach(session: Session, asked: Asked, *, purpose: str | None = None) -> Reach:
    """Count them by one query."""
    can_be_reached = Contact.following == Following.FOLLOWING
    if purpose is not None:
        can_be_reached = sa.and_(can_be_reached, consent.condition(purpose, At(asked.now, asked.zone)))
    counted = sa.select(sa.func.count(), sa.func.count().filter(can_be_reached))
    row = session.execute(counted.select_from(Contact).where(asked.condition())).one()
    return Reach(row[0], row[1])


def some(session: Session, asked: Asked, *, limit: int) -> Sequence[Contact]:
    """Return some of them, those seen last before others."""
    newest = sa.select(Contact).where(asked.condition())
    return session.scalars(newest.order_by(Contact.last_seen_at.desc(), Contact.id.desc()).limit(limit)).all()
