"""Segments that give tags which others read: a way that leads back to its beginning never comes to rest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Giver:
    """What of a segment matters here."""

    key: str
    reads: frozenset[str]
    """Facts, the segments that it names included."""
    changes: frozenset[str]
    """Tags that entering or leaving puts on or takes off."""


def find(givers: Iterable[Giver]) -> tuple[str, ...]:
    """Return a way round, as segment, tag, segment, tag, …, segment; empty where there is none."""
    by_key = {one.key: one for one in givers}
    after = {
        one.key: [
            (tag, other.key)
            for tag in sorted(one.changes)
            for other in by_key.values()
            if f"tag:{tag}" in other.reads
        ]
        for one in by_key.values()
        if one.changes
    }
    for key in after:
        if way := _way_back(key, after):
            return way
    return ()


def _way_back(key: str, after: Mapping[str, list[tuple[str, str]]]) -> tuple[str, ...]:
    ways: list[tuple[str, ...]] = [(key,)]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for tag, other in after.get(way[-1], ()):
            if other == key:
                return (*way, tag, key)
            if other not in seen:
                seen.add(other)
                ways.append((*way, tag, other))
    return ()


def in_words(way: tuple[str, ...]) -> str:
    """Return the way as a sentence, however long it is: segments by their ids, tags as `tag:vip`."""
    steps = (name if place % 2 == 0 else f"tag:{name}" for place, name in enumerate(way))
    return (
        f"each changes a tag that the next reads, so who is in would never come to rest: {' → '.join(steps)}"
    )
