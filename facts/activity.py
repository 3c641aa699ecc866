"""On which days, and at which hours, contacts are here."""

from collections.abc import Iterable
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact
from core.inserts import upsert_for
from facts.models import ActiveDay


def is_noted(contact: Contact, *, at: datetime, zone: tzinfo, previous_at: datetime | None) -> bool:
    """Say whether something the contact did before at this hour is noted already.

    :param previous_at: what the contact did last before this; None: nothing that counts.
    """
    # Whoever was imported was seen before we knew them: there they did nothing here.
    if previous_at is None or previous_at < contact.first_seen_at:
        return False
    return _hour(at, zone) == _hour(previous_at, zone)


def was_active(
    session: Session, contact: Contact, *, at: datetime, zone: tzinfo, previous_at: datetime | None = None
) -> None:
    """Note the day and the hour at which a contact did something, if that is not noted already."""
    if is_noted(contact, at=at, zone=zone, previous_at=previous_at):
        return
    local = at.astimezone(zone)
    noted = {"contact_id": contact.id, "day": local.date(), "hours": 1 << local.hour}
    connection = session.connection()
    connection.execute(_noting(connection.dialect), noted)


def were_active(session: Session, moments: Iterable[tuple[int, datetime]], *, zone: tzinfo) -> None:
    """Note many moments at which contacts did something, by one statement."""
    hours: dict[tuple[int, date], int] = {}
    for contact_id, at in moments:
        local = at.astimezone(zone)
        place = (contact_id, local.date())
        hours[place] = hours.get(place, 0) | 1 << local.hour
    if not hours:
        return
    connection = session.connection()
    connection.execute(
        _noting(connection.dialect),
        [{"contact_id": id_, "day": day, "hours": bits} for (id_, day), bits in hours.items()],
    )


@lru_cache(maxsize=2)
def _noting(dialect: sa.Dialect) -> Any:
    """Return the statement, built once: each contact's first turn in an hour executes it."""
    added = upsert_for(dialect, ActiveDay)
    return added.on_conflict_do_update(
        index_elements=["contact_id", "day"],
        set_={"hours": ActiveDay.hours.bitwise_or(added.excluded.hours)},
    )


def days_of(session: Session, contact_id: int) -> list[dict[str, object]]:
    """Return the days on which a contact was here, the first first, each with its hours."""
    rows = session.execute(
        sa.select(ActiveDay.day, ActiveDay.hours)
        .where(ActiveDay.contact_id == contact_id)
        .order_by(ActiveDay.day)
    )
    return [
        {"day": row.day.isoformat(), "hours": [hour for hour in range(24) if row.hours >> hour & 1]}
        for row in rows
    ]


def _hour(moment: datetime, zone: tzinfo) -> tuple[int, ...]:
    return moment.astimezone(zone).timetuple()[:4]
