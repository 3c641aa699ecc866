"""The front door: verify, store, answer. Everything else happens later, elsewhere.

Plain WSGI in front of the Flask application, whose own way to a view and back takes four times as
long as all that happens here (docs/decisions/0008).
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from prometheus_client import Counter
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wsgi import get_content_length, get_input_stream

from bot.committer import Committer, NotStored
from core.clock import Clock
from core.db import DATABASE_GONE
from line.inbox import arrivals
from line.json import BadJson, loads
from line.signature import is_signed

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/callback"
BODY_LIMIT_BYTES = 2 * 1024 * 1024
MOST_EVENTS = 1000
"""Events in one body: far more than LINE sends, and no more than are soon stored."""
BODIES_AT_ONCE = 64
"""Bodies that are being read: half of a server's threads, so that senders who dawdle do not take them all."""
MOST_STRANGERS = 20
"""Destinations that are not our account and have been logged."""
ASK_OWN_ID_EVERY = timedelta(seconds=10)
"""How often the database is asked at most who we are, while what LINE says is somebody else."""

RECEIVED = Counter("tagline_webhooks", "Webhook requests by answer", ["status"])
for _status in (200, 400, 405, 413, 500, 503):
    RECEIVED.labels(str(_status))
EVENTS = Counter("tagline_webhook_events", "Webhook events stored or known already")

log = structlog.get_logger()


class WebhookInFront:
    """Answers LINE's webhooks for one channel, and hands everything else on."""

    def __init__(
        self,
        rest: "WSGIApplication",
        committer: Committer,
        *,
        secrets: Sequence[str],
        channel_id: int,
        own_id: Callable[[], str | None] = lambda: None,
        clock: Clock,
    ) -> None:
        """:param own_id: looks up the account's own id, as LINE told a worker; None while it has not."""
        self._rest = rest
        self._committer = committer
        self._secrets = secrets
        self._channel_id = channel_id
        self._ask_own_id = own_id
        self._own_id: str | None = None
        self._ask_again_at: datetime | None = None
        self._known_strangers: set[str] = set()
        self._clock = clock
        self._reading = threading.BoundedSemaphore(BODIES_AT_ONCE)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] != PATH:
            return self._rest(environ, start_response)
        try:
            status = self._receive(environ)
        except Exception as error:
            # The server below us would print what it says, which may be what a customer wrote.
            log.error("webhook.failed", exc_info=error)
            status = HTTPStatus.INTERNAL_SERVER_ERROR
        RECEIVED.labels(str(status.value)).inc()
        body = b"OK" if status is HTTPStatus.OK else b""
        headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            headers.append(("Allow", "POST"))
        start_response(f"{status.value} {status.phrase}", headers)
        return [body]

    def _receive(self, environ: "WSGIEnvironment") -> HTTPStatus:
        if environ["REQUEST_METHOD"] != "POST":
            return HTTPStatus.METHOD_NOT_ALLOWED
        body = self._read(environ)
        if isinstance(body, HTTPStatus):
            return body
        if not is_signed(self._secrets, body, environ.get("HTTP_X_LINE_SIGNATURE", "")):
            return _refuse(HTTPStatus.BAD_REQUEST, "signature", environ)
        try:
            payload = loads(body)
        except BadJson:
            return _refuse(HTTPStatus.BAD_REQUEST, "not JSON", environ)
        if not isinstance(payload, dict):
            return _refuse(HTTPStatus.BAD_REQUEST, "no events", environ)
        events = payload.get("events")
        if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
            return _refuse(HTTPStatus.BAD_REQUEST, "no events", environ)
        if not events:
            return HTTPStatus.OK
        if len(events) > MOST_EVENTS:
            return _refuse(HTTPStatus.BAD_REQUEST, "too many events", environ)
        try:
            self._committer.store(arrivals(events, self._channel_id, self._clock()))
        except NotStored as error:
            log.error("webhook.not_stored", events=len(events), reason=str(error))
            return HTTPStatus.SERVICE_UNAVAILABLE
        EVENTS.inc(len(events))
        self._look_at(payload.get("destination"))
        return HTTPStatus.OK

    def _read(self, environ: "WSGIEnvironment") -> bytes | HTTPStatus:
        if not self._reading.acquire(blocking=False):
            return _refuse(HTTPStatus.SERVICE_UNAVAILABLE, "too many at once", environ)
        try:
            body = _body(environ)
        finally:
            self._reading.release()
        if body is None or len(body) > BODY_LIMIT_BYTES:
            return _refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too large", environ)
        return body

    def _look_at(self, destination: object) -> None:
        """Say once of each other account that it is told about with our secret."""
        if destination == self._own_id or not isinstance(destination, str):
            return
        if destination in self._known_strangers or len(self._known_strangers) >= MOST_STRANGERS:
            return
        # Seldom, and only after events were stored: the database is there, and nobody waits for it twice.
        now = self._clock()
        if self._ask_again_at is None or now >= self._ask_again_at:
            self._ask_again_at = now + ASK_OWN_ID_EVERY
            with suppress(*DATABASE_GONE):
                self._own_id = self._ask_own_id()
        if self._own_id not in {None, destination}:
            self._known_strangers.add(destination)
            log.warning("webhook.another_destination", destination=destination[:100])


def _body(environ: "WSGIEnvironment") -> bytes | None:
    """Read the body, but never much more than may be accepted; None when it says itself that it is too large."""
    if (get_content_length(environ) or 0) > BODY_LIMIT_BYTES:
        return None
    try:
        return get_input_stream(environ).read(BODY_LIMIT_BYTES + 1)  # a chunked body has no length to trust
    except ClientDisconnected:
        return b""  # and so without a valid signature


def _refuse(status: HTTPStatus, reason: str, environ: "WSGIEnvironment") -> HTTPStatus:
    log.warning("webhook.refused", status=status.value, reason=reason, length=get_content_length(environ))
    return status
