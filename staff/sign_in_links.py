"""Links that sign somebody in once: for the first start, and for who has no password yet."""

import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.db import changed
from core.errors import NotFound
from staff import sessions, two_step
from staff.audit import Actor, record
from staff.models import SignInLink, StaffSession, StaffUser
from staff.two_step import Code

LIFETIME = timedelta(hours=24)


def issue(session: Session, user: StaffUser, *, now: datetime, lifetime: timedelta = LIFETIME) -> str:
    """Return the token of a new link; it goes to `/console/sign-in/<token>`. Links issued before end."""
    session.execute(sa.delete(SignInLink).where(SignInLink.user_id == user.id, SignInLink.used_at.is_(None)))
    session.execute(sa.delete(SignInLink).where(SignInLink.expires_at < now))
    token = secrets.token_urlsafe(sessions.TOKEN_BYTES)
    session.add(
        SignInLink(user=user, token_hash=sessions.hashed(token), created_at=now, expires_at=now + lifetime)
    )
    return token


def look(session: Session, token: str, *, now: datetime) -> StaffUser:
    """Return whom a link would sign in, without using it: a preview of the link must not burn it.

    :raises NotFound: it is unknown, used, or too old.
    """
    link = session.scalars(
        sa.select(SignInLink).where(SignInLink.token_hash == sessions.hashed(token))
    ).one_or_none()
    if link is None or link.used_at is not None or link.expires_at <= now or not link.user.is_active:
        raise NotFound("this link has been used, or is too old; ask for another")
    return link.user


def use(session: Session, token: str, *, code: Code | None, browser: str, address: str, now: datetime) -> str:
    """Sign in by a link, which ends it, and return the token for the cookie.

    :raises NotFound: it is unknown, used, or too old.
    :raises CodeWanted: the account has a second step, which a link does not stand for.
    :raises WrongCode: the digits are wrong.
    """
    user = look(session, token, now=now)
    session.refresh(user, with_for_update={"key_share": True})  # as when signing in with a password
    two_step.check(session, user, code, now=now)
    taken = sa.update(SignInLink).where(
        SignInLink.token_hash == sessions.hashed(token), SignInLink.used_at.is_(None)
    )
    if not changed(session.execute(taken.values(used_at=now))):
        raise NotFound("this link has been used, or is too old; ask for another")
    record(session, Actor.of(user, address), "user.sign_in_by_link", "user", user.public_id, now)
    return sessions.open_session(session, user, browser=browser, address=address, now=now)


def has_opened(session: Session, session_id: int, *, now: datetime) -> bool:
    """Say whether somebody came in by a link that is younger than its lifetime, and set no password since.

    They may not know the one they have: a link is what is made for who forgot it.
    """
    return (
        session.scalar(
            sa.select(SignInLink.id)
            .join(StaffSession, StaffSession.user_id == SignInLink.user_id)
            .where(
                StaffSession.id == session_id,
                # Both are the moment at which the link was used.
                SignInLink.used_at == StaffSession.created_at,
                SignInLink.expires_at > now,
            )
        )
        is not None
    )
