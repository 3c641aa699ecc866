"""One turn: load, decide, then write everything in one short transaction behind the fence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.orm import Session
from structlog.contextvars import bind_contextvars

from bot.profiles import ProfileAnswer, learn, wants_profile
from bot.segmenting import SEGMENTS
from contacts import service as contacts
from contacts.models import Contact, Following
from contacts.seen import see
from contacts.timeline import EntryKind, note
from content.revisions import Published, Revisions
from core.appended import write_now
from core.clock import Clock
from core.db import Database, begin_write
from facts.activity import is_noted, was_active
from handlers.due import RUN_DUE
from handlers.facts import came
from handlers.glance import Glance, glance
from handlers.questionnaire import silent
from handlers.record import overheard, record
from handlers.routes import react
from handlers.touched import Changed, leave_touches
from handlers.turn import Turn, Write
from line import lanes, outbox, reply_tokens
from line.channels import is_stopped
from line.events import (
    Event,
    Followed,
    MessageEdited,
    MessageSent,
    MessageUnsent,
    NotAnEvent,
    Unfollowed,
    Unsupported,
    parse_event,
)
from line.lanes import HeldLane, PendingEvent
from line.messages import SILENCE, Reply
from questionnaires.versions import Versions
from segmentation.current import Lineups, Mark
from segmentation.segments import Segments

log = structlog.get_logger()


class Fenced(Exception):  # noqa: N818 - the name says where we stand
    """The lane belongs to somebody else by now; nothing was written."""


class Overtaken(Exception):  # noqa: N818 - the name says where we stand
    """An event that comes before this one has arrived meanwhile; nothing was written, and its turn is first."""


@dataclass(frozen=True, slots=True)
class Done:
    """A turn that is settled."""

    sending: outbox.Sending | None = None
    """Its reply, leased to us: to be sent at once."""
    outcome: str = "handled"
    decisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WantsProfile:
    """Nothing was done yet: LINE should be asked first who this is."""

    user_id: str


@dataclass(frozen=True, slots=True)
class _Taken:
    """A turn that is being taken."""

    session: Session
    lane: HeldLane
    pending: PendingEvent
    now: datetime


class Dispatcher:
    """Takes turns for the lanes of one worker; keeps what is published between turns."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        erasure_key: bytes,
        base_url: str,
        segments: Segments | None = None,
    ) -> None:
        """:param segments: what rules about people may ask, where there is more than the usual."""
        self._database = database
        self._clock = clock
        self._erasure_key = erasure_key
        self._base_url = base_url
        self._revisions = Revisions()
        self._versions = Versions()
        self._segments = segments or SEGMENTS
        self._lineups = Lineups(self._segments)

    def take_turn(
        self, lane: HeldLane, pending: PendingEvent, answer: ProfileAnswer | None
    ) -> Done | WantsProfile:
        """Handle one event; its effects, its mark and its reply are committed together.

        :param answer: what asking for the profile came to; None where nobody has asked yet,
            and then the turn may ask for it first, without having done anything.

        :raises Fenced: the lease was lost; the new holder handles the event.
        :raises Overtaken: the lane's earliest event is another one by now.
        """
        with self._database.decide() as session:
            now = self._clock()
            taken = _Taken(session, lane, pending, now)
            event = _parse(pending)
            if event is None or not event.is_one_to_one or event.user_id is None:
                writes = () if event is None else overheard(session, event, lane, pending.event_key, now=now)
                return self._settle(taken, writes, outcome="recorded")
            looked = glance(
                session, lane.channel_id, event.user_id, lane_key=lane.key, message_id=_message_id(event)
            )
            contact = looked.contact
            if self._is_from_before_erasure(session, contact, event, lane.channel_id):
                begin_write(session)
                self._fence(taken)
                lanes.mark_refused(session, pending.id, now=now)
                session.commit()
                return Done(outcome="refused")
            if isinstance(event, Unsupported) and event.kind == RUN_DUE:
                return self._silence(taken, event, looked)
            if answer is None and wants_profile(event, contact, now=now):
                if not is_stopped(session, lane.channel_id):
                    return WantsProfile(event.user_id)
                answer = ProfileAnswer(None, was_asked=False)
            contact = contact or contacts.meet(
                session,
                lane.channel_id,
                event.user_id,
                shard=lane.shard,
                sent_at=event.sent_at,
                now=now,
            )
            bind_contextvars(contact=contact.public_id)
            # Whoever had blocked us was last seen at that, which is no activity.
            is_new = not contact.is_stored or contact.following is Following.BLOCKED
            seen_before = contact.last_seen_at
            previous_at = None if is_new else seen_before
            seen = see(contact, at=event.sent_at)
            learn(contact, answer, now=now)
            noted = record(
                session,
                contact,
                event,
                event_key=pending.event_key,
                now=now,
                is_unsent=looked.is_unsent,
            )
            if noted.is_taken_back:
                return self._settle(taken, (seen, *noted.writes), outcome="taken_back")
            came(session, contact, event, event_key=pending.event_key)
            published = self._published(session, looked)
            noting = _noting(contact, event, published, previous_at=previous_at)
            changed = Changed(
                is_active=bool(noting), forgets=isinstance(event, MessageUnsent), seen_before=seen_before
            )
            reply, decisions, writes = self._decide(taken, contact, event, published, looked, changed)
            row = self._reply_row(taken, contact, event, looked, reply)
            writes = (seen, *noted.writes, *writes, *noting)
            return self._settle(taken, writes, row=row, decisions=decisions)

    def _is_from_before_erasure(
        self, session: Session, contact: Contact | None, event: Event, channel_id: int
    ) -> bool:
        """Say whether the event is older than the erasure of its person; only one older than the contact can be."""
        if event.user_id is None or (contact is not None and event.sent_at > contact.first_seen_at):
            return False
        user_hash = contacts.hash_user_id(self._erasure_key, event.user_id)
        return contacts.is_erased(session, channel_id, user_hash, sent_at=event.sent_at)

    def _silence(self, taken: _Taken, event: Unsupported, looked: Glance) -> Done:
        """Take the turn of a questionnaire that nobody answers."""
        contact, published = looked.contact, self._published(taken.session, looked)
        if contact is None or published is None:
            return self._settle(taken, outcome="recorded")
        turn = self._turn(taken, contact, published, looked)
        messages = silent(turn, str(event.payload.get("run", "")))
        self._leave_touches(taken, contact, published, Changed(), turn.segments_mark)
        row = None
        if messages and contact.is_following:
            row = outbox.push(
                channel_id=taken.lane.channel_id,
                user_id=taken.lane.key,
                shard=taken.lane.shard,
                messages=[dict(message.body) for message in messages],
                because=f"reminder {taken.pending.event_key}",
                now=taken.now,
            )
            _note_sent(taken, contact, messages, row)
        return self._settle(taken, row=row, decisions=turn.decisions)

    def _published(self, session: Session, looked: Glance) -> Published | None:
        return None if looked.revision_id is None else self._revisions.get(session, looked.revision_id)

    def _turn(self, taken: _Taken, contact: Contact, published: Published, looked: Glance) -> Turn:
        return Turn.begin(
            taken.session,
            contact,
            published,
            looked,
            versions=self._versions,
            segments=self._segments,
            base_url=self._base_url,
            event_key=taken.pending.event_key,
            now=taken.now,
        )

    def _decide(
        self,
        taken: _Taken,
        contact: Contact,
        event: Event,
        published: Published | None,
        looked: Glance,
        changed: Changed,
    ) -> tuple[Reply, Sequence[str], Sequence[Write]]:
        # What was taken back is withdrawn whoever has the floor.
        if published is None or (event.is_standby and not isinstance(event, MessageUnsent)):
            _follow_silently(contact, event)
            self._leave_touches(taken, contact, published, changed, None)
            return SILENCE, ("standby" if event.is_standby else "nothing published",), ()
        turn = self._turn(taken, contact, published, looked)
        reply = react(event, turn)
        if not reply and event.reply_token is not None and turn.bot_is_silent:
            turn.writes.append(_keeping_token(event.reply_token, contact, taken.pending))
        changed = replace(changed, more=tuple(turn.touched))
        self._leave_touches(taken, contact, published, changed, turn.segments_mark)
        return reply, turn.decisions, turn.writes

    def _leave_touches(
        self,
        taken: _Taken,
        contact: Contact,
        published: Published | None,
        changed: Changed,
        mark: Mark | None,
    ) -> None:
        """Have the segments that read what this turn changed look again."""
        session, event_key = taken.session, taken.pending.event_key
        lineup = self._lineups.of(session, contact.channel_id, mark)
        zone = published.zone if published is not None else ZoneInfo("UTC")
        leave_touches(session, contact, lineup, changed, event_key=event_key, zone=zone, now=taken.now)

    def _reply_row(
        self, taken: _Taken, contact: Contact, event: Event, looked: Glance, reply: Reply
    ) -> outbox.Outgoing | None:
        if not reply or event.reply_token is None:
            return None
        lane, pending, now = taken.lane, taken.pending, taken.now
        row = outbox.reply(
            channel_id=lane.channel_id,
            lane_key=lane.key,
            shard=lane.shard,
            token=event.reply_token,
            messages=reply,
            event_key=pending.event_key,
            received_at=pending.received_at,
            now=now,
        )
        if now < row.deadline_at and not looked.must_wait:
            outbox.lease_at_once(row, lane.owner, now=now)
        _note_sent(taken, contact, reply, row)
        return row

    def _settle(
        self,
        taken: _Taken,
        writes: Sequence[Write] = (),
        *,
        row: outbox.Outgoing | None = None,
        decisions: Sequence[str] = (),
        outcome: str = "handled",
    ) -> Done:
        session = taken.session
        begin_write(session)
        self._fence(taken)
        if not lanes.mark_handled(session, taken.pending.id, now=taken.now):
            raise Overtaken
        if row is not None:
            write_now(session, row)
        session.flush()  # what follows changes rows by statement, also those of this turn
        for write in writes:
            write(session)
        session.commit()
        is_ours = row is not None and row.status is outbox.SendStatus.SENDING
        return Done(outbox.leased(row) if row is not None and is_ours else None, outcome, tuple(decisions))

    def _fence(self, taken: _Taken) -> None:
        if not lanes.hold(taken.session, taken.lane, now=taken.now):
            raise Fenced


def _keeping_token(token: str, contact: Contact, pending: PendingEvent) -> Write:
    """Keep what we did not spend: for a minute the person who has the floor can answer for nothing."""
    return partial(
        reply_tokens.keep,
        channel_id=contact.channel_id,
        lane_key=contact.line_user_id,
        token=token,
        event_key=pending.event_key,
        received_at=pending.received_at,
    )


def _parse(pending: PendingEvent) -> Event | None:
    try:
        return parse_event(pending.body, received_at=pending.received_at)
    except NotAnEvent:
        return None


def _message_id(event: Event) -> str | None:
    """Return the message that an event brings or changes."""
    return event.message_id if isinstance(event, MessageSent | MessageEdited | Unsupported) else None


def _follow_silently(contact: Contact, event: Event) -> None:
    """Know who follows even while we have nothing to say, or not the floor: LINE does not tell it again."""
    match event:
        case Followed():
            contacts.follow(contact, at=event.sent_at)
        case Unfollowed():
            contacts.unfollow(contact, at=event.sent_at)
        case _:
            pass


def _noting(
    contact: Contact, event: Event, published: Published | None, *, previous_at: datetime | None
) -> Sequence[Write]:
    """Return the change that notes the hour of what the contact did, where it is not noted yet."""
    if published is None:
        return ()
    at, zone = event.sent_at, published.zone
    if isinstance(event, Unfollowed) or is_noted(contact, at=at, zone=zone, previous_at=previous_at):
        return ()
    return (partial(was_active, contact=contact, at=at, zone=zone),)


def _note_sent(taken: _Taken, contact: Contact, messages: Reply, row: outbox.Outgoing) -> None:
    note(
        taken.session,
        contact,
        EntryKind.SENT,
        at=taken.now,
        event_key=taken.pending.event_key,
        payload={"messages": [dict(message.body) for message in messages]},
        outgoing=row,
    )
