"""The OpenAPI document, at /api/v1/openapi.json: made from the routes, so that it cannot say anything else.

The library writes 3.2.0 by itself, which hardly a tool reads yet; nothing in it needs more than 3.1.0.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

import orjson
from flask import Flask, Response
from flask_openapi.blueprint import APIBlueprint
from flask_openapi.models.info import Info
from flask_openapi.models.response import Response as Documented
from flask_openapi.models.tag import Tag
from flask_openapi.openapi import OpenAPI
from pydantic import BaseModel, RootModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from api.access import access_of, public
from api.problems import MEDIA_TYPE, Problem
from api.shapes import Strict
from segmentation.segments import Segments

PREFIX = "/api/v1"
VERSION = "1"
OPENAPI = "3.1.0"

_SCHEMAS = "#/components/schemas/"
_RULE = "Rule"
RULE_IN = ("UnsavedRule", "SegmentDetail")
"""The models with a `rule`."""

INFO = Info(
    title="Tagline",
    version=VERSION,
    description=(
        "What programs may tell Tagline and ask it: events, people, tags, orders, segments. "
        "Every request carries a token of a staff user. docs/api.md begins with five examples."
    ),
)
SECURITY: dict[str, Any] = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "Made on the page “My account” of the console, or by `python -m bot token add`.",
    }
}

_SAID: Mapping[str, str] = {
    "400": "The body is no JSON, or there is a token in the address.",
    "401": "There is no token, or it is not good; `WWW-Authenticate` says which.",
    "403": "The token lacks a scope, or its owner's role a permission; `missing` names them.",
    "404": "What the request names is not there.",
    "409": "Another change came first, or the person was erased.",
    "413": "The body is larger than 2 MB.",
    "415": "The body is no `application/json`.",
    "422": "Something in the request is wrong; `errors` names every field.",
    "429": "The token asks too often; `Retry-After` says when to come again.",
    "500": "Our fault; it is in the log.",
    "503": "The database is busy or away; `Retry-After` says when to come again.",
}


def blueprint(name: str, about: str | None) -> APIBlueprint:
    """Return an empty set of routes, documented under a heading."""
    return APIBlueprint(
        name,
        __name__,
        abp_tags=[Tag(name=name.title(), description=about)],
        abp_responses=_problem_responses(),
    )


def _problem_responses() -> dict[
    str | int | HTTPStatus, type[BaseModel] | Documented | dict[str, Any] | None
]:
    """Return what can go wrong with any request."""
    content = {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}}
    return {status: {"description": said, "content": content} for status, said in _SAID.items()}


def routes(app: OpenAPI) -> APIBlueprint:
    """Return the route of the document."""
    api = APIBlueprint("openapi", __name__, doc_ui=False)

    @api.get("/openapi.json")
    @public
    def document() -> Response:
        return Response(written(app), content_type="application/json")

    return api


@cache
def written(app: OpenAPI) -> bytes:
    """Return the document of an application whose routes are all there."""
    document = app.api_doc
    schemas = _schemas()
    named = {name: schemas[name] for name in document["components"]["schemas"]}
    document["components"]["schemas"] = {**named, **_rules(app.extensions["api"].segments)}
    for model in RULE_IN:
        named[model]["properties"]["rule"] |= {"$ref": f"{_SCHEMAS}{_RULE}"}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _say_who_may(app, path, method, operation)
            # The library joins the lines of a docstring as if they were HTML.
            operation["description"] = operation.get("description", "").replace("<br/>", "\n").strip()
    return orjson.dumps(document)


def _schemas() -> Mapping[str, Any]:
    """Return the schemas of our models as pydantic writes them; the library leaves out what it does not know."""
    ours = {one for one in _below(BaseModel) if one.__module__.startswith("api.")}
    asked = {one for one in ours if issubclass(one, Strict | RootModel)}
    modes: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (one, "validation" if one in asked else "serialization") for one in sorted(ours, key=str)
    ]
    _, written = models_json_schema(modes, ref_template="#/components/schemas/{model}")
    schemas: Mapping[str, Any] = written["$defs"]
    return schemas


def _rules(segments: Segments) -> Mapping[str, Any]:
    """Return the schema of rules, the same that playbooks are held to, beneath names of its own."""
    definitions = segments.json_schema()["$defs"]
    moved = {name: _RULE if name == "rule" else f"{_RULE}.{name}" for name in definitions}
    text = orjson.dumps({moved[name]: shape for name, shape in definitions.items()}).decode()
    for name, other in moved.items():
        text = text.replace(f'"#/$defs/{name}"', f'"{_SCHEMAS}{other}"')
    found: Mapping[str, Any] = orjson.loads(text)
    return found


def _below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for one in model.__subclasses__():
        yield one
        yield from _below(one)


def _say_who_may(app: Flask, path: str, method: str, operation: dict[str, Any]) -> None:
    """Write the scopes of a route into the document: the mark on its view is the only place that names them."""
    for rule in app.url_map.iter_rules():
        if method.upper() not in (rule.methods or ()) or _as_document(rule.rule) != path:
            continue
        access = access_of(app, rule.endpoint)
        scopes = [] if access is None else [scope.value for scope in access.scopes]
        operation["security"] = [{"token": scopes}]
        if access is None or not access.takes_body:
            for status in ("413", "415"):
                operation["responses"].pop(status, None)


def _as_document(rule: str) -> str:
    parts = [part.partition(":")[2] or part for part in rule.replace(">", "<").split("<")]
    return "".join(f"{{{part}}}" if number % 2 else part for number, part in enumerate(parts))
