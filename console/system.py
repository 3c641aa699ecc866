"""What runs, in numbers and without names."""

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from console.access import requires
from console.overview import look
from console.parts import Parts
from staff.permissions import Permission


def pages(_parts: Parts) -> Blueprint:
    """Return the page of numbers."""
    blueprint = Blueprint("system", __name__, url_prefix="/console/system")

    @blueprint.get("/")
    @requires(Permission.SEE_SYSTEM)
    def page() -> ResponseReturnValue:
        return render_template("system/page.html", seen=look(g.session))

    return blueprint
