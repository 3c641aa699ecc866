"""Errors as RFC 9457 tells them: one shape for everything that goes wrong beneath /api.

`title` is HTTP's phrase for the status, `detail` a sentence for a person, `code` a word for a program,
and `errors` names every field at fault.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from flask import Flask, Response, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from core.db import DATABASE_GONE
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Rejected

MEDIA_TYPE = "application/problem+json"
REALM = 'Bearer realm="tagline"'
BUSY_SECONDS = 1
"""After which a request that met a busy database may come again."""

_log = structlog.get_logger()


class FieldFault(BaseModel):
    """One field that is at fault."""

    field: str = Field(description="Where in the request: `limit`, `events.3.at`.")
    detail: str


class Problem(BaseModel):
    """What is answered with `application/problem+json`."""

    model_config = ConfigDict(json_schema_extra={"required": ["type", "title", "status", "code"]})

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None
    code: str = Field(description="A word that stays as it is, such as `scope_missing`.")
    errors: list[FieldFault] | None = None


class Refused(Exception):  # noqa: N818 - the name is what happened to the request
    """End a request with a problem that is about HTTP, not about what was asked for."""

    def __init__(
        self, status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more


def problem(
    status: int, code: str, detail: str | None = None, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """Return such an answer."""
    told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code}
    if detail:
        told["detail"] = detail
    body = orjson.dumps({**told, **more})
    return Response(body, status, headers=dict(headers or {}), content_type=MEDIA_TYPE)


def faults_of(error: ValidationError) -> InvalidInput:
    """Return what a model of ours refused, by field."""
    return InvalidInput({field_of(one): sentence_of(one) for one in error.errors(include_url=False)})


def field_of(error: ErrorDetails) -> str:
    """Return where a fault is, as the sender wrote it."""
    place = error["loc"][1:] if error["loc"][:1] in _CASES else error["loc"]
    return ".".join(str(part) for part in place if part != "[key]") or "body"


def sentence_of(error: ErrorDetails) -> str:
    """Return what is wrong; never what was sent."""
    said = error["msg"].removeprefix("Value error, ")
    return said[:1].lower() + said[1:]


_CASES = {("single",), ("batch",)}
"""Of a body that may be one thing or many: pydantic names the case, the sender did not."""


def install_problems(app: Flask) -> None:
    """Answer everything that goes wrong as a problem."""
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(Rejected, _rejected)
    app.register_error_handler(HTTPException, _http)
    for gone in DATABASE_GONE:
        app.register_error_handler(gone, _busy)


def as_fields(fields: Mapping[str, str]) -> Sequence[Mapping[str, str]]:
    """Return faults by field as `errors` lists them."""
    return [{"field": name, "detail": why} for name, why in fields.items()]


def code_of(error: Rejected) -> str:
    """Return the word for a refusal of a service."""
    match error:
        case InvalidInput():
            return "invalid_input"
        case NotFound():
            return "not_found"
        case NotAllowed():
            return "not_allowed"
        case Conflict():
            return "conflict"
        case _:
            return "refused"


def _refused(error: Refused) -> Response:
    return problem(error.status, error.code, error.detail, error.headers, **error.more)


def _rejected(error: Rejected) -> Response:
    if isinstance(error, InvalidInput):
        told = "Something is missing or wrong."
        return problem(error.status, code_of(error), told, errors=as_fields(error.fields))
    return problem(error.status, code_of(error), error.message)


def _busy(error: DBAPIError) -> Response:
    _log.warning("api.database_unavailable", path=request.path, said=type(error).__name__)
    told = "The database is busy or away. Send the same request again in a moment."
    return problem(503, "unavailable", told, {"Retry-After": str(BUSY_SECONDS)})


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    phrase = HTTPStatus(status).phrase.lower().replace(" ", "_").replace("-", "_")
    kept = {
        name: value for name, value in error.get_headers() if name not in {"Content-Type", "Content-Length"}
    }
    return problem(status, phrase, _HTTP_DETAILS.get(status), kept)  # such as Allow


_HTTP_DETAILS: Mapping[int, str] = {
    400: "The request could not be understood.",
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
    413: "The body is larger than 2 MB.",
    500: "Something went wrong on our side. It is in the log.",
}
