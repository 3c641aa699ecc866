"""`python -m bench WHAT`: measure this machine against the budgets, and print a table in Markdown."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench import campaign, imports, kill, latency, memory, pages, segments, start, turns, webhook
from bench.progress import Progress
from bench.report import Host, Row, machine, table
from bench.servers import DidNotStart

ENGINES = ("sqlite", "postgresql")
WHAT = (
    "start",
    "webhook",
    "memory",
    "latency",
    "tabs",
    "turns",
    "console",
    "campaign",
    "imports",
    "segments",
    "kill",
)
Measure = Callable[[str, Path, Progress], list[Row]]
"""Measures one engine, with a folder for whatever it needs."""


def main() -> int:
    """Measure what was asked for; return 1 when a budget was missed.

    Interrupted, it tells what it has measured by then.
    """
    asked = _arguments()
    wanted = WHAT if asked.what == "all" else (asked.what,)
    engines = ENGINES if asked.database == "both" else (asked.database,)
    known = _measures(is_quick=asked.quick, rounds=asked.rounds, keep=asked.keep)
    described, host = machine(), Host()
    rows: list[Row] = []
    steps = len(engines) * sum(known[name][0] for name in wanted)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was started is stopped either way
    try:
        with tempfile.TemporaryDirectory(prefix="tagline-bench-") as base, Progress(steps) as progress:
            for name in wanted:
                for engine in engines:
                    folder = Path(base) / name / engine
                    folder.mkdir(parents=True)
                    progress.say(f"{name}, {engine}:")
                    rows += _measured(known[name][1], name, engine, folder, progress)
    finally:
        print(f"Measured on {described}; {host.taken()}.\n\n{table(rows)}", flush=True)
    return 1 if any(row.missed for row in rows) else 0


def _measured(measure: Measure, name: str, engine: str, folder: Path, progress: Progress) -> list[Row]:
    """Measure; what does not start misses its budget, and costs the others nothing."""
    try:
        return measure(engine, folder, progress)
    except DidNotStart as error:
        progress.say(f"{name}, {engine}: DID NOT START: {error}")
        return [Row(f"{name}, {engine}", "not measured: what it needs did not start", "", ["did not start"])]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", choices=(*WHAT, "all"))
    parser.add_argument("--database", choices=(*ENGINES, "both"), default="both")
    parser.add_argument("--quick", action="store_true", help="a first impression, in a quarter of the time")
    parser.add_argument(
        "--rounds", type=int, help="rounds of `webhook`; more of them level out a busy machine"
    )
    parser.add_argument(
        "--keep", type=Path, help="a folder in which the databases of `segments` stay, and are found again"
    )
    return parser.parse_args()


def _measures(*, is_quick: bool, rounds: int | None, keep: Path | None) -> dict[str, tuple[int, Measure]]:
    """Return each measurement with its number of steps."""
    loads = webhook.Plan(rounds=rounds or (1 if is_quick else 4), seconds=1 if is_quick else 2)
    waits = latency.Plan(warm_seconds=2, seconds=5) if is_quick else latency.Plan()
    work = turns.Plan(events=600, contacts=100) if is_quick else turns.Plan()
    sending = campaign.Plan(alike=20_000, personal=2_000) if is_quick else campaign.Plan()
    looks = pages.Plan(people=5_000, times=10) if is_quick else pages.Plan()
    crowd = segments.Plan(100_000, leaving=10_000, keep=keep) if is_quick else segments.Plan(keep=keep)
    files = imports.Plan(20_000) if is_quick else imports.Plan()
    starts = start.Plan(again=3) if is_quick else start.Plan()
    return {
        "start": (starts.steps, partial(start.measure, plan=starts)),
        "webhook": (loads.steps, partial(webhook.measure, plan=loads)),
        "memory": (memory.STEPS, memory.measure),
        "latency": (waits.steps, partial(latency.measure, plan=waits)),
        "tabs": (waits.steps, partial(latency.measure, plan=replace(waits, tabs=10))),
        "console": (looks.steps, partial(pages.measure, plan=looks)),
        "campaign": (sending.steps, partial(campaign.measure, plan=sending)),
        "imports": (files.steps, partial(imports.measure, plan=files)),
        "segments": (crowd.steps, partial(segments.measure, plan=crowd)),
        "kill": (
            kill.STEPS,
            partial(
                kill.measure,
                plan=kill.Plan(40, 15, people=1_000, campaign_kills=8) if is_quick else kill.Plan(),
            ),
        ),
        "turns": (work.steps, partial(turns.measure, plan=work)),
    }


if __name__ == "__main__":
    sys.exit(main())
