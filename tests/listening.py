"""Hearing what an engine does while other threads use it.

SQLAlchemy lets nobody add or remove a listener while another thread goes through them ("deque mutated during
iteration"), and a shop's own threads never rest. So listeners for every engine are there from the beginning, and
pass on to those who hear just now.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from core.db import Database

Hear = Callable[..., object]

_EVENTS = ("begin", "commit", "before_cursor_execute", "handle_error")
_hearing: dict[tuple[sa.Engine, str], tuple[Hear, ...]] = {}


@contextmanager
def listening(database: Database, name: str, hear: Hear) -> Iterator[None]:
    """Call `hear` with what SQLAlchemy tells of the event, in the thread it happens in, and before our own listeners."""
    assert name in _EVENTS
    key = (database.engine, name)
    _hearing[key] = (*_hearing.get(key, ()), hear)
    try:
        yield
    finally:
        _hearing[key] = tuple(one for one in _hearing[key] if one is not hear)


def _pass_on(name: str) -> Hear:
    def pass_on(told: Any, *more: Any) -> None:
        for hear in _hearing.get((told.engine, name), ()):
            hear(told, *more)

    return pass_on


for _name in _EVENTS:
    sa.event.listen(sa.Engine, _name, _pass_on(_name))
