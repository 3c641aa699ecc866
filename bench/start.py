"""How long one waits for the first page: after `git clone`, and whenever the program starts again."""

import http.client
import os
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.databases import opened
from bench.progress import Progress
from bench.report import Row
from bench.servers import ROOT, DidNotStart, Running, free_port, stop

FIRST_PAGE = "/console/sign-in"
FIRST_BUDGET_S = 90.0
AGAIN_BUDGET_S = 3.0
FIRST_WITHIN_S = 600.0
SETTLE_S = 5.0
"""How long it runs before it is stopped: who has been greeted has seen everything start."""


@dataclass(frozen=True, slots=True)
class Plan:
    again: int = 9
    """How often it is stopped and started again."""

    @property
    def steps(self) -> int:
        return 1 + self.again


def measure(engine: str, folder: Path, progress: Progress, *, plan: Plan) -> list[Row]:
    """Clone this repository, run `script/run` there as the README says, and again and again.

    The database is the one that a newcomer has: SQLite's is made at the first start, PostgreSQL's is there.
    """
    clone = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    with opened(engine, folder / "store") as store:
        env = {} if store.is_sqlite else {"DATABASE_URL": store.url}
        waited: list[float] = []
        for _ in range(plan.steps):
            began = time.monotonic()
            with _running(clone, env) as running:
                _await_page(running)
                waited.append(time.monotonic() - began)
                time.sleep(SETTLE_S)
            progress.step()
        kind = store.kind
    first, *again = waited
    usual, longest = statistics.median(again), max(again)
    return [
        Row(
            f"`script/run` on a fresh clone to the first page, {kind}",
            f"**{first:.0f} s**, with downloads and the invented shop",
            f"≤ {FIRST_BUDGET_S:g} s",
            [f"{first:.0f} s"] if first > FIRST_BUDGET_S else [],
        ),
        Row(
            f"the same whenever it is started again, {kind}",
            f"**{usual:.1f} s**, {min(again):.1f} to {longest:.1f} s in {len(again)} starts",
            f"≤ {AGAIN_BUDGET_S:g} s",
            [f"{longest:.1f} s at worst"] if longest > AGAIN_BUDGET_S else [],
        ),
    ]


@contextmanager
def _running(clone: Path, env: dict[str, str]) -> Iterator[Running]:
    port = free_port()
    log = clone.parent / "run.log"
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("LINE_", "DATABASE_"))}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [clone / "script" / "run"],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=clean | env | {"PORT": str(port)},
            start_new_session=True,
        )
    running = Running(process, port, log)
    try:
        yield running
    finally:
        stop(running)


def _await_page(running: Running) -> None:
    until = time.monotonic() + FIRST_WITHIN_S
    while time.monotonic() < until and running.process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=FIRST_WITHIN_S)
        try:
            connection.request("GET", FIRST_PAGE)
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.02)
        finally:
            connection.close()
    raise DidNotStart(running.last_words())
