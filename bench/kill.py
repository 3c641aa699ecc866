"""500 customers answer a questionnaire, and four campaigns go out, while processes are killed: nothing lost or twice."""

from dataclasses import dataclass
from pathlib import Path

from bench.databases import opened
from bench.progress import Progress
from bench.report import Row
from tests.faults.kill import run_kill_test
from tests.faults.kill_campaign import run_campaign_kill_test

STEPS = 2


@dataclass(frozen=True, slots=True)
class Plan:
    persons: int = 500
    kills: int = 100
    seed: int = 20261121
    people: int = 10_000
    """Who get the four campaigns."""
    campaign_kills: int = 90


def measure(engine: str, folder: Path, progress: Progress, *, plan: Plan) -> list[Row]:
    """Run the kill test at size, once."""
    with opened(engine, folder) as store:
        progress.say(f"{plan.persons} customers, {plan.kills} kills")
        report = run_kill_test(
            store.url, persons=plan.persons, kills=plan.kills, seed=plan.seed, workers=3, timeout_s=1200
        )
    progress.step()
    with opened(engine, folder / "campaign") as store:
        progress.say(f"four campaigns to {plan.people} people, {plan.campaign_kills} kills")
        sent = run_campaign_kill_test(
            store.url, people=plan.people, kills=plan.campaign_kills, seed=plan.seed, timeout_s=900
        )
    progress.step()
    return [
        Row(
            f"kill test of campaigns, {store.kind}",
            f"four campaigns to {sent.people:,} people (two at once, one at a time, one weekly), {sent.kills}"
            f" kills of workers and schedulers in {sent.seconds:.0f} s; {sent.requests:,} requests,"
            f" {sent.repeated} tried more than once; {sent.firings} firings, {sent.taken_up} taken up again",
            "everybody gets each exactly once, every firing is worked",
            sent.problems[:5],
        ),
        Row(
            f"kill test, {store.kind}",
            f"{report.events:,} events of {report.persons} customers; {report.kills} kills in"
            f" {report.seconds:.0f} s, one for each {report.events / report.kills:.0f} events;"
            f" {report.deaths} events cut off, {report.taken_over} answers taken over,"
            f" {report.pushes} late ones pushed, {report.too_late} overtaken by a second tap",
            "every run complete exactly once, no event lost, no answer twice",
            report.problems[:5],
        ),
    ]
