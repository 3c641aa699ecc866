"""An iterator that another process goes through: it makes the next item while we work at this one."""

import multiprocessing
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from traceback import format_exc
from typing import Any, TypeVar

Item = TypeVar("Item")

_COPIES = multiprocessing.get_context("fork")
"""The child begins with all that we have loaded: to import it again would take it a second."""


@contextmanager
def ahead(items: Iterable[Item]) -> Iterator[Iterator[Item]]:
    """Have a copy of this process go through `items`, and lend what it makes of them, item by item.

    Going through them must not touch the database: the copy shares our connections. Nor may it print or log:
    a thread of ours, such as a progress bar's, may have held the lock for that when the copy was made. The
    child waits as soon as it is one item ahead, and ends with us, even by kill -9.

    :raises ChildProcessError: on asking for an item, when going through them failed, or the child has died.
    """
    ours, theirs = _COPIES.Pipe(duplex=False)
    child = _COPIES.Process(target=_make, args=(items, ours, theirs), name="ahead", daemon=True)
    child.start()
    theirs.close()
    try:
        yield _made(ours)
    finally:
        child.kill()  # all it holds is a file that it reads
        child.join()
        ours.close()


def _make(items: Iterable[Item], ours: Connection, theirs: Connection) -> None:
    # As long as it were open here too, nobody's death would close it.
    ours.close()
    # Ctrl-C is for whoever asks: they end us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(BrokenPipeError):
        try:
            for item in items:
                theirs.send((item,))
            theirs.send(())
        except BrokenPipeError:
            raise
        except Exception:
            theirs.send(format_exc())


def _made(ours: Connection) -> Iterator[Item]:
    while received := _received(ours):
        if isinstance(received, str):
            raise ChildProcessError(received)
        (item,) = received
        yield item


def _received(ours: Connection) -> Any:
    """Return an item in a tuple, an empty tuple at the end, or in words what failed."""
    try:
        return ours.recv()
    except (EOFError, OSError):  # the second where it died in the middle of an item
        raise ChildProcessError("the process that reads ahead has died") from None
