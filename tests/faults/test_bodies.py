"""Bodies that mean harm, sent to the real server: without end, enormous, or packed so that they unfold."""

import gzip
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import pytest

from line.signature import sign
from simulator.server import TEST_SECRET
from tests.ports import two_free_ports

MB = 1024 * 1024
PIECE = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
NO_EVENTS = b'{"destination":"U","events":[]}'

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture
def engine_name() -> str:
    """Nothing of this gets as far as a database."""
    return "sqlite"


@dataclass
class Web:
    """The web process, as whoever reaches its port sees it."""

    port: int
    process: subprocess.Popen[bytes]

    def connects(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def asks(self, body: bytes, *headers: str) -> int:
        """Send a request and return the status of its answer."""
        with closing(self.connects()) as line:
            line.sendall(head(f"Content-Length: {len(body)}", *headers) + body)
            return status(line)

    def memory(self) -> int:
        """Return the bytes that all its processes hold."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        pages = (Path(f"/proc/{pid}/statm").read_text().split()[1] for pid in (self.process.pid, *children))
        return sum(map(int, pages)) * os.sysconf("SC_PAGE_SIZE")


def head(*headers: str) -> bytes:
    lines = ("POST /callback HTTP/1.1", "Host: bot.example", "Connection: close", *headers, "", "")
    return "\r\n".join(lines).encode()


def status(line: socket.socket) -> int:
    return int(line.recv(100).split()[1])


@pytest.fixture
def web(database_url: str, tmp_path: Path) -> Iterator[Web]:
    port = two_free_ports()
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "PORT": str(port),
        "LINE_CHANNEL_SECRET": TEST_SECRET,
        "LINE_CHANNEL_ACCESS_TOKEN": "token",
        "SECRET_KEY": "k" * 40,
        "LOG_LEVEL": "ERROR",
    }
    process = subprocess.Popen([sys.executable, "-m", "bot", "web"], cwd=tmp_path, env=environment)
    try:
        until = monotonic() + 40
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert monotonic() < until, "the web process does not come up"
                sleep(0.05)
        yield Web(port, process)
    finally:
        process.terminate()
        process.wait(60)


def test_no_body_fills_the_memory_and_others_are_answered_meanwhile(web: Web) -> None:
    signature = f"X-Line-Signature: {sign(TEST_SECRET, NO_EVENTS)}"
    assert web.asks(NO_EVENTS, signature) == 200
    before = web.memory()

    def without_end(_number: int) -> int:
        sent = 0
        with closing(web.connects()) as line:
            line.sendall(head("X-Line-Signature: x", "Transfer-Encoding: chunked"))
            with suppress(OSError):  # it hangs up, and then its answer may be lost on the way
                while sent < 500 * MB:
                    line.sendall(PIECE)
                    sent += len(PIECE)
            with suppress(ConnectionResetError):
                assert status(line) == 413
        return sent

    with ThreadPoolExecutor(8) as pool:
        endless = [pool.submit(without_end, number) for number in range(8)]
        assert web.asks(NO_EVENTS, signature) == 200
        assert max(sent.result() for sent in endless) < 100 * MB
    with closing(web.connects()) as line:
        line.sendall(head("X-Line-Signature: x", f"Content-Length: {20 * MB}"))
        assert status(line) == 413, "before anything of it is read"
    bomb = gzip.compress(b" " * (100 * MB))
    signed_bomb = f"X-Line-Signature: {sign(TEST_SECRET, bomb)}"
    assert web.asks(bomb, signed_bomb, "Content-Encoding: gzip") == 400, "it is never unpacked"
    assert web.memory() - before < 150 * MB, "eight bodies of two megabytes, and what a server reads ahead"
    assert web.asks(NO_EVENTS, signature) == 200


def test_of_two_signatures_none_counts(web: Web) -> None:
    good, bad = (f"X-Line-Signature: {sign(secret, NO_EVENTS)}" for secret in (TEST_SECRET, "f" * 32))
    for headers in ((good, bad), (bad, good), (good, good), (good, "x-line-signature: ")):
        assert web.asks(NO_EVENTS, *headers) == 400, headers
    assert web.asks(NO_EVENTS, good.replace("X-Line-Signature", "X-LINE-SIGNATURE")) == 200
    assert web.asks(NO_EVENTS, good.replace("X-Line-Signature", "x-line-signature")) == 200
    assert web.asks(NO_EVENTS) == 400
