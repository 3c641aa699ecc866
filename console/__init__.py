"""The staff's pages. For now one page that anybody may read: what runs, in numbers and without names."""

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from console.overview import look
from core.db import Database


def console(database: Database, *, simulator_url: str | None) -> Blueprint:
    """Return the console's blueprint.

    :param simulator_url: where the simulated phone is; None when the program talks to LINE.
    """
    blueprint = Blueprint(
        "console",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/console/static",
    )

    @blueprint.get("/")
    def root() -> ResponseReturnValue:
        return redirect("/console/")

    @blueprint.get("/console/")
    def overview() -> ResponseReturnValue:
        with database.read() as session:
            seen = look(session)
        page = render_template("console/overview.html", seen=seen, simulator_url=simulator_url)
        return page, {"Cache-Control": "no-store"}

    return blueprint
