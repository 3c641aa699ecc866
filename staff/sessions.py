"""Who is signed in with which browser.

The cookie holds a random token, the row its hash, so a stolen database opens no browser. The token is
replaced every half hour. The one before stays good for a minute, for requests that were on their way,
and until its successor has been used, for an answer that got lost on the way back.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.db import changed
from staff.models import StaffSession, StaffUser

LIFETIME = timedelta(days=30)
IDLE_AFTER = timedelta(days=7)
ROTATE_EVERY = timedelta(minutes=30)
GRACE = timedelta(minutes=1)
TOUCH_EVERY = timedelta(minutes=5)

TOKEN_BYTES = 32


def hashed(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(session: Session, user: StaffUser, *, browser: str, address: str, now: datetime) -> str:
    """Sign a browser in and return the token for its cookie: always a new one, whatever it came with."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        StaffSession(
            user=user,
            token_hash=hashed(token),
            rotated_at=now,
            created_at=now,
            last_used_at=now,
            expires_at=now + LIFETIME,
            browser=browser[:200],
            address=address[:60],
        )
    )
    return token


def find(session: Session, token: str, *, now: datetime) -> StaffSession | None:
    """Return the session that a cookie's token opens; None: sign in again."""
    if not 0 < len(token) <= 100 or not token.isascii():
        return None
    key = hashed(token)
    row = session.scalars(
        sa.select(StaffSession).where(
            sa.or_(StaffSession.token_hash == key, StaffSession.previous_hash == key)
        )
    ).one_or_none()
    return row if row is not None and is_good(row, token, now=now) else None


def is_good(row: StaffSession, token: str, *, now: datetime) -> bool:
    """Say whether a session found by a token still lets its user in."""
    if row.revoked_at is not None or not row.user.is_active:
        return False
    if now >= row.expires_at or now >= row.last_used_at + IDLE_AFTER:
        return False
    return row.token_hash == hashed(token) or _previous_is_good(row, now)


def _previous_is_good(row: StaffSession, now: datetime) -> bool:
    return now < row.rotated_at + GRACE or row.last_used_at <= row.rotated_at


def is_refresh_due(row: StaffSession, token: str, *, now: datetime) -> bool:
    """Say whether `refresh` has something to write, so that most requests write nothing."""
    if row.token_hash != hashed(token):
        return now >= row.rotated_at + GRACE
    return (
        now >= row.rotated_at + ROTATE_EVERY
        or now >= row.last_used_at + TOUCH_EVERY
        or row.last_used_at <= row.rotated_at < now
    )


def refresh(session: Session, row: StaffSession, token: str, *, now: datetime) -> str | None:
    """Note the use of a session, and return its new token when it was time for one.

    Of two requests at once only one gets a new token; the other goes on with the previous.
    """
    if not is_refresh_due(row, token, now=now):
        return None  # another request came first
    key = hashed(token)
    if row.token_hash == key and now < row.rotated_at + ROTATE_EVERY:
        session.execute(sa.update(StaffSession).where(StaffSession.id == row.id).values(last_used_at=now))
        return None
    new = secrets.token_urlsafe(TOKEN_BYTES)
    won = changed(
        session.execute(
            sa.update(StaffSession)
            .where(StaffSession.id == row.id, StaffSession.token_hash == row.token_hash)
            .values(token_hash=hashed(new), previous_hash=key, rotated_at=now, last_used_at=now)
        )
    )
    return new if won else None


def of_user(session: Session, user: StaffUser, *, now: datetime) -> Sequence[StaffSession]:
    """Return where somebody is signed in, the most recently used first."""
    return session.scalars(
        sa.select(StaffSession)
        .where(
            StaffSession.user_id == user.id,
            StaffSession.revoked_at.is_(None),
            StaffSession.expires_at > now,
            StaffSession.last_used_at > now - IDLE_AFTER,
        )
        .order_by(StaffSession.last_used_at.desc(), StaffSession.id.desc())
    ).all()


def revoke(session: Session, user: StaffUser, session_id: int, *, now: datetime) -> bool:
    """End one session of a user; False when there is none such."""
    return _end(session, now, StaffSession.user_id == user.id, StaffSession.id == session_id) > 0


def revoke_all(session: Session, user: StaffUser, *, now: datetime, keep: int | None = None) -> int:
    """End every session of a user, except the one with the id `keep`; return how many."""
    return _end(session, now, StaffSession.user_id == user.id, StaffSession.id != (keep or 0))


def _end(session: Session, now: datetime, *which: sa.ColumnElement[bool]) -> int:
    ended = sa.update(StaffSession).where(StaffSession.revoked_at.is_(None), *which)
    return changed(session.execute(ended.values(revoked_at=now)))
