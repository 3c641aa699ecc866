"""The phone page."""

from flask import Blueprint

from simulator.state import Line


def make_page(_line: Line) -> Blueprint:
    """Return the pages of one simulated account."""
    return Blueprint("page", __name__)
