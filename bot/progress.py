"""How far long work has come, on stderr: a bar where that is a terminal, else a line now and then."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Protocol

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

SAY_EVERY_S = 5.0


class Tell(Protocol):
    """Is told how much is done, and of how much, where that is known."""

    def __call__(self, done: int, total: int | None, /) -> None: ...


@contextmanager
def shown(what: str) -> Iterator[Tell]:
    """Show how far something has come for as long as it takes."""
    if sys.stderr.isatty():
        with _bar() as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
    else:
        yield _Lines(what)


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True, highlight=False),
        transient=True,
    )


class _Lines:
    """A line every few seconds; nothing where all is done before that."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._said_at = monotonic()

    def __call__(self, done: int, total: int | None) -> None:
        now = monotonic()
        if now - self._said_at >= SAY_EVERY_S:
            self._said_at = now
            click.echo(f"{self._what}: {done:,}" + (f" / {total:,}" if total else ""), err=True)
