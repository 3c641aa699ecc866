"""The shop's real processes, for tests that kill them: one web, workers, schedulers, replaced when they die.

Everything is imported once; then each process is a fork, so that a dead one is back in milliseconds.
It runs until its standard input closes, and says on standard output whom it has started.

    python -m tests.faults.staff [--workers N] [--schedulers N] [--die-after-sends 5,40]
        [--die-after-commits 7,9] [--lease 4] [--tick-lease 4]
"""

import argparse
import json
import logging
import mmap
import os
import select
import signal
import socket
import struct
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

import line.sdk_client  # noqa: F401 - a second of work that every worker would else do for itself
from bot import chores_child, committer, logs, schedules, worker_child
from bot.app import create_app
from bot.scheduler import Scheduler
from config import Settings
from core.clock import system_clock
from core.db import Database
from core.leases import new_owner
from line import lanes, outbox
from line.inbox import Arrival
from line.messenger import LineMessenger
from line.outbox import Sending
from line.outcomes import Outcome


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's signature
        """Say nothing."""


class Counter:
    """Counts across all processes, in memory that forks share; close enough, without a lock."""

    def __init__(self, deadly: Sequence[int]) -> None:
        self._shared = mmap.mmap(-1, 8)
        self._deadly = frozenset(deadly)

    def counts(self) -> None:
        """Count, and die where it is ordered: as by `kill -9`, in the middle of everything."""
        (number,) = struct.unpack("q", self._shared[:8])
        self._shared[:8] = struct.pack("q", number + 1)
        if number + 1 in self._deadly:
            os.kill(os.getpid(), signal.SIGKILL)


class DeadlyMessenger(LineMessenger):
    """Dies after LINE has accepted a message, before anybody could write that down."""

    counter: Counter

    def send(self, sending: Sending) -> Outcome:
        outcome = super().send(sending)
        self.counter.counts()
        return outcome


class DeadlyCommitter(committer.Committer):
    """Dies after events are stored, before LINE is answered."""

    counter: Counter

    def _write(self, batch: list[Arrival]) -> None:
        super()._write(batch)
        self.counter.counts()


class Staff:
    """The parent of all processes; has no thread and no connection of its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._door = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._roles: dict[int, str] = {}
        self._doing: dict[str, Callable[[], None]] = {
            "web": self._serve,
            "worker": lambda: worker_child.work(settings, None),
            "chores": lambda: chores_child.work(settings, None),
            "scheduler": self._schedules,
        }

    def runs(self, workers: int, schedulers: int) -> None:
        _say(port=self._door.getsockname()[1])
        for role in ("web", *["worker", "chores"] * workers, *["scheduler"] * schedulers):
            self._starts(role)
        while not select.select([sys.stdin], [], [], 0.02)[0]:
            self._replaces_the_dead()
        for pid in self._roles:
            os.kill(pid, signal.SIGKILL)
        os._exit(0)  # taking all modules apart takes seconds on a busy machine

    def _replaces_the_dead(self) -> None:
        while self._roles:
            pid, _status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            _say(gone=pid)
            self._starts(self._roles.pop(pid))

    def _starts(self, role: str) -> None:
        pid = os.fork()
        if pid == 0:
            try:
                self._doing[role]()
            finally:
                os._exit(1)
        self._roles[pid] = role
        _say(role=role, pid=pid)

    def _schedules(self) -> None:
        database = Database.connect(self._settings.database_url)
        zone = self._settings.time_zone
        Scheduler(database, clock=system_clock, zone=zone, owner=new_owner()).start()
        signal.pause()

    def _serve(self) -> None:
        app = create_app(self._settings, Database.connect(self._settings.database_url))
        server = make_server(
            "127.0.0.1", 0, app, threaded=True, request_handler=Quiet, fd=os.dup(self._door.fileno())
        )
        server.serve_forever()


def _say(**what: object) -> None:
    print(json.dumps(what), flush=True)


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",") if number]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--schedulers", type=int, default=0)
    parser.add_argument("--die-after-sends", type=_numbers, default=[])
    parser.add_argument("--die-after-commits", type=_numbers, default=[])
    parser.add_argument("--lease", type=float, help="seconds that a lane is leased for, instead of fifteen")
    parser.add_argument(
        "--tick-lease", type=float, help="seconds that a firing is leased for, instead of 120"
    )
    given = parser.parse_args()
    logs.configure("ERROR", sys.stderr)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    DeadlyMessenger.counter = Counter(given.die_after_sends)
    DeadlyCommitter.counter = Counter(given.die_after_commits)
    # The processes are the program's own; only what they call last is ours.
    sys.modules["bot.child"].LineMessenger = DeadlyMessenger  # type: ignore[attr-defined]
    sys.modules["bot.app"].Committer = DeadlyCommitter  # type: ignore[attr-defined]
    if given.lease is not None:
        lanes.LEASE = outbox.LEASE = timedelta(seconds=given.lease)
    if given.tick_lease is not None:
        schedules.LEASE = timedelta(seconds=given.tick_lease)
    Path(os.environ["MEDIA_DIR"]).mkdir(parents=True, exist_ok=True)
    Staff(Settings.load()).runs(given.workers, given.schedulers)


if __name__ == "__main__":
    main()
