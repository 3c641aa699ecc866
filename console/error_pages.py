"""What staff see when something cannot be done.

A whole page for a browser. For htmx a short notice, put where notices go, so that what somebody was
typing stays on the page; and when their session has ended, a dialog to sign in again over that page.
"""

from typing import Any

import structlog
from flask import Flask, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from console.access import SAFE, SignInFirst, recognise
from console.refusals import in_words
from console.words import _
from core.errors import InvalidInput, Rejected

_log = structlog.get_logger()


def is_htmx() -> bool:
    """Say whether the answer goes into a page that is open already."""
    return "HX-Request" in request.headers


def install_error_pages(app: Flask) -> None:
    """Answer what goes wrong beneath /console in words; elsewhere nothing changes."""
    app.register_error_handler(SignInFirst, _sign_in_first)
    app.register_error_handler(Rejected, _rejected)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(HTTPException, _http)


def _is_ours() -> bool:
    return request.path.startswith("/console/")


def _sign_in_first(_error: SignInFirst) -> ResponseReturnValue:
    if is_htmx():
        response = make_response(render_template("sign_in/dialog.html"), 401)
        response.headers["HX-Retarget"] = "#dialogs"
        response.headers["HX-Reswap"] = "innerHTML"
        return response
    # A form that was posted cannot be repeated after signing in; the page that it was on can.
    wanted = request.full_path if request.method in SAFE else ""
    return redirect(url_for("sign_in.form", next=wanted.rstrip("?") or None))


def _rejected(error: Rejected) -> ResponseReturnValue:
    if not _is_ours():
        raise error
    faults = error.fields if isinstance(error, InvalidInput) else {}
    return _answer(error.status, said="" if faults else error.message, faults=faults)


def _stale_form(_error: CSRFError) -> ResponseReturnValue:
    return _answer(403, said=_("This page is out of date. Load it again, then repeat what you did."))


def _busy(error: OperationalError) -> ResponseReturnValue:
    if not _is_ours():
        raise error
    _log.warning("database_unavailable", path=request.path, said=str(error.orig))
    return _answer(503, said=_("The database is busy. Try again in a moment."))


def _http(error: HTTPException) -> ResponseReturnValue:
    if not _is_ours():
        return error.get_response()
    if error.code is not None and error.code < 400:
        return error.get_response()
    response = _answer(error.code or 500, said="")
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:
            response.headers[name] = value  # such as Allow
    return response


def _answer(status: int, *, said: str, faults: Any = None) -> Response:
    told = {"status": status, "title": _title(status), "said": in_words(said), "faults": faults or {}}
    if is_htmx():
        response = make_response(render_template("errors/notice.html", **told), status)
        response.headers["HX-Retarget"] = "#notices"
        response.headers["HX-Reswap"] = "beforeend"
        return response
    if g.me is None:
        recognise()
    return make_response(render_template("errors/page.html", **told), status)


def _title(status: int) -> str:
    return {
        400: _("That could not be understood"),
        403: _("You may not do that"),
        404: _("There is nothing here"),
        405: _("That cannot be done here"),
        409: _("That cannot be done now"),
        413: _("That is too large"),
        422: _("Something is missing or wrong"),
        429: _("Too many tries"),
        503: _("Not now"),
    }.get(status, _("Something went wrong on our side"))
