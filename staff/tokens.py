"""What programs show instead of signing in: a token of a staff user, who can never be outdone by it.

A token is 256 random bits, shown once; the row holds its SHA-256, which is enough against guessing where
the secret is random. It may do what its scopes name, as far as its owner's role allows it at that moment,
until it is revoked, expires, or its owner is deactivated. Nothing of this is kept in memory.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.db import changed, one_at_a_time
from core.errors import Conflict, InvalidInput, NotFound
from core.ids import new_public_id
from staff.audit import Actor, record
from staff.models import ApiToken, StaffUser, is_visible
from staff.permissions import PERMISSIONS, Permission, may

PREFIX = "tagline_"
"""So that people and programs that look for secrets in the wrong places know one when they see it."""
SECRET_BYTES = 32
HINT_CHARS = 4
MAX_NAME_CHARS = 60
MOST_OF_A_USER = 50
TOUCH_EVERY = timedelta(minutes=1)


class Scope(StrEnum):
    """One thing that a token may be made for."""

    CONTACTS_READ = "contacts:read"
    """Look people up, with their fields and tags."""
    CONTACTS_WRITE = "contacts:write"
    """Set fields and customer numbers."""
    TAGS_WRITE = "tags:write"
    """Put tags on people, and take them off."""
    EVENTS_WRITE = "events:write"
    """Record what people did elsewhere."""
    ORDERS_WRITE = "orders:write"
    """Record what people ordered."""
    SEGMENTS_READ = "segments:read"
    """Read segments, count rules, and with `contacts:read` see who is in and why."""


ASKS: Mapping[Scope, Permission] = {
    Scope.CONTACTS_READ: Permission.SEE_CONTACTS,
    Scope.CONTACTS_WRITE: Permission.EDIT_CONTACTS,
    Scope.TAGS_WRITE: Permission.EDIT_TAGS,
    Scope.EVENTS_WRITE: Permission.RECORD_FACTS,
    Scope.ORDERS_WRITE: Permission.RECORD_FACTS,
    Scope.SEGMENTS_READ: Permission.SEE_SEGMENTS,
}
"""What the owner of a token must be allowed for a scope to count."""


def hashed(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def allowed_to(user: StaffUser) -> Sequence[Scope]:
    """Return the scopes that a user can give to a token: none without `use_api`."""
    if not may(user.role, Permission.USE_API):
        return []
    return [scope for scope in Scope if ASKS[scope] in PERMISSIONS[user.role]]


def create(
    session: Session,
    user: StaffUser,
    *,
    name: str,
    scopes: Collection[str],
    by: Actor,
    now: datetime,
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """Make a token; what is returned beside the row is the only time that anybody sees it.

    :raises InvalidInput: the name cannot be used, a scope is beyond the owner's role, or the end is past.
    :raises Conflict: they have a token of this name already, or too many, or are deactivated.
    """
    name = name.strip()
    wanted = [scope for scope in Scope if scope in scopes]
    if faults := _faults(user, name, scopes, expires_at, now):
        raise InvalidInput(faults)
    if not user.is_active:
        raise Conflict("somebody who is deactivated gets no token")
    one_at_a_time(session, f"api tokens of {user.id}")
    standing = [row for row in of_user(session, user) if _is_in_time(row, now)]
    if any(row.name == name for row in standing):
        raise Conflict(f"there is a token {name} already: revoke it, or choose another name")
    if len(standing) >= MOST_OF_A_USER:
        raise Conflict(f"there can be {MOST_OF_A_USER} tokens; revoke one first")
    token = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    row = ApiToken(
        public_id=new_public_id(),
        user=user,
        name=name,
        token_hash=hashed(token),
        hint=token[-HINT_CHARS:],
        scopes=[scope.value for scope in wanted],
        created_at=now,
        expires_at=expires_at,
    )
    session.add(row)
    detail = {"name": name, "owner": user.login, "scopes": row.scopes}
    if expires_at is not None:
        detail["expires_at"] = expires_at.isoformat()
    record(session, by, "token.create", "token", row.public_id, now, detail)
    return row, token


def find(session: Session, token: str, *, now: datetime) -> ApiToken | None:
    """Return the token that somebody shows, as long as it is good; whoever asks looks at its scopes."""
    if not token.startswith(PREFIX) or len(token) > 100 or not token.isascii():
        return None
    key = hashed(token)
    row = session.scalars(sa.select(ApiToken).where(ApiToken.token_hash == key)).one_or_none()
    # The index compares in its own time, but of hashes, which tell nothing about the token.
    if row is None or not hmac.compare_digest(row.token_hash, key):
        return None
    is_good = row.revoked_at is None and _is_in_time(row, now) and row.user.is_active
    return row if is_good else None


def missing(row: ApiToken, scopes: Collection[Scope]) -> Sequence[Scope]:
    """Return which of the scopes the token was not made for."""
    return [scope for scope in Scope if scope in scopes and scope.value not in row.scopes]


def forbidden(row: ApiToken, scopes: Collection[Scope]) -> Sequence[Permission]:
    """Return the permissions that the scopes ask for and the owner's role, as it is now, does not hold."""
    asked = [Permission.USE_API, *(ASKS[scope] for scope in Scope if scope in scopes)]
    return [one for one in dict.fromkeys(asked) if not may(row.user.role, one)]


def is_touch_due(row: ApiToken, *, now: datetime) -> bool:
    """Say whether `touch` has something to write, so that most requests write nothing."""
    return row.last_used_at is None or row.last_used_at <= now - TOUCH_EVERY


def touch(session: Session, token_id: int, *, now: datetime) -> None:
    """Note that a token is used, at most once a minute."""
    session.execute(
        sa.update(ApiToken)
        .where(
            ApiToken.id == token_id,
            sa.or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at <= now - TOUCH_EVERY),
        )
        .values(last_used_at=now)
    )


def of_user(session: Session, user: StaffUser) -> Sequence[ApiToken]:
    """Return the tokens of a user that are not revoked, those that ran out among them, the newest first."""
    return session.scalars(
        sa.select(ApiToken)
        .where(ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.id.desc())
    ).all()


def everybodys(session: Session) -> Sequence[ApiToken]:
    """Return all tokens that were ever made, the newest first."""
    return session.scalars(sa.select(ApiToken).order_by(ApiToken.id.desc())).all()


def access(session: Session, public_id: str, *, owner: StaffUser | None = None) -> ApiToken:
    """Return a token by its public id, if it is the owner's; without an owner, whosever it is.

    :raises NotFound: there is none.
    """
    wanted = sa.select(ApiToken).where(ApiToken.public_id == public_id)
    if owner is not None:
        wanted = wanted.where(ApiToken.user_id == owner.id)
    row = session.scalars(wanted).one_or_none()
    if row is None:
        raise NotFound("there is no such token")
    return row


def revoke(session: Session, row: ApiToken, *, by: Actor, now: datetime) -> bool:
    """End a token at once; False when it had been revoked before."""
    done = sa.update(ApiToken).where(ApiToken.id == row.id, ApiToken.revoked_at.is_(None))
    if not changed(session.execute(done.values(revoked_at=now))):
        return False
    detail = {"name": row.name, "owner": row.user.login}
    record(session, by, "token.revoke", "token", row.public_id, now, detail)
    return True


def revoke_all(session: Session, user: StaffUser, *, by: Actor, now: datetime) -> int:
    """End all tokens of a user, as when they are deactivated; return how many."""
    return sum(revoke(session, row, by=by, now=now) for row in of_user(session, user))


def is_expired(row: ApiToken, *, now: datetime) -> bool:
    """Say whether a token's own time is over."""
    return not _is_in_time(row, now)


def _is_in_time(row: ApiToken, now: datetime) -> bool:
    return row.expires_at is None or now < row.expires_at


def _faults(
    user: StaffUser, name: str, scopes: Collection[str], expires_at: datetime | None, now: datetime
) -> dict[str, str]:
    faults = {}
    if not name:
        faults["name"] = "must not be empty"
    elif len(name) > MAX_NAME_CHARS:
        faults["name"] = f"must have at most {MAX_NAME_CHARS} characters"
    elif not is_visible(name):
        faults["name"] = "must not contain control characters"
    allowed = allowed_to(user)
    if not allowed:
        faults["scopes"] = f"your role does not include: {Permission.USE_API.value}"
    elif not scopes:
        faults["scopes"] = "choose at least one"
    elif beyond := sorted(set(scopes) - {scope.value for scope in allowed}):
        faults["scopes"] = f"beyond this role, or unknown: {', '.join(beyond)}"
    if expires_at is not None and expires_at <= now:
        faults["expires_at"] = "must be in the future"
    return faults
