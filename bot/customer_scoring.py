"""Scoring customers out of turn: a row that the scheduler takes up within a second."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

JOB = "customers.score"


class CustomerScoring:
    """What the console's button does. Schedules are loaded by whoever first asks: no other page needs them."""

    def is_under_way(self, session: Session) -> bool:
        """Say whether a scoring is wanted or being made, by the clock or by hand."""
        from bot.schedules import Tick

        open_one = sa.select(Tick.id).where(Tick.name == JOB, Tick.due_at.is_not(None)).limit(1)
        return session.scalars(open_one).first() is not None

    def begin(self, session: Session, *, now: datetime) -> None:
        """Have everybody scored as soon as the transaction is over."""
        from bot.schedules import fire

        fire(session, JOB, at=now, now=now)
