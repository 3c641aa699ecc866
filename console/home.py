"""What somebody sees first: whether all is well, what waits for them, and the way to their work."""

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from console.access import signed_in
from console.overview import look
from console.parts import Parts
from staff.permissions import Permission
from tickets import lists


def pages(_parts: Parts) -> Blueprint:
    """Return the first page."""
    blueprint = Blueprint("home", __name__, url_prefix="/console")

    @blueprint.get("/")
    @signed_in
    def page() -> ResponseReturnValue:
        seen = look(g.session) if g.me.may(Permission.SEE_SYSTEM) else None
        counts = (
            lists.counts(g.session, g.user, channel_id=g.channel_id)
            if g.me.may(Permission.SEE_INBOX)
            else None
        )
        return render_template("home/page.html", seen=seen, counts=counts)

    return blueprint
