"""Fields of many contacts at once: what `FieldBook.set` means, in a handful of statements for a page."""

from collections.abc import Mapping, Sequence
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


class FieldValue(NamedTuple):
    """A value in its own type, and which that is."""

    value: Value
    kind: FieldKind


Told = Mapping[tuple[int, str], FieldValue]
"""By contact and name."""


def set_many(
    session: Session, channel_id: int, told: Told, *, source: str, now: datetime
) -> Sequence[tuple[int, str]]:
    """Write values, and tell of each in the contact's story; otherwise as `set_untold`."""
    changed = set_untold(session, told, source=source, now=now)
    lines = [
        {"contact_id": id_, "about": name, "text": canonical(told[id_, name].value)} for id_, name in changed
    ]
    line = {"channel_id": channel_id, "kind": EntryKind.FIELD_SET, "at": now}
    insert_all(session.connection(), TimelineEntry, lines, line)
    return changed


def set_untold(session: Session, told: Told, *, source: str, now: datetime) -> Sequence[tuple[int, str]]:
    """Write values; what has the value already is left to who set it.

    Stories are left to whoever asks. Returns contact and name of those that have changed.
    """
    if not told:
        return ()
    # Turns of the same people wait, and so do other imports, always in this order.
    ids = {contact_id for contact_id, _name in told}
    there_are = many.hold(session, ids)
    if len(there_are) < len(ids):
        told = {pair: value for pair, value in told.items() if pair[0] in there_are}
    connection = session.connection()
    names = {name for _id, name in told}
    rows = connection.execute(_THERE, {"ids": list(there_are), "names": list(names)}).all()
    there = {(contact_id, name): before for contact_id, name, *before in rows}
    new, altered = [], []
    changed: list[tuple[int, str]] = []
    for pair, (value, kind) in told.items():
        contact_id, name = pair
        text = canonical(value)
        before = there.get(pair)
        if before is not None and before[1:] == [kind, text]:
            continue
        number = float(value) if isinstance(value, int | float) else None
        if before is None:
            new.append({"contact_id": contact_id, "name": name, "kind": kind, "text": text, "number": number})
        else:
            altered.append({"row": before[0], "kind": kind, "text": text, "number": number})
        changed.append(pair)
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
