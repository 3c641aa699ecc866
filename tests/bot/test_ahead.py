"""Another process reads ahead: in order, never for long without us, and never silently less."""

import io
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from bot.ahead import ahead

ROOT = Path(__file__).parents[2]


def makers() -> Iterator[tuple[int, int]]:
    """Yield numbers, and which process made each."""
    for number in range(5):
        yield number, os.getpid()


def test_items_come_in_order_from_another_process() -> None:
    with ahead(makers()) as made:
        numbers, pids = zip(*made, strict=True)
    assert numbers == (0, 1, 2, 3, 4)
    assert len({*pids, os.getpid()}) == 2


def test_nothing_is_left_of_it_when_we_stop_in_the_middle() -> None:
    with ahead(count()) as made:
        assert next(made) == 0
    assert multiprocessing.active_children() == []


def dies() -> Iterator[int]:
    yield 1
    os._exit(0)


def test_its_death_is_no_end() -> None:
    with ahead(dies()) as made:
        assert next(made) == 1
        with pytest.raises(ChildProcessError):
            next(made)


def large() -> Iterator[bytes]:
    yield b"1"
    yield bytes(5_000_000)


def test_its_death_in_the_middle_of_an_item_is_its_death_too() -> None:
    with ahead(large()) as made:
        assert next(made) == b"1"
        (child,) = multiprocessing.active_children()
        time.sleep(0.2)  # by then as much of the next as the pipe holds is in it
        child.kill()
        with pytest.raises(ChildProcessError, match="has died"):
            next(made)


class Locked(io.StringIO):
    """A stderr as a progress bar makes it: a thread holds its lock now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.RLock()

    def write(self, text: str) -> int:
        with self.lock:
            return super().write(text)


def fails() -> Iterator[int]:
    yield 1
    raise ValueError("no such thing")


@pytest.mark.timeout(20)
def test_what_failed_is_told_even_if_nothing_can_be_printed_there(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr, holds, goes_on = Locked(), threading.Event(), threading.Event()
    monkeypatch.setattr(sys, "stderr", stderr)

    def hold() -> None:
        with stderr.lock:
            holds.set()
            goes_on.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    holds.wait()
    try:
        with ahead(fails()) as made:
            assert next(made) == 1
            with pytest.raises(ChildProcessError, match="ValueError: no such thing"):
                next(made)
    finally:
        goes_on.set()
        thread.join()
    assert stderr.getvalue() == ""


def test_it_ends_with_us_even_by_kill_9() -> None:
    ours = "import sys; sys.path.insert(0, sys.argv[1]); from itertools import count; from bot.ahead import ahead\n"
    ours += "with ahead(count()) as made:\n    print(next(made), flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", ours, str(ROOT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"0\n"
        process.kill()
        # Both have it open: it ends when both have ended.
        assert process.communicate(timeout=30)[0] == b""
