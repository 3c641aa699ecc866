"""That facts changed, so that the segments that read them look again: said in the transaction that changes them."""

from collections.abc import Collection, Iterable, Iterator

from flask import current_app, g
from sqlalchemy.orm import Session

from api.parts import Parts
from contacts.models import Contact, ContactField
from segmentation.models import TagChange
from segmentation.touches import touch_many

ORDERS = "orders"
TAG = "tag:"


def touched(session: Session, facts: Iterable[tuple[int, str]]) -> None:
    """Say it of pairs of a contact's id and a fact, as far as any segment or menu reads the fact."""
    parts: Parts = current_app.extensions["api"]
    readers = parts.lineups.of(session, g.channel_id).readers
    told = dict.fromkeys(facts)
    of_menus = _read_by_menus(session, parts) if any(fact.startswith(TAG) for _id, fact in told) else ()
    touch_many(session, [(id_, fact) for id_, fact in told if fact in readers or fact in of_menus], at=g.now)


def touched_by(session: Session, contact: Contact) -> None:
    """Say it of what a tag book and a field book have changed about a contact, before it is written."""
    touched(session, [(contact.id, fact) for fact in _changed(session)])


def _read_by_menus(session: Session, parts: Parts) -> Collection[str]:
    published = parts.revisions.live(session, g.channel_id)
    return {f"{TAG}{name}" for name in published.menu_tags} if published is not None else ()


def _changed(session: Session) -> Iterator[str]:
    for row in (*session.new, *session.dirty, *session.deleted):
        match row:
            case TagChange():
                yield f"{TAG}{row.tag.name}"
            case ContactField():
                yield f"field:{row.name}"
