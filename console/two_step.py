"""Switching two-step sign-in on and off for oneself."""

from collections.abc import Mapping

import segno
from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from console.access import client_address, signed_in, without_transaction
from console.account import asks_present, confirm_owner
from console.parts import Parts
from console.sign_in import wait_words
from console.words import _
from core.errors import InvalidInput
from staff import service, sign_in, two_step
from staff.audit import Actor
from staff.models import StaffUser
from staff.two_step import Code

PIXELS = 5
"""Of one square of the QR code."""


def pages(parts: Parts) -> Blueprint:
    """Return the pages about one's second step."""
    blueprint = Blueprint("two_step", __name__, url_prefix="/console/account/two-step")

    @blueprint.get("/")
    @signed_in
    def page() -> ResponseReturnValue:
        return _page(parts, g.session, g.user, two_step.new_seed())

    @blueprint.post("/on")
    @without_transaction()
    def switch_on() -> ResponseReturnValue:
        # A session left open somewhere is no way to lock its owner out by a phone of one's own.
        seed = request.form.get("seed", "")
        try:
            confirm_owner(parts, request.form.get("current", ""))
            with parts.database.write() as session:
                user = service.access(session, g.me.public_id)
                by = Actor.of(user, client_address())
                two_step.switch_on(session, user, seed, _code(parts), by=by, now=g.now)
        except two_step.WrongCode as error:
            return _page_again(parts, seed, {"code": _not_now()}), error.status
        except InvalidInput as error:
            return _page_again(parts, seed, error.fields), error.status
        except sign_in.TooManyTries as error:
            return _page_again(parts, seed, {"current": wait_words(error)}), error.status
        flash(_("From now on you are asked for the digits of your app when you sign in."), "success")
        return redirect(url_for("account.page"))

    @blueprint.post("/off")
    @without_transaction()
    def switch_off() -> ResponseReturnValue:
        # Counted like a sign-in: a session left open somewhere is no way to guess the digits.
        try:
            with parts.database.write() as session:
                tried = sign_in.begin_code(session, g.me.login, now=g.now)
            with parts.database.write() as session:
                user = service.access(session, g.me.public_id)
                two_step.check(session, user, _code(parts), now=g.now)
                two_step.switch_off(session, user, by=Actor.of(user, client_address()), now=g.now)
                sign_in.forgive(session, tried)
        except two_step.WrongCode as error:
            return render_template("account/two_step_off.html", said=_not_now()), error.status
        except sign_in.TooManyTries as error:
            return render_template("account/two_step_off.html", said=wait_words(error)), error.status
        flash(_("You sign in without digits again."), "success")
        return redirect(url_for("account.page"))

    return blueprint


def _code(parts: Parts) -> Code:
    return Code(request.form.get("code", ""), parts.secret_key)


def _not_now() -> str:
    return _("These are not the digits that the app shows now.")


def _page_again(parts: Parts, seed: str, faults: Mapping[str, str]) -> str:
    with parts.database.read() as session:
        user = service.access(session, g.me.public_id)
        return _page(parts, session, user, seed or two_step.new_seed(), faults)


def _page(
    parts: Parts, session: Session, user: StaffUser, seed: str, faults: Mapping[str, str] | None = None
) -> str:
    if user.two_step_seed is not None:
        return render_template("account/two_step_off.html", said="")
    secret = two_step.secret(parts.secret_key, user, seed)
    shop = g.published.content.name if g.published is not None else "Tagline"
    drawn = segno.make(two_step.address(secret, user, shop), error="m", micro=False)
    return render_template(
        "account/two_step_on.html",
        seed=seed,
        picture=drawn.svg_data_uri(scale=PIXELS, light="#fff"),
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        asks_present=asks_present(session, user),
        faults=faults or {},
    )
