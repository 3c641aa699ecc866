"""How often one token may ask: the buckets that also keep us below LINE's limits, shared by all processes."""

from dataclasses import dataclass

from line.governor import Limit

MAX_BODY_BYTES = 2_000_000
WRITTEN_AT_ONCE = 200
"""Of a batch: takes some 15 ms, and no webhook should wait for longer."""


@dataclass(frozen=True, slots=True)
class Allowance(Limit):
    """Requests of one token: a second's worth may come at once, and tens are fetched at a time."""

    @property
    def per_second(self) -> float:
        return self.calls / self.seconds

    @property
    def burst(self) -> float:
        return float(self.calls)

    @property
    def chunk(self) -> int:
        return 10


PER_TOKEN = Allowance(calls=50, seconds=1.0)
"""Fifty requests a second, each of up to a thousand events."""
