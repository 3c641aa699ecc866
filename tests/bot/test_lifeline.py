"""Ending with others, and knowing of one's own end."""

import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

PROGRAM = """
import signal, threading, time
from bot.lifeline import when_told_to_end
told = threading.Event()
when_told_to_end(told.set)
signal.signal(signal.SIGTERM, lambda *_: None)  # as a server does, later than we and for itself
print("ready", flush=True)
deadline = time.monotonic() + 20
while not told.wait(0.05) and time.monotonic() < deadline:
    pass
print(told.is_set(), flush=True)
"""


def test_a_process_hears_that_it_is_to_end_whoever_handles_the_signal() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as one:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
        one.send_signal(signal.SIGTERM)
        assert one.stdout.readline() == "True\n"
    assert one.returncode == 0
