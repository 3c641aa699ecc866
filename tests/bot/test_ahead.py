"""Another process reads ahead: in order, never for long without us, and never silently less."""

import multiprocessing
import os
import subprocess
import sys
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
