"""How many rows one transaction of long work writes: as many as this machine writes in a moment."""

LONGEST_S = 0.04
"""So long a page may hold SQLite's lock: a webhook that waits for it has 100 ms."""


class Pages:
    """The size of the next page, after what the pages before it took."""

    def __init__(self, first: int, *, fewest: int, most: int) -> None:
        self.size = first
        self._fewest = fewest
        self._most = most

    def took(self, seconds: float) -> None:
        """Go by how long the last page has taken."""
        if seconds > LONGEST_S:
            self.size = max(self._fewest, self.size * 2 // 3)
        elif seconds < LONGEST_S * 0.7:
            self.size = min(self._most, max(self.size + 1, self.size * 5 // 4))
