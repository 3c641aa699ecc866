"""Typed facts that a contact told us, one value a name."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact, ContactField, FieldKind
from contacts.timeline import EntryKind, TimelineEntry, note

Value = bool | int | float | str


_OF_CONTACT = sa.select(ContactField).where(ContactField.contact_id == sa.bindparam("contact"))

_STORY = (
    sa.select(TimelineEntry.about, TimelineEntry.kind, TimelineEntry.at, TimelineEntry.event_key)
    .where(
        TimelineEntry.contact_id == sa.bindparam("contact"),
        TimelineEntry.kind.in_((EntryKind.FIELD_SET, EntryKind.FIELD_REMOVED)),
        TimelineEntry.about.in_(sa.bindparam("names", expanding=True)),
    )
    .order_by(TimelineEntry.at, TimelineEntry.id)
)


class FieldBook:
    """The fields of one contact during one turn; what it changes is seen at once, before any flush."""

    def __init__(
        self,
        session: Session,
        contact: Contact,
        *,
        event_key: str | None,
        now: datetime,
        has_any: bool = True,
    ) -> None:
        """:param has_any: whether there may be fields to read."""
        self._has_any = has_any
        self._session = session
        self._contact = contact
        self._event_key = event_key
        self._now = now
        self._withdrawn: dict[str, ContactField] = {}

    def go_on(self, *, event_key: str | None, now: datetime) -> None:
        """Be the book of the contact's next turn in the same transaction, without reading anything again."""
        self._event_key, self._now = event_key, now

    @cached_property
    def _rows(self) -> dict[str, ContactField]:
        """Read on first use: most turns need none of them."""
        if not self._contact.is_stored or not self._has_any:
            return {}
        rows = self._session.scalars(_OF_CONTACT, {"contact": self._contact.id})
        return {row.name: row for row in rows}

    def values(self) -> Mapping[str, Value]:
        """Return the values by name, numbers and flags in their own type."""
        return {name: value_of(row) for name, row in self._rows.items()}

    def rows(self) -> Sequence[ContactField]:
        """Return the values with their sources, by name."""
        return [self._rows[name] for name in sorted(self._rows)]

    def set(self, name: str, value: Value, *, kind: FieldKind, source: str) -> None:
        """Write a value; the same value from the same source changes nothing."""
        row = self._rows.get(name)
        text = canonical(value)
        if row is not None and (row.text, row.kind, row.source) == (text, kind, source):
            return
        if row is None:
            # A row withdrawn earlier in this turn is taken up again: its successor would clash with it.
            row = self._withdrawn.pop(name, None)
            if row is None or sa.inspect(row).deleted:
                row = ContactField(**self._contact.as_owner, name=name)
            self._session.add(row)
            self._rows[name] = row
        row.kind, row.text, row.source = kind, text, source
        row.number = float(value) if isinstance(value, int | float) else None
        row.event_key, row.set_at = self._event_key, self._now
        self._note(EntryKind.FIELD_SET, name, text)

    def withdraw(self, name: str, *, source: str) -> None:
        """Take a value away if `source` set it."""
        row = self._rows.get(name)
        if row is None or row.source != source:
            return
        del self._rows[name]
        if row in self._session.new:
            self._session.expunge(row)
        else:
            self._session.delete(row)
            self._withdrawn[name] = row
        self._note(EntryKind.FIELD_REMOVED, name, None)

    def set_by(self, prefix: str) -> Mapping[str, str]:
        """Return name to source of the fields whose source starts with `prefix`."""
        return {name: row.source for name, row in self._rows.items() if row.source.startswith(prefix)}

    def taken_off(self, names: Collection[str], *, before: datetime) -> frozenset[str]:
        """Return which of these names staff or programs took off, and no turn before a moment set again."""
        taken: set[str | None] = set()
        if names and self._contact.is_stored:
            given = {"contact": self._contact.id, "names": list(names)}
            for name, kind, at, event_key in self._session.execute(_STORY, given):
                if kind is EntryKind.FIELD_REMOVED and event_key is None:
                    taken.add(name)
                elif kind is EntryKind.FIELD_SET and at < before:
                    taken.discard(name)
        return frozenset(name for name in names if name in taken)

    def _note(self, kind: EntryKind, name: str, text: str | None) -> None:
        note(
            self._session,
            self._contact,
            kind,
            at=self._now,
            event_key=self._event_key,
            about=name,
            text=text,
        )


def kind_of(value: Value) -> FieldKind:
    """Return the kind of a value written in a playbook."""
    if isinstance(value, bool):
        return FieldKind.FLAG
    return FieldKind.NUMBER if isinstance(value, int | float) else FieldKind.TEXT


def value_of(row: ContactField | sa.Row[Any]) -> Value:
    """Return the value in its own type; dates and times stay ISO text."""
    if row.kind is FieldKind.NUMBER and row.number is not None:
        return int(row.number) if row.number.is_integer() else row.number
    if row.kind is FieldKind.FLAG:
        return row.text == "true"
    return row.text or ""


def canonical(value: Value) -> str:
    """Return the writing in which values are kept and compared."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
