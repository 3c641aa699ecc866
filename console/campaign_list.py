"""The list of campaigns by what is to be done about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from babel.dates import get_day_names
from flask_babel import get_locale
from sqlalchemy.orm import Session

from campaigns import service
from campaigns.models import Campaign, CampaignState
from campaigns.times import Weekly, weekly_of
from console.campaign_words import COLOURS, STATES
from console.customer import Reader
from console.words import _, _l

_S = CampaignState

GROUPS: Mapping[str, tuple[str, frozenset[CampaignState]]] = {
    "decide": (_l("Somebody has to decide"), frozenset({_S.OVERDUE, _S.PAUSED})),
    "running": (_l("Being sent"), frozenset({_S.FREEZING, _S.RUNNING})),
    "scheduled": (_l("Scheduled"), frozenset({_S.SCHEDULED})),
    "drafts": (_l("Drafts"), frozenset({_S.DRAFT})),
    "over": (_l("Finished"), frozenset({_S.FINISHED, _S.CANCELLED})),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One campaign of a list."""

    public_id: str
    name: str
    segment: str
    state: CampaignState
    words: str
    """Its state."""
    colour: str
    repeats: str
    """`every Friday at 11:00`, or nothing."""
    at: datetime | None
    """When it is sent, or was."""
    recipients: int
    is_demo: bool


def lines(session: Session, channel_id: int, reader: Reader) -> Mapping[str, Sequence[Line]]:
    """Return the campaigns by group, the newest first."""
    made: dict[str, list[Line]] = {group: [] for group in GROUPS}
    for campaign in service.listed(session, channel_id):
        group = next(key for key, (_words, states) in GROUPS.items() if campaign.state in states)
        made[group].append(line_of(campaign, reader))
    made["scheduled"].sort(key=lambda line: line.at.timestamp() if line.at else 0.0)
    return made


def line_of(campaign: Campaign, reader: Reader) -> Line:
    """Return a campaign as lists show it."""
    return Line(
        public_id=campaign.public_id,
        name=campaign.name,
        segment=reader.pick(campaign.segment.labels, campaign.segment.key),
        state=campaign.state,
        words=str(STATES[campaign.state]),
        colour=COLOURS[campaign.state],
        repeats=weekly_words(weekly_of(campaign.repeat)) if campaign.repeat else "",
        at=campaign.finished_at or campaign.started_at or campaign.send_at,
        recipients=campaign.recipients,
        is_demo=campaign.is_demo,
    )


def weekday_names() -> Mapping[int, str]:
    """Return what the days are called here; 0 is Monday."""
    return dict(get_day_names("wide", locale=str(get_locale() or "en")))


def weekly_words(weekly: Weekly) -> str:
    """Return such as every Friday at 11:00."""
    return _("every %(day)s at %(time)s", day=weekday_names()[weekly.weekday], time=f"{weekly.at:%H:%M}")
