"""How long a customer waits: from the moment the web process has an event to LINE having the reply."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import urllib3

from bench import servers, tabs
from bench.bodies import SignedBody, texts
from bench.conversation import QUESTION, Stored, count_replies, publish, replies, stored
from bench.databases import Store, opened
from bench.progress import Progress
from bench.report import Row, percentile

P50_MS, P99_MS = 40.0, 200.0
USERS = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to send, in seconds at a rate."""

    per_second: int = 50
    warm_seconds: int = 6
    """Everybody is new at first: their profiles are asked for, and nothing is cached yet."""
    seconds: int = 20
    tabs: int = 0
    """Tabs of the console that are open meanwhile."""

    @property
    def steps(self) -> int:
        return 2


def measure(engine: str, folder: Path, progress: Progress, *, plan: Plan) -> list[Row]:
    """Send questions at a steady rate, whatever the answers take, and look at both ends' clocks."""
    with opened(engine, folder) as store:
        publish(store)
        with (
            servers.line(folder=folder) as line,
            servers.web(store, folder=folder, line_port=line.port) as web,
            servers.worker(store, folder=folder, line_port=line.port) as worker,
            tabs.opened(store, web.port, plan.tabs) as asked,
        ):
            warm = texts(plan.warm_seconds * plan.per_second, users=USERS, text=QUESTION)
            refused = post_steadily(web.port, warm, plan.per_second)
            progress.step()
            counted = texts(plan.seconds * plan.per_second, users=USERS, text=QUESTION)
            refused += post_steadily(web.port, counted, plan.per_second)
            _wait_for_replies(line.port, len(warm) + len(counted))
            came = [(one.token, one.at) for one in replies(line.port)]
            last_words = worker.last_words()
        inbox = stored(store)
        turn_ended = {
            one["event_id"]: datetime.fromisoformat(one["timestamp"]).timestamp()
            for one in worker.logged("turn.done")
        }
    progress.step()
    answered_at = dict(came)
    wanted = {one.reply_token for one in (*warm, *counted)}
    took = [
        1000 * (answered_at[one.reply_token] - inbox.received[one.reply_token].timestamp())
        for one in counted
        if one.reply_token in answered_at and one.reply_token in inbox.received
    ]
    if not took:
        progress.say(f"{store.kind}: the worker answered nothing: {last_words}")
        return [Row(_what(plan, store), "no reply at all", _budget(), ["no reply"])]
    p50, p99 = percentile(took, 0.5), percentile(took, 0.99)
    parts = _parts(counted, inbox, turn_ended, answered_at)
    faults = {
        "webhooks refused": refused,
        "events not stored": len(wanted - inbox.received.keys()),
        "events not handled": inbox.unhandled,
        "events without a reply": len(wanted - answered_at.keys()),
        "replies twice": len(came) - len(answered_at),
    }
    missed = [f"{count} {what}" for what, count in faults.items() if count]
    missed += ["a tab that was told nothing"] * (plan.tabs > 0 and min(asked, default=0) == 0)
    missed += [f"p50 {p50:.0f} ms"] * (p50 > P50_MS) + [f"p99 {p99:.0f} ms"] * (p99 > P99_MS)
    progress.say(
        f"{store.kind}: {len(took):,} replies, p50 {p50:.1f}, p99 {p99:.1f}, most {max(took):.1f} ms; {parts}"
    )
    return [
        Row(
            _what(plan, store),
            f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, most {max(took):.0f} ms; {parts}; "
            f"{len(took):,} events, each answered once",
            _budget(),
            missed,
        )
    ]


def _what(plan: Plan, store: Store) -> str:
    beside = f", {plan.tabs} tabs of the console open" if plan.tabs else ""
    return f"event accepted → reply received by LINE, {plan.per_second} events/s{beside}, {store.kind}"


def _budget() -> str:
    return f"p50 ≤ {P50_MS:g} ms, p99 ≤ {P99_MS:g} ms"


def _parts(
    counted: Sequence[SignedBody],
    inbox: Stored,
    turn_ended: Mapping[str, float],
    answered_at: Mapping[str, float],
) -> str:
    """Say where the time went: in the queue, in the turn, and from its commit to LINE."""
    stretches = []
    for one in counted:
        token = one.reply_token
        ended = turn_ended.get(inbox.event_keys.get(token, ""))
        if ended is not None and token in inbox.begun and token in answered_at:
            begun = inbox.begun[token].timestamp()
            stretches.append(
                (begun - inbox.received[token].timestamp(), ended - begun, answered_at[token] - ended)
            )
    if not stretches:
        return "the worker's log does not tell where the time went"
    names = ("waiting", "deciding and writing", "sending")
    middles = [1000 * percentile(part, 0.5) for part in zip(*stretches, strict=True)]
    return "p50 of the parts: " + ", ".join(
        f"{name} {ms:.0f} ms" for name, ms in zip(names, middles, strict=True)
    )


def post_steadily(port: int, bodies: Sequence[SignedBody], per_second: int) -> int:
    """Send each at its time; return how many were not answered 200."""
    pool = urllib3.HTTPConnectionPool("127.0.0.1", port, maxsize=16, retries=False)

    def post(one: SignedBody) -> bool:
        headers = {"X-Line-Signature": one.signature, "Content-Type": "application/json"}
        return pool.request("POST", "/callback", body=one.body, headers=headers).status == 200

    began = time.monotonic()
    answers = []
    with ThreadPoolExecutor(16) as threads:
        for number, one in enumerate(bodies):
            # At a steady rate, whatever the answers take.
            time.sleep(max(0.0, began + number / per_second - time.monotonic()))
            answers.append(threads.submit(post, one))
    pool.close()
    return sum(not answer.result() for answer in answers)


def _wait_for_replies(line_port: int, count: int) -> None:
    until = time.monotonic() + 60
    while count_replies(line_port) < count and time.monotonic() < until:
        time.sleep(0.2)
