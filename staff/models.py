"""Staff users, their sessions, and the log of what they changed."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, stored_enum


def is_visible(name: str) -> bool:
    """Say whether a name holds nothing but what is seen; the wide space between Japanese names is."""
    return name.replace("\u3000", " ").isprintable()


class Role(StrEnum):
    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    MARKETER = "marketer"
    AGENT = "agent"
    VIEWER = "viewer"


class StaffUser(Base):
    """Somebody who signs in to the console."""

    __tablename__ = "staff_users"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(20), unique=True)
    login: Mapped[str] = mapped_column(sa.String(120), unique=True)
    """What they type to sign in, folded to lower case; an e-mail address or a short name."""
    display_name: Mapped[str] = mapped_column(sa.String(60))
    role: Mapped[Role] = mapped_column(stored_enum(Role))
    password_hash: Mapped[str | None] = mapped_column(sa.String(200))
    """Argon2id; None: no password yet, so only a sign-in link lets them in."""
    two_step_seed: Mapped[str | None] = mapped_column(sa.String(40))
    """What the digits of their app are worked out of, with SECRET_KEY; None: nobody asks for digits."""
    two_step_used: Mapped[int | None] = mapped_column(sa.BigInteger)
    """The half minute since 1970 whose digits were used last; those and older ones are good no more."""
    language: Mapped[str | None] = mapped_column(sa.String(35))
    """Of the console; None: what the browser asks for."""
    created_at: Mapped[datetime]
    deactivated_at: Mapped[datetime | None]

    on_duty_since_at: Mapped[datetime | None]
    """Since when conversations may be given to them; None: off duty."""
    capacity: Mapped[int] = mapped_column(sa.SmallInteger, default=10)
    """How many unsolved tickets they can hold."""
    plays_sound: Mapped[bool] = mapped_column(default=True)
    shows_notifications: Mapped[bool] = mapped_column(default=False)

    line_user_id: Mapped[str | None] = mapped_column(sa.String(100))
    """Their own phone, for test sends; paired by a code."""
    is_demo: Mapped[bool] = mapped_column(default=False)

    @property
    def is_active(self) -> bool:
        return self.deactivated_at is None


class StaffSession(Base):
    """One browser that is signed in. The cookie holds the token, this row only its hash."""

    __tablename__ = "staff_sessions"
    __table_args__ = (sa.Index("ix__staff_sessions__user", "user_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_users.id", ondelete="CASCADE"))
    user: Mapped[StaffUser] = relationship(lazy="joined", innerjoin=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    previous_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    """The token before the last rotation: good for requests that were on their way."""
    rotated_at: Mapped[datetime]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    browser: Mapped[str] = mapped_column(sa.String(200), default="")
    address: Mapped[str] = mapped_column(sa.String(60), default="")


class SignInLink(Base):
    """A link that signs somebody in once: printed at the first start, or sent instead of a password."""

    __tablename__ = "sign_in_links"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_users.id", ondelete="CASCADE"))
    user: Mapped[StaffUser] = relationship(lazy="joined", innerjoin=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInFailure(Base):
    """How often signing in failed of late, by account and by address; nobody else is held up by it."""

    __tablename__ = "sign_in_failures"

    key: Mapped[str] = mapped_column(sa.String(140), primary_key=True)
    """`login:<hash>` or `address:<address>`."""
    times: Mapped[int]
    last_at: Mapped[datetime]
    blocked_until: Mapped[datetime | None]


class PairingCode(Base):
    """Six digits that a staff user sends from their own phone, to receive test sends there."""

    __tablename__ = "pairing_codes"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_users.id", ondelete="CASCADE"), unique=True)
    code: Mapped[str] = mapped_column(sa.String(6), unique=True)
    expires_at: Mapped[datetime]


class AuditEntry(Base):
    """One change by staff. Rows are only ever added."""

    __tablename__ = "audit_log"
    __table_args__ = (
        sa.Index("ix__audit_log__at", "at"),
        sa.Index("ix__audit_log__noun", "noun", "noun_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff_users.id", ondelete="SET NULL"))
    """None: by the command line."""
    by: Mapped[str] = mapped_column("by_name", sa.String(120))
    """The user's login at that time, or `cli:<system user>`."""
    action: Mapped[str] = mapped_column(sa.String(60))
    """`ticket.solve`, `campaign.schedule`, `user.deactivate`: the permission's name, or what was done."""
    noun: Mapped[str] = mapped_column(sa.String(40))
    noun_id: Mapped[str] = mapped_column(sa.String(80))
    """The public id."""
    detail: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    """Old and new values; never message text."""
    address: Mapped[str | None] = mapped_column(sa.String(60))


class ApiToken(Base):
    """What a program of a staff user sends instead of signing in. Shown once; this row has only its hash."""

    __tablename__ = "api_tokens"
    __table_args__ = (sa.Index("ix__api_tokens__user", "user_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(20), unique=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_users.id", ondelete="CASCADE"))
    user: Mapped[StaffUser] = relationship(lazy="joined", innerjoin=True)
    name: Mapped[str] = mapped_column(sa.String(60))
    """What it is for, in its owner's words."""
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    hint: Mapped[str] = mapped_column(sa.String(12))
    """Its last characters, to tell it from others."""
    scopes: Mapped[list[str]] = mapped_column(sa.JSON)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
