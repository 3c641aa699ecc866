"""What staff change about a contact, with everything that such a change brings when a turn makes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy.orm import Session

from contacts.fields import FieldBook
from contacts.models import Contact
from content.revisions import Published
from handlers import rich_menu
from handlers.turn import Turn
from questionnaires.service import RunBook
from questionnaires.versions import Versions
from segmentation.tags import TagBook
from segmentation.touches import touch


@contextmanager
def changed_tags(
    session: Session, contact: Contact, published: Published | None, *, versions: Versions, now: datetime
) -> Iterator[TagBook]:
    """Open the tags of a contact whose row is locked; afterwards menu and segments follow."""
    tags = TagBook(session, contact, event_key=None, now=now)
    yield tags
    touch(session, contact, [f"tag:{name}" for name in tags.spoken_of()], at=now)
    if published is None:
        return
    turn = Turn(
        session=session,
        contact=contact,
        now=now,
        event_key="",
        published=published,
        versions=versions,
        tags=tags,
        fields=FieldBook(session, contact, event_key=None, now=now),
        runs=RunBook(session, contact, versions, published, event_key="", now=now),
        base_url="",  # nothing is said
    )
    rich_menu.settle(turn)
