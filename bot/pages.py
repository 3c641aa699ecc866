"""How many rows long work writes at once: as many as this machine writes in a moment, until somebody waits."""

from collections.abc import Callable, Iterator, Sequence
from time import monotonic
from typing import TypeVar

_T = TypeVar("_T")

LONGEST_S = 0.04
"""So long a page may take: a webhook that waits for SQLite's lock meanwhile has 100 ms."""
LONGEST_UNAWAITED_S = 0.25
"""So long a transaction may take for which nobody waits: what it has changed is written when it ends."""


class Pages:
    """The size of the next page, after what the pages before it took."""

    def __init__(self, first: int, *, fewest: int, most: int) -> None:
        self.size = first
        self._fewest = fewest
        self._most = most

    def of_one_transaction(
        self, rows: Sequence[_T], is_awaited: Callable[[], bool]
    ) -> Iterator[Sequence[_T]]:
        """Yield what one transaction writes, page by page: it ends when somebody waits for it to.

        To be begun when SQLite's lock is held, for how long others had it is nobody's fault here.
        """
        began, at = monotonic(), 0
        while page := rows[at : at + self.size]:
            started = monotonic()
            yield page
            ended = monotonic()
            self.took(ended - started)
            at += len(page)
            if ended - began > LONGEST_UNAWAITED_S or is_awaited():
                return

    def took(self, seconds: float) -> None:
        """Go by how long the last page has taken."""
        if seconds > LONGEST_S:
            self.size = max(self._fewest, self.size * 2 // 3)
        elif seconds < LONGEST_S * 0.7:
            self.size = min(self._most, max(self.size + 1, self.size * 5 // 4))
