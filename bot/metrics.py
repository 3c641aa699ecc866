"""What the program measures of itself. Queues are read from the database when asked; counts are counted."""

import os
from collections.abc import Iterator

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from core.clock import Clock
from core.db import Database
from line.inbox import EventStatus, Lane, WebhookEvent
from line.outbox import OPEN, Outgoing, SendKind, SendStatus

TURN_OUTCOMES = (
    "handled", "recorded", "refused", "taken_back", "fenced", "overtaken", "database_gone", "failed",
)  # fmt: skip
SEND_OUTCOMES = (
    SendStatus.SENT, SendStatus.REFUSED, SendStatus.NO_QUOTA, SendStatus.UNKNOWN, "again", "channel_stopped", "fenced",
)  # fmt: skip
"""Of every kind of request."""

TURNS = Counter("tagline_turns", "Turns by how they ended", ["outcome"])
TURN_SECONDS = Histogram(
    "tagline_turn_seconds",
    "Time of one turn without sending",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 3),
)
ANSWER_SECONDS = Histogram(
    "tagline_answer_seconds",
    "From an event's arrival to LINE's acceptance of its reply",
    buckets=(0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1, 3, 10, 30, 55),
)
SENDS = Counter("tagline_sends", "Requests to LINE by what became of them", ["kind", "outcome"])
LATE_REPLIES = Counter("tagline_late_replies", "Replies that missed LINE's minute", ["became"])

# A series that begins with its first event shows no increase to whoever watches for one.
for _outcome in TURN_OUTCOMES:
    TURNS.labels(_outcome)
for _became in ("push", "nothing"):
    LATE_REPLIES.labels(_became)
for _kind in SendKind:
    for _outcome in SEND_OUTCOMES:
        SENDS.labels(_kind, _outcome)
for _status in (SendStatus.TOO_LATE, SendStatus.PUSHED):
    SENDS.labels(SendKind.REPLY, _status)


def gather(registry: CollectorRegistry, database: Database, clock: Clock) -> None:
    """Register everything there is to show; counts of all processes where they share a folder for them.

    They do when `PROMETHEUS_MULTIPROC_DIR` is set before this module is imported (`bot/__main__.py`).
    """
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REGISTRY)
    registry.register(_Queues(database, clock))


class _Queues(Collector):
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        now = self._clock()
        with self._database.read() as session:
            pending = session.scalar(
                sa.select(sa.func.count()).where(WebhookEvent.status == sa.literal_column("'pending'"))
            )
            parked = session.scalar(
                sa.select(sa.func.count()).where(
                    WebhookEvent.status == sa.literal_column(f"'{EventStatus.PARKED}'")
                )
            )
            oldest = session.scalar(
                sa.select(sa.func.min(WebhookEvent.received_at)).where(
                    WebhookEvent.status == sa.literal_column("'pending'")
                )
            )
            leased = session.scalar(
                sa.select(sa.func.count()).where(Lane.due_at.is_not(None), Lane.owner.is_not(None))
            )
            outbox = dict(
                session.execute(
                    sa.select(Outgoing.status, sa.func.count())
                    .where(Outgoing.status.in_([*OPEN, SendStatus.NO_QUOTA, SendStatus.UNKNOWN]))
                    .group_by(Outgoing.status)
                ).all()
            )
        yield _gauge("tagline_inbox_pending", "Events waiting for their turn", pending or 0)
        yield _gauge("tagline_inbox_parked", "Events given up and waiting for a person", parked or 0)
        yield _gauge("tagline_inbox_leased_lanes", "Contacts being served right now", leased or 0)
        lag = 0.0 if oldest is None else max((now - oldest).total_seconds(), 0.0)
        yield _gauge("tagline_inbox_lag_seconds", "Age of the oldest event waiting", lag)
        family = GaugeMetricFamily("tagline_outbox", "Requests to LINE not settled well", labels=["status"])
        for status in (*OPEN, SendStatus.NO_QUOTA, SendStatus.UNKNOWN):
            family.add_metric([status.value], outbox.get(status, 0))
        yield family


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)
