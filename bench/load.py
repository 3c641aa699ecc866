"""The load generator: wrk where it is installed, else sockets in a process of its own."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import orjson

SCRIPT = Path(__file__).with_name("requests.lua")
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Load:
    """What one stretch of load came to."""

    answered: int
    seconds: float
    p50_ms: float
    p99_ms: float
    refused: int
    """Answers other than 2xx and 3xx."""
    broken: int
    """Connections that failed or waited too long."""

    @property
    def per_second(self) -> float:
        return (self.answered - self.refused) / self.seconds


def generator_name() -> str:
    """Return what makes the load on this machine."""
    return "wrk" if shutil.which("wrk") else "sockets (wrk is not installed)"


def press(port: int, requests: Path, *, connections: int, seconds: float) -> Load:
    """Keep `connections` busy for a while with requests from a file, each sent at most once."""
    wrk = shutil.which("wrk")
    if wrk is not None:
        command = [wrk, "-t1", f"-c{connections}", f"-d{round(seconds)}s", "--timeout", "10s"]
        command += ["-s", str(SCRIPT), f"http://127.0.0.1:{port}"]
    else:
        command = [sys.executable, "-m", "bench.sockets", str(port), str(connections), str(seconds)]
    environment = os.environ | {"BENCH_REQUESTS": str(requests), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, env=environment, check=True)
    return _read(done.stdout)


def _read(output: bytes) -> Load:
    told = orjson.loads(next(line for line in output.splitlines() if line.startswith(b"{")))
    return Load(
        answered=told["requests"],
        seconds=told["us"] / 1e6,
        p50_ms=told["p50_us"] / 1e3,
        p99_ms=told["p99_us"] / 1e3,
        refused=told["refused"],
        broken=told["broken"],
    )
