"""Who may open a page, and the transaction it works in.

Every view carries one of four marks; one without a mark is refused to everybody:

- `@requires(Permission.X)`: for staff whose role holds the permission.
- `@signed_in`: for all staff.
- `@without_transaction(Permission.X)`: as `requires`, for what takes long (a stream, a password's hash):
  there is no `g.session`, `g.user` or `g.actor`; it opens transactions of its own, short ones.
- `@public`: for anybody, and without a transaction.

A marked view finds `g.user`, `g.me`, `g.session`, `g.now`, `g.zone`, `g.published`, `g.channel_id` and
`g.actor`. What it did is committed when its answer is below 400, and undone otherwise. A page that is
only looked at takes no lock; one that is posted to holds SQLite's write lock, so it hurries.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Self

import sqlalchemy as sa
import structlog
from flask import Response, current_app, g, make_response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from console import cookies
from console.parts import Parts
from core.errors import NotAllowed, Rejected
from staff import sessions
from staff.audit import Actor
from staff.models import Role, StaffSession, StaffUser
from staff.permissions import PERMISSIONS, Permission

View = Callable[..., ResponseReturnValue]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_log = structlog.get_logger()


class SignInFirst(Rejected):
    """Nobody is signed in, or no longer."""

    status = 401

    def __init__(self) -> None:
        super().__init__("sign in first")


@dataclass(frozen=True, slots=True)
class Access:
    """What a view asks of whoever opens it."""

    is_public: bool = False
    permission: Permission | None = None


class LookAgain(Exception):  # noqa: N818 - the name says what is answered
    """Answer a form by a page that only reads: what was begun is undone, and nothing is locked while it is drawn."""

    def __init__(self, page: Callable[[], ResponseReturnValue]) -> None:
        super().__init__()
        self.page = page


@dataclass(frozen=True, slots=True)
class Me:
    """The signed-in user as layout and templates see them, also after the transaction is over."""

    public_id: str
    login: str
    name: str
    role: Role
    permissions: frozenset[Permission]
    language: str | None
    on_duty_since_at: datetime | None
    plays_sound: bool
    shows_notifications: bool
    session_id: int
    is_demo: bool

    @classmethod
    def of(cls, row: StaffSession) -> Self:
        user = row.user
        return cls(
            public_id=user.public_id,
            login=user.login,
            name=user.display_name,
            role=user.role,
            permissions=PERMISSIONS[user.role],
            language=user.language,
            on_duty_since_at=user.on_duty_since_at,
            plays_sound=user.plays_sound,
            shows_notifications=user.shows_notifications,
            session_id=row.id,
            is_demo=user.is_demo,
        )

    def may(self, permission: Permission | str) -> bool:
        """Say whether they hold a permission."""
        return permission in self.permissions


def requires(permission: Permission) -> Callable[[View], View]:
    """Open a view to staff who hold the permission."""
    return lambda view: _marked(view, Access(permission=permission), _in_transaction)


def signed_in(view: View) -> View:
    """Open a view to all staff."""
    return _marked(view, Access(), _in_transaction)


def without_transaction(permission: Permission | None = None) -> Callable[[View], View]:
    """Open a view that holds no transaction to staff, or to those who hold the permission.

    For streams and for what computes long: `Parts.database` is opened for a moment at a time.
    """
    return lambda view: _marked(view, Access(permission=permission), _without_transaction)


def public(view: View) -> View:
    """Open a view to anybody; `g.me` tells whether they are signed in. It opens its own transactions."""
    return _marked(view, Access(is_public=True), _for_anybody)


def access_of(endpoint: str) -> Access | None:
    """Return how the view of an endpoint is marked."""
    return getattr(current_app.view_functions.get(endpoint), "access", None)


def may(permission: Permission) -> bool:
    """Say whether whoever is signed in holds a permission."""
    return g.me is not None and g.me.may(permission)


def require(permission: Permission) -> None:
    """Refuse whoever does not hold a permission, where it depends on what was asked for.

    :raises NotAllowed: they do not.
    """
    if not may(permission):
        raise NotAllowed(f"your role does not include: {permission.value}")


def client_address() -> str:
    """Return where the request comes from, as far as that is believed (see `Parts.trusted_proxies`)."""
    return printable(request.remote_addr or "")[:60]


def actor_in(session: Session) -> Actor:
    """Return whoever is signed in, for the audit log, where a view opens transactions of its own."""
    user = session.scalars(sa.select(StaffUser).where(StaffUser.public_id == g.me.public_id)).one()
    return Actor.of(user, client_address())


def printable(header: str) -> str:
    """Return what of a header can be kept and shown."""
    return "".join(letter for letter in header if letter.isprintable())


def recognise() -> None:
    """Find out who is asking where no view has been reached, so that an error page has its frame."""
    parts: Parts = current_app.extensions["console"]
    try:
        with parts.database.read() as session:
            if (row := _find(session)) is not None:
                g.me = Me.of(row)
            _look_up(parts, session)
    except OperationalError:
        _log.info("nobody_recognised")


def _marked(view: View, access: Access, run: Callable[[Parts, Access, View], ResponseReturnValue]) -> View:
    @wraps(view)
    def guarded(**arguments: Any) -> ResponseReturnValue:
        return run(current_app.extensions["console"], access, lambda: view(**arguments))

    guarded.access = access  # type: ignore[attr-defined]
    return guarded


def _for_anybody(parts: Parts, _access: Access, view: View) -> ResponseReturnValue:
    with parts.database.read() as session:
        if (row := _find(session)) is not None:
            g.me = Me.of(row)
        _look_up(parts, session)
    _check_form()
    return view()


def _without_transaction(parts: Parts, access: Access, view: View) -> ResponseReturnValue:
    with parts.database.read() as session:
        _let_in(session, access)
        _look_up(parts, session)
    _check_form()
    return view()


def _in_transaction(parts: Parts, access: Access, view: View) -> ResponseReturnValue:
    if request.method in SAFE:
        with parts.database.read() as session:
            row = _let_in(session, access)
            _look_up(parts, session)
            is_due = sessions.is_refresh_due(row, cookies.token(), now=g.now)
            response = _run(session, row.user, view)
    else:
        # Refused without the write lock, so that strangers cannot hold anybody up.
        _without_transaction(parts, access, lambda: "")
        try:
            row, is_due, response = _run_form(parts, access, view)
        except LookAgain as again:
            with parts.database.read() as session:
                row = _let_in(session, access)
                is_due = sessions.is_refresh_due(row, cookies.token(), now=g.now)
                response = _run(session, row.user, again.page)
    if is_due:
        _refresh(parts, row.id, response)
    return response


def _run_form(parts: Parts, access: Access, view: View) -> tuple[StaffSession, bool, Response]:
    with parts.database.write() as session:
        row = _let_in(session, access)
        is_due = sessions.is_refresh_due(row, cookies.token(), now=g.now)
        response = _run(session, row.user, view)
        if response.status_code >= 400:
            session.rollback()
        return row, is_due, response


def _run(session: Session, user: StaffUser, view: View) -> Response:
    g.session, g.user = session, user
    g.actor = Actor.of(user, client_address())
    try:
        return make_response(view())
    finally:
        del g.session, g.user


def _find(session: Session) -> StaffSession | None:
    return sessions.find(session, cookies.token(), now=g.now)


def _let_in(session: Session, access: Access) -> StaffSession:
    row = _find(session)
    if row is None:
        g.me = None
        raise SignInFirst
    g.me = Me.of(row)
    if access.permission is not None:
        require(access.permission)
    return row


def _look_up(parts: Parts, session: Session) -> None:
    g.published = parts.revisions.live(session, parts.channel_id)
    if g.published is not None:
        g.zone = g.published.zone


def _check_form() -> None:
    if request.method not in SAFE:
        current_app.extensions["csrf"].protect()


def _refresh(parts: Parts, row_id: int, response: Response) -> None:
    """Write the use of a session down, in a transaction of its own; when the database is busy, next time."""
    try:
        with parts.database.write() as session:
            row = session.get(StaffSession, row_id)
            if row is None or not sessions.is_good(row, cookies.token(), now=g.now):
                return
            new = sessions.refresh(session, row, cookies.token(), now=g.now)
    except OperationalError:
        _log.info("session_not_refreshed", session_id=row_id)
        return
    if new is not None:
        cookies.give(response, new, parts)
