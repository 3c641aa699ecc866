"""Writing campaigns, and deciding when they are sent: what staff and playbooks do. Sending is `freeze` and `release`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from campaigns import messages
from campaigns.models import Campaign, CampaignState, PausedBecause
from campaigns.recall import take_back
from campaigns.states import EDITABLE, OVER, STARTED, move_to, told
from campaigns.times import Once, Weekly, weekly_of
from content.hours import instant_of
from content.model import CampaignMessage
from content.revisions import Published
from core.errors import Conflict, InvalidInput, NotFound
from core.ids import new_public_id
from segmentation import audience
from segmentation.models import Segment
from staff.audit import Actor, record

NAME_LIMIT_CHARS = 120
PURPOSE_LIMIT_CHARS = 60
LET_GO_FOR = timedelta(days=1)
"""So long what somebody sends although it is overdue is not overdue again."""


class EditedMeanwhile(Conflict):
    """The form was opened before somebody else's edit."""

    def __init__(self, campaign: Campaign) -> None:
        super().__init__(f"{campaign.name} was changed since this form was opened; open it again")


class NotEditable(Conflict):
    """A campaign that is being sent, or has been, stays as it is."""

    def __init__(self, campaign: Campaign) -> None:
        words = "is being sent" if campaign.state in STARTED else f"is {campaign.state.value}"
        super().__init__(f"{campaign.name} {words} and stays as it is; copy it to send something else")


class SegmentRetired(Conflict):
    """Nobody keeps its audience any more: whoever wants to send it chooses another segment first."""

    def __init__(self, campaign: Campaign) -> None:
        super().__init__(
            f"{campaign.name} is for {campaign.segment.key}, which is retired; choose another one"
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody writes of a campaign."""

    name: str
    segment: str
    """The key of the segment."""
    message: CampaignMessage
    consent: str | None = None


def get(session: Session, channel_id: int, public_id: str) -> Campaign:
    """Return a campaign, locked until the transaction ends.

    :raises NotFound: there is none of this id.
    """
    found = session.scalars(
        sa.select(Campaign)
        .where(Campaign.channel_id == channel_id, Campaign.public_id == public_id)
        .with_for_update(of=Campaign)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound(f"there is no campaign {public_id}")
    return found


def listed(session: Session, channel_id: int, *, limit: int = 100) -> list[Campaign]:
    """Return the newest campaigns: those that are not over, and as many of those that are as still fit.

    Weekly ones make an occurrence each week, behind which no plan and no draft must be lost.
    """
    is_over = sa.case((Campaign.state.in_(list(OVER)), 1), else_=0)
    wanted = (
        sa.select(Campaign).where(Campaign.channel_id == channel_id).order_by(is_over, Campaign.id.desc())
    )
    found = session.scalars(wanted.options(joinedload(Campaign.segment)).limit(limit))
    return sorted(found, key=lambda one: one.id, reverse=True)


def create(
    session: Session,
    channel_id: int,
    draft: Draft,
    *,
    published: Published,
    base_url: str,
    by: Actor,
    now: datetime,
) -> Campaign:
    """Write a new campaign.

    :raises InvalidInput: with every fault by field.
    """
    segment = _checked(session, channel_id, draft, published=published, base_url=base_url, now=now)
    campaign = Campaign(
        public_id=new_public_id(),
        channel_id=channel_id,
        name=draft.name.strip(),
        segment=segment,
        content=messages.to_json(draft.message),
        consent=draft.consent,
        state=CampaignState.DRAFT,
        created_at=now,
        created_by=by.login[:120],
    )
    session.add(campaign)
    record(session, by, "campaign.create", "campaign", campaign.public_id, now, {"segment": segment.key})
    return campaign


def edit(
    session: Session,
    campaign: Campaign,
    draft: Draft,
    *,
    version: int,
    published: Published,
    base_url: str,
    by: Actor,
    now: datetime,
) -> None:
    """Change a campaign that is not being sent yet.

    :param version: of the campaign when its form was opened.
    :raises EditedMeanwhile: somebody else was quicker.
    :raises NotEditable: it is being sent, or has been.
    :raises InvalidInput: with every fault by field.
    """
    if campaign.state not in EDITABLE and not _is_paused_plan(campaign):
        raise NotEditable(campaign)
    if campaign.version != version:
        raise EditedMeanwhile(campaign)
    segment = _checked(session, campaign.channel_id, draft, published=published, base_url=base_url, now=now)
    campaign.name, campaign.segment, campaign.consent = draft.name.strip(), segment, draft.consent
    campaign.content = messages.to_json(draft.message)
    campaign.version += 1
    record(session, by, "campaign.edit", "campaign", campaign.public_id, now, {"version": campaign.version})


def _checked(
    session: Session, channel_id: int, draft: Draft, *, published: Published, base_url: str, now: datetime
) -> Segment:
    faults: dict[str, str] = {}
    if not draft.name.strip():
        faults["name"] = "is empty; write what staff call it"
    elif len(draft.name) > NAME_LIMIT_CHARS:
        faults["name"] = f"has {len(draft.name)} characters; it may have {NAME_LIMIT_CHARS}"
    if draft.consent is not None and not 1 <= len(draft.consent) <= PURPOSE_LIMIT_CHARS:
        faults["consent"] = f"names a purpose in 1 to {PURPOSE_LIMIT_CHARS} characters"
    try:
        messages.check(draft.message, published, base_url=base_url, now=now)
    except InvalidInput as invalid:
        faults |= invalid.fields
    try:
        segment = audience.get(session, channel_id, draft.segment)
    except NotFound as missing:
        raise InvalidInput(faults | {"segment": missing.message}) from None
    if segment.retired_at is not None:
        faults["segment"] = f"{segment.key} is retired; choose another one"
    if faults:
        raise InvalidInput(faults)
    return segment


def send_now(session: Session, campaign: Campaign, *, by: Actor, now: datetime) -> None:
    """Send a draft at once; pressed again, it is refused, for it is no draft any more."""
    _schedule(session, campaign, at=now, local=None, repeat=None, by=by, now=now)


def send_after(session: Session, campaign: Campaign, delay: timedelta, *, by: Actor, now: datetime) -> None:
    """Send a draft when so much time has passed."""
    _schedule(session, campaign, at=now + delay, local=None, repeat=None, by=by, now=now)


def schedule_at(
    session: Session, campaign: Campaign, when: Once, *, zone: ZoneInfo, by: Actor, now: datetime
) -> None:
    """Send a draft at a time of the account's zone.

    :raises InvalidInput: that is past.
    """
    at = instant_of(when.local, zone)
    if at <= now:
        raise InvalidInput({"send_at": "must be in the future"})
    _schedule(session, campaign, at=at, local=str(when), repeat=None, by=by, now=now)


def schedule_weekly(
    session: Session, campaign: Campaign, when: Weekly, *, zone: ZoneInfo, by: Actor, now: datetime
) -> None:
    """Send every week, beginning with the next of these times; each time is a campaign of its own."""
    first = when.next_after(now, zone)
    at = instant_of(first.local, zone)
    _schedule(session, campaign, at=at, local=str(first), repeat=when.cron, by=by, now=now)


def _schedule(
    session: Session,
    campaign: Campaign,
    *,
    at: datetime,
    local: str | None,
    repeat: str | None,
    by: Actor,
    now: datetime,
) -> None:
    move_to(campaign, CampaignState.SCHEDULED)
    _need_segment(session, campaign)
    campaign.send_at, campaign.send_local, campaign.repeat = at, local, repeat
    detail = {"at": at.isoformat(), "repeat": repeat}
    record(session, by, "campaign.schedule", "campaign", campaign.public_id, now, detail)


def _need_segment(session: Session, campaign: Campaign) -> None:
    """Let a campaign begin only if it has a segment, or an audience that was worked out before.

    :raises SegmentRetired: it has not.
    """
    if campaign.frozen_at is not None:
        return
    # Whoever retires it at this moment comes before or sees that this waits for it.
    session.refresh(campaign.segment, with_for_update={"read": True})
    if campaign.segment.retired_at is not None:
        raise SegmentRetired(campaign)


def unschedule(session: Session, campaign: Campaign, *, by: Actor, now: datetime) -> None:
    """Make a draft of what is not being sent yet."""
    move_to(campaign, CampaignState.DRAFT)
    campaign.send_at = campaign.send_local = campaign.repeat = campaign.held_until = None
    record(session, by, "campaign.unschedule", "campaign", campaign.public_id, now)


def send_late(session: Session, campaign: Campaign, *, by: Actor, now: datetime) -> None:
    """Send all the same what was overdue."""
    if campaign.state is not CampaignState.OVERDUE:
        raise Conflict(f"{campaign.name} is {campaign.state.value}, not overdue")
    move_to(campaign, CampaignState.SCHEDULED)
    _need_segment(session, campaign)
    detail = {"was_due_at": campaign.send_at.isoformat() if campaign.send_at else None}
    # An occurrence keeps its time: it names which one it is. Quiet hours may have to pass first.
    late = now + LET_GO_FOR - (campaign.send_at or now)
    campaign.late_by_s = max(campaign.late_by_s, _seconds(late))
    record(session, by, "campaign.send_late", "campaign", campaign.public_id, now, detail)


def pause(session: Session, campaign: Campaign, *, by: Actor, now: datetime) -> None:
    """Release no more of it; what LINE is being told this very second still goes out. A weekly one begins no more."""
    if campaign.state is CampaignState.SCHEDULED and campaign.repeat is None:
        raise Conflict(f"{campaign.name} is not being sent yet; make it a draft again instead")
    move_to(campaign, CampaignState.PAUSED)
    campaign.paused_because = told(PausedBecause.STAFF, by.login)
    _held_no_more(campaign, now)
    take_back(session, campaign.channel_id, campaign.id, now=now)
    record(session, by, "campaign.pause", "campaign", campaign.public_id, now)


def resume(session: Session, campaign: Campaign, *, zone: ZoneInfo, by: Actor, now: datetime) -> None:
    """Go on where it was paused; a weekly one with its next time."""
    if campaign.repeat is not None:
        move_to(campaign, CampaignState.SCHEDULED)
        aim(campaign, zone=zone, now=now)
    else:
        move_to(campaign, CampaignState.FREEZING if campaign.started_at is None else CampaignState.RUNNING)
        campaign.refused = 0
    _need_segment(session, campaign)
    campaign.paused_because = None
    record(session, by, "campaign.resume", "campaign", campaign.public_id, now)


def cancel(session: Session, campaign: Campaign, *, by: Actor, now: datetime) -> None:
    """Send nobody anything more of it, for good."""
    move_to(campaign, CampaignState.CANCELLED)
    campaign.finished_at = now
    _held_no_more(campaign, now)
    take_back(session, campaign.channel_id, campaign.id, now=now)
    record(session, by, "campaign.cancel", "campaign", campaign.public_id, now)


def aim(campaign: Campaign, *, zone: ZoneInfo, now: datetime) -> None:
    """Give a weekly campaign its next time."""
    if campaign.repeat is None:
        raise ValueError(f"campaign {campaign.id} does not repeat")
    once = weekly_of(campaign.repeat).next_after(now, zone)
    campaign.send_at, campaign.send_local = instant_of(once.local, zone), str(once)


def move_zone(session: Session, channel_id: int, *, zone: ZoneInfo) -> int:
    """Let what waits for a time of day keep that time of day in a new zone; return how many moved."""
    waiting = session.scalars(
        sa.select(Campaign)
        .where(
            Campaign.channel_id == channel_id,
            Campaign.state == CampaignState.SCHEDULED,
            Campaign.send_local.is_not(None),
        )
        .with_for_update()
    )
    moved = 0
    for campaign in waiting:
        at = instant_of(datetime.fromisoformat(str(campaign.send_local)), zone)
        moved += at != campaign.send_at
        campaign.send_at = at
    return moved


def _held_no_more(campaign: Campaign, now: datetime) -> None:
    """Whatever holds it from now on, it is not the quiet hours, which may be others when somebody resumes it."""
    if campaign.held_until is not None and campaign.held_until > now:
        campaign.held_until = now


def _is_paused_plan(campaign: Campaign) -> bool:
    return campaign.state is CampaignState.PAUSED and campaign.repeat is not None


def _seconds(duration: timedelta) -> int:
    return int(duration.total_seconds())
