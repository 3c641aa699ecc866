"""Signing in with a second step: six digits that an app shows, new ones every half minute (TOTP, RFC 6238).

The app's secret is worked out of SECRET_KEY and of a random seed, and only the seed is stored: whoever
reads the database alone can make no digits.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
import sqlalchemy as sa
from pyotp.utils import strings_equal
from sqlalchemy.orm import Session

from core.db import changed
from core.errors import Conflict, Rejected
from staff.audit import Actor, record
from staff.models import StaffUser

SEED_BYTES = 16
SEED_CHARS = 40
SECRET_BYTES = 20
"""As long as the hash that the digits are made by, which RFC 4226 recommends."""
LABEL_CHARS = 60
ISSUER_CHARS = 30
"""Of what an app shows beside the digits. Each letter takes up to twelve in the address, where the shop stands twice."""
TOLERATED = (0, -1, 1)
"""How many half minutes a phone's clock, or its owner, may be late or early."""


class WrongCode(Rejected):
    """The digits are not those of this moment, or have been used."""

    status = 422

    def __init__(self) -> None:
        super().__init__("these are not the digits that the app shows now")


class CodeWanted(Rejected):
    """Everything was right so far, and the digits are missing."""

    status = 401

    def __init__(self) -> None:
        super().__init__("the digits of the app are wanted, too")


@dataclass(frozen=True, slots=True)
class Code:
    """What somebody typed, and what it is checked with."""

    typed: str
    secret_key: str


def new_seed() -> str:
    """Return what the secret of one app is made of; no secret by itself."""
    return secrets.token_urlsafe(SEED_BYTES)


def secret(secret_key: str, user: StaffUser, seed: str) -> str:
    """Return what an app has to know, in the base 32 that people can type."""
    said = f"two-step:{user.public_id}:{seed}".encode()
    return base64.b32encode(hmac.digest(secret_key.encode(), said, "sha256")[:SECRET_BYTES]).decode()


def address(secret: str, user: StaffUser, shop: str) -> str:
    """Return the `otpauth:` address that apps read from a QR code."""
    # The longest names would not fit a QR code, and in this address a colon ends the shop's.
    named, issuer = user.login[:LABEL_CHARS], shop.replace(":", " ")[:ISSUER_CHARS]
    return pyotp.TOTP(secret).provisioning_uri(name=named, issuer_name=issuer)


def switch_on(session: Session, user: StaffUser, seed: str, code: Code, *, by: Actor, now: datetime) -> None:
    """Ask for digits from now on, once somebody has shown that their app makes them.

    :raises WrongCode: it makes others.
    :raises Conflict: it is on, perhaps with another phone.
    """
    session.refresh(user, with_for_update={"key_share": True})  # of two phones at once only one is the one
    if user.two_step_seed is not None:
        raise Conflict("two-step sign-in is on already; switch it off first")
    if not 0 < len(seed) <= SEED_CHARS or not seed.isascii():
        raise WrongCode
    user.two_step_seed, user.two_step_used = seed, _step(user, seed, code, now=now)
    record(session, by, "user.two_step_on", "user", user.public_id, now)


def check(session: Session, user: StaffUser, code: Code | None, *, now: datetime) -> None:
    """Make sure of the second step of whoever has one, and use its digits up.

    :raises CodeWanted: there are no digits.
    :raises WrongCode: they are wrong, or somebody has used them.
    """
    if user.two_step_seed is None:
        return
    if code is None:
        raise CodeWanted
    step = _step(user, user.two_step_seed, code, now=now)
    used = (
        sa.update(StaffUser)
        .where(StaffUser.id == user.id, sa.func.coalesce(StaffUser.two_step_used, 0) < step)
        .values(two_step_used=step)
        .execution_options(synchronize_session=False)
    )
    if not changed(session.execute(used)):
        raise WrongCode


def switch_off(session: Session, user: StaffUser, *, by: Actor, now: datetime) -> None:
    """Ask for no digits any more."""
    if user.two_step_seed is None:
        return
    user.two_step_seed = user.two_step_used = None
    record(session, by, "user.two_step_off", "user", user.public_id, now)


def _step(user: StaffUser, seed: str, code: Code, *, now: datetime) -> int:
    """Return the half minute since 1970 that the digits belong to."""
    typed = "".join(code.typed.split())
    if not typed.isdecimal():
        raise WrongCode
    totp = pyotp.TOTP(secret(code.secret_key, user, seed))
    this = totp.timecode(now)
    for step in (this + shift for shift in TOLERATED):
        if strings_equal(totp.generate_otp(step), typed):
            return step
    raise WrongCode
