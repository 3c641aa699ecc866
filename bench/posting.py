"""Twenty webhooks a second to a real web process, beside work that is measured: how long each takes."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import urllib3

from bench import servers
from bench.bodies import SignedBody, texts
from bench.databases import Store
from bench.report import percentile

USERS = 200
BUDGET_MS = 100.0


@contextmanager
def posting(store: Store, folder: Path) -> Iterator[Sequence[float]]:
    """Post until the block ends; yields how long each webhook took, in milliseconds."""
    waits: list[float] = []
    stopping = threading.Event()
    with servers.line(folder=folder) as line, servers.web(store, folder=folder, line_port=line.port) as web:
        thread = threading.Thread(target=_post, args=(web.port, waits, stopping.is_set))
        thread.start()
        try:
            yield waits
        finally:
            stopping.set()
            thread.join()


def told(waits: Sequence[float]) -> tuple[str, list[str]]:
    """Return how long webhooks took, in words, and what of it missed the budget."""
    if not waits:
        return "no webhook came through", ["no webhook came through"]
    p99 = percentile(waits, 0.99)
    words = f"{len(waits):,} webhooks meanwhile, p50 {percentile(waits, 0.5):.0f} ms, p99 {p99:.0f} ms"
    return words, [f"p99 {p99:.0f} ms"] * (p99 > BUDGET_MS)


def _post(port: int, waits: list[float], is_over: Callable[[], bool]) -> None:
    http = urllib3.PoolManager(retries=False)
    for body in _bodies():
        if is_over():
            return
        began = time.perf_counter()
        answer = http.request(
            "POST",
            f"http://127.0.0.1:{port}/callback",
            body=body.body,
            headers={"X-Line-Signature": body.signature, "Content-Type": "application/json"},
            timeout=5.0,
        )
        if answer.status == 200:
            waits.append(1000 * (time.perf_counter() - began))
        time.sleep(0.05)


def _bodies() -> Iterator[SignedBody]:
    while True:
        yield from texts(USERS, users=USERS, text="哈囉")
