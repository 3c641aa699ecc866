"""Releasing a frozen campaign, page by page: who still may get it, as which requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns.exclusions import Exclusions, had_enough
from campaigns.holding import Held, fence
from campaigns.models import CampaignState, Delivery, PausedBecause, Push
from campaigns.people import Recipient, recipients
from campaigns.recall import take_back
from campaigns.script import Script, Written, written
from campaigns.states import move, stop
from contacts.models import Contact
from core.by_engine import among
from core.clock import Clock
from core.db import Database
from line import bulk
from line.bulk import Request
from line.channels import Channel
from line.outbox import Outgoing, is_open


class _CappedMeanwhileError(Exception):
    """Another campaign reached somebody of this page first."""


@dataclass(frozen=True)
class Releaser:
    """Releases campaigns for one worker."""

    database: Database
    exclusions: Exclusions

    def release(self, held: Held, script: Script, clock: Clock) -> int:
        """Write the requests of the next page; return how many people it had, 0 when none are left.

        Whoever unfollowed, took back their consent, was erased or talks with a person of ours since
        the freezing is left out here.

        :raises Fenced: it is somebody else's by now, or paused or cancelled; nothing was written.
        :raises CannotBeSaid: there is nothing to send to anybody.
        """
        now = clock()
        with self.database.read() as session:
            people = recipients(
                session,
                held.id,
                self.exclusions.reason(
                    script.purpose,
                    script.published.content.campaign_rules,
                    now=now,
                    zone=script.published.zone,
                ),
                wanted=script.personal,
                limit=script.page,
                now=now,
            )
        if not people:
            return 0
        page = written(people, script, now=now)
        try:
            with self.database.write() as session:
                self._alone_with_the_cap(session, held, script)
                first = fence(session, held, requests=len(page.requests), now=clock())
                self._respect_cap(session, people, script, now)
                self._store(session, held, script, page, first, now=clock())
        except _CappedMeanwhileError:
            return len(people)  # the next look leaves them out
        return len(people)

    def _alone_with_the_cap(self, session: Session, held: Held, script: Script) -> None:
        """Let no other campaign of the channel release meanwhile; before the campaign's own row is locked."""
        if script.published.content.campaign_rules.cap is not None:
            row = sa.select(Channel.id).where(Channel.id == held.channel_id)
            session.execute(row.with_for_update(key_share=True))

    def _respect_cap(
        self, session: Session, people: Sequence[Recipient], script: Script, now: datetime
    ) -> None:
        """Look once more who has had enough, now that no other campaign of the channel can release."""
        cap = script.published.content.campaign_rules.cap
        if cap is None:
            return
        getting = [one.contact_id for one in people if one.skip is None]
        capped = sa.select(Contact.id).where(Contact.id.in_(getting), had_enough(cap, now=now))
        if session.scalar(capped.limit(1)) is not None:
            raise _CappedMeanwhileError

    def _store(
        self, session: Session, held: Held, script: Script, page: Written, first: int, *, now: datetime
    ) -> None:
        numbered = [
            (number, request, deliveries)
            for number, (request, deliveries) in enumerate(page.requests, start=first + 1)
        ]
        store(session, held.id, held.channel_id, script.because, numbered, now=now)
        if page.skips:
            session.connection().execute(_skipping, page.skips)


def store(
    session: Session,
    campaign_id: int,
    channel_id: int,
    because: str,
    numbered: Sequence[tuple[int, Request, Sequence[int]]],
    *,
    now: datetime,
) -> None:
    """Write requests with their numbers within the campaign, and which deliveries each carries out."""
    if not numbered:
        return
    named = [
        Request(f"{because} {number}", request.user_ids, request.messages, request.is_single)
        for number, request, _ in numbered
    ]
    outbox_ids = bulk.enqueue(session, channel_id, named, now=now)
    pushes = [
        {"campaign_id": campaign_id, "number": number, "size": len(request.user_ids), "outbox_id": outbox_id}
        for (number, request, _), outbox_id in zip(numbered, outbox_ids, strict=True)
    ]
    session.connection().execute(_cutting, pushes)
    numbers = {"campaign": campaign_id, "first": numbered[0][0], "last": numbered[-1][0]}
    ids = {row.number: row.id for row in session.connection().execute(_numbered, numbers)}
    singles = [
        {"delivery": deliveries[0], "push": ids[number], "at": now}
        for number, _, deliveries in numbered
        if len(deliveries) == 1
    ]
    if singles:
        session.connection().execute(_releasing_one, singles)
    for number, _, deliveries in numbered:
        if len(deliveries) > 1:
            # One statement for 500 rows holds SQLite's lock half as long as 500 small ones.
            session.connection().execute(
                _releasing, {"deliveries": list(deliveries), "push": ids[number], "at": now}
            )


def is_through(session: Session, campaign_id: int) -> bool:
    """Say whether a frozen campaign has nobody left who waits: all are released, and all requests have ended."""
    unreleased = sa.select(Delivery.id).where(
        Delivery.campaign_id == campaign_id, Delivery.released_at.is_(None), Delivery.skipped.is_(None)
    )
    return session.scalar(unreleased.limit(1)) is None and _is_sent_out(session, campaign_id)


def _is_sent_out(session: Session, campaign_id: int) -> bool:
    waiting = (
        sa.select(Push.id)
        .join(Outgoing, Outgoing.id == Push.outbox_id)
        .where(is_open(Outgoing), Outgoing.lane_key.is_(None), Push.campaign_id == campaign_id)
        .limit(1)
    )
    return session.scalar(waiting) is None


def give_up(session: Session, held: Held, because: PausedBecause, *, detail: str = "", now: datetime) -> None:
    """Pause a campaign that cannot go on: a person must see to it.

    :raises Fenced: it is somebody else's by now, or paused or cancelled.
    """
    fence(session, held, now=now)
    if stop(session, held.id, because, detail=detail):
        take_back(session, held.channel_id, held.id, now=now)


def finish(session: Session, held: Held, *, now: datetime) -> None:
    """Declare a campaign finished whose last request has come to an end.

    :raises Fenced: it is somebody else's by now, or paused or cancelled.
    """
    fence(session, held, now=now)
    move(session, held.id, CampaignState.FINISHED, since={held.state}, finished_at=now)


_DELIVERIES: Any = Delivery.__table__
_PUSHES: Any = Push.__table__

# Built once: see line/lanes.py.
# In the words of no index: as long as it has no statistics about a campaign that was frozen a minute ago,
# PostgreSQL would look through everybody without a request for every page, 170 ms instead of 15.
_unreleased = sa.func.coalesce(_DELIVERIES.c.push_id, 0) == 0
_cutting = sa.insert(_PUSHES)
_numbered = sa.select(_PUSHES.c.number, _PUSHES.c.id).where(
    _PUSHES.c.campaign_id == sa.bindparam("campaign"),
    _PUSHES.c.number.between(sa.bindparam("first"), sa.bindparam("last")),
)
_releasing = (
    sa.update(_DELIVERIES)
    .where(among(_DELIVERIES.c.id, "deliveries"), _unreleased)
    .values(
        push_id=sa.bindparam("push"), released_at=sa.bindparam("at", type_=_DELIVERIES.c.released_at.type)
    )
)
_releasing_one = (
    sa.update(_DELIVERIES)
    .where(_DELIVERIES.c.id == sa.bindparam("delivery"), _unreleased)
    .values(
        push_id=sa.bindparam("push"), released_at=sa.bindparam("at", type_=_DELIVERIES.c.released_at.type)
    )
)
_skipping = (
    sa.update(_DELIVERIES)
    .where(_DELIVERIES.c.id == sa.bindparam("delivery"), _unreleased)
    .values(skipped=sa.bindparam("skip", type_=_DELIVERIES.c.skipped.type), reason=sa.bindparam("why"))
)
