"""Releasing a frozen campaign, page by page: who still may get it, in which words, as which requests."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns import messages
from campaigns.exclusions import Exclusions, had_enough, when_sending
from campaigns.holding import Held, fence
from campaigns.models import Campaign, CampaignState, Delivery, PausedBecause, Push, Skip
from campaigns.people import Recipient, recipients
from campaigns.recall import take_back
from campaigns.states import move, stop
from contacts.models import Contact
from content.model import CampaignMessage
from content.revisions import Published
from content.voice import Voice
from core.by_engine import among
from core.clock import Clock
from core.db import Database
from line import bulk
from line.bulk import Request
from line.channels import Channel
from line.limits import check_messages
from line.messages import MessageRefused
from line.outbox import Outgoing, is_open

MULTICAST_LIMIT = 500
ALIKE_PAGE = 2_000
"""People who get the same, in one transaction: four requests."""
PERSONAL_PAGE = 200
"""People who get their own words, each by a request of their own."""
OPEN_ALIKE, OPEN_PERSONAL = 12, 600
"""Requests that wait to be sent at most, before more are released: so pausing works within seconds."""


@dataclass(frozen=True, slots=True)
class Script:
    """A campaign's message, ready to be said."""

    message: CampaignMessage
    published: Published
    owner: str
    because: str
    """What the reasons of its requests begin with."""
    purpose: str | None
    personal: frozenset[str]
    """The personal things its texts ask for; none: everybody who reads a language gets the same."""

    @property
    def page(self) -> int:
        return PERSONAL_PAGE if self.personal else ALIKE_PAGE

    @property
    def most_open(self) -> int:
        return OPEN_PERSONAL if self.personal else OPEN_ALIKE


def script_of(campaign: Campaign, published: Published, *, base_url: str, now: datetime) -> Script:
    """Prepare a campaign for being said.

    :raises CannotBeSaid: LINE would take it for nobody.
    """
    message = messages.message_of(campaign)
    try:
        personal = messages.personal_names(message, published, base_url=base_url, now=now)
    except MessageRefused as refused:
        raise CannotBeSaid(str(refused)) from refused
    return Script(
        message=message,
        published=published,
        owner=messages.owner_of(campaign.public_id),
        because=f"campaign {campaign.public_id}",
        purpose=campaign.consent,
        personal=personal,
    )


class CannotBeSaid(Exception):  # noqa: N818 - the name says what is wrong with it
    """What everybody would get cannot be written any more, though it could when it was planned."""


class _CappedMeanwhileError(Exception):
    """Another campaign reached somebody of this page first."""


@dataclass
class _Page:
    """What is to be written of one page."""

    requests: list[tuple[Request, list[int]]] = field(default_factory=list)
    """With the deliveries that each carries out."""
    skips: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Releaser:
    """Releases campaigns for one worker."""

    database: Database
    exclusions: Exclusions
    base_url: str

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
        page = self._write(people, script, now)
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

    def _write(self, people: Sequence[Recipient], script: Script, now: datetime) -> _Page:
        page = _Page()
        staying = []
        for one in people:
            if one.skip is None:
                staying.append(one)
            else:
                page.skips.append(_skip(one, *when_sending(one.skip)))
        if script.personal:
            self._write_each(staying, script, now, page)
        else:
            self._write_alike(staying, script, now, page, more_may_come=len(people) == script.page)
        return page

    def _write_alike(
        self, people: Sequence[Recipient], script: Script, now: datetime, page: _Page, *, more_may_come: bool
    ) -> None:
        readers_of = _by_language(people, script.published)
        # LINE counts requests: who would go in a half-empty one waits for the readers of the next page.
        only_full = more_may_come and any(len(some) >= MULTICAST_LIMIT for some in readers_of.values())
        for language, readers in readers_of.items():
            bodies = self._said_to_all(script, language, now)
            for chunk in _chunks(readers):
                if only_full and len(chunk) < MULTICAST_LIMIT:
                    continue
                request = Request("", [one.user_id for one in chunk], bodies, is_single=False)
                page.requests.append((request, [one.delivery_id for one in chunk]))

    def _said_to_all(self, script: Script, language: str, now: datetime) -> Sequence[Mapping[str, Any]]:
        faults: list[str] = []
        shared = messages.for_everybody(script.published, language, now)
        voice = self._voice(script, language, shared, faults.append)
        try:
            bodies = [one.body for one in messages.compose(script.message, voice, owner=script.owner)]
        except MessageRefused as refused:
            raise CannotBeSaid(str(refused)) from refused
        faults += [str(fault) for fault in check_messages(bodies)]
        if faults:
            raise CannotBeSaid(faults[0])
        return bodies

    def _write_each(self, people: Sequence[Recipient], script: Script, now: datetime, page: _Page) -> None:
        shared: dict[str, Mapping[str, object]] = {}
        for one in people:
            language = messages.language_for(script.published, one.language)
            if language not in shared:
                shared[language] = messages.for_everybody(script.published, language, now)
            faults: list[str] = []
            voice = self._voice(script, language, {**shared[language], **one.variables}, faults.append)
            bodies: list[Mapping[str, Any]] = []
            try:
                said = messages.compose(script.message, voice, owner=script.owner, carried=one.tags)
                bodies = [message.body for message in said]
                # The builders look at each message; only here do all of them meet a person's values.
                faults += [str(fault) for fault in check_messages(bodies)] if not faults else []
            except MessageRefused as refused:
                faults.append(str(refused))
            if faults:
                page.skips.append(_skip(one, Skip.FAULTY, faults[0]))
            else:
                page.requests.append((Request("", [one.user_id], bodies, is_single=True), [one.delivery_id]))

    def _voice(
        self,
        script: Script,
        language: str,
        variables: Mapping[str, object],
        on_fault: Callable[[str], object] | None = None,
    ) -> Voice:
        return Voice(script.published, language, self.base_url, variables, on_fault)

    def _store(
        self, session: Session, held: Held, script: Script, page: _Page, first: int, *, now: datetime
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


def _by_language(people: Sequence[Recipient], published: Published) -> Mapping[str, list[Recipient]]:
    known: dict[str | None, str] = {}
    found: dict[str, list[Recipient]] = {}
    for one in people:
        language = known.get(one.language)
        if language is None:
            language = known[one.language] = messages.language_for(published, one.language)
        found.setdefault(language, []).append(one)
    return found


def _chunks(people: Sequence[Recipient]) -> Iterator[Sequence[Recipient]]:
    for start in range(0, len(people), MULTICAST_LIMIT):
        yield people[start : start + MULTICAST_LIMIT]


def _skip(one: Recipient, skip: Skip, reason: str | None) -> dict[str, Any]:
    return {"delivery": one.delivery_id, "skip": skip, "why": None if reason is None else reason[:300]}


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
