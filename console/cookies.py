"""The cookie that keeps somebody signed in."""

from typing import Any

from flask import request

from console.parts import Parts
from staff.sessions import LIFETIME

NAME = "tagline_session"
PATH = "/console"
"""The webhook, the health pages and the simulator on the next port never see it."""


def token() -> str:
    """Return the token that the browser brought; empty when it brought none."""
    return request.cookies.get(NAME, "")


def give(response: Any, token: str, parts: Parts) -> None:
    """Put a session's token into the browser."""
    response.set_cookie(
        NAME,
        token,
        max_age=LIFETIME,
        path=PATH,
        secure=parts.is_https,
        httponly=True,
        samesite="Lax",
    )


def take_back(response: Any, parts: Parts) -> None:
    """Remove it from the browser."""
    response.delete_cookie(NAME, path=PATH, secure=parts.is_https, httponly=True, samesite="Lax")
