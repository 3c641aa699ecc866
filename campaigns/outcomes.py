"""What LINE's answers mean for a campaign: written for a whole batch at once, and acted upon where something went wrong."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns.erased import leave_out
from campaigns.models import Campaign, Delivery, PausedBecause, Push, Skip
from campaigns.recall import give_back, hold_campaigns, let_go, take_back, take_back_stopped
from campaigns.release import store
from campaigns.states import stop
from contacts.models import Contact
from line import bulk, outbox
from line.bulk import Request
from line.outbox import Sending, SendStatus
from line.settlement import Again, ChannelStopped, Missed, Over, Verdict

MOST_REFUSED_SHARE = 0.1
LEAST_REFUSED = 10
"""From so many people on, and so large a share of its requests, refusals pause a campaign."""
_ABOUT_MESSAGES = re.compile(r"\bmessages[\[:]")
"""As LINE names the property it minds."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A leased request with what is to become of it."""

    sending: Sending
    verdict: Verdict


def refused_tokens(judged: Sequence[Judged]) -> Mapping[int, str]:
    """Return the channels whose token LINE refused, with why."""
    return {
        one.sending.channel_id: one.verdict.reason
        for one in judged
        if isinstance(one.verdict, ChannelStopped)
    }


def settle(session: Session, judged: Sequence[Judged], *, now: datetime) -> None:
    """Write the outcomes of a batch, after its channels' rows if those change as well."""
    good: list[dict[str, Any]] = []
    again: list[dict[str, Any]] = []
    bad: list[tuple[Sending, Over]] = []
    for one in judged:
        lease = bulk.lease_of(one.sending)
        match one.verdict:
            case Over(status=SendStatus.SENT) as over:
                good.append(
                    lease
                    | {
                        "new_status": SendStatus.SENT,
                        "new_settled_at": now,
                        "new_line_request_id": over.request_id,
                        "new_sent_message_ids": list(over.message_ids) or None,
                        "new_reason": over.reason,
                    }
                )
            case Over() as over:
                bad.append((one.sending, over))
            case Again(at, maybe_sent, reason):
                again.append(_again(lease, at, reason, maybe_sent=maybe_sent))
            case ChannelStopped(at, reason):
                again.append(_again(lease, at, reason, maybe_sent=one.sending.maybe_sent))
            case Missed():
                raise ValueError("a push has no minute to miss")
    untried = [one["row"] for one in again if not one["new_maybe_sent"]]
    if again or bad:
        # In one order, whatever became of which: others may hold some of them, and hold campaigns by id as well.
        bulk.hold(session, [one.sending.id for one in judged])
        hold_campaigns(session, [*untried, *(sending.id for sending, _ in bad)])
    bulk.settle(
        session, good, names=("status", "settled_at", "line_request_id", "sent_message_ids", "reason")
    )
    bulk.settle(session, again, names=("status", "due_at", "maybe_sent", "reason"))
    take_back_stopped(session, untried, now=now)
    # Whoever was erased while LINE was asked.
    leave_out(session, untried, now=now)
    _settle_bad(session, bad, now=now)


def _settle_bad(session: Session, bad: Sequence[tuple[Sending, Over]], *, now: datetime) -> None:
    stopped: dict[int, int] = {}
    for sending, over in bad:
        if outbox.settle(session, sending, status=over.status, settled_at=now, reason=over.reason):
            campaign_id = _act(session, sending, over, now=now)
            if campaign_id is not None:
                stopped[campaign_id] = sending.channel_id
    for campaign_id, channel_id in stopped.items():
        take_back(session, channel_id, campaign_id, now=now)


def _again(lease: dict[str, Any], at: datetime, reason: str, *, maybe_sent: bool) -> dict[str, Any]:
    return lease | {
        "new_status": SendStatus.QUEUED,
        "new_due_at": at,
        "new_maybe_sent": maybe_sent,
        "new_reason": reason[:300],
    }


def _act(session: Session, sending: Sending, over: Over, *, now: datetime) -> int | None:
    """Do what an outcome asks for; return the campaign that it has stopped, if it has."""
    push = session.scalars(sa.select(Push).where(Push.outbox_id == sending.id)).one_or_none()
    if push is None:
        return None  # a test, or its campaign was removed
    if sending.maybe_sent or over.status is SendStatus.UNKNOWN:
        return None  # it may be on their phones: nobody is written to twice
    because: PausedBecause | None = None
    if over.status is SendStatus.NO_QUOTA:
        give_back(session, [push.id])
        because = PausedBecause.QUOTA
    elif over.status is SendStatus.TOO_LATE:
        give_back(session, [push.id])
        because = PausedBecause.LATE
    elif over.status is SendStatus.REFUSED and push.size > 1 and _is_about_somebody(over):
        _halve(session, push, sending, now=now)
    elif over.status is SendStatus.REFUSED and push.size > 1:
        give_back(session, [push.id])
        because = PausedBecause.REFUSALS
    elif over.status is SendStatus.REFUSED:
        session.execute(
            sa.update(Delivery)
            .where(Delivery.push_id == push.id)
            .values(skipped=Skip.REFUSED, reason=over.reason, released_at=None)
        )
        because = PausedBecause.REFUSALS if _are_too_many(session, push.campaign_id) else None
    is_stopped = because is not None and stop(session, push.campaign_id, because)
    return push.campaign_id if is_stopped else None


def _is_about_somebody(over: Over) -> bool:
    """Say whether one recipient may be what LINE minds, and not the message, which all have in common."""
    reason = over.reason or ""
    return reason.startswith("400") and _ABOUT_MESSAGES.search(reason) is None


def _halve(session: Session, push: Push, sending: Sending, *, now: datetime) -> None:
    """Ask for either half by a request of its own: the other 499 get theirs, and the one is found."""
    campaign = session.execute(
        sa.update(Campaign)
        .where(Campaign.id == push.campaign_id)
        .values(requests=Campaign.requests + 2)
        .returning(Campaign.requests, Campaign.public_id, Campaign.channel_id)
        .execution_options(synchronize_session=False)
    ).one()
    body = orjson.loads(sending.body)
    rows = session.execute(
        sa.select(Delivery.id, Delivery.contact_id)
        .where(Delivery.push_id == push.id)
        .order_by(Delivery.contact_id)
    ).all()
    user_ids = dict(_user_ids(session, [row.contact_id for row in rows], body["to"]))
    half = (len(rows) + 1) // 2
    numbered = []
    for number, part in ((campaign.requests - 1, rows[:half]), (campaign.requests, rows[half:])):
        ids = [row.id for row in part if row.contact_id in user_ids]
        to = [user_ids[row.contact_id] for row in part if row.contact_id in user_ids]
        if ids:
            numbered.append((number, Request("", to, body["messages"], is_single=False), ids))
    session.execute(
        sa.update(Delivery).where(Delivery.push_id == push.id).values(push_id=None, released_at=None)
    )
    store(session, push.campaign_id, campaign.channel_id, f"campaign {campaign.public_id}", numbered, now=now)
    let_go(session, [push.id])


def _user_ids(session: Session, contact_ids: Sequence[int], to: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield contact and LINE user id of those whom the request named; whoever was erased meanwhile is not."""
    named = set(to)
    for row in session.execute(
        sa.select(Contact.id, Contact.line_user_id).where(Contact.id.in_(contact_ids))
    ):
        if row.line_user_id in named:
            yield row.id, row.line_user_id


def _are_too_many(session: Session, campaign_id: int) -> bool:
    """Count a refusal, and say whether there are so many by now that a person must look."""
    row = session.execute(
        sa.update(Campaign)
        .where(Campaign.id == campaign_id)
        .values(refused=Campaign.refused + 1)
        .returning(Campaign.refused, Campaign.requests)
        .execution_options(synchronize_session=False)
    ).one()
    return bool(row.refused >= LEAST_REFUSED and row.refused >= MOST_REFUSED_SHARE * row.requests)
