"""The leaf `random`: a share of everybody that stays the same people, for as long as nobody renames it."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any

from pydantic import AfterValidator, Field, TypeAdapter

from contacts.models import Contact
from content.comparing import storable
from content.text import Frozen
from segmentation.kinds.measures import Share
from segmentation.leaf import LeafKind
from segmentation.people import NEW, Fact

_PRIME = 2**31 - 1
"""Products of two smaller numbers fit into 64 bits, beyond which the databases do not agree."""
_PLACES = 1_000_000


@dataclass(frozen=True, slots=True)
class Drawn(Fact):
    """Where somebody stands between 0 and 1; the share is those below it."""

    place: float


class ChanceTest(Frozen):
    """`{share: 0.1, salt: spring}`: one in ten. With another salt they are others, independently of these."""

    share: Share
    salt: Annotated[str, Field(max_length=60), AfterValidator(storable)] = ""

    def numbers(self) -> tuple[int, int, int, int]:
        """Return what stands for the salt in the arithmetic."""
        digest = sha256(self.salt.encode()).digest()
        one, two, three, four = (
            1 + int.from_bytes(digest[start : start + 4]) % (_PRIME - 1) for start in (0, 4, 8, 12)
        )
        return one, two, three, four

    @property
    def end(self) -> int:
        return round(self.share * _PLACES)


def _place(test: ChanceTest, number: Any) -> Any:
    """Return a place from 0 to 999,999, of a number or of a column.

    A line modulo a prime alone would spread neighbours evenly, and two salts would pick related people;
    its square in between breaks that.
    """
    times, plus, again, more = test.numbers()
    mixed = (number % _PRIME * times + plus) % _PRIME
    return (mixed * mixed % _PRIME * again + more) % _PRIME % _PLACES


RANDOM: LeafKind[Any] = LeafKind[ChanceTest](
    "random",
    TypeAdapter(ChanceTest),
    sql=lambda test, _at: _place(test, Contact.id) < test.end,
    # Who is written for the first time in this very turn has no number to draw by.
    holds=lambda test, person, _at: (
        person.contact_id is not None and _place(test, person.contact_id) < test.end
    ),
    fact=lambda test, person, _at: (
        None if person.contact_id is None else Drawn(_place(test, person.contact_id) / _PLACES)
    ),
    reads=lambda _test: [NEW],
)
