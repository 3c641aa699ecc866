"""Killing the shop's processes at random while customers answer, and counting what is lost or doubled.

`run_kill_test` is used small by the tests and large by the bench.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from signal import SIGKILL, SIGTERM, Signals
from time import monotonic, sleep

import orjson
import sqlalchemy as sa
import urllib3

from contacts.models import Contact
from core.clock import system_clock
from core.db import Database
from line.inbox import EventStatus, WebhookEvent
from line.outbox import Outgoing, SendKind, SendStatus
from questionnaires.models import Run, RunStatus
from segmentation.models import ContactTag
from simulator.person import Person
from simulator.server import TEST_SECRET, TEST_TOKEN, Simulator

ROOT = Path(__file__).parent.parent.parent
RENTAL = ROOT / "examples" / "rental"
STORY = ("開始找房", "台北市", "15,000–25,000", "兩房以上", "越快越好", "有", "貓", "正確")
PATIENCE_S = 40.0
"""How long a person looks at the screen before they tap once more; longer than any lease."""
KILL_EVERY_S = 0.3


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a kill test; `problems` is empty when every promise was kept."""

    persons: int
    kills: int
    seconds: float
    events: int
    replies: int
    pushes: int
    taken_over: int
    """Rows of the outbox that needed more than one attempt."""
    deaths: int
    """Deaths charged to events."""
    impatient_taps: int
    """Taps repeated because nothing had come for forty seconds."""
    too_late: int
    """Replies whose minute passed while so few workers lived, and whose customer had asked again by then."""
    problems: tuple[str, ...]


class Processes:
    """The staff's processes, seen from outside: who lives, and an end for one of them."""

    def __init__(self, database_url: str, line_url: str, *arguments: str, folder: Path) -> None:
        environment = os.environ | {
            "DATABASE_URL": database_url,
            "LINE_API_BASE": line_url,
            "LINE_CHANNEL_SECRET": TEST_SECRET,
            "LINE_CHANNEL_ACCESS_TOKEN": TEST_TOKEN,
            "SECRET_KEY": "k" * 40,
            "BASE_URL": "http://127.0.0.1:8000",
            "MEDIA_DIR": str(folder / "media"),
            "PYTHONPATH": str(ROOT),
        }
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.staff", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=folder,
            env=environment,
        )
        self.port: int = json.loads(self._told())["port"]
        self._alive: dict[str, list[int]] = {"web": [], "worker": []}
        self.died = 0
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._reads, daemon=True)
        self._reader.start()

    def kills(self, role: str, random: Random, number: Signals = SIGKILL) -> bool:
        """End one process, as a power cut would unless another signal is given; False if none lives just now."""
        with self._changed:
            if not self._alive[role]:
                return False
            pid = random.choice(self._alive[role])
            self._alive[role].remove(pid)
            with suppress(ProcessLookupError):  # it died by itself this very moment
                os.kill(pid, number)
        return True

    def stops(self) -> None:
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.close()
        self._parent.wait(20)
        self._reader.join(5)
        self._parent.stdout.close()

    def _told(self) -> bytes:
        assert self._parent.stdout is not None
        return self._parent.stdout.readline()

    def _reads(self) -> None:
        while told := self._told():
            news = json.loads(told)
            with self._changed:
                if "gone" in news:
                    self.died += 1
                    for pids in self._alive.values():
                        pids[:] = [pid for pid in pids if pid != news["gone"]]
                else:
                    self._alive[news["role"]].append(news["pid"])


@dataclass
class Post:
    """Delivers webhooks and remembers which events were answered 200."""

    port: int = 0
    accepted: set[str] = field(default_factory=set)
    _http: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(maxsize=32, retries=False))

    def __call__(self, body: bytes, headers: Mapping[str, str]) -> int:
        url = f"http://127.0.0.1:{self.port}/callback"
        try:
            answer = self._http.request("POST", url, body=body, headers=dict(headers), timeout=2.0)
        except urllib3.exceptions.HTTPError:
            return 0
        if answer.status == 200:
            self.accepted.update(event["webhookEventId"] for event in orjson.loads(body)["events"])
        return answer.status

    def closes(self) -> None:
        self._http.clear()


@dataclass
class Customer:
    """A person who taps through the questionnaire, looking at the screen before each tap."""

    person: Person
    taps: int = 0
    looked_since: float = 0.0
    impatient: int = 0

    @property
    def is_done(self) -> bool:
        return self.taps == len(STORY) and self._has_answer

    @property
    def _has_answer(self) -> bool:
        return bool(self.person.buttons)

    def acts(self) -> None:
        """Tap what comes next if it is there; after a long wait, go on from what is there."""
        if self.taps < len(STORY) and STORY[self.taps] in self.person.buttons:
            self._taps(self.taps)
        elif monotonic() - self.looked_since > PATIENCE_S:
            self.impatient += 1
            shown = [step for step in range(self.taps) if STORY[step] in self.person.buttons]
            if shown:  # an answer that came too late was followed by the question once more
                self._taps(shown[-1])
            elif self.taps:
                self._taps(self.taps - 1)
            else:
                self.looked_since = monotonic()
                self.person.says("哈囉")

    def _taps(self, step: int) -> None:
        self.person.taps(STORY[step])
        self.taps = step + 1
        self.looked_since = monotonic()


def run_kill_test(
    database_url: str,
    *,
    persons: int,
    kills: int,
    seed: int,
    workers: int = 2,
    timeout_s: float = 600.0,
) -> Report:
    """Let `persons` answer the rental questionnaire while processes are killed; the database must be migrated.

    One customer answers before the first kill; everybody must end exactly like them. Every fifth victim is
    the web process, the others are workers; three more workers die between LINE's answer and their mark.
    """
    random = Random(seed)
    _publish(database_url)
    sends = sorted(random.sample(range(11, 11 + persons), 3))  # early, so that stalls overlap
    with _open_shop(database_url, seed, "--workers", str(workers), "--die-after-sends", _list(sends)) as shop:
        processes, post, simulator = shop
        first = Customer(simulator.person("Person 0"), looked_since=monotonic())
        first.person.follows()
        _serve([first], until=monotonic() + 60)
        everybody = [Customer(simulator.person(f"Person {number}")) for number in range(1, persons + 1)]
        before = monotonic()
        killer = threading.Thread(target=_kill, args=(processes, kills, random))
        killer.start()
        for customer in everybody:
            customer.looked_since = monotonic()
            customer.person.follows()
            if random.random() < 0.5:
                customer.acts()
        _serve(everybody, until=before + timeout_s)
        killer.join()
        seconds = monotonic() - before
        simulator.line.webhooks.wait_idle()
        _wait_until_quiet(database_url, until=monotonic() + 40)
        return _judge(database_url, simulator, post, first, everybody, kills=processes.died, seconds=seconds)


def run_stop_test(
    database_url: str, *, persons: int, stops: int, seed: int, timeout_s: float = 600.0
) -> Report:
    """Tell workers to stop, again and again, while `persons` answer; as a deployment does in the busiest hour."""
    random = Random(seed)
    _publish(database_url)
    with _open_shop(database_url, seed, "--workers", "2") as (processes, post, simulator):
        first = Customer(simulator.person("Person 0"), looked_since=monotonic())
        first.person.follows()
        _serve([first], until=monotonic() + 60)
        everybody = [Customer(simulator.person(f"Person {number}")) for number in range(1, persons + 1)]
        before = monotonic()
        for customer in everybody:
            customer.looked_since = monotonic()
            customer.person.follows()
        stopper = threading.Thread(target=_stop, args=(processes, stops, random))
        stopper.start()
        _serve(everybody, until=before + timeout_s)
        stopper.join()
        seconds = monotonic() - before
        simulator.line.webhooks.wait_idle()
        _wait_until_quiet(database_url, until=monotonic() + 40)
        return _judge(database_url, simulator, post, first, everybody, kills=processes.died, seconds=seconds)


def _stop(processes: Processes, stops: int, random: Random) -> None:
    done = 0
    while done < stops:
        sleep(random.uniform(0.3, 0.9))
        done += processes.kills("worker", random, SIGTERM)


def _publish(database_url: str) -> None:
    from line.channels import ensure_channel
    from playbook.apply import apply
    from playbook.check import check

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


def _serve(customers: Sequence[Customer], *, until: float) -> None:
    waiting = list(customers)
    while waiting and monotonic() < until:
        for customer in waiting:
            customer.acts()
        waiting = [customer for customer in waiting if not customer.is_done]
        sleep(0.02)


def _kill(processes: Processes, kills: int, random: Random) -> None:
    done = 0
    while done < kills:
        sleep(random.uniform(0.1, 2 * KILL_EVERY_S))
        done += processes.kills("web" if done % 5 == 4 else "worker", random)


def _wait_until_quiet(database_url: str, *, until: float) -> None:
    """Wait until nothing is pending and nothing is on its way."""
    database = Database.connect(database_url)
    pending = sa.select(WebhookEvent.id).where(WebhookEvent.status == EventStatus.PENDING)
    unsent = sa.select(Outgoing.id).where(Outgoing.status.in_([SendStatus.QUEUED, SendStatus.SENDING]))
    while monotonic() < until:
        with database.read() as session:
            if session.scalar(pending.limit(1)) is None and session.scalar(unsent.limit(1)) is None:
                break
        sleep(0.2)
    database.dispose()


def _judge(
    database_url: str,
    simulator: Simulator,
    post: Post,
    first: Customer,
    everybody: Sequence[Customer],
    *,
    kills: int,
    seconds: float,
) -> Report:
    database = Database.connect(database_url)
    problems: list[str] = []
    with database.read() as session:
        events = session.scalars(sa.select(WebhookEvent)).all()
        rows = session.scalars(sa.select(Outgoing)).all()
        confirmed = Counter(
            session.execute(
                sa.select(Contact.line_user_id)
                .join(Run, Run.contact_id == Contact.id)
                .where(Run.status == RunStatus.CONFIRMED)
            ).scalars()
        )
        runs = Counter(
            session.scalars(sa.select(Contact.line_user_id).join(Run, Run.contact_id == Contact.id))
        )
        tagged: dict[str, set[str]] = {}
        carried = sa.select(ContactTag, Contact.line_user_id).join(
            Contact, Contact.id == ContactTag.contact_id
        )
        for tag, user_id in session.execute(carried):
            tagged.setdefault(user_id, set()).add(tag.tag.name)
    database.dispose()

    stored = Counter(event.event_key for event in events)
    problems += [f"event {key} was answered 200 and is not there" for key in post.accepted - stored.keys()]
    problems += [
        f"event {event.event_key} is {event.status}"
        for event in events
        if event.status != EventStatus.HANDLED
    ]
    answered = Counter(row.event_key for row in rows if row.kind is SendKind.REPLY)
    problems += [f"event {key} has {count} replies" for key, count in answered.items() if count > 1]
    impatient = {customer.person.user_id for customer in everybody if customer.impatient}
    late = [row for row in rows if row.status is SendStatus.TOO_LATE and row.lane_key in impatient]
    late_for = {row.lane_key for row in late}
    unsent = [row for row in rows if row.status is not SendStatus.SENT and row not in late]
    problems += [f"outbox row {row.id} is {row.status}" for row in unsent]
    expected = tagged.get(first.person.user_id, set())
    if confirmed[first.person.user_id] != 1 or len(expected) < 5:
        problems.append(f"the first customer did not get through: {first.person.sees}")
    for customer in everybody:
        person = customer.person
        if confirmed[person.user_id] != 1 or runs[person.user_id] != 1:
            problems.append(
                f"{person.name} has {runs[person.user_id]} runs, {confirmed[person.user_id]} confirmed, after {customer.taps} taps"
            )
        if tagged.get(person.user_id) != expected:
            problems.append(f"{person.name} carries {sorted(tagged.get(person.user_id, ()))}")
        if person.user_id not in late_for:
            problems += _judge_screen(customer, first)
        elif person.sees[-1:] != first.person.sees[-1:]:
            problems.append(f"{person.name} does not see the end of it")
    ledger = simulator.line.ledger
    return Report(
        persons=len(everybody),
        kills=kills,
        seconds=seconds,
        events=len(events),
        replies=ledger.accepted["reply"],
        pushes=ledger.accepted["push"],
        taken_over=sum(row.attempts > 1 for row in rows),
        deaths=sum(event.deaths for event in events),
        impatient_taps=sum(customer.impatient for customer in everybody),
        too_late=len(late),
        problems=tuple(problems),
    )


def _judge_screen(customer: Customer, first: Customer) -> list[str]:
    """Compare what a person saw with what the undisturbed one saw: nothing missing, nothing twice."""
    person = customer.person
    seen = [words.replace(person.name, "NAME") for words in person.sees]
    expected = [words.replace(first.person.name, "NAME") for words in first.person.sees]
    if seen == expected:
        return []
    if customer.impatient and not Counter(expected) - Counter(seen):
        return []  # who asks twice is answered twice
    twice, missing = Counter(seen) - Counter(expected), Counter(expected) - Counter(seen)
    return [f"{person.name} saw too much: {dict(twice)}; missed: {dict(missing)}; order differs otherwise"]


def _list(numbers: Sequence[int]) -> str:
    return ",".join(str(number) for number in numbers)
