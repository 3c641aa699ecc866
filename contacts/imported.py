"""What files told of people, in their stories: one line for each person and page, whatever came of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from contacts.fields import Value
from contacts.timeline import EntryKind, TimelineEntry
from core.inserts import insert_all


@dataclass(slots=True)
class News:
    """What changed of one person."""

    fields: dict[str, Value] = field(default_factory=dict)
    put_on: list[str] = field(default_factory=list)
    """Names of tags."""
    taken_off: list[str] = field(default_factory=list)


def tell(
    connection: sa.Connection, channel_id: int, news: Mapping[int, News], *, source: str, now: datetime
) -> None:
    """Write the lines of those in whose stories something happened, by contact."""
    lines = [
        {"contact_id": contact_id, "payload": told}
        for contact_id, one in news.items()
        if (told := _payload(one))
    ]
    line = {"channel_id": channel_id, "kind": EntryKind.IMPORTED, "at": now, "about": source[:200]}
    insert_all(connection, TimelineEntry, lines, line)


def _payload(one: News) -> Mapping[str, Any]:
    told = {"fields": one.fields, "tags": one.put_on, "tags_off": one.taken_off}
    return {name: what for name, what in told.items() if what}


def of_line(entry: TimelineEntry) -> News:
    """Read a line again; of somebody who was erased nothing is left in it."""
    told = entry.payload or {}
    return News(told.get("fields", {}), told.get("tags", []), told.get("tags_off", []))


def tags_in(entries: Iterable[TimelineEntry]) -> set[str]:
    """Return the names of all tags that lines tell of."""
    told = [of_line(entry) for entry in entries if entry.kind is EntryKind.IMPORTED]
    return {name for one in told for name in (*one.put_on, *one.taken_off)}
