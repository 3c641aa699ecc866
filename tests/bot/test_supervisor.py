"""A worker that dies or hangs is replaced; one whose parent dies ends itself. Real processes, real kills."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

CHILD = """
import os, signal, sys, threading, time
from bot.supervisor import Heart

heart = Heart(int(sys.argv[-1]))
log = open("lives", "a")
over = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: over.set())
print(os.getpid(), file=log, flush=True)
heart.watch_parent(over.set, within_s=1)
{behaviour}
print("stopped", file=log, flush=True)
"""
PARENT = """
import sys
from bot.supervisor import Supervisor, supervise
say = lambda what: print(what, flush=True)
command = [sys.argv[2], "child.py"]
both = [Supervisor(command, say=say, silent_after_s=1, stop_within_s=2) for _ in range(int(sys.argv[1]))]
sys.exit(supervise(both))
"""
GOOD = "while not over.wait(0.1): heart.beat()"
SILENT = "heart.beat(); over.wait()"
STUBBORN = "\nwhile True: heart.beat(); time.sleep(0.1)"
DYING = "sys.exit(3)"
BAD_SETTINGS = "sys.exit(78)"

Start = Callable[..., subprocess.Popen[str]]


def lives() -> list[str]:
    """Return what the children wrote: their ids, and `stopped`."""
    file = Path("lives")
    return file.read_text().split() if file.exists() else []


def until(holds: Callable[[], bool], *, within_s: float = 60.0) -> None:
    end = monotonic() + within_s
    while not holds():
        assert monotonic() < end, "waited in vain"
        sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start a supervisor whose child behaves as told."""
    monkeypatch.chdir(tmp_path)
    started: list[subprocess.Popen[str]] = []

    def begin(behaviour: str, *, children: int = 1, python: str = sys.executable) -> subprocess.Popen[str]:
        Path("python").symlink_to(sys.executable)
        Path("child.py").write_text(textwrap.dedent(CHILD).format(behaviour=behaviour))
        command = [sys.executable, "-c", PARENT, str(children), python]
        parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(parent)
        until(lambda: len(lives()) >= children)
        return parent

    yield begin
    for parent in started:
        parent.kill()
        parent.wait()
        if parent.stdout is not None:
            parent.stdout.close()
    for pid in lives():
        if pid.isdigit() and is_alive(int(pid)):
            os.kill(int(pid), signal.SIGKILL)


def test_a_child_that_is_killed_is_replaced(start: Start) -> None:
    parent = start(GOOD)
    os.kill(int(lives()[0]), signal.SIGKILL)
    until(lambda: len(lives()) == 2)
    assert parent.poll() is None
    assert is_alive(int(lives()[1]))


def test_of_two_children_the_one_that_is_killed_is_replaced_and_both_are_stopped(start: Start) -> None:
    parent = start(GOOD, children=2)
    killed, other = map(int, lives())
    os.kill(killed, signal.SIGKILL)
    until(lambda: len(lives()) == 3)
    assert is_alive(other)
    parent.terminate()
    assert parent.wait(timeout=10) == 0
    assert lives()[3:] == ["stopped", "stopped"]


def test_the_second_child_is_started_when_the_first_is_at_work(start: Start) -> None:
    slow = "first = not os.path.exists('at_work')\nif first: time.sleep(0.7); open('at_work', 'w'); heart.beat()\n"
    seen = "print('first' if first else 'second', file=log, flush=True)\n"
    start(f"{slow}{seen}{GOOD}", children=2)
    until(lambda: lives()[-1] == "second")
    assert [word for word in lives() if not word.isdigit()] == ["first", "second"]


def test_a_child_that_dies_at_once_does_not_keep_the_second_from_starting(start: Start) -> None:
    only_the_first = "first = open('lives').read().split()[0] == str(os.getpid())\n"
    start(f"{only_the_first}if first: sys.exit(3)\n{GOOD}", children=2)
    until(lambda: is_alive(int(lives()[1])))


def test_told_to_stop_while_the_first_child_is_being_started_no_second_one_is(start: Start) -> None:
    parent = start("time.sleep(1)\n" + GOOD)
    parent.terminate()
    assert parent.wait(timeout=10) == 0
    assert lives()[1:] == ["stopped"]


def test_when_one_child_is_given_up_the_other_is_stopped(start: Start) -> None:
    only_the_first = "first = open('lives').read().split()[0] == str(os.getpid())\n"
    parent = start(
        f"{only_the_first}if first: heart.beat(); time.sleep(0.5); sys.exit(78)\n{GOOD}", children=2
    )
    assert parent.wait(timeout=15) == 1
    assert lives()[2:] == ["stopped"]


def test_a_silent_child_is_killed_and_replaced(start: Start) -> None:
    start(SILENT)
    until(lambda: len(lives()) == 2)
    assert not is_alive(int(lives()[0]))


def test_a_child_that_dies_at_once_is_replaced_ever_more_slowly(start: Start) -> None:
    parent = start(DYING)
    until(lambda: len(lives()) >= 4)
    parent.terminate()
    parent.wait(timeout=60)
    assert parent.stdout is not None
    said = parent.stdout.read().splitlines()
    assert [line.rpartition("in ")[2] for line in said[:3]] == ["0.25 s", "0.5 s", "1 s"]
    assert said[0].startswith("the worker ended with 3 ")


def test_a_child_that_cannot_even_be_started_is_tried_again_and_stops_nobody(start: Start) -> None:
    parent = start(GOOD, children=2, python="./python")
    assert parent.stdout is not None
    Path("python").unlink()
    first, _second = map(int, lives())
    os.kill(first, signal.SIGKILL)
    while "cannot be started: No such file or directory" not in parent.stdout.readline():
        assert parent.poll() is None
    Path("python").symlink_to(sys.executable)
    until(lambda: len(lives()) == 3)
    parent.terminate()
    assert parent.wait(60) == 0
    assert lives()[3:] == ["stopped", "stopped"]


def test_a_child_that_no_restart_can_help_is_given_up(start: Start) -> None:
    parent = start(BAD_SETTINGS)
    assert parent.wait(timeout=60) == 1
    assert len(lives()) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_the_parent_waits_for_its_child(start: Start, number: signal.Signals) -> None:
    parent = start(GOOD)
    parent.send_signal(number)
    assert parent.wait(timeout=60) == 0
    assert lives()[-1] == "stopped"


def test_a_child_that_does_not_stop_is_killed(start: Start) -> None:
    parent = start(STUBBORN)
    began = monotonic()
    parent.terminate()
    assert parent.wait(timeout=60) == 0
    assert monotonic() - began > 1.5
    assert not is_alive(int(lives()[0]))


def test_a_child_whose_parent_is_killed_stops_by_itself(start: Start) -> None:
    parent = start(GOOD)
    parent.kill()
    until(lambda: lives()[-1] == "stopped")
    until(lambda: not is_alive(int(lives()[0])))


def test_a_child_that_hangs_while_its_parent_is_killed_ends_all_the_same(start: Start) -> None:
    parent = start(STUBBORN)
    parent.kill()
    until(lambda: not is_alive(int(lives()[0])))
