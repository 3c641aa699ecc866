"""Tags that staff put on people and take off, on whichever page."""

import sqlalchemy as sa

from console.open_ticket import Desk
from console.words import _
from contacts.models import Contact
from core.errors import Conflict, NotFound
from handlers.by_staff import changed_tags
from segmentation.models import Tag
from segmentation.tags import TagBook


def put_on(desk: Desk, contact: Contact, name: str) -> str:
    """Put a tag on a contact whose row is locked; return the tag of the same single-choice group that goes."""
    wanted = _tag(desk, contact, name)
    with changed_tags(desk.session, contact, desk.published, versions=desk.versions, now=desk.now) as book:
        replaced = _replaced(book, wanted)
        book.set(wanted.name, source=f"staff:{desk.user.login}")
    return replaced


def take_off(desk: Desk, contact: Contact, name: str) -> None:
    """Take a tag off a contact whose row is locked."""
    unwanted = _tag(desk, contact, name)
    with changed_tags(desk.session, contact, desk.published, versions=desk.versions, now=desk.now) as book:
        book.remove(unwanted.name, source=f"staff:{desk.user.login}")


def _tag(desk: Desk, contact: Contact, name: str) -> Tag:
    """Return a tag that there is: new ones are declared by the playbook.

    :raises Conflict: nobody is there any more to carry it.
    """
    if contact.erased_at is not None:
        raise Conflict(_("This person's data were erased."))
    wanted = sa.select(Tag).where(Tag.channel_id == desk.channel_id, Tag.name == name.replace("\x00", ""))
    found = desk.session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound(_("there is no such tag"))
    return found


def _replaced(book: TagBook, wanted: Tag) -> str:
    if not wanted.is_single or wanted.group is None:
        return ""
    same = [row.tag.name for row in book.rows() if row.tag.group == wanted.group]
    return next((name for name in same if name != wanted.name), "")
