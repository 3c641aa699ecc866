"""The ribbon over an invented shop: what is not real here, seeing it with somebody else's eyes, and an end to it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Blueprint, current_app, flash, g, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from console import cookies
from console.access import access_of, actor_in, client_address, signed_in, without_transaction
from console.parts import Parts
from console.sign_in import local_address
from console.words import _, _l
from core.errors import NotAllowed, NotFound
from staff import sessions
from staff.audit import record
from staff.models import Role, StaffUser
from staff.permissions import Permission, may

EYES = (
    ("lin", _l("agent")),
    ("marketer", _l("marketer")),
    ("supervisor", _l("supervisor")),
    ("admin", _l("admin")),
)
"""Logins of invented staff whom one can look as."""


@dataclass(frozen=True, slots=True)
class Ribbon:
    """What the ribbon says."""

    clock: str
    city: str
    eyes: tuple[tuple[str, str], ...]


def ribbon() -> Ribbon | None:
    """Return the ribbon for whoever is signed in as somebody invented; None for everybody else."""
    if g.get("me") is None or not g.me.is_demo:
        return None
    city = g.zone.key.rpartition("/")[2].replace("_", " ")
    return Ribbon(f"{g.now.astimezone(g.zone):%H:%M}", city, EYES)


def pages(parts: Parts) -> Blueprint:
    """Return what the ribbon's buttons do; nothing of it works without a simulated LINE."""
    blueprint = Blueprint("demo", __name__, url_prefix="/console/demo")

    @blueprint.post("/look-as")
    @signed_in
    def look_as() -> ResponseReturnValue:
        _require_demo(parts, g.user)
        other = _invented(g.session, request.form.get("login", ""))
        sessions.revoke(g.session, g.user, g.me.session_id, now=g.now)
        record(g.session, g.actor, "demo.look_as", "user", other.public_id, g.now)
        token = sessions.open_session(
            g.session, other, browser=request.user_agent.string, address=client_address(), now=g.now
        )
        wanted = local_address(request.form.get("next", ""))
        # What these eyes may not see they are not led to.
        response = make_response(redirect(wanted if _opens(other.role, wanted) else url_for("home.page")))
        cookies.give(response, token, parts)
        return response

    @blueprint.post("/remove")
    @without_transaction(Permission.MANAGE_STAFF)
    def remove() -> ResponseReturnValue:
        if parts.demo is None:
            raise NotFound("there is no invented shop here")
        with parts.database.read() as session:
            by = actor_in(session)
        parts.demo.remove(by=by, now=g.now)
        response = make_response(redirect(url_for("sign_in.form")))
        flash(_("The invented shop is gone. Add yourself with: python -m bot user add"), "success")
        cookies.take_back(response, parts)
        return response

    return blueprint


def _opens(role: Role, address: str) -> bool:
    """Say whether a role may open one of our own pages."""
    try:
        endpoint, _arguments = current_app.url_map.bind("").match(urlsplit(address).path)
    except HTTPException:
        return False
    access = access_of(endpoint)
    return access is not None and (access.permission is None or may(role, access.permission))


def _require_demo(parts: Parts, user: StaffUser) -> None:
    if parts.demo is None or not user.is_demo:
        raise NotAllowed("only who is invented can look with other invented eyes")


def _invented(session: Session, login: str) -> StaffUser:
    found = session.scalars(
        sa.select(StaffUser).where(
            StaffUser.login == login, StaffUser.is_demo, StaffUser.deactivated_at.is_(None)
        )
    ).one_or_none()
    if found is None:
        raise NotFound(f"nobody invented has the login {login}")
    return found
