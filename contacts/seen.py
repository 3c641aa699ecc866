"""When somebody was last seen, which every turn writes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from contacts.models import Contact


def see(contact: Contact, *, at: datetime) -> Callable[[Session], object]:
    """Take down that the contact did something; returns what writes it, inside the transaction.

    Mostly it is the only change to the contact: the unit of work takes 250 µs for one, this statement 40.
    """
    set_committed_value(contact, "last_seen_at", max(contact.last_seen_at, at))
    return lambda session: session.connection().execute(_SEE, {"contact": contact.id, "seen": at})


_CONTACTS: Any = Contact.__table__
_SEE = (
    sa.update(_CONTACTS)
    .where(Contact.id == sa.bindparam("contact"), Contact.last_seen_at < sa.bindparam("seen"))
    .values(last_seen_at=sa.bindparam("seen"))
)
