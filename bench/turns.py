"""How many turns with replies one worker process takes, second after second."""

import time
from dataclasses import dataclass
from pathlib import Path

from bench import servers
from bench.bodies import texts
from bench.conversation import QUESTION, count_replies, publish, replies, stored
from bench.databases import Store, opened
from bench.progress import Progress
from bench.report import Row
from core.clock import system_clock
from core.db import Database
from line.inbox import arrivals, record

PER_SECOND = {"sqlite": 200.0, "postgresql": 150.0}
GIVE_UP_AFTER_S = 50.0
"""A reply token lives for a minute; what takes longer is measured as what was done by then."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much there is to do."""

    events: int = 4000
    contacts: int = 400

    @property
    def steps(self) -> int:
        return 2


def measure(engine: str, folder: Path, progress: Progress, *, plan: Plan) -> list[Row]:
    """Fill the inbox under a waiting worker's nose, and count the replies that LINE gets."""
    with opened(engine, folder) as store:
        channel_id = publish(store)
        with (
            servers.line(folder=folder) as line,
            servers.worker(store, folder=folder, line_port=line.port) as worker,
        ):
            used = worker.cpu_seconds()
            tokens = _fill(store, channel_id, plan)
            progress.step()
            _wait(line.port, len(tokens))
            used = worker.cpu_seconds() - used
            came = list(replies(line.port))
            time.sleep(1.0)  # a reply too many would come now
            came += list(replies(line.port))[len(came) :]
            last_words = worker.last_words()
        inbox = stored(store)
    progress.step()
    if not came:
        progress.say(f"{store.kind}: the worker answered nothing: {last_words}")
        return [_nothing(store, engine)]
    # Of a single one no rate can be told.
    rate = (len(came) - 1) / max(came[-1].at - came[0].at, 0.001)
    answered = {one.token for one in came}
    faults = {
        "events not stored": len(tokens - inbox.received.keys()),
        "events not handled": inbox.unhandled,
        "events without a reply": len(tokens - answered),
        "replies twice": len(came) - len(answered),
    }
    missed = [f"{count} {what}" for what, count in faults.items() if count]
    missed += [f"{rate:.0f}/s"] * (rate < PER_SECOND[engine])
    cpu_ms = 1000 * used / len(came)
    progress.say(f"{store.kind}: {rate:.0f} turns/s, {cpu_ms:.1f} ms of processor time for each")
    return [
        Row(
            _what(store),
            f"**{rate:.0f}/s**, {cpu_ms:.1f} ms of processor time each; "
            f"{len(came):,} events of {plan.contacts} contacts, each answered once",
            _budget(engine),
            missed,
        )
    ]


def _nothing(store: Store, engine: str) -> Row:
    told = f"the worker answered nothing within {GIVE_UP_AFTER_S:g} s; what it said stands above"
    return Row(_what(store), told, _budget(engine), ["no turn was taken"])


def _what(store: Store) -> str:
    return f"turns with replies, one worker process, {store.kind}"


def _budget(engine: str) -> str:
    return f"≥ {PER_SECOND[engine]:g}/s"


def _fill(store: Store, channel_id: int, plan: Plan) -> set[str]:
    bodies = texts(plan.events, users=plan.contacts, text=QUESTION)
    now = system_clock()
    rows = arrivals([one.event for one in bodies], channel_id, now)
    database = Database.connect(store.url)
    for first in range(0, len(rows), 500):
        with database.engine.begin() as connection:
            record(connection, rows[first : first + 500])
    database.dispose()
    return {one.reply_token for one in bodies}


def _wait(line_port: int, count: int) -> None:
    until = time.monotonic() + GIVE_UP_AFTER_S
    while count_replies(line_port) < count and time.monotonic() < until:
        time.sleep(0.5)
