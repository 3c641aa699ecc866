"""Facts about people that only some rules read: what a rule needs of them, and where they come from.

A person's tags and fields are always known. What piles up (events, orders, answers) is read for the
rules that ask for it alone: for a page of people by a fixed number of queries, in a turn on first use.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy.orm import Session

from contacts.models import Contact

Known = TypeVar("Known")


@dataclass(frozen=True, eq=False)
class Source(Generic[Known]):
    """One table of such facts."""

    name: str
    load: "Callable[[Session, Sequence[int], Sequence[Need[Known]], datetime], Mapping[str, Mapping[int, Known]]]"
    """Returns what is known by `Need.about`, then by contact id; somebody of whom nothing is known is left out."""
    nothing: Known
    """What is known of them."""
    unwritten: "Callable[[Session, Contact, Need[Known], Known], Known]" = lambda _s, _c, _n, known: known
    """Adds what the turn under way has added and not written yet."""


@dataclass(frozen=True)
class Need(Generic[Known]):
    """What a rule reads of a source."""

    source: Source[Known]
    about: str = ""
    """Which part of it: the name of an event, the id of a questionnaire. Empty where there are no parts."""
    within: timedelta | None = None
    """How far back it reads; None: all there ever was."""


Needs = frozenset[Need[Any]]

NOTHING_MORE: Needs = frozenset()
"""Tags and fields are enough."""


class Lookup(Protocol):
    """What is known of one person beyond tags and fields."""

    def of(self, need: Need[Known]) -> Known: ...


def widest(needs: Iterable[Need[Any]]) -> Mapping[Source[Any], Sequence[Need[Any]]]:
    """Return by source what several rules need together: of each part as far back as the furthest reads."""
    found: dict[tuple[Source[Any], str], Need[Any]] = {}
    for need in needs:
        key = (need.source, need.about)
        found[key] = _wider(found[key], need) if key in found else need
    by_source: dict[Source[Any], list[Need[Any]]] = {}
    for need in found.values():
        by_source.setdefault(need.source, []).append(need)
    return by_source


def _wider(one: Need[Any], other: Need[Any]) -> Need[Any]:
    if one.within is None or other.within is None:
        return Need(one.source, one.about)
    return one if one.within >= other.within else other


Loaded = Mapping[tuple[Source[Any], str], Mapping[int, Any]]


def load_all(session: Session, ids: Sequence[int], needs: Needs, *, now: datetime) -> Loaded:
    """Read what is needed of some contacts: each source for all of them at once."""
    loaded: dict[tuple[Source[Any], str], Mapping[int, Any]] = {}
    for source, parts in widest(needs).items():
        told = source.load(session, ids, parts, now)
        for need in parts:
            loaded[source, need.about] = told.get(need.about, {})
    return loaded


@dataclass(frozen=True, slots=True)
class OfPage:
    """One person of those that were loaded together."""

    contact_id: int
    loaded: Loaded

    def of(self, need: Need[Known]) -> Known:
        """Return what was loaded.

        :raises KeyError: it was not, so that nobody is judged by what nobody looked up.
        """
        known: Mapping[int, Known] = self.loaded[need.source, need.about]
        return known.get(self.contact_id, need.source.nothing)


@dataclass(frozen=True, slots=True)
class OfTurn:
    """The person of a turn: looked up when first asked for."""

    session: Session
    contact: Contact
    now: datetime
    known: dict[tuple[Source[Any], str], tuple[Need[Any], Any]] = field(default_factory=dict)

    def of(self, need: Need[Known]) -> Known:
        key = (need.source, need.about)
        if key not in self.known or _wider(self.known[key][0], need) != self.known[key][0]:
            self.known[key] = (need, self._read(need))
        found: Known = self.known[key][1]
        return found

    def _read(self, need: Need[Known]) -> Known:
        known = need.source.nothing
        if self.contact.is_stored:
            told = need.source.load(self.session, [self.contact.id], [need], self.now)
            known = told.get(need.about, {}).get(self.contact.id, known)
        return need.source.unwritten(self.session, self.contact, need, known)


class NothingThere:
    """Stands for somebody of whom no source knows anything."""

    def of(self, need: Need[Known]) -> Known:
        return need.source.nothing


class NothingMore:
    """Stands for somebody of whom only tags and fields were asked."""

    def of(self, need: Need[Known]) -> Known:
        raise KeyError(need.source.name)
