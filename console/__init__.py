"""The staff's pages."""

from flask import Blueprint

from core.db import Database


def console(database: Database, *, simulator_url: str | None) -> Blueprint:
    """Return the console's blueprint."""
    return Blueprint("console", __name__)
