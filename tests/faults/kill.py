"""Killing the shop's processes at random while customers answer, and counting what is lost or doubled.

`run_kill_test` is used small by the tests and large by the bench.
"""

import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from signal import SIGKILL, SIGTERM, Signals
from time import monotonic, sleep

import sqlalchemy as sa

from core.clock import system_clock
from core.db import Database
from line.channels import ensure_channel
from line.inbox import EventStatus, WebhookEvent
from line.outbox import Outgoing, SendStatus
from playbook.apply import apply
from playbook.check import check
from simulator.server import Simulator
from tests.faults.customer import STORIES, Customer
from tests.faults.processes import ROOT, Post, Processes
from tests.faults.verdict import Facts, judge_events, judge_people, judge_sends

RENTAL = ROOT / "examples" / "rental"
ANSWERS_EACH = 7.5
"""How many answers each person's share of the deaths is spread over; they get eight or nine."""
AT_ONCE = 100
"""How many customers are in the shop at the same time."""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a kill test; `problems` is empty when every promise was kept."""

    persons: int
    kills: int
    seconds: float
    """From the first customer's first act to the last one's end."""
    events: int
    replies: int
    pushes: int
    """Answers that missed their minute, and went out as a push because nothing had followed."""
    too_late: int
    """Answers that missed their minute when the person had asked again, and got that answer."""
    taken_over: int
    """Rows of the outbox that needed more than one attempt."""
    deaths: int
    """Deaths charged to events: lanes that a dead worker had in hand."""
    repeats: int
    """Taps repeated because nothing had come for forty seconds."""
    problems: tuple[str, ...]


def run_kill_test(
    database_url: str,
    *,
    persons: int,
    kills: int,
    seed: int,
    workers: int = 2,
    lease_s: float | None = None,
    timeout_s: float = 600.0,
) -> Report:
    """Let `persons` answer the rental questionnaire while processes are killed; the database must be migrated.

    One customer of each story answers before the first kill; everybody must end exactly like them. Every
    fifth victim is the web process, the others are workers; three more workers die between LINE's answer
    and their mark.

    :param lease_s: how long what a dead worker held waits for another, where that is not to be as usual.
    """
    random = Random(seed)
    first = len(STORIES) * 9
    sends = sorted(random.sample(range(first, first + persons), 3))  # early, so that stalls overlap
    arguments = ["--workers", f"{workers}", "--die-after-sends", ",".join(map(str, sends))]
    arguments += [] if lease_s is None else ["--lease", f"{lease_s}"]
    victims = ["web" if number % 5 == 4 else "worker" for number in range(kills)]
    return _run(database_url, persons, random, arguments, victims, SIGKILL, timeout_s)


def run_stop_test(
    database_url: str, *, persons: int, stops: int, seed: int, timeout_s: float = 600.0
) -> Report:
    """Tell workers to stop, again and again, while `persons` answer; as a deployment does in the busiest hour."""
    return _run(
        database_url, persons, Random(seed), ("--workers", "2"), ["worker"] * stops, SIGTERM, timeout_s
    )


def _run(
    database_url: str,
    persons: int,
    random: Random,
    arguments: Sequence[str],
    victims: Sequence[str],
    number: Signals,
    timeout_s: float,
) -> Report:
    _publish(database_url)
    with _open_shop(database_url, random.randrange(10**6), *arguments) as (processes, post, simulator):
        people = [
            Customer(simulator.person(f"Person {number}"), STORIES[number % len(STORIES)])
            for number in range(len(STORIES) + persons)
        ]
        pioneers, everybody = people[: len(STORIES)], people[len(STORIES) :]
        ledger = simulator.line.ledger
        _serve(pioneers, timeout_s=60.0)
        began = monotonic()
        is_over = threading.Event()

        def disturbs() -> None:
            """End a process whenever some work was done, however long that takes; a new one must be of use first."""
            on_average = ANSWERS_EACH * persons / len(victims)
            for role in victims:
                until = ledger.total + random.uniform(0, 2 * on_average)
                while ledger.total < until or not processes.kills(role, random, number):
                    if is_over.wait(0.01):
                        return

        disturber = threading.Thread(target=disturbs)
        disturber.start()
        _serve(everybody, timeout_s=timeout_s)
        seconds = monotonic() - began
        is_over.set()
        disturber.join()
        simulator.line.webhooks.wait_idle()
        database = Database.connect(database_url)
        _wait_until_quiet(database, until=monotonic() + 60)
        facts = Facts.read(database, tuple(ledger))
        database.dispose()
        return Report(
            persons=persons,
            kills=processes.died,
            seconds=seconds,
            events=len(facts.events),
            replies=ledger.accepted["reply"],
            pushes=ledger.accepted["push"],
            too_late=sum(row.status is SendStatus.TOO_LATE for row in facts.rows),
            taken_over=sum(row.attempts > 1 for row in facts.rows),
            deaths=sum(event.deaths for event in facts.events),
            repeats=sum(customer.repeats for customer in everybody),
            problems=(
                *judge_events(facts, post.accepted),
                *judge_sends(facts),
                *judge_people(facts, pioneers, everybody),
            ),
        )


def _publish(database_url: str) -> None:
    playbook = check(RENTAL).playbook
    assert playbook is not None
    database = Database.connect(database_url)
    with database.write() as session:
        channel = ensure_channel(session, now=system_clock())
        apply(session, channel, playbook, now=system_clock(), by="kill test")
    database.dispose()


@contextmanager
def _open_shop(database_url: str, seed: int, *arguments: str) -> Iterator[tuple[Processes, Post, Simulator]]:
    post = Post()
    with tempfile.TemporaryDirectory() as folder:
        simulator = Simulator(
            deliver=post, background=True, seed=seed, rate_scale=None, ledger_size=None, webhook_threads=16
        )
        simulator.line.webhooks.redelivery.is_on = True
        simulator.line.webhooks.redelivery.times = 20
        simulator.line.webhooks.redelivery.interval_seconds = 0.5
        with simulator:
            processes = Processes(database_url, simulator.url, *arguments, folder=Path(folder))
            post.port = processes.port
            try:
                yield processes, post, simulator
            finally:
                processes.stops()
                post.closes()


def _serve(customers: Sequence[Customer], *, timeout_s: float) -> None:
    """Let them add the account, some at a time, and act until the last one is through."""
    until = monotonic() + timeout_s
    coming, here = list(reversed(customers)), list[Customer]()
    while (coming or here) and monotonic() < until:
        while coming and len(here) < AT_ONCE:
            here.append(coming.pop())
            here[-1].follows()
        for customer in here:
            customer.acts()
        here = [customer for customer in here if not customer.is_done]
        sleep(0.02)


def _wait_until_quiet(database: Database, *, until: float) -> None:
    """Wait until nothing is pending and nothing is on its way."""
    pending = sa.select(WebhookEvent.id).where(WebhookEvent.status == EventStatus.PENDING)
    unsent = sa.select(Outgoing.id).where(Outgoing.status.in_([SendStatus.QUEUED, SendStatus.SENDING]))
    while monotonic() < until:
        with database.read() as session:
            if session.scalar(pending.limit(1)) is None and session.scalar(unsent.limit(1)) is None:
                return
        sleep(0.2)
