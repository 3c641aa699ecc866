"""The processes that are measured: started on free ports of 127.0.0.1, and stopped whatever happens."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import psutil  # type: ignore[import-untyped, unused-ignore]

from bench.bodies import SECRET
from bench.databases import Store

ROOT = Path(__file__).parent.parent
START_WITHIN_S = 30.0
STOP_WITHIN_S = 15.0
TOKEN = os.environ.get("LINE_CHANNEL_ACCESS_TOKEN") or secrets.token_hex(16)
"""The channel access token of everything that is measured in this run."""


class DidNotStart(Exception):  # noqa: N818 - the name says what happened
    """A process ended, or opened no port in time; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Running:
    """A process that was started here, with all its children."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def logged(self, event: str) -> Iterator[dict[str, Any]]:
        """Return the lines of the log about one kind of event."""
        with self.log.open("rb") as lines:
            for line in lines:
                if event.encode() in line and line.startswith(b"{"):
                    told = orjson.loads(line)
                    if told["event"] == event:
                        yield told

    def last_words(self) -> str:
        """Return whether it still runs, and the end of its log, in one line."""
        code = self.process.poll()
        state = "it runs" if code is None else f"it ended with {code}"
        return f"{state}; its log ends: {self.log.read_text(errors='replace')[-600:]!r}"

    def memory_mb(self) -> list[float]:
        """Return the resident memory of each process that serves: the children, or itself without any."""
        own = psutil.Process(self.process.pid)
        serving = own.children(recursive=True) or [own]
        return sorted(process.memory_info().rss / 1e6 for process in serving)

    def cpu_seconds(self) -> float:
        """Return the processor time used so far, by all of its processes."""
        own = psutil.Process(self.process.pid)
        times = [process.cpu_times() for process in (own, *own.children(recursive=True))]
        return float(sum(time.user + time.system for time in times))


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(
    command: list[str], *, folder: Path, name: str, port: int = 0, env: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """Run a command of this Python until the block ends; wait for its port where it has one."""
    log = folder / f"{name}.log"
    clean = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "LANG", "TMPDIR"}}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=clean | {"PYTHONPATH": str(ROOT)} | dict(env or {}),
            start_new_session=True,
        )
    running = Running(process, port, log)
    try:
        if port:
            _await_port(running)
        yield running
    finally:
        stop(running)


def stop(running: Running) -> None:
    """Ask a process to end, then make it and what it started."""
    if running.process.poll() is None:
        running.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            running.process.wait(STOP_WITHIN_S)
    # The group is ours: it was started with this process, and what remains of it is stuck.
    with suppress(ProcessLookupError):
        os.killpg(running.process.pid, signal.SIGKILL)
    running.process.wait()


def gunicorn(app: str, *, folder: Path, store: Store | None = None) -> AbstractContextManager[Running]:
    """Serve a sample the way the SDK's page says: gunicorn with two (sync) workers."""
    port = free_port()
    command = ["-m", "gunicorn", f"bench.sample:{app}()", "-w", "2", "-b", f"127.0.0.1:{port}"]
    command += ["--no-control-socket", "--log-level", "warning"]
    env = {"LINE_CHANNEL_SECRET": SECRET}
    if store is not None:
        env["BENCH_STORE"] = store.sample_url
    return started(command, folder=folder, name=f"sample-{app}", port=port, env=env)


def web(store: Store, *, folder: Path, line_port: int = 1) -> AbstractContextManager[Running]:
    """Serve our web process as `python -m bot web` does: one on SQLite, two on PostgreSQL."""
    port = free_port()
    command = ["-m", "bot", "web", "--workers", "1" if store.is_sqlite else "2"]
    env = settings(store, line_port=line_port) | {"PORT": str(port)}
    return started(command, folder=folder, name="web", port=port, env=env)


@contextmanager
def worker(store: Store, *, folder: Path, line_port: int) -> Iterator[Running]:
    """Run one worker, and wait until it looks for work."""
    with started(
        ["-m", "bot", "worker"], folder=folder, name="worker", env=settings(store, line_port=line_port)
    ) as running:
        _await(running, lambda: b"worker.started" in running.log.read_bytes())
        yield running


def line(*, folder: Path) -> AbstractContextManager[Running]:
    """Serve a simulated LINE that accepts the replies to everything in bench/bodies.py, each once."""
    port = free_port()
    command = ["-m", "granian", "bench.line:wsgi", "--factory", "--interface", "wsgi", "--no-ws"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--blocking-threads", "64"]
    command += ["--log-level", "warning", "--workers-kill-timeout", "2"]
    env = {"LINE_CHANNEL_SECRET": SECRET, "LINE_CHANNEL_ACCESS_TOKEN": TOKEN}
    return started(command, folder=folder, name="line", port=port, env=env)


def settings(store: Store, *, line_port: int) -> dict[str, str]:
    """Return the environment of our processes: credentials, so that they take LINE for real."""
    return {
        "LINE_CHANNEL_SECRET": SECRET,
        "LINE_CHANNEL_ACCESS_TOKEN": TOKEN,
        "LINE_API_BASE": f"http://127.0.0.1:{line_port}",
        "BASE_URL": "http://127.0.0.1:8000",
        "SECRET_KEY": SECRET * 2,
        "DATABASE_URL": store.url,
    }


def _await_port(running: Running) -> None:
    def is_open() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", running.port), 0.2):
            return True
        return False

    _await(running, is_open)


def _await(running: Running, is_ready: Callable[[], bool]) -> None:
    until = time.monotonic() + START_WITHIN_S
    while time.monotonic() < until and running.process.poll() is None:
        if is_ready():
            return
        time.sleep(0.05)
    raise DidNotStart(f"{running.log.name}:\n{running.log.read_text(errors='replace')[-2000:]}")
