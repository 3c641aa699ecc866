"""The operator table: what each leaf of a rule means as SQL, for one person, and by which fact.

One row holds all readings of a leaf, so that they are written side by side and tested against
each other. Packages above declare rows of their own about what they know.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Generic, Literal, TypeVar

import sqlalchemy as sa
from pydantic import AfterValidator, Field, StrictBool, StrictStr, TypeAdapter

from contacts.models import Contact, Following
from content.model import Duration
from content.text import Frozen
from segmentation import comparing, consent
from segmentation.carrying import carries
from segmentation.comparing import FieldTest, storable
from segmentation.days import At
from segmentation.people import Fact, Person
from segmentation.rules import Path

SEEN_LIMIT = timedelta(days=3660)

Asked = TypeVar("Asked")


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that a leaf names and that ought to be there."""

    noun: Literal["tag", "field", "consent"]
    name: str
    path: Path = ()
    """Where, below the leaf's key."""


@dataclass(frozen=True)
class LeafKind(Generic[Asked]):
    """One kind of question that a rule can ask about a person."""

    key: str
    """How it is written: `tag`, `field`, …"""
    form: TypeAdapter[Asked]
    """What may stand behind the key."""
    sql: Callable[[Asked, At], sa.ColumnElement[bool]]
    """The condition on Contact: true or false, never NULL, for there may be a `not` around it."""
    holds: Callable[[Asked, Person, At], bool]
    """The same of one person."""
    fact: Callable[[Asked, Person], Fact | None]
    """What the leaf saw; None where there was nothing."""
    mentions: Callable[[Asked], Iterable[Mention]] = lambda _: ()
    never: Callable[[Asked], str | None] = lambda _: None
    """Why it can hold for nobody at all; None when it can."""


class Seen(Frozen):
    """`{within: 30d}`: wrote, tapped or followed in the 30 × 24 hours before now."""

    within: Annotated[Duration, AfterValidator(lambda value: _sensible(value))]  # noqa: PLW0108 - defined below


def _sensible(within: timedelta) -> timedelta:
    if not timedelta(0) < within <= SEEN_LIMIT:
        raise ValueError(f"within must be between 1s and {SEEN_LIMIT.days}d")
    return within


def _name(limit: int) -> TypeAdapter[str]:
    return TypeAdapter(Annotated[StrictStr, Field(min_length=1, max_length=limit), AfterValidator(storable)])


TAG = LeafKind[str](
    "tag",
    _name(80),
    sql=carries,
    holds=lambda name, person, _at: name in person.tags,
    fact=lambda name, person: person.tags.get(name),
    mentions=lambda name: [Mention("tag", name)],
)

FIELD = LeafKind[FieldTest](
    "field",
    TypeAdapter(FieldTest),
    sql=comparing.condition,
    holds=comparing.holds,
    fact=lambda test, person: person.fields.get(test.name),
    mentions=lambda test: [Mention("field", test.name, ("name",))],
    never=comparing.never_holds,
)

FOLLOWING = LeafKind[bool](
    "following",
    TypeAdapter(StrictBool),
    sql=lambda wanted, _at: (
        Contact.following == Following.FOLLOWING if wanted else Contact.following != Following.FOLLOWING
    ),
    holds=lambda wanted, person, _at: (person.follows.following is Following.FOLLOWING) == wanted,
    fact=lambda _wanted, person: person.follows,
)

SEEN = LeafKind[Seen](
    "seen",
    TypeAdapter(Seen),
    sql=lambda seen, at: Contact.last_seen_at >= at.now - seen.within,
    holds=lambda seen, person, at: person.last_seen.at >= at.now - seen.within,
    fact=lambda _seen, person: person.last_seen,
)

CONSENT = LeafKind[str](
    "consent",
    _name(60),
    sql=consent.condition,
    holds=lambda purpose, person, _at: consent.given(person, purpose) is not None,
    fact=lambda purpose, person: consent.given(person, purpose),
    mentions=lambda purpose: [Mention("consent", purpose)],
)

LEAVES: Sequence[LeafKind[Any]] = (TAG, FIELD, FOLLOWING, SEEN, CONSENT)
"""What can be asked about what this package and those below know."""
