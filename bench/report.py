"""What was measured, held against its budget, as Markdown."""

import os
import platform
import sqlite3
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from bench.load import generator_name


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    measured: str
    budget: str
    missed: Sequence[str] = ()
    """What is not within the budget, each in a few words."""

    @property
    def verdict(self) -> str:
        return "no: " + ", ".join(self.missed) if self.missed else "yes"


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| what | measured | budget | within |", "| --- | --- | --- | --- |"]
    lines += [f"| {row.what} | {row.measured} | {row.budget} | {row.verdict} |" for row in rows]
    return "\n".join(lines)


def machine() -> str:
    """Describe this machine in one sentence."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({_cpu_model()}), {memory:.0f} GB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}; a small write reaches the disk in "
        f"{_disk_ms():.2f} ms; load by {generator_name()}; load average before the run {os.getloadavg()[0]:.1f}"
    )


class Host:
    """What the host of a virtual machine takes from it meanwhile: no load average shows that."""

    def __init__(self) -> None:
        self._began = _ticks()

    def taken(self) -> str:
        """Tell the share of the processors' time since then that other machines got instead."""
        all_, stolen = (now - then for now, then in zip(_ticks(), self._began, strict=True))
        return (
            f"its host took {stolen / all_:.0%} of the processors meanwhile" if all_ else "its host unknown"
        )


def _ticks() -> tuple[int, int]:
    """Return all ticks since the start, and the stolen ones (proc(5), `cpu`: user to steal)."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return 0, 0
    ticks = [int(one) for one in stat.read_text().split("\n", 1)[0].split()[1:9]]
    return sum(ticks), ticks[7]


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of all lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _disk_ms() -> float:
    took = []
    with TemporaryFile(buffering=0) as file:
        for _ in range(50):
            file.write(b"x" * 4096)
            began = time.perf_counter()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


def say(text: str) -> None:
    """Write a line of progress."""
    print(text, file=sys.stderr, flush=True)
