"""Whether the program is alive and able to work, for load balancers and dashboards."""

from datetime import timedelta

import sqlalchemy as sa
from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from bot import metrics
from core.clock import Clock
from core.db import Database
from core.migrating import missing_migrations
from line.inbox import Lane, WebhookEvent

LONGEST_WAIT = timedelta(minutes=2)
"""A lane that is due for longer means that no worker does its work."""


def health(database: Database, clock: Clock) -> Blueprint:
    """Return `/healthz`, `/readyz` and `/metrics`."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def alive() -> Response:
        return Response("ok\n", content_type="text/plain")

    @blueprint.get("/readyz")
    def ready() -> tuple[Response, int]:
        checks = readiness(database, clock)
        return jsonify(checks), 200 if all(check == "ok" for check in checks.values()) else 503

    @blueprint.get("/metrics")
    def measured() -> Response:
        registry = CollectorRegistry()
        metrics.gather(registry, database, clock)
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return blueprint


def readiness(database: Database, clock: Clock) -> dict[str, str]:
    """Return each check with `ok`, or with what is wrong in words."""
    checks = {"database": "ok", "migrations": "ok", "backlog": "ok"}
    try:
        missing = missing_migrations(database)
        if missing:
            checks["migrations"] = f"{len(missing)} missing: run `python -m bot db upgrade`"
            return checks
        with database.write() as session:
            # Of nobody, and yet refused where a webhook would be: locked or read-only.
            session.execute(sa.update(WebhookEvent).where(WebhookEvent.id == 0).values(body=None))
        with database.read() as session:
            overdue = session.scalar(
                sa.select(sa.func.count()).select_from(Lane).where(Lane.due_at < clock() - LONGEST_WAIT)
            )
        if overdue:
            checks["backlog"] = f"{overdue} contacts have waited over two minutes: is a worker running?"
    except sa.exc.SQLAlchemyError as error:
        checks["database"] = f"not reachable: {type(error).__name__}"
    return checks
