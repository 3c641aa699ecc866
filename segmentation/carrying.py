"""That contacts carry a tag, as a condition on Contact."""

import sqlalchemy as sa

from contacts.models import Contact
from segmentation.days import At
from segmentation.models import ContactTag, Tag
from segmentation.tags import live


def carries(name: str, at: At) -> sa.ColumnElement[bool]:
    """Return the condition that a contact carries the tag now.

    A list of ids rather than EXISTS: read once along (tag, contact), where EXISTS would look into
    the table for every contact. A contact's tags are all of its own channel, so the name is enough.
    """
    tag_ids = sa.select(Tag.id).where(Tag.name == name)
    return Contact.id.in_(
        sa.select(ContactTag.contact_id).where(ContactTag.tag_id.in_(tag_ids), live(at.now))
    )
