"""Going on and off duty, and what it means for those who wait."""

from datetime import datetime

from sqlalchemy.orm import Session

from staff import service
from staff.audit import Actor
from staff.models import StaffUser


def switch(session: Session, user: StaffUser, *, on: bool, by: Actor, now: datetime) -> None:
    """Put somebody on or off duty."""
    service.set_duty(session, user, on=on, by=by, now=now)
