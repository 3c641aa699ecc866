"""500 customers answer a questionnaire while workers and web are killed: nothing lost, nothing twice."""

from dataclasses import dataclass
from pathlib import Path

from bench.databases import opened
from bench.progress import Progress
from bench.report import Row
from tests.faults.kill import run_kill_test

STEPS = 1


@dataclass(frozen=True, slots=True)
class Plan:
    persons: int = 500
    kills: int = 100
    seed: int = 20261121


def measure(engine: str, folder: Path, progress: Progress, *, plan: Plan) -> list[Row]:
    """Run the kill test at size, once."""
    with opened(engine, folder) as store:
        progress.say(f"{plan.persons} customers, {plan.kills} kills")
        report = run_kill_test(
            store.url, persons=plan.persons, kills=plan.kills, seed=plan.seed, timeout_s=1200
        )
    progress.step()
    return [
        Row(
            f"kill test, {store.kind}",
            f"{report.events:,} events of {report.persons} customers, {report.kills} kills in"
            f" {report.seconds:.0f} s; {report.replies:,} replies, {report.taken_over} taken over",
            "every run complete exactly once, no event lost, no reply twice",
            report.problems[:5],
        )
    ]
