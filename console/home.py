"""What somebody sees first: whether all is well, and the way to their work."""

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from console.access import signed_in
from console.overview import look
from console.parts import Parts
from staff.permissions import Permission


def pages(_parts: Parts) -> Blueprint:
    """Return the first page."""
    blueprint = Blueprint("home", __name__, url_prefix="/console")

    @blueprint.get("/")
    @signed_in
    def page() -> ResponseReturnValue:
        seen = look(g.session) if g.me.may(Permission.SEE_SYSTEM) else None
        return render_template("home/page.html", seen=seen)

    return blueprint
