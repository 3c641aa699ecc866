"""Signing in with a password, and with the digits of an app where somebody has one.

A try is counted before the password is looked at, in a transaction of its own, so that many tries at
once gain nothing. Tries are counted by account and by address. From an address where somebody has been
signed in before, only that pair counts: a stranger who keeps trying holds up nobody but himself.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.db import one_at_a_time
from core.errors import Rejected
from core.inserts import upsert
from staff import sessions, two_step
from staff.audit import Actor, record
from staff.models import SignInFailure, StaffSession, StaffUser
from staff.passwords import Passwords
from staff.two_step import Code

FREE_TRIES = {"login": 5, "pair": 5, "address": 30, "code": 5}
"""How many tries may fail before the next has to wait. An address can be a whole office behind one router.

`code` counts digits of an app, by account, wherever they come from: only who has the password gets so far.
"""

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
"""Each further failure doubles the wait up to here."""

FORGOTTEN_AFTER = timedelta(hours=1)
KEPT = timedelta(days=1)


class TooManyTries(Rejected):
    """The account, or the address, has to wait."""

    status = 429

    def __init__(self, until: datetime) -> None:
        super().__init__("too many tries; wait a little")
        self.until = until


class WrongPassword(Rejected):
    """The same words whether the account exists, has no password, or has another."""

    status = 422

    def __init__(self) -> None:
        super().__init__("login and password do not fit together")


@dataclass(frozen=True, slots=True)
class Try:
    """A counted try, before its password is compared."""

    user_id: int | None
    password_hash: str | None
    keys: Sequence[str]


def fold(login: str) -> str:
    """Return a login as it is stored."""
    return login.strip().lower()


def begin(session: Session, login: str, *, address: str, now: datetime) -> Try:
    """Count a try and return what its password is to be compared with.

    :raises TooManyTries: account or address have to wait.
    """
    folded = fold(login)[:120]
    user = _find(session, folded)
    return _counted(session, user, _keys(session, user, folded, _network(address)), now=now)


def begin_code(session: Session, login: str, *, now: datetime) -> Try:
    """Count a try with the digits of an app.

    :raises TooManyTries: the account has to wait.
    """
    folded = fold(login)[:120]
    return _counted(session, _find(session, folded), (f"code:{_account(folded)}",), now=now)


def _find(session: Session, folded: str) -> StaffUser | None:
    return session.scalars(sa.select(StaffUser).where(StaffUser.login == folded)).one_or_none()


def _counted(session: Session, user: StaffUser | None, keys: Sequence[str], *, now: datetime) -> Try:
    one_at_a_time(session, "staff.sign_in")  # the first tries have no row yet that could be locked
    kept = {
        row.key: row for row in session.scalars(sa.select(SignInFailure).where(SignInFailure.key.in_(keys)))
    }
    waits = [row.blocked_until for row in kept.values() if row.blocked_until and row.blocked_until > now]
    if waits:
        raise TooManyTries(max(waits))
    for key in keys:
        before = kept.get(key)
        times = 1 + (before.times if before and before.last_at > now - FORGOTTEN_AFTER else 0)
        _write(session, key, times=times, now=now)
    session.execute(sa.delete(SignInFailure).where(SignInFailure.last_at < now - KEPT))
    is_open = user is not None and user.is_active
    return Try(
        user_id=user.id if user and is_open else None,
        password_hash=user.password_hash if user and is_open else None,
        keys=keys,
    )


def finish(
    session: Session,
    tried: Try,
    *,
    code: Code | None,
    password_to_keep: str | None,
    browser: str,
    address: str,
    now: datetime,
) -> str:
    """Sign in after the right password and return the token for the cookie; what was counted is forgiven.

    :param password_to_keep: the password hashed anew, when its hash was outdated.
    :raises WrongPassword: the account was closed, or its password changed, meanwhile.
    :raises CodeWanted: the account has a second step.
    :raises WrongCode: the digits are wrong.
    """
    # Locked: whoever changes the password at this moment ends this session too, or comes first.
    of_tried = sa.select(StaffUser).where(StaffUser.id == tried.user_id).with_for_update(key_share=True)
    user = session.scalars(of_tried.execution_options(populate_existing=True)).one_or_none()
    if user is None or not user.is_active or user.password_hash != tried.password_hash:
        raise WrongPassword
    two_step.check(session, user, code, now=now)
    if password_to_keep:
        user.password_hash = password_to_keep
    forgive(session, tried)
    record(session, Actor.of(user, address), "user.sign_in", "user", user.public_id, now)
    return sessions.open_session(session, user, browser=browser, address=address, now=now)


def forgive(session: Session, tried: Try) -> None:
    """Forget what was counted of an account, after the right password."""
    # The address's own count stays, or one right password would buy thirty wrong ones.
    forgiven = [key for key in tried.keys if not key.startswith("address:")]
    session.execute(sa.delete(SignInFailure).where(SignInFailure.key.in_(forgiven)))


def compare(passwords: Passwords, tried: Try, password: str) -> str | None:
    """Compare the password, outside any transaction; return its new hash if the kept one is outdated.

    :raises WrongPassword: it is not the right one, or there is nobody it could be right for.
    """
    if not passwords.fits(tried.password_hash, password) or tried.password_hash is None:
        raise WrongPassword
    return passwords.hashed(password) if passwords.is_outdated(tried.password_hash) else None


def _keys(session: Session, user: StaffUser | None, folded: str, network: str) -> Sequence[str]:
    account = _account(folded)
    if user is not None and _is_known(session, user, network):
        return (f"pair:{account}:{network}",)
    return (f"address:{network}", f"login:{account}")


def _account(folded: str) -> str:
    return hashlib.sha256(folded.encode()).hexdigest()[:40]


def _is_known(session: Session, user: StaffUser, network: str) -> bool:
    addresses = session.scalars(
        sa.select(StaffSession.address).where(StaffSession.user_id == user.id).distinct().limit(200)
    )
    return any(_network(address) == network for address in addresses)


def _network(address: str) -> str:
    """Return what counts as one address: with IPv6 everybody has at least 2^64 of them."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        return str(ip_network(f"{parsed}/64", strict=False).network_address)
    return str(parsed)


def _write(session: Session, key: str, *, times: int, now: datetime) -> None:
    over = times - FREE_TRIES[key.partition(":")[0]]
    # Shifted by at most ten places, for the wait would not fit a date otherwise.
    wait = min(FIRST_WAIT * (1 << min(over, 10)), LONGEST_WAIT) if over >= 0 else None
    values = {"times": times, "last_at": now, "blocked_until": now + wait if wait else None}
    statement = upsert(session, SignInFailure).values(key=key, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["key"], set_=values))
