"""A staff user's own phone: they send a six-digit code to the account, and test sends go there."""

import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.errors import Conflict
from core.inserts import insert_or_skip
from staff.audit import Actor, record
from staff.models import PairingCode, StaffUser

LIFETIME = timedelta(minutes=10)
TRIES = 20
"""A free code is found at once unless nearly all of a million are out."""


def issue(session: Session, user: StaffUser, *, now: datetime) -> PairingCode:
    """Return a new code for a user; the one before ends.

    :raises Conflict: no code is free, which ten minutes cure.
    """
    session.execute(
        sa.delete(PairingCode).where(sa.or_(PairingCode.user_id == user.id, PairingCode.expires_at <= now))
    )
    for _attempt in range(TRIES):
        code = f"{secrets.randbelow(1_000_000):06d}"
        made: PairingCode | None = session.scalars(
            insert_or_skip(session, PairingCode)
            .values(user_id=user.id, code=code, expires_at=now + LIFETIME)
            .returning(PairingCode)
        ).one_or_none()
        if made is not None:
            return made
    raise Conflict("no code is free; try again in ten minutes")


def find(session: Session, user: StaffUser, *, now: datetime) -> PairingCode | None:
    """Return the code that a user could send now."""
    return session.scalars(
        sa.select(PairingCode).where(PairingCode.user_id == user.id, PairingCode.expires_at > now)
    ).one_or_none()


def whose(session: Session, code: str, *, now: datetime) -> StaffUser | None:
    """Return whose code this is, without ending it; None: no such code is out."""
    return session.scalars(
        sa.select(StaffUser)
        .join(PairingCode, PairingCode.user_id == StaffUser.id)
        .where(PairingCode.code == code, PairingCode.expires_at > now, StaffUser.deactivated_at.is_(None))
    ).one_or_none()


def redeem(session: Session, code: str, line_user_id: str, now: datetime) -> StaffUser | None:
    """Pair the phone that sent the code, which ends the code; None: no such code is out.

    A phone belongs to one user: whoever had it before loses it.
    """
    user_id = session.scalar(
        sa.delete(PairingCode)
        .where(PairingCode.code == code, PairingCode.expires_at > now)
        .returning(PairingCode.user_id)
    )
    user = session.get(StaffUser, user_id) if user_id is not None else None
    if user is None or not user.is_active:
        return None
    session.execute(
        sa.update(StaffUser)
        .where(StaffUser.line_user_id == line_user_id, StaffUser.id != user.id)
        .values(line_user_id=None)
    )
    user.line_user_id = line_user_id
    record(session, Actor.of(user), "user.pair_phone", "user", user.public_id, now)
    return user


def unpair(session: Session, user: StaffUser, *, by: Actor, now: datetime) -> None:
    """Forget a user's phone."""
    if user.line_user_id is None:
        return
    user.line_user_id = None
    record(session, by, "user.unpair_phone", "user", user.public_id, now)


def unpair_phone(session: Session, line_user_id: str) -> None:
    """Forget a phone whose owner is erased."""
    session.execute(
        sa.update(StaffUser).where(StaffUser.line_user_id == line_user_id).values(line_user_id=None)
    )
