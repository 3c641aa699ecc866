"""What an attempt's outcome means for the row: sent, tried again, given up, or too late. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from line.outbox import Sending, SendKind, SendStatus, is_by_staff
from line.outcomes import Later, Outcome, QuotaSpent, Refused, Sent, TokenRefused

REPLY_BACKOFF = timedelta(milliseconds=500)
PUSH_BACKOFF = timedelta(seconds=1)
LONGEST_BACKOFF = timedelta(minutes=10)
LONGEST_WAIT = timedelta(minutes=30)
"""Also where LINE asks for more."""
STOPPED_PAUSE = timedelta(seconds=5)
"""Rows of a stopped channel are not claimed anyway; once it sends again they follow at once."""
CALL_TAKES = timedelta(seconds=2)
"""An attempt that begins this close to the deadline would end after it."""


@dataclass(frozen=True, slots=True)
class Again:
    """Try the same request once more."""

    at: datetime
    maybe_sent: bool
    reason: str
    was_begun: bool = True
    """False: nothing was asked of LINE, so it does not count as an attempt."""


@dataclass(frozen=True, slots=True)
class Missed:
    """The reply token's minute is over, and LINE certainly has not accepted the reply."""


@dataclass(frozen=True, slots=True)
class Over:
    """Settled for good."""

    status: SendStatus
    request_id: str | None = None
    message_ids: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ChannelStopped:
    """The channel's token is refused: the row waits, and so does everything else on the channel."""

    at: datetime
    reason: str


Verdict = Again | Missed | Over | ChannelStopped


def before_sending(sending: Sending, *, now: datetime) -> Verdict | None:
    """Judge a leased row before its attempt; None: go ahead."""
    if now < sending.deadline_at:
        return None
    return _deadline_passed(sending, maybe_sent=sending.maybe_sent)


def after_sending(sending: Sending, outcome: Outcome, *, now: datetime) -> Verdict:
    """Judge the outcome of an attempt that ended at `now`."""
    match outcome:
        case Sent(request_id, message_ids):
            return Over(SendStatus.SENT, request_id=request_id, message_ids=message_ids)
        case Refused(reason, token_is_invalid):
            if token_is_invalid and sending.maybe_sent:
                # The token was used up by ourselves: an earlier, unclear attempt had been accepted.
                return Over(SendStatus.SENT, reason="accepted by an earlier attempt")
            if token_is_invalid and is_by_staff(sending):
                return Missed()  # a person meant it, and it can still go as a push
            return Over(SendStatus.REFUSED, reason=reason)
        case QuotaSpent():
            return Over(SendStatus.NO_QUOTA, reason="the month's messages are used up")
        case TokenRefused(reason):
            return ChannelStopped(now + STOPPED_PAUSE, reason)
        case Later(reason, maybe_sent, after):
            at = now + min(after if after is not None else backoff(sending), LONGEST_WAIT)
            maybe_sent = maybe_sent or sending.maybe_sent
            latest = sending.deadline_at - CALL_TAKES
            if sending.kind is SendKind.REPLY and now < latest - REPLY_BACKOFF:
                # A last try within the minute is free, and often tells what became of the first.
                at = min(at, latest)
            if at + CALL_TAKES > sending.deadline_at:
                return _deadline_passed(sending, maybe_sent=maybe_sent)
            return Again(at, maybe_sent, reason)
        case _:
            assert_never(outcome)


def not_begun(sending: Sending, reason: str, *, wait: timedelta | None, now: datetime) -> Verdict:
    """Judge an attempt that we held up ourselves; without `wait` it is held up as after a failure."""
    verdict = after_sending(sending, Later(reason, maybe_sent=False, after=wait), now=now)
    return replace(verdict, was_begun=False) if isinstance(verdict, Again) else verdict


def backoff(sending: Sending) -> timedelta:
    """Return how long to wait after this attempt: doubling, from half a second for replies."""
    first = REPLY_BACKOFF if sending.kind is SendKind.REPLY else PUSH_BACKOFF
    return min(first * (1 << min(sending.attempts - 1, 12)), LONGEST_BACKOFF)


def _deadline_passed(sending: Sending, *, maybe_sent: bool) -> Verdict:
    if maybe_sent:
        return Over(SendStatus.UNKNOWN, reason="LINE never said whether it accepted this")
    if sending.kind is not SendKind.REPLY:
        return Over(SendStatus.TOO_LATE, reason="LINE could not be asked for a day")
    return Missed()
