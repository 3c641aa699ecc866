"""Tokens for programs that work in one's name: made on the account page, shown once, revoked at once."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console import account
from console.access import requires
from console.parts import Parts
from console.token_lines import LASTING, line_of
from console.words import _
from core.errors import Conflict, InvalidInput
from staff import tokens
from staff.permissions import Permission


def pages(_parts: Parts) -> Blueprint:
    """Return the pages about one's tokens."""
    blueprint = Blueprint("tokens", __name__, url_prefix="/console/account/tokens")

    @blueprint.post("/")
    @requires(Permission.USE_API)
    def make() -> ResponseReturnValue:
        _words, lasts = LASTING.get(request.form.get("lasts", "90"), LASTING["90"])
        try:
            row, token = tokens.create(
                g.session,
                g.user,
                name=request.form.get("token_name", ""),
                scopes=request.form.getlist("scopes"),
                by=g.actor,
                now=g.now,
                expires_at=None if lasts is None else g.now + lasts,
            )
        except InvalidInput as error:
            faults = {"token_name" if name == "name" else name: why for name, why in error.fields.items()}
            return account.whole_page(g.session, g.user, faults), 422
        except Conflict as error:
            return account.whole_page(g.session, g.user, {"token_name": error.message}), 409
        # Not behind a redirect: the token would have to be kept until the next page.
        return render_template("account/token.html", token=token, line=line_of(row, now=g.now))

    @blueprint.post("/<public_id>/revoke")
    @requires(Permission.USE_API)
    def revoke(public_id: str) -> ResponseReturnValue:
        row = tokens.access(g.session, public_id, owner=g.user)
        tokens.revoke(g.session, row, by=g.actor, now=g.now)
        flash(_("The token “%(name)s” opens nothing any more.", name=row.name), "success")
        return redirect(url_for("account.page", _anchor="tokens"))

    return blueprint
