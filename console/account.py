"""What users see and change of themselves."""

from collections.abc import Mapping

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from console.access import client_address, requires, signed_in, without_transaction
from console.browsers import named
from console.languages import LANGUAGES
from console.parts import Parts
from console.sign_in import local_address, wait_words
from console.token_lines import LASTING, lines, offered
from console.words import _
from core.errors import InvalidInput, NotFound
from staff import pairing, service, sessions, sign_in, sign_in_links
from staff.audit import Actor, record
from staff.models import StaffUser
from staff.permissions import Permission
from tickets import staffing


def pages(parts: Parts) -> Blueprint:
    """Return the pages about oneself."""
    blueprint = Blueprint("account", __name__, url_prefix="/console/account")

    @blueprint.get("/")
    @signed_in
    def page() -> ResponseReturnValue:
        return whole_page(g.session, g.user)

    @blueprint.post("/preferences")
    @signed_in
    def preferences() -> ResponseReturnValue:
        language = request.form.get("language", "")
        wanted = service.Preferences(
            display_name=request.form.get("display_name", ""),
            language=language if language in LANGUAGES else None,
            plays_sound="plays_sound" in request.form,
            shows_notifications="shows_notifications" in request.form,
        )
        try:
            service.set_preferences(g.session, g.user, wanted, by=g.actor, now=g.now)
        except InvalidInput as error:
            return whole_page(g.session, g.user, error.fields), 422
        flash(_("Saved."), "success")
        return redirect(url_for(".page"))

    @blueprint.post("/duty")
    @requires(Permission.SET_OWN_DUTY)
    def duty_switch() -> ResponseReturnValue:
        staffing.set_duty(
            g.session,
            g.user,
            on=request.form.get("on") == "1",
            channel_id=g.channel_id,
            by=g.actor,
            now=g.now,
        )
        return redirect(local_address(request.form.get("next", "")))

    @blueprint.post("/password")
    @without_transaction()
    def password() -> ResponseReturnValue:
        # A hash takes longer than anybody may hold the write lock, so it is made between two transactions.
        new = request.form.get("new", "")
        try:
            _change_password(parts, request.form.get("current", ""), new)
        except InvalidInput as error:
            faults = {"new" if name == "password" else name: why for name, why in error.fields.items()}
            return _page_again(parts, faults), 422
        except sign_in.TooManyTries as error:
            return _page_again(parts, {"current": wait_words(error)}), error.status
        flash(_("Your password is changed. Other browsers are signed out."), "success")
        return redirect(url_for(".page"))

    @blueprint.post("/phone")
    @requires(Permission.TEST_SEND)
    def pair() -> ResponseReturnValue:
        pairing.issue(g.session, g.user, now=g.now)
        return redirect(url_for(".page", _anchor="phone"))

    @blueprint.post("/phone/forget")
    @requires(Permission.TEST_SEND)
    def unpair() -> ResponseReturnValue:
        pairing.unpair(g.session, g.user, by=g.actor, now=g.now)
        flash(_("Your phone is forgotten."), "success")
        return redirect(url_for(".page", _anchor="phone"))

    @blueprint.post("/sessions/<int(max=9223372036854775807):session_id>/end")
    @signed_in
    def end_session(session_id: int) -> ResponseReturnValue:
        if not sessions.revoke(g.session, g.user, session_id, now=g.now):
            raise NotFound("this session has ended already")
        record(g.session, g.actor, "user.end_session", "user", g.user.public_id, g.now)
        flash(_("That browser is signed out."), "success")
        return redirect(url_for(".page"))

    return blueprint


def _change_password(parts: Parts, current: str, new: str) -> None:
    confirm_owner(parts, current)
    hashed = parts.passwords.hashed(new)
    with parts.database.write() as session:
        user = service.access(session, g.me.public_id)
        by = Actor.of(user, client_address())
        service.set_password(session, user, hashed, by=by, now=g.now, keep=g.me.session_id)


def confirm_owner(parts: Parts, current: str) -> None:
    """Make sure of the present password, before something changes by which somebody could lock its owner out.

    :raises InvalidInput: it is another; `current` says so.
    :raises TooManyTries: the account has to wait.
    """
    with parts.database.read() as session:
        if not asks_present(session, service.access(session, g.me.public_id)):
            return
    # Counted like a sign-in: a session left open somewhere is no way to guess the password.
    with parts.database.write() as session:
        tried = sign_in.begin(session, g.me.login, address=client_address(), now=g.now)
    service.confirm_password(parts.passwords, tried.password_hash, current)
    with parts.database.write() as session:
        sign_in.forgive(session, tried)


def asks_present(session: Session, user: StaffUser) -> bool:
    """Say whether somebody has a password, and can be expected to know it."""
    return user.password_hash is not None and not sign_in_links.has_opened(
        session, g.me.session_id, now=g.now
    )


def _page_again(parts: Parts, faults: Mapping[str, str]) -> str:
    with parts.database.read() as session:
        return whole_page(session, service.access(session, g.me.public_id), faults)


def whole_page(session: Session, user: StaffUser, faults: Mapping[str, str] | None = None) -> str:
    """Return the account page, with what was wrong with a form of it."""
    return render_template(
        "account/page.html",
        user=user,
        asks_present=asks_present(session, user),
        faults=faults or {},
        code=pairing.find(session, user, now=g.now),
        tokens=lines(session, user, now=g.now),
        scopes=offered(user),
        lasting=[(key, words) for key, (words, _duration) in LASTING.items()],
        form=request.form,
        sessions=[(one, named(one.browser)) for one in sessions.of_user(session, user, now=g.now)],
    )
