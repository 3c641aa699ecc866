"""How many webhooks are accepted per second, and how long each takes, beside the SDK's own sample."""

import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from bench import servers
from bench.bodies import texts, write_requests
from bench.databases import Store, opened
from bench.load import Load, press
from bench.progress import Progress
from bench.report import Row
from bench.servers import Running
from core.db import Database
from line.inbox import WebhookEvent

USERS = 5000
MOST_PER_SECOND = 12_000
"""More than any of the servers manages here: requests are prepared for this rate."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure."""

    rounds: int = 4
    seconds: int = 2
    connections: tuple[int, ...] = (8, 32)

    @property
    def steps(self) -> int:
        return len(self.connections) * (self.rounds * 4 + 3)


BUDGETS = {("sqlite", 8): 1.0, ("sqlite", 32): 1.2, ("postgresql", 8): 0.8, ("postgresql", 32): 1.2}
STORING_BUDGET, P99_MS, P99_DRAINING_MS = 2.5, 30.0, 100.0


@dataclass(slots=True)
class _Served:
    """A server under load, and what came of it."""

    running: Running
    loads: dict[int, list[Load]]

    @property
    def answered(self) -> int:
        """Requests answered 200. One more for each connection may have been under way at the end."""
        return sum(load.answered - load.refused for loads in self.loads.values() for load in loads)

    def press(self, requests: Path, *, connections: int, seconds: int) -> Load:
        write_requests(requests, texts(seconds * MOST_PER_SECOND, users=USERS))
        load = press(self.running.port, requests, connections=connections, seconds=seconds)
        self.loads.setdefault(connections, []).append(load)
        return load


def measure(engine: str, folder: Path, progress: Progress, *, plan: Plan) -> list[Row]:
    """Measure ours and both samples in turn, round by round, then ours with a worker beside it."""
    with ExitStack() as stack:
        store = stack.enter_context(opened(engine, folder))
        line = stack.enter_context(servers.line(folder=folder))
        served = {
            "(1)": _Served(stack.enter_context(servers.gunicorn("plain", folder=folder)), {}),
            "(2)": _Served(stack.enter_context(servers.gunicorn("storing", folder=folder, store=store)), {}),
            "ours": _Served(stack.enter_context(servers.web(store, folder=folder)), {}),
        }
        for connections in plan.connections:
            for one in served.values():  # the first requests of a process import and connect
                one.press(folder / "requests", connections=connections, seconds=1)
                one.loads[connections].clear()
                progress.step()
        before = _stored(store)
        _rounds(served, plan, folder, progress, store.kind)
        beside = _Served(served["ours"].running, {})
        stack.enter_context(servers.worker(store, folder=folder, line_port=line.port))
        for number in range(plan.rounds):
            for connections in plan.connections:
                load = beside.press(folder / "requests", connections=connections, seconds=plan.seconds)
                progress.say(_told(store.kind, "beside a worker", number, connections, load))
                progress.step()
        lost = before + sum(one.answered for one in (served["ours"], beside)) - _stored(store)
    if lost > 0:
        progress.say(f"{store.kind}: {lost} EVENTS WERE ANSWERED 200 AND ARE NOT STORED")
    return [
        row
        for c in plan.connections
        for row in (_row(engine, store, c, served, lost), _row_beside(store, c, beside))
    ]


def _rounds(served: dict[str, _Served], plan: Plan, folder: Path, progress: Progress, kind: str) -> None:
    order = list(served)
    for number in range(plan.rounds):
        for connections in plan.connections:
            for name in order:
                load = served[name].press(folder / "requests", connections=connections, seconds=plan.seconds)
                progress.say(_told(kind, name, number, connections, load))
                progress.step()
        order.append(order.pop(0))  # nobody always comes first


def _told(kind: str, name: str, number: int, connections: int, load: Load) -> str:
    return (
        f"{kind} round {number + 1}, c = {connections}, {name}: {load.per_second:,.0f}/s, "
        f"p50 {load.p50_ms:.1f}, p99 {load.p99_ms:.1f} ms"
    )


def _stored(store: Store) -> int:
    database = Database.connect(store.url)
    with database.read() as session:
        stored = session.scalar(sa.select(sa.func.count()).select_from(WebhookEvent)) or 0
    database.dispose()
    return stored


def _row(engine: str, store: Store, c: int, served: dict[str, _Served], lost: int) -> Row:
    ours = served["ours"].loads[c]
    p99 = _middle([load.p99_ms for load in ours])
    budgets = {"(1)": BUDGETS[engine, c], "(2)": STORING_BUDGET}
    missed = [f"{lost} events lost"] if lost > 0 else []
    missed += _failures(ours)
    told = [f"**{_rate(ours)}**, p50 {_middle([load.p50_ms for load in ours]):.1f} ms, p99 {p99:.1f} ms"]
    for name, wanted in budgets.items():
        theirs = served[name].loads[c]
        ratios = [mine.per_second / other.per_second for mine, other in zip(ours, theirs, strict=True)]
        told.append(
            f"{_middle(ratios):.2f} × {name} ({min(ratios):.2f} to {max(ratios):.2f}), which does {_rate(theirs)}"
        )
        if _middle(ratios) < wanted:
            missed.append(f"{_middle(ratios):.2f} × {name}")
    if p99 > P99_MS:
        missed.append(f"p99 {p99:.0f} ms")
    processes = "1 process" if store.is_sqlite else "2 processes"
    budget = ", ".join(f"≥ {wanted:g} × {name}" for name, wanted in budgets.items())
    return Row(
        f"webhook accepted, {store.kind}, {processes}, c = {c}",
        "; ".join(told),
        f"{budget}, p99 ≤ {P99_MS:g} ms",
        missed,
    )


def _row_beside(store: Store, c: int, beside: _Served) -> Row:
    loads = beside.loads[c]
    p99 = _middle([load.p99_ms for load in loads])
    missed = [f"p99 {p99:.0f} ms"] if p99 > P99_DRAINING_MS else []
    return Row(
        f"the same while a worker drains the inbox, {store.kind}, c = {c}",
        f"{_rate(loads)}, p99 {p99:.1f} ms",
        f"p99 ≤ {P99_DRAINING_MS:g} ms",
        missed + _failures(loads),
    )


def _failures(loads: Sequence[Load]) -> list[str]:
    refused, broken = sum(load.refused for load in loads), sum(load.broken for load in loads)
    return [f"{refused} refused"] * bool(refused) + [f"{broken} connections broken"] * bool(broken)


def _rate(loads: Sequence[Load]) -> str:
    return f"{_middle([load.per_second for load in loads]):,.0f}/s"


def _middle(values: Sequence[float]) -> float:
    return float(statistics.median(values))
