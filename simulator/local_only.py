"""What every control endpoint does: answer JSON, take JSON, and only from this machine."""

import ipaddress
import json
from typing import Any
from urllib.parse import urlsplit

import orjson
from flask import Response, abort, request

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def refuse_others() -> None:
    """Refuse whoever is not on this machine, and other sites that a browser here has open.

    The Host check stops a name that was re-bound to 127.0.0.1; asking for JSON makes a browser ask
    first before another site may post, and nobody answers that question.
    """
    address = request.remote_addr or ""
    try:
        is_near = ipaddress.ip_address(address).is_loopback
    except ValueError:
        is_near = False
    name = urlsplit(f"//{request.host}").hostname or ""
    if not is_near or name not in _LOOPBACK_NAMES:
        abort(403)
    if request.method == "POST" and not request.is_json:
        abort(415)


def answer_json(body: object, status: int = 200) -> Response:
    """Return JSON."""
    try:
        content = orjson.dumps(body)
    except orjson.JSONEncodeError:
        # Half of a surrogate pair, which a test let somebody write.
        content = json.dumps(body, ensure_ascii=True).encode()
    return Response(content, status, content_type="application/json")


def given_json() -> dict[str, Any]:
    """Return the JSON object of the request."""
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        abort(400)
    return given


def refuse(message: str) -> Response:
    """Say what is wrong with a request."""
    return answer_json({"message": message}, 400)
