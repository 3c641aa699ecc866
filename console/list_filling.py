"""Filling a list of people page by page, each in a transaction of its own; the list shows when it is whole."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask import g
from sqlalchemy.orm import Session

from console.access import client_address
from console.open_ticket import Desk
from console.parts import Parts
from console.segment_saving import free_key
from console.words import _
from core.errors import Conflict
from segmentation import static, unfinished
from segmentation.static import Unfinished
from staff.audit import Actor, record
from staff.models import StaffUser

MOST = 50_000
"""People of one list; larger ones come by the command line."""
PAGE = 500
"""People put on at a time, so that nobody waits for the write lock."""


@dataclass(frozen=True, slots=True)
class NewList:
    """A list as somebody wants it."""

    label: str
    ids: Sequence[int]
    because: str
    """`upload:FILE`, `snapshot:SEGMENT`."""
    action: str
    """In the audit log, with its detail."""
    detail: Mapping[str, object]
    again: str = ""
    """The public id of an unfinished list that is to be filled anew."""


def fill(parts: Parts, desk_of: Callable[[Session], Desk], wanted: NewList) -> str:
    """Put everybody on; return the list's public id.

    :raises Conflict: somebody made one of this name at the same moment.
    """
    with parts.database.write() as session:
        here = desk_of(session)
        key = (
            unfinished.get(session, g.channel_id, wanted.again).key
            if wanted.again
            else free_key(here, wanted.label)
        )
        labels = {here.default_language: wanted.label}
        try:
            ours = static.begin(session, g.channel_id, key, labels=labels, by=g.me.login, now=g.now)
        except Conflict:
            raise Conflict(_("Somebody made a list of this name at the same moment. Try again.")) from None
    emptied(parts, ours)
    for start in range(0, len(wanted.ids), PAGE):
        with parts.database.write() as session:
            static.put(session, ours, wanted.ids[start : start + PAGE], because=wanted.because, now=g.now)
    with parts.database.write() as session:
        public_id = static.finish(session, parts.segments, ours, now=g.now)
        record(session, actor(session), wanted.action, "segment", public_id, g.now, wanted.detail)
    return public_id


def emptied(parts: Parts, ours: Unfinished) -> int:
    """Take everybody off an unfinished list, page by page; return how many."""
    count = 0
    while True:
        with parts.database.write() as session:
            gone = static.empty(session, ours, limit=PAGE)
        count += gone
        if not gone:
            return count


def actor(session: Session) -> Actor:
    """Return whoever is signed in, for the audit log."""
    user = session.scalars(sa.select(StaffUser).where(StaffUser.public_id == g.me.public_id)).one()
    return Actor.of(user, client_address())
