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

BUDGET_MS = 100.0


@contextmanager
def posting(store: Store, folder: Path) -> Iterator[Sequence[float]]:
    """Post until the block ends; yields how long each webhook took, in milliseconds."""
    waits: list[float] = []
    stopping = threading.Event()
    bodies = texts(6_000, users=200, text="哈囉")
    with servers.line(folder=folder) as line, servers.web(store, folder=folder, line_port=line.port) as web:
        thread = threading.Thread(target=_post, args=(web.port, bodies, waits, stopping.is_set))
        thread.start()
        try:
            yield waits
        finally:
            stopping.set()
            thread.join()


def _post(port: int, bodies: Sequence[SignedBody], waits: list[float], is_over: Callable[[], bool]) -> None:
    http = urllib3.PoolManager(retries=False)
    for body in bodies:
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
