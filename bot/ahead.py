"""An iterator that another process goes through: it makes the next item while we work at this one."""

import multiprocessing
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import TypeVar

Item = TypeVar("Item")

_COPIES = multiprocessing.get_context("fork")
"""The child begins with all that we have loaded: to import it again would take it a second."""


@contextmanager
def ahead(items: Iterable[Item]) -> Iterator[Iterator[Item]]:
    """Have a copy of this process go through `items`, and lend what it makes of them, item by item.

    Going through them must not touch the database: the copy shares our connections. The child waits as soon
    as it is one item ahead, and ends with us, even by kill -9.

    :raises ChildProcessError: on asking for an item, when the child has died; of what is on stderr.
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
    try:
        for item in items:
            theirs.send((item,))
        theirs.send(())
    except BrokenPipeError:
        return


def _made(ours: Connection) -> Iterator[Item]:
    try:
        while received := ours.recv():
            (item,) = received
            yield item
    except EOFError:
        raise ChildProcessError("the process that reads ahead has died") from None
