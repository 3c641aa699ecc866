"""Pages of the console, with 100,000 conversations behind them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import urllib3

from bench import busy_shop, servers
from bench.conversation import publish
from bench.databases import opened
from bench.progress import Progress
from bench.report import Row, percentile
from console.cookies import NAME
from core.clock import system_clock
from core.db import Database
from staff.models import Role

P95_MS = 100.0
BOSS, AGENT = ("boss", Role.SUPERVISOR), ("agent1", Role.AGENT)
FOR_ALL: Mapping[str, str] = MappingProxyType(
    {
        "home": "/console/",
        "inbox, all": "/console/inbox/?view=all",
        "inbox, mine": "/console/inbox/?view=mine",
        "inbox, waiting": "/console/inbox/?view=waiting",
        "inbox, solved": "/console/inbox/?view=solved",
        "inbox, searched": "/console/inbox/list?view=all&q=報修",
        "a conversation": "/console/inbox/t{number}",
        "contacts": "/console/contacts/",
        "contacts, searched": "/console/contacts/?q=陳怡君",
        "a contact": "/console/contacts/c{number}",
    }
)
FOR_SUPERVISORS: Mapping[str, str] = MappingProxyType(
    {"segments": "/console/segments/", "campaigns": "/console/campaigns/"}
)
"""What is asked for; `number` is that of a person who has an open ticket."""


@dataclass(frozen=True, slots=True)
class Plan:
    people: int = 100_000
    times: int = 40
    """How often each page is asked for by each of two users."""

    @property
    def steps(self) -> int:
        return busy_shop.steps(self.people) + len(FOR_ALL) + len(FOR_SUPERVISORS)


def measure(engine: str, folder: Path, progress: Progress, *, plan: Plan) -> list[Row]:
    """Ask for each page as a supervisor and as an agent would, one after the other."""
    with opened(engine, folder) as store:
        channel_id = publish(store)
        database = Database.connect(store.url)
        now = system_clock()
        busy_shop.build(database, channel_id, plan.people, progress, now=now)
        boss, agent = (busy_shop.signed_in(database, *user, now=now) for user in (BOSS, AGENT))
        database.dispose()
        with servers.web(store, folder=folder) as web:
            took = {}
            for name, path in {**FOR_ALL, **FOR_SUPERVISORS}.items():
                tokens = (boss, agent) if name in FOR_ALL else (boss,)
                took[name] = [ms for token in tokens for ms in _ask(web.port, path, token, plan.times)]
                progress.step()
    p95 = {name: percentile(waits, 0.95) for name, waits in took.items()}
    progress.say(f"{store.kind}: " + ", ".join(f"{name} {ms:.0f}" for name, ms in p95.items()) + " ms")
    every = [ms for waits in took.values() for ms in waits]
    return [
        Row(
            f"pages of the console, {plan.people:,} conversations, {store.kind}",
            f"p50 {percentile(every, 0.5):.0f} ms, p95 **{percentile(every, 0.95):.0f} ms**; p95 of each: "
            + ", ".join(f"{name} {ms:.0f}" for name, ms in p95.items()),
            f"p95 ≤ {P95_MS:g} ms",
            [f"{name} {ms:.0f} ms" for name, ms in p95.items() if ms > P95_MS],
        )
    ]


def _ask(port: int, path: str, token: str, times: int) -> Sequence[float]:
    """Return the milliseconds that each answer took; the first, which finds nothing prepared, does not count."""
    pool = urllib3.HTTPConnectionPool("127.0.0.1", port, maxsize=1, retries=False)
    waits = []
    for turn in range(times + 1):
        number = 1 + 20 * turn  # of agent 1, who may read them
        began = time.perf_counter()
        answer = pool.request(
            "GET",
            path.replace("{number}", str(number)),
            headers={"Cookie": f"{NAME}={token}"},
            redirect=False,
        )
        if answer.status != 200:
            raise servers.DidNotStart(f"{path} answered {answer.status}: {answer.data[:300]!r}")
        waits.append(1000 * (time.perf_counter() - began))
    pool.close()
    return waits[1:]
