"""Which agent gets a waiting ticket: pure, and able to say why each of the others does not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who serves the queue, as they stand at this moment."""

    id: int
    login: str
    display_name: str
    is_active: bool
    can_answer: bool
    """Their role lets them write to customers."""
    on_duty_since_at: datetime | None
    load: int
    """Tickets they hold that are not solved."""
    capacity: int
    last_given_at: datetime | None
    """When a ticket was last given to them; None: never."""

    @property
    def is_free(self) -> bool:
        return self.obstacle is None

    @property
    def obstacle(self) -> str | None:
        """Return why nothing can be given to them now; None: something can."""
        if not self.is_active:
            return "is deactivated"
        if not self.can_answer:
            return "may not answer customers"
        if self.on_duty_since_at is None:
            return "is off duty"
        if self.load >= self.capacity:
            return f"holds {self.load} of {self.capacity}"
        return None

    @property
    def share(self) -> Fraction:
        """Return how much of their capacity is taken."""
        return Fraction(self.load, max(self.capacity, 1))


def choose(candidates: Iterable[Candidate]) -> Candidate | None:
    """Return the least loaded of those who are free; None: the ticket waits.

    Load counts in relation to capacity, for that is what each of them was said to carry: a newcomer
    with room for two is busier with one than an old hand with room for ten is with three. Who was
    given something longest ago goes first among equals, and the older account after that.
    """
    return min((one for one in candidates if one.is_free), key=_order, default=None)


def _order(one: Candidate) -> tuple[Fraction, datetime, int]:
    return (one.share, one.last_given_at or NEVER, one.id)


def because(chosen: Candidate, candidates: Iterable[Candidate]) -> str:
    """Return the load it was given at, and whom they were compared with: `0 of 10; chen 3 of 10`."""
    others = sorted((one for one in candidates if one.is_free and one.id != chosen.id), key=_order)
    compared = [f"{one.login} {one.load} of {one.capacity}" for one in others]
    return "; ".join([f"{chosen.load} of {chosen.capacity}", *compared])
