"""The Messaging API as a WSGI application, in front of the pages."""

import socket
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from simulator import api
from simulator.faults import ConnectionDropped
from simulator.state import Line
from simulator.wire import BODY_LIMIT, Answer, Call

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class ApiInFront:
    """Answers what belongs to the Messaging API itself and hands everything else on."""

    def __init__(self, line: Line, rest: "WSGIApplication") -> None:
        self._line = line
        self._rest = rest

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith(api.PREFIXES):
            return self._rest(environ, start_response)
        try:
            answer = api.handle(self._line, _read(environ))
        except ConnectionDropped:
            return _drop(environ, start_response)
        start_response(_STATUS_LINES[answer.status], _headers(answer))
        return (answer.body,)


def _read(environ: "WSGIEnvironment") -> Call:
    body, is_too_large = _read_body(environ)
    query = environ.get("QUERY_STRING", "")
    return Call(
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"],
        query=dict(parse_qsl(query, keep_blank_values=True)) if query else {},
        authorization=environ.get("HTTP_AUTHORIZATION", ""),
        content_type=environ.get("CONTENT_TYPE", ""),
        retry_key=environ.get("HTTP_X_LINE_RETRY_KEY"),
        body=body,
        is_too_large=is_too_large,
    )


def _read_body(environ: "WSGIEnvironment") -> tuple[bytes, bool]:
    length = environ.get("CONTENT_LENGTH")
    stream: Any = environ["wsgi.input"]
    if length:
        size = int(length)
        if size > BODY_LIMIT:
            _read_off(stream, size)
            return b"", True
        return stream.read(size), False
    if environ.get("HTTP_TRANSFER_ENCODING", "").lower() != "chunked":
        return b"", False
    body = stream.read(BODY_LIMIT + 1)
    return (b"", True) if len(body) > BODY_LIMIT else (body, False)


def _read_off(stream: Any, size: int) -> None:
    # A client that is still writing would see a reset instead of the 413; so a few megabytes are read.
    left = min(size, 8 * BODY_LIMIT)
    while left > 0:
        chunk = stream.read(min(left, 65536))
        if not chunk:
            return
        left -= len(chunk)


def _headers(answer: Answer) -> list[tuple[str, str]]:
    return [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body))), *answer.headers]


def _drop(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    connection = environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)
        start_response("200 OK", [])
        return ()
    # A server that hides its sockets closes the connection when a promised body fails to come.
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "1000")])
    return _broken_off()


def _broken_off() -> Iterator[bytes]:
    yield b"{"
    raise ConnectionDropped
