"""The front door: verify, store, answer. Everything else happens later, elsewhere."""

from collections.abc import Sequence

import structlog
from flask import Blueprint, Response, request
from prometheus_client import Counter

from bot.committer import Committer, NotStored
from core.clock import Clock
from line.inbox import arrivals
from line.json import BadJson, loads
from line.signature import is_signed

BODY_LIMIT_BYTES = 2 * 1024 * 1024

RECEIVED = Counter("tagline_webhooks", "Webhook requests by answer", ["status"])
EVENTS = Counter("tagline_webhook_events", "Webhook events stored or known already")

log = structlog.get_logger()


def webhook(committer: Committer, *, secrets: Sequence[str], channel_id: int, clock: Clock) -> Blueprint:
    """Return the blueprint that receives LINE's webhooks for one channel."""
    blueprint = Blueprint("webhook", __name__)

    @blueprint.post("/callback")
    def receive() -> Response:
        status = _receive(committer, secrets=secrets, channel_id=channel_id, clock=clock)
        RECEIVED.labels(str(status)).inc()
        return Response("OK" if status == 200 else "", status, content_type="text/plain")

    return blueprint


def _receive(committer: Committer, *, secrets: Sequence[str], channel_id: int, clock: Clock) -> int:
    if (request.content_length or 0) > BODY_LIMIT_BYTES:
        return _refuse(413, "too large")
    body = request.stream.read(BODY_LIMIT_BYTES + 1)  # a chunked body has no length to trust
    if len(body) > BODY_LIMIT_BYTES:
        return _refuse(413, "too large")
    if not is_signed(secrets, body, request.headers.get("X-Line-Signature", "")):
        return _refuse(400, "signature")
    try:
        payload = loads(body)
    except BadJson:
        return _refuse(400, "not JSON")
    events = payload.get("events") if isinstance(payload, dict) else None
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        return _refuse(400, "no events")
    if not events:
        return 200
    try:
        committer.store(arrivals(events, channel_id, clock()))
    except NotStored as error:
        log.error("webhook.not_stored", events=len(events), reason=str(error))
        return 503
    EVENTS.inc(len(events))
    return 200


def _refuse(status: int, reason: str) -> int:
    log.warning("webhook.refused", status=status, reason=reason, length=request.content_length)
    return status
