"""What a rule comes to before anybody saves it: how many people, how many of them a message can reach, and some."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact, Following
from core.by_engine import by_engine
from core.db import sorting_in_pieces
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
    counted = sa.select(sa.func.count(), sa.func.count().filter(_can_be_reached(asked, purpose)))
    with sorting_in_pieces(session):
        row = session.execute(counted.select_from(Contact).where(asked.condition())).one()
    return Reach(row[0], row[1])


def look(
    session: Session, asked: Asked, *, purpose: str | None = None, limit: int
) -> tuple[Reach, Sequence[Contact]]:
    """Count them and return some, those seen last before others.

    The rule is worked out once for both: of a rule about a million events the second time would cost
    as much as the first.
    """
    everybody = sa.func.count().over()
    reachable = sa.func.count().filter(_can_be_reached(asked, purpose)).over()
    newest = (Contact.last_seen_at.desc(), Contact.id.desc())
    some = sa.select(Contact.id, everybody, reachable).where(asked.condition()).order_by(*newest)
    with sorting_in_pieces(session):
        rows = session.execute(some.limit(limit)).all()
    if not rows:
        return Reach(0, 0), []
    shown = sa.select(Contact).where(Contact.id.in_([row[0] for row in rows])).order_by(*newest)
    return Reach(rows[0][1], rows[0][2]), session.scalars(shown).all()


def _can_be_reached(asked: Asked, purpose: str | None) -> sa.ColumnElement[bool]:
    follows = Contact.following == Following.FOLLOWING
    if purpose is None:
        return follows
    return sa.and_(follows, consent.condition(purpose, At(asked.now, asked.zone)))
