"""Fields of many contacts at once: what `FieldBook.set` means, in a handful of statements for a page."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts import many
from contacts.fields import Value, canonical
from contacts.models import ContactField, FieldKind
from contacts.timeline import EntryKind, TimelineEntry
from core.by_engine import among
from core.inserts import insert_all, insert_new


class Told(NamedTuple):
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
    wanted = {one[:2]: one for one in told}
    if not wanted:
        return ()
    # Turns of the same people wait, and so do other imports, always in this order.
    ids = {contact_id for contact_id, _name in wanted}
    there_are = many.hold(session, ids)
    if len(there_are) < len(ids):
        wanted = {key: one for key, one in wanted.items() if key[0] in there_are}
    connection = session.connection()
    names = {name for _id, name in wanted}
    rows = connection.execute(_THERE, {"ids": list(there_are), "names": list(names)}).all()
    there = {(contact_id, name): before for contact_id, name, *before in rows}
    new, altered, lines = [], [], []
    changed: list[tuple[int, str]] = []
    for (contact_id, name), (_id, _name, value, kind) in wanted.items():
        text = canonical(value)
        before = there.get((contact_id, name))
        if before is not None and before[1:] == [kind, text]:
            continue
        number = float(value) if isinstance(value, int | float) else None
        if before is None:
            new.append({"contact_id": contact_id, "name": name, "kind": kind, "text": text, "number": number})
        else:
            altered.append({"row": before[0], "kind": kind, "text": text, "number": number})
        changed.append((contact_id, name))
        lines.append({"contact_id": contact_id, "about": name, "text": text})
    said = {"source": source, "event_key": None, "set_at": now}
    insert_new(connection, ContactField, new, said)
    if altered:
        connection.execute(
            sa.update(ContactField).where(ContactField.id == sa.bindparam("row")).values(said), altered
        )
    line = {"channel_id": channel_id, "kind": EntryKind.FIELD_SET, "at": now}
    insert_all(connection, TimelineEntry, lines, line)
    return changed


# Built once, for an import asks it for every page; a kind is compared as it is stored.
_THERE = sa.select(
    ContactField.contact_id,
    ContactField.name,
    ContactField.id,
    sa.type_coerce(ContactField.kind, sa.String),
    ContactField.text,
).where(among(ContactField.contact_id, "ids"), among(ContactField.name, "names"))
