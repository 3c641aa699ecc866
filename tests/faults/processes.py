"""The shop's processes seen from outside: who lives, an end for one of them, and a road for webhooks."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from signal import SIGKILL, Signals

import orjson
import urllib3

from simulator.server import TEST_SECRET, TEST_TOKEN

ROOT = Path(__file__).parent.parent.parent


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
        self._alive: dict[str, list[int]] = {"web": [], "worker": [], "chores": [], "scheduler": []}
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
