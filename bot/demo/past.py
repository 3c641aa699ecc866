"""The demo shop's past, from one look to the next: what is told from outside, and who entered which segment.

Written by the statements that imports use, for everybody at once.
"""

from bisect import insort
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.demo import till
from bot.demo.shops import Shop
from bot.demo.till import SOURCE, Visit
from bot.demo.town import Friend
from bot.segment_moves import Mover
from bot.segmenting import SEGMENTS
from contacts import bulk_fields
from contacts.bulk_fields import FieldValue
from contacts.models import Contact, FieldKind, Following
from content.revisions import Published
from facts import rfm
from facts.activity import were_active
from facts.events import track
from facts.models import Customer, Order
from facts.orders import record_orders
from segmentation import whom
from segmentation.current import Lineup, Lineups
from segmentation.joining import all_of
from segmentation.memberships import Move
from segmentation.models import ContactTag, Segment, Tag

DAILY_FOR = timedelta(days=28)
EVERY_LATELY, EVERY_BEFORE = timedelta(days=3), timedelta(days=20)
"""How often segments are looked at: what the charts show first is drawn finer."""

OLDEST = timedelta(days=85)
"""Of a segment: after 90 days without a use it would be called forgotten."""


def looks(began: datetime, until: datetime) -> Sequence[datetime]:
    """Return the moments at which segments are looked at; the last one is now."""
    found = [until]
    while found[-1] > began:
        found.append(found[-1] - (EVERY_LATELY if until - found[-1] < DAILY_FOR else EVERY_BEFORE))
    return found[-2::-1] if len(found) > 1 else found


class Past:
    """What has been told and looked at so far; each call is part of the caller's transaction."""

    def __init__(self, shop: Shop, published: Published, *, channel_id: int, until: datetime) -> None:
        self._shop = shop
        self._published = published
        self._channel_id = channel_id
        self._until = until
        self._lineups = Lineups(SEGMENTS)
        self._mover = Mover()
        self._inside: dict[int, set[int]] = {}
        """Contacts by segment."""
        self._waiting: list[tuple[datetime, str, Visit]] = []

    def begin(self, session: Session, *, began: datetime) -> None:
        """Let the segments be as old as the shop, or as one can be that nobody has forgotten."""
        began = max(began, self._until - OLDEST)
        session.execute(
            sa.update(Segment)
            .where(Segment.channel_id == self._channel_id, Segment.created_at > began)
            .values(created_at=began)
            .execution_options(synchronize_session=False)
        )

    def met(self, session: Session, some: Sequence[Friend]) -> None:
        """Invent what the till will tell of friends who have just come."""
        if not self._shop.has_till or not some:
            return
        people = {one.contact.id: one for one in some if one.contact is not None}
        tags: dict[int, set[str]] = {id_: set() for id_ in people}
        rows = session.execute(
            sa.select(ContactTag.contact_id, Tag.name).join(Tag).where(ContactTag.contact_id.in_(people))
        )
        for id_, name in rows:
            tags[id_].add(name)
        told = {}
        for id_, friend in people.items():
            contact = friend.contact
            assert contact is not None
            # Of their own, so that what a friend says or taps here changes nothing about their cups.
            random = Random(friend.user_id)  # noqa: S311 - invented people, not secrets
            fields = till.fields_of(tags[id_], random)
            for name, value in fields.items():
                told[id_, name] = FieldValue(value, FieldKind.TEXT)
            is_gone = contact.following is Following.BLOCKED
            until = (contact.following_since_at if is_gone else None) or self._until
            for visit in till.visits_of(
                id_, tags[id_], came=friend.now, until=until, zone=self._published.zone, random=random
            ):
                insort(self._waiting, (visit.at, f"{id_}", visit), key=lambda one: one[:2])
        bulk_fields.set_many(session, self._channel_id, told, source=SOURCE, now=max(one.now for one in some))

    def goes_on(self, session: Session, at: datetime) -> None:
        """Write all visits until a moment, and who is in which segment then."""
        count = next((place for place, one in enumerate(self._waiting) if one[0] > at), len(self._waiting))
        visits = [one[2] for one in self._waiting[:count]]
        del self._waiting[:count]
        if visits:
            self._tell(session, visits, at)
        self._look(session, at)

    def _tell(self, session: Session, visits: Sequence[Visit], at: datetime) -> None:
        events = [event for visit in visits for event in visit.events]
        track(session, self._channel_id, events, source=SOURCE, now=at)
        orders = [visit.order for visit in visits if visit.order is not None]
        record_orders(session, self._channel_id, orders, source=SOURCE, now=at)
        were_active(session, [(visit.contact_id, visit.at) for visit in visits], zone=self._published.zone)
        last = {visit.contact_id: visit.at for visit in visits}
        session.connection().execute(
            sa.update(Contact)
            .where(Contact.id == sa.bindparam("who"), Contact.last_seen_at < sa.bindparam("at"))
            .values(last_seen_at=sa.bindparam("at", type_=Contact.last_seen_at.type)),
            [{"who": id_, "at": seen} for id_, seen in last.items()],
        )
        for page in rfm.changes(session, self._channel_id, now=at):
            rfm.store(session, page, now=at)

    def _look(self, session: Session, at: datetime) -> None:
        lineup = self._lineups.of(session, self._channel_id)
        moves = [move for kept in lineup.kept for move in self._moved(session, lineup, kept.id, at)]
        if moves:
            self._mover.write(session, self._channel_id, moves, self._published, lineup, now=at)

    def _moved(self, session: Session, lineup: Lineup, segment_id: int, at: datetime) -> Sequence[Move]:
        kept = next(one for one in lineup.kept if one.id == segment_id)
        meant = SEGMENTS.meant(kept.rule, now=at, zone=self._published.zone)
        # Invented people are asked about, and no others.
        found = whom.fulfilling(session, self._channel_id, all_of(Contact.is_demo.is_(True), meant))
        now, before = set(found), self._inside.get(segment_id, set())
        self._inside[segment_id] = now
        return [
            Move(id_, segment_id, kept.key, enters=id_ in now, because=SOURCE) for id_ in sorted(now ^ before)
        ]


def forget(session: Session, contact_ids: Sequence[int]) -> None:
    """Take away the orders of invented people, which would stay as sales of nobody."""
    customers = sa.select(Customer.id).where(Customer.contact_id.in_(contact_ids))
    session.execute(sa.delete(Order).where(Order.customer_id.in_(customers)))
    session.execute(sa.delete(Customer).where(Customer.contact_id.in_(contact_ids)))
