"""What a row of the operator table says: all readings of one kind of leaf, written side by side."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import sqlalchemy as sa
from pydantic import TypeAdapter

from segmentation.days import At
from segmentation.joining import Meant
from segmentation.people import Fact, Person
from segmentation.rules import Path
from segmentation.sources import Need

Asked = TypeVar("Asked")

Noun = Literal[
    "tag",
    "topic",
    "field",
    "consent",
    "event",
    "questionnaire",
    "question",
    "choice",
    "card",
    "segment",
    "score",
    "queue",
    "campaign",
    "group",
    "entry",
    "property",
    "button",
    "owner",
]


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that a leaf names and that ought to be there."""

    noun: Noun
    name: str
    """Of a question with its questionnaire: `find_home/area`; of a choice too: `find_home/area/taipei`.

    Where one of them is left out (`/area`, `find_home//taipei`), any will do. Of a property with the events of
    which one is to have it: `tap/card`, `bought,visited/sku`.
    """
    path: Path = ()
    """Where, below the leaf's key."""


@dataclass(frozen=True)
class LeafKind(Generic[Asked]):
    """One kind of question that a rule can ask about a person."""

    key: str
    """How it is written: `tag`, `field`, …"""
    form: TypeAdapter[Asked]
    """What may stand behind the key."""
    sql: Callable[[Asked, At], Meant]
    """Whom it means, as the databases are asked: never NULL, for there may be a `not` around it."""
    holds: Callable[[Asked, Person, At], bool]
    """The same of one person."""
    fact: Callable[[Asked, Person, At], Fact | None]
    """What the leaf saw; None where there was nothing."""
    reads: Callable[[Asked], Iterable[str]]
    """The facts that decide it, as whoever changes them calls them: `tag:vip`, `field:city`, `event:tap`,
    `seen`. Nothing else than these, and time, changes the verdict."""
    crossing: Callable[[Asked, At, At], Iterable[sa.Select[int]]] = lambda _asks, _since, _at: ()
    """The ids of the contacts whose verdict may differ between two moments by time alone; more may come."""
    needs: Callable[[Asked], Iterable[Need[Any]]] = lambda _asks: ()
    """What `holds` reads beyond tags, fields and the contact itself."""
    mentions: Callable[[Asked], Iterable[Mention]] = lambda _asks: ()
    never: Callable[[Asked], str | None] = lambda _asks: None
    """Why it can hold for nobody at all; None when it can."""
