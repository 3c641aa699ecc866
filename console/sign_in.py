"""Signing in and out, and the language for those who are not signed in yet."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    abort,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from console import cookies
from console.access import client_address, printable, public, signed_in
from console.error_pages import is_htmx
from console.languages import LANGUAGES
from console.parts import Parts
from console.words import _
from core.errors import NotFound
from staff import sessions, sign_in, sign_in_links, two_step
from staff.audit import record
from staff.models import StaffSession
from staff.two_step import Code

FIRST_STEP = "first_step"
SECOND_STEP_WITHIN = timedelta(minutes=5)


def pages(parts: Parts) -> Blueprint:
    """Return the pages on which one signs in and out."""
    blueprint = Blueprint("sign_in", __name__, url_prefix="/console")

    @blueprint.get("/sign-in")
    @public
    def form() -> ResponseReturnValue:
        if g.me is not None:
            return redirect(_wanted())
        return render_template("sign_in/page.html", login="", wanted=_wanted())

    @blueprint.post("/sign-in")
    @public
    def enter() -> ResponseReturnValue:
        login, password = request.form.get("login", ""), request.form.get("password", "")
        try:
            token = _sign_in(parts, login, password)
        except two_step.CodeWanted:
            return _on_to_the_code()
        except (sign_in.WrongPassword, sign_in.TooManyTries) as error:
            return _again(error, login)
        return _welcome(parts, token)

    @blueprint.get("/sign-in/<token>")
    @public
    def link(token: str) -> ResponseReturnValue:
        # Only the button uses it up: whoever previews links in a chat must not.
        try:
            with parts.database.read() as database:
                name = sign_in_links.look(database, token, now=g.now).display_name
        except NotFound:
            if g.me is not None:  # the address in the terminal, followed once more
                return redirect(_wanted())
            return render_template("sign_in/used.html"), 404
        return render_template("sign_in/link.html", name=name, token=token)

    @blueprint.post("/sign-in/<token>")
    @public
    def use_link(token: str) -> ResponseReturnValue:
        try:
            with parts.database.write() as database:
                opened = sign_in_links.use(
                    database, token, code=None, browser=_browser(), address=client_address(), now=g.now
                )
                _end_this_browsers(database)
        except two_step.CodeWanted:
            _keep_first_step(link=token)
            return _on_to_the_code()
        except NotFound:
            return render_template("sign_in/used.html"), 404
        return _welcome(parts, opened)

    @blueprint.post("/sign-out")
    @signed_in
    def leave() -> ResponseReturnValue:
        sessions.revoke(g.session, g.user, g.me.session_id, now=g.now)
        record(g.session, g.actor, "user.sign_out", "user", g.user.public_id, g.now)
        session.clear()
        flash(_("You are signed out."), "success")
        response = make_response(redirect(url_for(".form")))
        cookies.take_back(response, parts)
        # What drafts this tab keeps are not for whoever sits here next.
        response.headers["Clear-Site-Data"] = '"storage"'
        return response

    @blueprint.post("/language")
    @public
    def language() -> ResponseReturnValue:
        tag = request.form.get("language", "")
        if tag not in LANGUAGES:
            abort(400)
        session["language"] = tag
        if g.me is not None:
            with parts.database.write() as database:
                row = sessions.find(database, cookies.token(), now=g.now)
                if row is not None:
                    row.user.language = tag
        return redirect(local_address(request.form.get("next", "")))

    _add_second_step(blueprint, parts)
    return blueprint


def _add_second_step(blueprint: Blueprint, parts: Parts) -> None:
    @blueprint.get("/sign-in/code")
    @public
    def code() -> ResponseReturnValue:
        return _code_form() if FIRST_STEP in session else redirect(url_for(".form", next=_wanted()))

    @blueprint.post("/sign-in/code")
    @public
    def enter_code() -> ResponseReturnValue:
        first = session.get(FIRST_STEP, {})
        if first.get("until", 0) < g.now.timestamp():
            return _again(None, "")
        try:
            token = _second_step(parts, first, Code(request.form.get("code", ""), parts.secret_key))
        except two_step.WrongCode as error:
            return _code_form(_("These are not the digits that the app shows now.")), error.status
        except sign_in.TooManyTries as error:
            return _code_form(wait_words(error)), error.status
        except (sign_in.WrongPassword, NotFound):
            return _again(None, "")
        return _welcome(parts, token)


def _sign_in(parts: Parts, login: str, password: str) -> str:
    """Compare outside the transactions: a hash takes longer than anybody may hold the write lock."""
    with parts.database.write() as database:
        tried = sign_in.begin(database, login, address=client_address(), now=g.now)
    rehashed = sign_in.compare(parts.passwords, tried, password)
    try:
        with parts.database.write() as database:
            opened = sign_in.finish(
                database,
                tried,
                code=None,
                password_to_keep=rehashed,
                browser=_browser(),
                address=client_address(),
                now=g.now,
            )
            _end_this_browsers(database)
            return opened
    except two_step.CodeWanted:
        # The password was right, and what is counted from here on are digits.
        with parts.database.write() as database:
            sign_in.forgive(database, tried)
        _keep_first_step(login=login, proof=_proof(tried))
        raise


def _keep_first_step(**how: str) -> None:
    """Keep in the signed cookie that the password was right, or which link was followed, for some minutes."""
    session[FIRST_STEP] = {**how, "until": (g.now + SECOND_STEP_WITHIN).timestamp()}


def _proof(tried: sign_in.Try) -> str:
    """Return what is another as soon as the password is another."""
    return hashlib.sha256((tried.password_hash or "").encode()).hexdigest()[:32]


def _second_step(parts: Parts, first: Mapping[str, str], code: Code) -> str:
    """Sign in by the digits of an app; tries are counted as those of passwords are.

    :raises WrongPassword: it was changed since it was typed.
    :raises NotFound: the link is used up.
    """
    link, login = first.get("link"), first.get("login", "")
    if link is not None:
        with parts.database.read() as database:
            login = sign_in_links.look(database, link, now=g.now).login
    with parts.database.write() as database:
        tried = sign_in.begin_code(database, login, now=g.now)
    who = {"browser": _browser(), "address": client_address()}
    with parts.database.write() as database:
        if link is not None:
            opened = sign_in_links.use(database, link, code=code, now=g.now, **who)
            sign_in.forgive(database, tried)
        elif _proof(tried) != first.get("proof"):
            raise sign_in.WrongPassword
        else:
            opened = sign_in.finish(database, tried, code=code, password_to_keep=None, now=g.now, **who)
        _end_this_browsers(database)
        return opened


def _end_this_browsers(database: Any) -> None:
    """End what this browser was signed in with; after the user is locked, the order in which others do it."""
    row: StaffSession | None = sessions.find(database, cookies.token(), now=g.now)
    if row is not None:
        sessions.revoke(database, row.user, row.id, now=g.now)


def _welcome(parts: Parts, token: str) -> ResponseReturnValue:
    session.clear()  # with it the form token of whoever was here before
    if is_htmx() and _stays(parts, token):
        response = make_response(render_template("sign_in/stay.html"))
    elif is_htmx():
        # The page below the dialog is loaded anew, and finds its drafts.
        response = make_response("", 200)
        response.headers["HX-Refresh"] = "true"
    else:
        response = make_response(redirect(_wanted()))
    cookies.give(response, token, parts)
    return response


def _stays(parts: Parts, token: str) -> bool:
    """Say whether the page below the dialog holds words of the very user who has signed in: it goes on as it is."""
    with parts.database.read() as database:
        row = sessions.find(database, token, now=g.now)
        return row is not None and row.user.public_id == request.form.get("stay", "")


def _on_to_the_code() -> ResponseReturnValue:
    return _code_form() if is_htmx() else redirect(url_for(".code", next=_wanted()))


def _code_form(said: str = "") -> str:
    template = "sign_in/code_dialog.html" if is_htmx() else "sign_in/code.html"
    return render_template(template, wanted=_wanted(), said=said)


def _again(error: sign_in.WrongPassword | sign_in.TooManyTries | None, login: str) -> ResponseReturnValue:
    """Show the form again.

    :param error: None: too much time has passed since the password, or it was changed.
    """
    if isinstance(error, sign_in.TooManyTries):
        said = wait_words(error)
    elif error is None:
        session.pop(FIRST_STEP, None)
        said = _("That took too long. Begin anew.")
    else:
        said = _("Login and password do not fit together.")
    template = "sign_in/dialog.html" if is_htmx() else "sign_in/page.html"
    page = render_template(template, login=login[:120], wanted=_wanted(), said=said)
    return page, error.status if error else 422


def wait_words(error: sign_in.TooManyTries) -> str:
    """Return how long somebody has to wait who tried too often."""
    minutes = max(1, round((error.until - g.now).total_seconds() / 60))
    return _("Too many tries. Wait %(minutes)s min, then try again.", minutes=minutes)


def _browser() -> str:
    return printable(request.user_agent.string)


def _wanted() -> str:
    return local_address(request.values.get("next", ""))


def local_address(address: str) -> str:
    """Return where to go next: only ever a page of our own."""
    parts = urlsplit(address)
    is_local = (
        address.startswith("/console/") and "\\" not in address and not parts.netloc and not parts.scheme
    )
    return address if is_local and address.isprintable() else url_for("home.page")
