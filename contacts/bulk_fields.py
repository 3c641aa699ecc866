"""Fields of many contacts at once: what `FieldBook.set` means, in a handful of statements for a page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts import many
from contacts.fields import Value, canonical
from contacts.models import ContactField, FieldKind
from contacts.timeline import EntryKind, TimelineEntry
from core.db import among, insert_all, insert_new


@dataclass(frozen=True, slots=True)
class Told:
    """One value of one contact."""

    contact_id: int
    name: str
    value: Value
    kind: FieldKind


def set_many(
    session: Session, channel_id: int, told: Iterable[Told], *, source: str, now: datetime
) -> Sequence[tuple[int, str]]:
    """Write values, the last where one is told twice; what has the value already is left to who set it.

    Returns contact and name of those that have changed.
    """
    wanted = {(one.contact_id, one.name): one for one in told}
    if not wanted:
        return ()
    ids = sorted({contact_id for contact_id, _name in wanted})
    # Turns of the same people wait, and so do other imports, always in this order.
    there_are = many.hold(session, ids)
    wanted = {key: one for key, one in wanted.items() if key[0] in there_are}
    connection = session.connection()
    there = {
        (row.contact_id, row.name): row
        for row in connection.execute(
            sa.select(
                ContactField.contact_id,
                ContactField.name,
                ContactField.id,
                ContactField.kind,
                ContactField.text,
            ).where(
                among(ContactField.contact_id, "ids"), ContactField.name.in_({name for _id, name in wanted})
            ),
            {"ids": ids},
        )
    }
    new, altered, changed = [], [], []
    for key, one in wanted.items():
        text = canonical(one.value)
        before = there.get(key)
        if before is not None and (before.kind, before.text) == (one.kind, text):
            continue
        changed.append(key)
        values = {
            "kind": one.kind,
            "text": text,
            "number": float(one.value) if isinstance(one.value, int | float) else None,
            "source": source,
            "event_key": None,
            "set_at": now,
        }
        if before is None:
            new.append({"contact_id": one.contact_id, "name": one.name, **values})
        else:
            altered.append({"row": before.id, **values})
    insert_new(connection, ContactField, new)
    if altered:
        connection.execute(sa.update(ContactField).where(ContactField.id == sa.bindparam("row")), altered)
    insert_all(connection, TimelineEntry, [_line(channel_id, wanted[key], now) for key in changed])
    return changed


def _line(channel_id: int, one: Told, at: datetime) -> dict[str, object]:
    return {
        "channel_id": channel_id,
        "contact_id": one.contact_id,
        "kind": EntryKind.FIELD_SET,
        "at": at,
        "about": one.name,
        "text": canonical(one.value),
    }
