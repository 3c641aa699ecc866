"""Every process of the program, as a newcomer starts it."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from time import monotonic
from typing import Any

import urllib3

from tests.ports import two_free_ports


class Program:
    """`python -m bot up` in an empty folder, without the invented shop: it is open at night."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = two_free_ports()
        self.phone = f"http://127.0.0.1:{self.port + 1}/"
        self.environment = {**os.environ, "PORT": str(self.port)}
        with (folder / "log").open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", "up", "--no-demo"],
                cwd=folder,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def waits_until_ready(self) -> None:
        until = monotonic() + 90
        while not (answers(f"http://127.0.0.1:{self.port}/readyz") and answers(self.phone)):
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert monotonic() < until, (self.folder / "log").read_text()
            threading.Event().wait(0.2)

    def shows(self, user_id: str) -> dict[str, Any]:
        """Return what `contact show ID --json` prints."""
        done = subprocess.run(
            [sys.executable, "-m", "bot", "contact", "show", user_id, "--json"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            check=True,
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def stops(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=60) == 0


def answers(url: str) -> bool:
    try:
        return urllib3.request("GET", url, retries=False, timeout=5).status == 200
    except urllib3.exceptions.HTTPError:
        return False
