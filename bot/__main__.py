"""`python -m bot COMMAND`."""

import gc
import os
import sys
from pathlib import Path

COUNTING = {"web", "worker", "scheduler"}
"""Processes whose counts `/metrics` shows together."""
STAYING = {*COUNTING, "up", "simulator"}
"""Commands that run until they are stopped, and log to stdout."""
GARBAGE_AFTER = (10_000, 50, 50)
"""For gc.set_threshold: with Python's own a fifth of a start is looking through what was just imported."""


def main() -> None:
    """Run one command; those that only answer keep stdout for the answer and log to stderr."""
    gc.set_threshold(*GARBAGE_AFTER)
    command = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    if command in COUNTING:
        _share_counts(Path("var/metrics").resolve())
    if command not in STAYING:
        _log_to_stderr()
    from bot.cli import cli

    cli(prog_name="python -m bot")


def _share_counts(folder: Path) -> None:
    """Keep counts in files that all processes see; the client library asks for this when it is imported."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return  # a read-only installation: each process then shows its own
    if os.access(folder, os.W_OK):
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(folder))


def _log_to_stderr() -> None:
    from bot import logs

    logs.configure("WARNING", sys.stderr)


if __name__ == "__main__":
    main()
