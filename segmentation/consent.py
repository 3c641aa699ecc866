"""Whether somebody agreed to be written to for a purpose: they carry the tag `consent:PURPOSE` now.

The one place that says so, for rules and for whoever sends.
"""

import sqlalchemy as sa

from contacts.models import Contact
from core.by_engine import by_engine
from segmentation.carrying import carries
from segmentation.days import At
from segmentation.people import CarriedTag, Person

PREFIX = "consent:"


def tag_for(purpose: str) -> str:
    """Return the tag that stands for consent to a purpose."""
    return f"{PREFIX}{purpose}"


def condition(purpose: str, at: At) -> sa.ColumnElement[bool]:
    """Return the condition on each Contact of a statement."""
    carry = carries(tag_for(purpose), at)
    # SQLite reads the list once, where EXISTS would look into the table for every contact (at 100,000: 50 ms
    # against 500). PostgreSQL makes a join of EXISTS, under `not` as well.
    return by_engine(sqlite=Contact.id.in_(carry.ids), postgresql=carry.each(Contact.id))


def given(person: Person, purpose: str) -> CarriedTag | None:
    """Return the tag by which a person agrees; None when they do not."""
    return person.tags.get(tag_for(purpose))
