"""Sending what the outbox holds, and writing down what became of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

import orjson
import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from bot.metrics import ANSWER_SECONDS, LATE_REPLIES, SENDS
from contacts import service as contacts
from contacts.models import Following
from core.db import changed
from line import lanes, outbox
from line.channels import Channel
from line.inbox import WebhookEvent
from line.lanes import HeldLane
from line.outbox import Outgoing, Sending, SendKind, SendStatus
from line.settlement import Again, ChannelStopped, Missed, Over, Verdict

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Judged:
    """A leased row with what is to become of it."""

    sending: Sending
    verdict: Verdict


def settle(
    session: Session,
    judged: Sequence[Judged],
    *,
    fallback: timedelta,
    now: datetime,
    resting: Sequence[HeldLane] = (),
) -> None:
    """Write the verdicts; a reply that missed its minute may become one push.

    :param fallback: how young the answered event must be for that.
    :param resting: lanes that the same transaction will change afterwards.
    """
    missed = [
        (one.sending.channel_id, one.sending.lane_key)
        for one in judged
        if isinstance(one.verdict, Missed) and one.sending.lane_key is not None
    ]
    if missed:
        # Until we commit, nothing of these contacts comes in or is answered: what is newest now stays it.
        lanes.lock(session, [*missed, *((lane.channel_id, lane.key) for lane in resting)])
    over = [(one.sending, _values(one.verdict, now=now)) for one in judged if isinstance(one.verdict, Over)]
    ours = outbox.settle_all(session, over)
    for one in judged:
        _settle(session, one.sending, one.verdict, ours, fallback=fallback, now=now)


def _values(over: Over, *, now: datetime) -> Mapping[str, object]:
    return {
        "status": over.status,
        "settled_at": now,
        "line_request_id": over.request_id,
        "sent_message_ids": list(over.message_ids) or None,
        "reason": over.reason,
    }


def _settle(
    session: Session,
    sending: Sending,
    verdict: Verdict,
    ours: Collection[int],
    *,
    fallback: timedelta,
    now: datetime,
) -> None:
    """Write one verdict, unless it is over (`ours` says of which that is written), and tell what became of it."""
    match verdict:
        case Over():
            settled = sending.id in ours
            outcome: str = verdict.status
        case Again():
            settled = outbox.settle(
                session,
                sending,
                status=SendStatus.QUEUED,
                due_at=verdict.at,
                maybe_sent=verdict.maybe_sent,
                attempts=sending.attempts - (not verdict.was_begun),
                reason=verdict.reason[:300],
            )
            outcome = "again"
        case ChannelStopped():
            settled = outbox.settle(
                session, sending, status=SendStatus.QUEUED, due_at=verdict.at, reason=verdict.reason[:300]
            )
            stop_channel(session, sending.channel_id, verdict.reason, now=now)
            outcome = "channel_stopped"
        case Missed():
            outcome = _settle_missed(session, sending, fallback=fallback, now=now)
            settled = outcome != "fenced"
        case _:
            assert_never(verdict)
    SENDS.labels(sending.kind, outcome).inc()
    # How long people take is another question than how long the bot takes.
    if outcome == SendStatus.SENT and sending.answers_at is not None and not outbox.is_by_staff(sending):
        ANSWER_SECONDS.observe((now - sending.answers_at).total_seconds())
    level = log.info if outcome == SendStatus.SENT else log.warning
    level(
        "outbox.settled",
        row=sending.id,
        kind=sending.kind.value,
        outcome=str(outcome),
        attempts=sending.attempts,
        event_id=sending.event_key,
        fenced=not settled,
    )


def _settle_missed(session: Session, sending: Sending, *, fallback: timedelta, now: datetime) -> str:
    """Turn the reply into a push if it is worth one, else record that it came too late."""
    if outbox.is_by_staff(sending):
        return _push_answer(session, sending, now=now)
    push = _as_push(session, sending, fallback=fallback, now=now)
    status = SendStatus.TOO_LATE if push is None else SendStatus.PUSHED
    if not outbox.settle(session, sending, status=status, settled_at=now):
        return "fenced"
    if push is not None:
        session.add(push)
    LATE_REPLIES.labels("push" if push is not None else "nothing").inc()
    return status


def _push_answer(session: Session, sending: Sending, *, now: datetime) -> str:
    """Let what a person wrote go out as a push after all: the same row, so that it keeps its place.

    However old it is and whatever came after it: a person meant it, and somebody waits for it.
    """
    contact = contacts.find(session, sending.channel_id, sending.lane_key or "")
    until = sending.created_at + outbox.RETRY_KEY_LIFE
    if contact is None or contact.following is Following.BLOCKED or now >= until:
        settled = outbox.settle(session, sending, status=SendStatus.TOO_LATE, settled_at=now)
        return SendStatus.TOO_LATE if settled else "fenced"
    messages = orjson.loads(sending.body)["messages"]
    settled = outbox.settle(
        session,
        sending,
        status=SendStatus.QUEUED,
        kind=SendKind.PUSH,
        body=orjson.dumps({"to": sending.lane_key, "messages": messages}),
        retry_key=outbox.retry_key_for(sending.channel_id, outbox.late_reply(sending.event_key)),
        due_at=now,
        deadline_at=until,
    )
    LATE_REPLIES.labels("push").inc()
    return "again" if settled else "fenced"


def _as_push(session: Session, sending: Sending, *, fallback: timedelta, now: datetime) -> Outgoing | None:
    """Return the push that stands in for the reply, under the conditions of the design's section 2."""
    if sending.lane_key is None or sending.answers_at is None or now - sending.answers_at >= fallback:
        return None
    newer_row = sa.select(Outgoing.id).where(
        Outgoing.channel_id == sending.channel_id,
        Outgoing.lane_key == sending.lane_key,
        Outgoing.id > sending.id,
    )
    waiting = sa.select(WebhookEvent.id).where(
        WebhookEvent.channel_id == sending.channel_id,
        WebhookEvent.lane_key == sending.lane_key,
        WebhookEvent.status == sa.literal_column("'pending'"),
    )
    if session.scalar(newer_row.limit(1)) is not None or session.scalar(waiting.limit(1)) is not None:
        return None
    contact = contacts.find(session, sending.channel_id, sending.lane_key)
    if contact is None or not contact.is_following:
        return None
    row = outbox.push(
        channel_id=sending.channel_id,
        user_id=sending.lane_key,
        shard=contact.shard,
        messages=orjson.loads(sending.body)["messages"],
        because=outbox.late_reply(sending.event_key),
        now=now,
    )
    row.event_key = sending.event_key
    return row


def stop_channel(session: Session, channel_id: int, reason: str, *, now: datetime) -> None:
    """Send nothing more on a channel until its token is accepted again."""
    stopped = session.execute(
        sa.update(Channel)
        .where(Channel.id == channel_id, Channel.sending_stopped_at.is_(None))
        .values(sending_stopped_at=now, sending_stopped_because=reason[:200])
    )
    if changed(stopped):
        log.error("channel.token_refused", channel=channel_id)


def resume(session: Session, channel_id: int) -> bool:
    """Let a stopped channel send again; False if it was not stopped."""
    result = session.execute(
        sa.update(Channel)
        .where(Channel.id == channel_id, Channel.sending_stopped_at.is_not(None))
        .values(sending_stopped_at=None, sending_stopped_because=None)
    )
    return bool(changed(result))
