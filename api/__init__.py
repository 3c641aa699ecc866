"""REST over the services that the console uses too: /api/v1, for programs with a token.

An application of its own, because its errors are other than a page's; `bot/app.py` puts it beside the console.
"""

import orjson
from flask import Response
from flask.json.provider import JSONProvider
from flask_openapi.openapi import OpenAPI
from pydantic import ValidationError
from werkzeug.middleware.proxy_fix import ProxyFix

from api import contacts, events, openapi, orders, scores, segments
from api.access import install_access
from api.limits import MAX_BODY_BYTES
from api.parts import Explain, Parts, Told
from api.problems import Problem, faults_of, install_problems

__all__ = ["Explain", "Parts", "Told", "create_api"]


class OrJson(JSONProvider):
    """Reads JSON as it is defined: no NaN, no half of a character."""

    def dumps(self, obj: object, **_options: object) -> str:
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **_options: object) -> object:
        return orjson.loads(s)


def create_api(parts: Parts) -> OpenAPI:
    """Return the application."""
    app = OpenAPI(
        "tagline-api",
        static_folder=None,
        info=openapi.INFO,
        security_schemes=openapi.SECURITY,
        openapi_extensions={"openapi": openapi.OPENAPI},
        validation_error_model=Problem,
        validation_error_callback=_refuse,
        doc_ui=False,
    )
    app.json = OrJson(app)
    app.extensions["api"] = parts
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.url_map.strict_slashes = False  # a redirect would lose the body, and with some clients the token
    app.url_map.merge_slashes = False
    install_problems(app)
    install_access(app, parts)
    app.after_request(_harden)
    for routes in (
        events.routes(),
        contacts.routes(),
        orders.routes(),
        segments.routes(parts),
        scores.routes(parts),
        openapi.routes(app),
    ):
        app.register_api(routes, url_prefix=openapi.PREFIX)
    if parts.trusted_proxies:
        count = parts.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]  # as Flask says to
    return app


def _refuse(error: ValidationError) -> Response:
    raise faults_of(error)


def _harden(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    return response
