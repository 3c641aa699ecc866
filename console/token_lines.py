"""Tokens of programs as the account page shows them: what they may do, how long, and when they were last used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from console.words import _l
from staff import tokens
from staff.models import ApiToken, StaffUser
from staff.tokens import Scope

PURPOSES: Mapping[Scope, str] = {
    Scope.CONTACTS_READ: _l("Look people up, with their fields and tags"),
    Scope.CONTACTS_WRITE: _l("Set fields and customer numbers"),
    Scope.TAGS_WRITE: _l("Put tags on people, and take them off"),
    Scope.EVENTS_WRITE: _l("Record what people did elsewhere"),
    Scope.ORDERS_WRITE: _l("Record what people ordered"),
    Scope.SEGMENTS_READ: _l("Read segments and count rules; with the first, see who is in and why"),
}
LASTING: Mapping[str, tuple[str, timedelta | None]] = {
    "90": (_l("90 days"), timedelta(days=90)),
    "30": (_l("30 days"), timedelta(days=30)),
    "365": (_l("One year"), timedelta(days=365)),
    "": (_l("Until it is revoked"), None),
}


@dataclass(frozen=True, slots=True)
class TokenLine:
    """One token in the list."""

    public_id: str
    name: str
    hint: str
    scopes: Sequence[str]
    may: Sequence[str]
    """What these are for, in words."""
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    is_expired: bool


def offered(user: StaffUser) -> Sequence[tuple[str, str]]:
    """Return the scopes that somebody can give to a token, each with what it is for."""
    return [(scope.value, PURPOSES[scope]) for scope in tokens.allowed_to(user)]


def lines(session: Session, user: StaffUser, *, now: datetime) -> Sequence[TokenLine]:
    """Return a user's tokens that are not revoked, the newest first."""
    return [line_of(row, now=now) for row in tokens.of_user(session, user)]


def line_of(row: ApiToken, *, now: datetime) -> TokenLine:
    """Return one token as it is shown."""
    return TokenLine(
        public_id=row.public_id,
        name=row.name,
        hint=row.hint,
        scopes=row.scopes,
        may=[PURPOSES[Scope(scope)] for scope in row.scopes],
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        expires_at=row.expires_at,
        is_expired=tokens.is_expired(row, now=now),
    )
