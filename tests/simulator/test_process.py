"""The simulator as the process that newcomers start: calls, live page, dropped connections, restart, end."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

ROOT = Path(__file__).parents[2]
TOKEN = {"Authorization": "Bearer token"}
START = """
import sys
from pathlib import Path
from simulator.server import serve
serve("127.0.0.1", int(sys.argv[1]), channel_secret="secret", access_token="token",
      webhook_url="http://127.0.0.1:9/callback", keep_in=Path(sys.argv[2]))
"""


class Process:
    """A simulator in a process of its own."""

    def __init__(self, keep_in: Path) -> None:
        self.http = urllib3.PoolManager(retries=False)
        self.keep_in = keep_in
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-c", START, str(self.port), str(self.keep_in)]
        self.process = subprocess.Popen(command, cwd=ROOT)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                if self.http.request("GET", f"{self.url}/sim/state").status == 200:
                    return
            except urllib3.exceptions.HTTPError:
                time.sleep(0.05)
        pytest.fail("the simulator did not come up")

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def saved(self) -> str:
        return self.keep_in.read_text() if self.keep_in.exists() else ""

    def call(self, method: str, path: str, body: object = None) -> urllib3.BaseHTTPResponse:
        return self.http.request(method, self.url + path, json=body, headers=TOKEN)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path / "simulator.json")
    yield process
    if process.process.poll() is None:
        process.stop()
    process.http.clear()


def test_it_serves_drops_keeps_and_ends(process: Process) -> None:
    person = process.call("GET", "/sim/persons").json()[0]
    follow = process.call("POST", f"/sim/persons/{person['user_id']}/follow", {})
    assert follow.status == 200

    message = {"to": person["user_id"], "messages": [{"type": "text", "text": "hi"}]}
    assert process.call("POST", "/v2/bot/message/push", message).status == 200
    process.call("POST", "/sim/faults", {"endpoint": "push", "do": "drop_after"})
    with pytest.raises(urllib3.exceptions.HTTPError):
        process.call("POST", "/v2/bot/message/push", message)
    assert process.call("GET", "/sim/sent").json()["accepted"] == {"push": 2}

    stream = process.http.request("GET", f"{process.url}/page/stream", preload_content=False)
    assert next(stream.stream(1024)).startswith(b"retry:")
    stream.close()

    end = time.monotonic() + 15
    while process.saved().count('"text": "hi"') < 2 and time.monotonic() < end:
        time.sleep(0.05)  # the world is saved about a second after it has changed
    assert process.stop() == 0
    process.start()
    screen = process.call("GET", f"/sim/persons/{person['user_id']}").json()
    assert screen["friendship"] == "friend"
    assert [entry["words"] for entry in screen["chat"]] == ["hi", "hi"]
