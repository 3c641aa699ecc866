"""Who works here: the list, adding somebody, and what can be changed about one."""

from collections.abc import Mapping

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from console.access import requires
from console.languages import current_language
from console.parts import Parts
from console.roles import find_role
from console.staff_rows import served, staff_rows
from console.words import _
from core.errors import Conflict, InvalidInput
from staff import service, sign_in_links, two_step
from staff.audit import record
from staff.models import Role, StaffUser
from staff.permissions import Permission
from tickets import staffing


def pages(parts: Parts) -> Blueprint:
    """Return the pages about staff."""
    blueprint = Blueprint("staff", __name__, url_prefix="/console/staff")

    @blueprint.get("/")
    @requires(Permission.SEE_STAFF)
    def page() -> ResponseReturnValue:
        rows = staff_rows(g.session, g.channel_id, current_language().tag)
        return render_template("staff/page.html", rows=rows)

    @blueprint.get("/new")
    @requires(Permission.MANAGE_STAFF)
    def new() -> ResponseReturnValue:
        return render_template("staff/new.html", typed={}, faults={}, roles=list(Role))

    @blueprint.post("/new")
    @requires(Permission.MANAGE_STAFF)
    def add() -> ResponseReturnValue:
        try:
            user = service.add_user(
                g.session,
                login=request.form.get("login", ""),
                display_name=request.form.get("display_name", ""),
                role=find_role(request.form.get("role", "")),
                by=g.actor,
                now=g.now,
            )
        except InvalidInput as error:
            return _form_again(error.fields), 422
        except Conflict as error:
            return _form_again({"login": error.message}), 422
        return _with_link(parts, user)

    @blueprint.get("/<public_id>")
    @requires(Permission.SEE_STAFF)
    def show(public_id: str) -> ResponseReturnValue:
        return _one(service.access(g.session, public_id))

    @blueprint.post("/<public_id>/role")
    @requires(Permission.MANAGE_STAFF)
    def role(public_id: str) -> ResponseReturnValue:
        user = service.access(g.session, public_id)
        wanted = find_role(request.form.get("role", ""))
        staffing.set_role(g.session, user, wanted, channel_id=g.channel_id, by=g.actor, now=g.now)
        return _saved(user)

    @blueprint.post("/<public_id>/duty")
    @requires(Permission.SET_OTHERS_DUTY)
    def duty(public_id: str) -> ResponseReturnValue:
        user = service.access(g.session, public_id)
        on = request.form.get("on") == "1"
        staffing.set_duty(g.session, user, on=on, channel_id=g.channel_id, by=g.actor, now=g.now)
        return _saved(user)

    @blueprint.post("/<public_id>/work")
    @requires(Permission.SET_OTHERS_DUTY)
    def work(public_id: str) -> ResponseReturnValue:
        user = service.access(g.session, public_id)
        try:
            staffing.set_work(
                g.session,
                user,
                capacity=request.form.get("capacity", -1, type=int),
                queue_ids=request.form.getlist("queue", type=int),
                channel_id=g.channel_id,
                by=g.actor,
                now=g.now,
            )
        except InvalidInput as error:
            return _one(user, faults=error.fields), 422
        return _saved(user)

    @blueprint.post("/<public_id>/link")
    @requires(Permission.MANAGE_STAFF)
    def link(public_id: str) -> ResponseReturnValue:
        user = service.access(g.session, public_id)
        if not user.is_active:
            raise Conflict("somebody who is deactivated gets no link")
        return _with_link(parts, user)

    @blueprint.post("/<public_id>/two-step/off")
    @requires(Permission.MANAGE_STAFF)
    def two_step_off(public_id: str) -> ResponseReturnValue:
        user = service.access(g.session, public_id)
        if user.public_id == g.me.public_id:
            raise Conflict("switch off your own two-step sign-in in your account, by its digits")
        two_step.switch_off(g.session, user, by=g.actor, now=g.now)
        return _saved(user)

    @blueprint.post("/<public_id>/deactivate")
    @requires(Permission.MANAGE_STAFF)
    def deactivate(public_id: str) -> ResponseReturnValue:
        user = service.access(g.session, public_id)
        staffing.deactivate(g.session, user, channel_id=g.channel_id, by=g.actor, now=g.now)
        return _saved(user)

    @blueprint.post("/<public_id>/reactivate")
    @requires(Permission.MANAGE_STAFF)
    def reactivate(public_id: str) -> ResponseReturnValue:
        user = service.access(g.session, public_id)
        service.reactivate(g.session, user, by=g.actor, now=g.now)
        return _saved(user)

    return blueprint


def _saved(user: StaffUser) -> Response:
    flash(_("Saved."), "success")
    return redirect(url_for(".show", public_id=user.public_id))


def _form_again(faults: Mapping[str, str]) -> str:
    return render_template("staff/new.html", typed=request.form, faults=faults, roles=list(Role))


def _one(user: StaffUser, faults: Mapping[str, str] | None = None, sign_in_link: str = "") -> str:
    return render_template(
        "staff/show.html",
        user=user,
        roles=list(Role),
        queues=served(g.session, g.channel_id, user, current_language().tag),
        faults=faults or {},
        sign_in_link=sign_in_link,
    )


def _with_link(parts: Parts, user: StaffUser) -> str:
    """Show the link in the answer to the form: it is told once and kept nowhere."""
    token = sign_in_links.issue(g.session, user, now=g.now)
    record(g.session, g.actor, "user.issue_link", "user", user.public_id, g.now)
    return _one(user, sign_in_link=parts.base_url + url_for("sign_in.link", token=token))
