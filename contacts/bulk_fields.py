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
    """Write values, and tell of each in the contact's story; otherwise as `set_untold`."""
    told = list(told)
    changed = set_untold(session, told, source=source, now=now)
    values = {one[:2]: one.value for one in told}
    lines = [{"contact_id": pair[0], "about": pair[1], "text": canonical(values[pair])} for pair in changed]
    line = {"channel_id": channel_id, "kind": EntryKind.FIELD_SET, "at": now}
    insert_all(session.connection(), TimelineEntry, lines, line)
    return changed


def set_untold(
    session: Session, told: Iterable[Told], *, source: str, now: datetime
) -> Sequence[tuple[int, str]]:
    """Write values, the last where one is told twice; what has the value already is left to who set it.

    Stories are left to whoever asks. Returns contact and name of those that have changed.
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
    new, altered = [], []
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
    # In the order of the indexes that rules ask: neighbours go to the same pages of the database.
    new.sort(key=lambda row: (row["name"], row["number"] or 0, row["text"]))
    said = {"source": source, "event_key": None, "set_at": now}
    insert_new(connection, ContactField, new, said)
    if altered:
        connection.execute(
            sa.update(ContactField).where(ContactField.id == sa.bindparam("row")).values(said), altered
        )
    return changed


# Built once, for an import asks it for every page; a kind is compared as it is stored.
_THERE = sa.select(
    ContactField.contact_id,
    ContactField.name,
    ContactField.id,
    sa.type_coerce(ContactField.kind, sa.String),
    ContactField.text,
).where(among(ContactField.contact_id, "ids"), among(ContactField.name, "names"))
