"""What can be done with staff users. Nobody is ever deleted: the log and the tickets name them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.errors import Conflict, InvalidInput, NotFound
from core.ids import new_public_id
from core.inserts import insert_or_skip
from staff import sessions, tokens
from staff.audit import Actor, record
from staff.models import PairingCode, Role, SignInLink, StaffUser, is_visible
from staff.passwords import Passwords
from staff.sign_in import fold

MAX_LOGIN_CHARS = 120
MAX_NAME_CHARS = 60
MAX_CAPACITY = 500


@dataclass(frozen=True, slots=True)
class Preferences:
    """What users choose for themselves."""

    display_name: str
    language: str | None
    plays_sound: bool
    shows_notifications: bool


def add_user(
    session: Session,
    *,
    login: str,
    display_name: str,
    role: Role,
    by: Actor,
    now: datetime,
    password_hash: str | None = None,
    is_demo: bool = False,
) -> StaffUser:
    """Add somebody; without a password only a sign-in link lets them in.

    :param password_hash: from `Passwords.hashed`, which is called before the transaction: it takes long.
    :raises InvalidInput: login or name cannot be used.
    :raises Conflict: somebody has this login, perhaps somebody who was deactivated.
    """
    folded, name = fold(login), display_name.strip()
    faults = _faults_of_login(folded) | _faults_of_name(name)
    if faults:
        raise InvalidInput(faults)
    public_id = new_public_id()
    session.execute(
        insert_or_skip(session, StaffUser).values(
            public_id=public_id,
            login=folded,
            display_name=name,
            role=role,
            password_hash=password_hash,
            created_at=now,
            is_demo=is_demo,
        )
    )
    user = session.scalars(sa.select(StaffUser).where(StaffUser.login == folded)).one()
    if user.public_id != public_id:
        raise Conflict(f"somebody has the login {folded} already")
    record(session, by, "user.add", "user", public_id, now, {"login": folded, "role": role.value})
    return user


def find_by_login(session: Session, login: str) -> StaffUser | None:
    """Return who signs in with this login."""
    return session.scalars(sa.select(StaffUser).where(StaffUser.login == fold(login))).one_or_none()


def get_by_login(session: Session, login: str) -> StaffUser:
    """Return who signs in with this login.

    :raises NotFound: nobody does.
    """
    user = find_by_login(session, login)
    if user is None:
        raise NotFound(f"nobody has the login {fold(login)}")
    return user


def access(session: Session, public_id: str) -> StaffUser:
    """Return a user for whoever may see staff at all.

    :raises NotFound: there is none with this id.
    """
    user = session.scalars(sa.select(StaffUser).where(StaffUser.public_id == public_id)).one_or_none()
    if user is None:
        raise NotFound("there is nobody with this id")
    return user


def everybody(session: Session) -> Sequence[StaffUser]:
    """Return all users, those who are active first, by name."""
    return session.scalars(
        sa.select(StaffUser).order_by(
            StaffUser.deactivated_at.is_not(None), sa.func.lower(StaffUser.display_name), StaffUser.id
        )
    ).all()


def set_role(session: Session, user: StaffUser, role: Role, *, by: Actor, now: datetime) -> None:
    """Give somebody another role, which holds from their next request on.

    :raises Conflict: nobody would be admin any more.
    """
    if role is user.role:
        return
    if user.role is Role.ADMIN:
        _keep_an_admin(session, user)
    record(
        session, by, "user.set_role", "user", user.public_id, now, {"from": user.role.value, "to": role.value}
    )
    user.role = role


def set_password(
    session: Session,
    user: StaffUser,
    password_hash: str,
    *,
    by: Actor,
    now: datetime,
    keep: int | None = None,
) -> None:
    """Replace the password and end the user's sessions and links, used ones too.

    :param keep: the id of the session in which they changed it themselves.
    """
    user.password_hash = password_hash
    sessions.revoke_all(session, user, now=now, keep=keep)
    session.execute(sa.delete(SignInLink).where(SignInLink.user_id == user.id))
    record(session, by, "user.set_password", "user", user.public_id, now)


def confirm_password(passwords: Passwords, kept: str | None, password: str) -> None:
    """Make sure that whoever changes a password knows the present one, if there is one.

    :raises InvalidInput: it is another.
    """
    if kept is not None and not passwords.fits(kept, password):
        raise InvalidInput({"current": "is not your present password"})


def deactivate(session: Session, user: StaffUser, *, by: Actor, now: datetime) -> None:
    """End somebody's access at once. Their tickets are given back by whoever calls this.

    :raises Conflict: they did this to themselves, or nobody would be admin any more.
    """
    if user.id == by.user_id:
        raise Conflict("you cannot deactivate yourself")
    if not user.is_active:
        return
    if user.role is Role.ADMIN:
        _keep_an_admin(session, user)
    user.deactivated_at = now
    user.on_duty_since_at = None
    sessions.revoke_all(session, user, now=now)
    tokens.revoke_all(session, user, by=by, now=now)
    for table in (SignInLink, PairingCode):
        session.execute(sa.delete(table).where(table.user_id == user.id))
    record(session, by, "user.deactivate", "user", user.public_id, now)


def reactivate(session: Session, user: StaffUser, *, by: Actor, now: datetime) -> None:
    """Let somebody in again, with the password they had."""
    if user.is_active:
        return
    user.deactivated_at = None
    record(session, by, "user.reactivate", "user", user.public_id, now)


def set_duty(session: Session, user: StaffUser, *, on: bool, by: Actor, now: datetime) -> None:
    """Put somebody on or off duty; who calls this then gives out waiting tickets.

    :raises Conflict: they are deactivated.
    """
    if on == (user.on_duty_since_at is not None):
        return
    if on and not user.is_active:
        raise Conflict("somebody who is deactivated cannot be on duty")
    user.on_duty_since_at = now if on else None
    record(session, by, "user.duty_on" if on else "user.duty_off", "user", user.public_id, now)


def set_capacity(session: Session, user: StaffUser, capacity: int, *, by: Actor, now: datetime) -> None:
    """Say how many unsolved tickets somebody can hold. They keep what they have above it.

    :raises InvalidInput: it is no number of tickets.
    """
    if not 0 <= capacity <= MAX_CAPACITY:
        raise InvalidInput({"capacity": f"must be from 0 to {MAX_CAPACITY}"})
    if capacity == user.capacity:
        return
    detail = {"from": user.capacity, "to": capacity}
    record(session, by, "user.set_capacity", "user", user.public_id, now, detail)
    user.capacity = capacity


def set_preferences(
    session: Session, user: StaffUser, wanted: Preferences, *, by: Actor, now: datetime
) -> None:
    """Change what users choose for themselves.

    :raises InvalidInput: the name cannot be used.
    """
    name = wanted.display_name.strip()
    if faults := _faults_of_name(name):
        raise InvalidInput(faults)
    if name != user.display_name:
        detail = {"from": user.display_name, "to": name}
        record(session, by, "user.rename", "user", user.public_id, now, detail)
    user.display_name = name
    user.language = wanted.language
    user.plays_sound = wanted.plays_sound
    user.shows_notifications = wanted.shows_notifications


def _keep_an_admin(session: Session, leaving: StaffUser) -> None:
    # Locked, so that two admins cannot make each other something else at the same moment.
    admins = session.scalars(
        sa.select(StaffUser.id)
        .where(StaffUser.role == Role.ADMIN, StaffUser.deactivated_at.is_(None))
        .order_by(StaffUser.id)
        .with_for_update()
    ).all()
    if set(admins) <= {leaving.id}:
        raise Conflict("there must be somebody left who is admin")


def _faults_of_login(login: str) -> dict[str, str]:
    if not login:
        return {"login": "must not be empty"}
    if len(login) > MAX_LOGIN_CHARS:
        return {"login": f"must have at most {MAX_LOGIN_CHARS} characters"}
    if not login.isprintable() or any(letter.isspace() for letter in login) or ":" in login:
        return {"login": "must be one word, such as an e-mail address, without a colon"}
    return {}


def _faults_of_name(name: str) -> dict[str, str]:
    if not name:
        return {"display_name": "must not be empty"}
    if len(name) > MAX_NAME_CHARS:
        return {"display_name": f"must have at most {MAX_NAME_CHARS} characters"}
    if not is_visible(name):
        return {"display_name": "must not contain control characters"}
    return {}
