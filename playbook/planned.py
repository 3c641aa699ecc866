"""The campaigns of a playbook as rows: drafts and plans, and never what is being sent already."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns import messages
from campaigns.models import Campaign, CampaignState
from campaigns.service import aim, move_zone
from campaigns.states import EDITABLE, begin_anew
from campaigns.times import Weekly, read_when
from content.hours import instant_of
from content.model import CampaignMessage, Content, PlannedCampaign
from content.models import Revision
from core.errors import Conflict
from core.ids import new_public_id
from line.channels import Channel
from segmentation import audience


class EditedInConsole(Conflict):
    """The playbook changes a campaign that somebody has changed in the console as well."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"campaign {key} was changed in the console since it was published."
            " Take over that change, or apply with --overwrite"
        )
        self.key = key


def store_campaigns(
    session: Session,
    channel: Channel,
    content: Content,
    live: Revision | None,
    *,
    by: str,
    overwrite: bool,
    now: datetime,
) -> None:
    """Write what the playbook plans, where it says something else than the live revision did.

    What was edited in the console stays while the playbook says the same as before. What the playbook
    no longer has, and nobody has begun to send, is cancelled.

    :raises EditedInConsole: both have changed one campaign, and `overwrite` was not asked for.
    """
    before = Content.model_validate(live.content) if live is not None else None
    said = {} if before is None else {one.id: one for one in before.campaigns}
    rows = {
        row.key: row
        for row in session.scalars(
            sa.select(Campaign)
            .where(Campaign.channel_id == channel.id, Campaign.key.is_not(None))
            .with_for_update(of=Campaign)
        )
    }
    zone = ZoneInfo(content.time_zone)
    if before is not None and before.time_zone != content.time_zone:
        move_zone(session, channel.id, zone=zone)
    for planned in content.campaigns:
        row, earlier = rows.get(planned.id), said.get(planned.id)
        if row is None:
            row = Campaign(
                public_id=new_public_id(),
                channel_id=channel.id,
                key=planned.id,
                state=CampaignState.DRAFT,
                created_at=now,
                created_by=f"playbook:{by}"[:120],
                version=0,
            )
        elif planned == earlier or not _may_change(row):
            continue
        elif earlier is not None and _fields(row) != _written(earlier) and not overwrite:
            raise EditedInConsole(planned.id)
        is_same_time = earlier is not None and earlier.send == planned.send
        _write(session, row, planned)
        if overwrite or not is_same_time or row.state is CampaignState.CANCELLED:
            _aim(row, planned, zone, now)
        session.add(row)
    for key in said.keys() - {planned.id for planned in content.campaigns}:
        dropped = rows.get(key)
        if dropped is not None and _may_change(dropped):
            dropped.state, dropped.finished_at, dropped.held_until = CampaignState.CANCELLED, now, None


def _may_change(row: Campaign) -> bool:
    """Say whether nobody gets it just now, or got it: a weekly one itself is never sent, only its occurrences."""
    is_idle_plan = row.repeat is not None and row.state is CampaignState.PAUSED
    is_back = row.state is CampaignState.CANCELLED and row.started_at is None
    return row.state in EDITABLE or is_idle_plan or is_back


def _written(planned: PlannedCampaign) -> dict[str, Any]:
    return {
        "name": planned.name,
        "segment": planned.segment,
        "consent": planned.consent,
        "content": messages.to_json(CampaignMessage(steps=planned.message)),
        "late_by": planned.late_by,
    }


def _fields(row: Campaign) -> dict[str, Any]:
    return {
        "name": row.name,
        "segment": row.segment.key,
        "consent": row.consent,
        "content": messages.to_json(messages.message_of(row)),
        "late_by": timedelta(seconds=row.late_by_s),
    }


def _write(session: Session, row: Campaign, planned: PlannedCampaign) -> None:
    row.name = planned.name
    row.segment = audience.get(session, row.channel_id, planned.segment)
    row.consent = planned.consent
    row.content = messages.to_json(CampaignMessage(steps=planned.message))
    row.late_by_s = int(planned.late_by.total_seconds())
    row.version = (row.version or 0) + 1


def _aim(row: Campaign, planned: PlannedCampaign, zone: ZoneInfo, now: datetime) -> None:
    """Let it be sent when the playbook says; other words alone start nothing that staff have paused or put off."""
    when = read_when(planned.send)
    begin_anew(row, CampaignState.DRAFT if when is None else CampaignState.SCHEDULED)
    row.repeat = when.cron if isinstance(when, Weekly) else None
    if when is None:
        row.send_at = row.send_local = None
    elif isinstance(when, Weekly):
        aim(row, zone=zone, now=now)
    else:
        row.send_at, row.send_local = instant_of(when.local, zone), str(when)
